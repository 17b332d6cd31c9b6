"""The reference, from signatures and docstrings: a page for each public module, a part for each public name.

Docstrings are plain text in a fixed shape (what it is, a line `name   meaning` for each argument, Raises, Source,
examples); they are set in that shape and never read as markup.
"""

import inspect
import re
from collections.abc import Iterator
from html import escape
from importlib import import_module
from types import ModuleType
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonConsoleLexer
from written import plain, raw

from ntk_symbolic.pages.page import prose

MODULES = ("ntk_symbolic", "ntk_symbolic.calculus", "ntk_symbolic.proofs")


class Undocumented(RuntimeError):
    """A public name that says nothing about itself: the site is not made."""


def api_page(name: str) -> str:
    """The page of a module, in MyST. Raises Undocumented."""
    module = import_module(name)
    parts = [f"# {plain(name)}", f"```{{py:module}} {name}\n```", raw(docstring_html(module.__doc__ or ""))]
    return "\n\n".join([*parts, *(_described(module, n) for n in _public(module))]) + "\n"


def _public(module: ModuleType) -> list[str]:
    names = [n for n in module.__all__ if not n.startswith("_")]
    return sorted(names, key=lambda n: (_rank(getattr(module, n)), n.lower()))


def _rank(value: Any) -> int:
    """Functions first, then classes, errors, constants."""
    if not callable(value):
        return 3
    return 0 if not inspect.isclass(value) else 2 if issubclass(value, Exception) else 1


def _described(module: ModuleType, name: str) -> str:
    value = getattr(module, name)
    doc = value.__doc__ if callable(value) else f"The constant `{value!r}`."
    if callable(value) and not doc:
        raise Undocumented(f"{module.__name__}.{name} has no docstring")
    kind = ("function", "class", "exception", "data")[_rank(value)]
    members = "\n\n".join(_members(value)) if kind == "class" else ""
    signature = _signature(value) if kind in ("function", "class") else ""
    return f"## {plain(name)}\n\n{_directive(kind, f'{module.__name__}.{name}{signature}', doc, members)}"


def _members(cls: type) -> Iterator[str]:
    """Its own methods and properties that say what they are; what is inherited is not repeated."""
    for name, value in vars(cls).items():
        if not name.startswith("_") and inspect.isfunction(value) and value.__doc__:
            yield _directive("method", f"{name}{_signature(value, method=True)}", value.__doc__, colons=4)
        elif not name.startswith("_") and hasattr(value, "fget") and value.__doc__:
            yield _directive("property", name, value.__doc__, colons=4)


def _directive(kind: str, signature: str, doc: str, members: str = "", colons: int = 6) -> str:
    fence = ":" * colons
    return f"{fence}{{py:{kind}}} {signature}\n{raw(docstring_html(doc))}\n\n{members}\n{fence}"


def _signature(value: Any, method: bool = False) -> str:
    """As it is called: without self, and without types, which the docstring tells."""
    try:
        parameters = list(inspect.signature(value).parameters.values())[1 if method else 0 :]
    except ValueError:
        return "()"
    return str(inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p in parameters]))


# ── Docstrings ───────────────────────────────────────────────────────────────────────────────────────────────────────

_PAIRS = re.compile(r"\s{3,}")
_ALONE = ("Raises ", "Returns ", "Source: ")


def docstring_html(doc: str) -> str:
    """
    >>> print(docstring_html("The sum.\\n\\nx   a number\\nRaises TypeError."))
    <p>The sum.</p>
    <dl class="arguments"><dt>x</dt><dd>a number</dd></dl>
    <p>Raises TypeError.</p>
    """
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(doc)) if doc else []
    return "\n".join(part for block in blocks for part in _block(block))


def _block(block: str) -> Iterator[str]:
    if block.startswith(">>>"):
        yield highlight(block, PythonConsoleLexer(), HtmlFormatter()).strip()
        return
    paragraph: list[str] = []
    arguments: list[str] = []
    for line in block.splitlines():
        pairs = _PAIRS.split(line.strip())
        is_pairs, alone = len(pairs) % 2 == 0 and not line.startswith(" "), line.startswith(_ALONE)
        if (is_pairs or alone) and paragraph:
            yield _paragraph(paragraph)
            paragraph = []
        if is_pairs:
            arguments += [f"<dt>{escape(n)}</dt><dd>{prose(m)}</dd>" for n, m in zip(pairs[::2], pairs[1::2])]
            continue
        if arguments:
            yield f'<dl class="arguments">{"".join(arguments)}</dl>'
            arguments = []
        paragraph.append(line)
    if arguments:
        yield f'<dl class="arguments">{"".join(arguments)}</dl>'
    if paragraph:
        yield _paragraph(paragraph)


def _paragraph(lines: list[str]) -> str:
    return f"<p>{prose(' '.join(line.strip() for line in lines))}</p>"
