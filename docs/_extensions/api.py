"""The reference, from signatures and docstrings: a page for each task, a part for each public name.

Docstrings are plain text in a fixed shape (a description, a line `name   meaning` for each argument, Raises, Source,
examples); they are set in that shape and never read as markup.
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib import import_module
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonConsoleLexer
from written import plain, raw

from ntk_symbolic.documents.page import Html, prose

MODULES = (
    "ntk_symbolic",
    "ntk_symbolic.conventions",
    "ntk_symbolic.calculus",
    "ntk_symbolic.proofs",
    "ntk_symbolic.sklearn",
)


@dataclass(frozen=True)
class Task:
    """A page of the reference: the public names that are defined in some rooms of the package, and what they return.

    rooms      the modules whose public names belong here, with everything below them
    returned   objects that users have without importing them, by their address
    """

    name: str
    title: str
    intro: str
    rooms: tuple[str, ...]
    returned: tuple[str, ...] = ()


TASKS = (
    Task(
        "activations",
        "Activations",
        "An activation is one expression. Its dual kernels, its derivation and its page are read from it.",
        ("api.activations", "pages.activation_page"),
        ("pages.activation_page.ActivationReport",),
    ),
    Task(
        "networks",
        "Networks and their kernels",
        "Layers, architectures, and the kernels of their limit of infinite width. Every activation of the library is a layer "
        "too: `ns.Relu()`, `ns.LeakyRelu(0.1)`. [Layers](../layers.md) shows them at work.",
        ("api.networks", "api.architectures", "api.bars", "networks"),
        ("networks.parallel.Parallel", "infinite.phases.Phases", "infinite.phases.Phase", "infinite.phases.Root"),
    ),
    Task(
        "conventions",
        "Conventions of papers and libraries",
        "Kernels of papers and of other libraries as networks of this package, times a number. Everything here is in "
        "`ntk_symbolic.conventions`. [Conventions](../conventions.md) compares them.",
        ("conventions",),
    ),
    Task(
        "prediction",
        "Prediction",
        "`Network.fit` returns a kernel regression, `classify` a classifier. [Prediction](../prediction.md) shows both.",
        ("dynamics", "api.saved"),
        (
            "dynamics.regression.KernelRegression",
            "dynamics.classes.KernelClassifier",
            "dynamics.search.Search",
            "dynamics.factor.JitterAdded",
        ),
    ),
    Task(
        "scikit-learn",
        "scikit-learn",
        "Kernels and estimators, in `ntk_symbolic.sklearn`. [In scikit-learn](../scikit-learn.md) shows them at work.",
        ("sklearn",),
    ),
    Task(
        "sampling",
        "Sampling and comparison",
        "`Network.sample` returns a network of finite width, `Network.compare` a test of the limit against thousands of "
        "them. [Sampling and comparison](../sampling.md) shows both.",
        ("finite",),
        (
            "finite.compare.compare",
            "finite.sampled.SampledNetwork",
            "finite.statistics.Comparison",
            "finite.statistics.Outcome",
        ),
    ),
    Task(
        "export",
        "Export",
        "`Network.export` and `Activation.export` return source code of other languages. [Export](../export.md) shows it.",
        ("export",),
        ("export.exported.Exported", "export.checks.Checked"),
    ),
    Task(
        "calculus",
        "Calculus of functionals",
        "Derivatives of functionals written in SymPy, and the nodes in which derivations are written. Everything here is in "
        "`ntk_symbolic.calculus`; the names that `ntk_symbolic` has as well are shown with it.",
        ("calculus",),
    ),
    Task(
        "derivations",
        "Derivations and their judges",
        "A derivation is a list of steps, each with the verdicts of its judges. [The tutorial](../tutorial.md) writes one.",
        ("proofs",),
    ),
    Task(
        "errors",
        "Errors and warnings",
        "Every error of this package is an `NTKSymbolicError`; its message names the argument and the remedy.",
        ("errors",),
    ),
)

# Public for other modules of the package; users do not need them
MACHINERY = {"squares", "tangent", "reading", "slope", "series", "require_tangent", "jumps"}
MACHINERY |= {"rule", "graph", "gain", "factor", "elasticities", "network_of"}
MACHINERY |= {"study", "document", "supported", "on"}


class Undocumented(RuntimeError):
    """A public name without a docstring or a page, for which no site is made."""


@dataclass(frozen=True)
class Entry:
    """Something documented, with the address under which it is found."""

    address: str
    value: Any
    members: tuple[tuple[str, Any], ...] = field(default=())

    @property
    def name(self) -> str:
        return self.address.rpartition(".")[2]


@cache
def reference() -> dict[str, tuple[Entry, ...]]:
    """The entries of every page, in the order in which they are shown. Raises Undocumented."""
    pages: dict[str, list[Entry]] = {task.name: [] for task in TASKS}
    for address, value in _public():
        task = _task_of(address, value)
        if not any(value is entry.value for entry in pages[task]):
            pages[task].append(_entry(address, value))
    for task in TASKS:
        for address in task.returned:
            module, _, name = address.rpartition(".")
            value = getattr(import_module(f"ntk_symbolic.{module}"), name)
            pages[task.name].append(_entry(f"{value.__module__}.{name}", value))
    return {name: tuple(sorted(entries, key=_order)) for name, entries in pages.items()}


def _public() -> Iterator[tuple[str, Any]]:
    for name in MODULES:
        module = import_module(name)
        for public in module.__all__:
            if not public.startswith("_") and not inspect.ismodule(getattr(module, public)):
                yield f"{name}.{public}", getattr(module, public)


def _task_of(address: str, value: Any) -> str:
    """The page of a name, by the room that defines it; for a constant by the room that exports it."""
    home = getattr(value, "__module__", None) or address.rpartition(".")[0]
    for task in TASKS:
        if any(f"{home}.".startswith(f"ntk_symbolic.{room}.") for room in task.rooms):
            return task.name
    raise Undocumented(
        f"{address} is defined in {home}, which belongs to no page of the reference; see TASKS in api.py"
    )


def _entry(address: str, value: Any) -> Entry:
    if callable(value) and not value.__doc__:
        raise Undocumented(f"{address} has no docstring")
    return Entry(address, value, tuple(_members(value)) if inspect.isclass(value) else ())


def _order(entry: Entry) -> tuple[bool, int, str]:
    """The sort key: names of `ntk_symbolic` itself, then the rest; in each functions, classes, errors, constants."""
    return entry.address.count(".") > 1, _rank(entry.value), entry.name.lower()


def _rank(value: Any) -> int:
    if not callable(value):
        return 3
    return 0 if not inspect.isclass(value) else 2 if issubclass(value, BaseException) else 1


def _members(cls: type) -> Iterator[tuple[str, Any]]:
    """Its own documented methods and properties, without inherited ones."""
    for name, value in vars(cls).items():
        if name.startswith("_") or name in MACHINERY:
            continue
        if (inspect.isfunction(value) or hasattr(value, "fget") or hasattr(value, "func")) and value.__doc__:
            yield name, value


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def api_page(task: Task) -> str:
    """The page of a task, in MyST. Raises Undocumented."""
    parts = [f"# {task.title}", task.intro, *map(_described, reference()[task.name])]
    return "\n\n".join(parts) + "\n"


def _described(entry: Entry) -> str:
    kind = ("function", "class", "exception", "data")[_rank(entry.value)]
    doc = entry.value.__doc__ if callable(entry.value) else f"The constant `{entry.value!r}`."
    signature = _signature(entry.value) if kind in ("function", "class") else ""
    members = "\n\n".join(_member(entry, *member) for member in entry.members)
    names = _parameters(entry.value) if callable(entry.value) else ()
    body = raw(linked(docstring_html(doc, names), entry))
    return f"## {plain(entry.name)}\n\n{_directive(kind, f'{entry.address}{signature}', body, members)}"


def _member(entry: Entry, name: str, value: Any) -> str:
    method = inspect.isfunction(value)
    shown = f"{name}{_signature(value, method=True)}" if method else name
    body = raw(linked(docstring_html(value.__doc__, _parameters(value) if method else ()), entry))
    return _directive("method" if method else "property", shown, body, colons=4)


def _directive(kind: str, signature: str, body: str, members: str = "", colons: int = 6) -> str:
    fence = ":" * colons
    return f"{fence}{{py:{kind}}} {signature}\n{body}\n\n{members}\n{fence}"


def _signature(value: Any, method: bool = False) -> str:
    """The signature of a call: without self, and without types, which the docstring states."""
    try:
        parameters = list(inspect.signature(value).parameters.values())[1 if method else 0 :]
    except ValueError:
        return "()"
    return str(inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p in parameters]))


def _parameters(value: Any) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(value).parameters)
    except ValueError:
        return ()


@cache
def _places() -> dict[str, str]:
    """The page and anchor of everything documented, by its address."""
    found = {}
    for page, entries in reference().items():
        for entry in entries:
            for name in ("", *(f".{member}" for member, _ in entry.members)):
                found[f"{entry.address}{name}"] = f"{page}.html#{entry.address}{name}"
    return found


def linked(markup: Html, entry: Entry) -> Html:
    """The markup with documented names in code as links: `Network.kernel`, or `kernel` within Network."""

    def link(match: re.Match[str]) -> str:
        said = match[1].removeprefix("ns.").partition("(")[0]
        near = [place for name, place in _places().items() if name == f"{entry.address}.{said}"]
        places = near or [place for name, place in _places().items() if name.endswith(f".{said}") and "." in said]
        return f'<a href="{places[0]}">{match[0]}</a>' if len(places) == 1 else match[0]

    return Html(re.sub(r"<code>([\w.]+(?:\([^<]*\))?)</code>", link, markup))


# ── Docstrings ───────────────────────────────────────────────────────────────────────────────────────────────────────

_PAIRS = re.compile(r"\s{3,}")
_NAMED = re.compile(r"(?P<names>\w+(?:, \w+)*)(?P<space> +)(?=\S)")
_ALONE = ("Raises ", "Returns ", "Source: ")


def docstring_html(doc: str, names: Iterable[str] = ()) -> Html:
    """The docstring as markup; names of arguments distinguish a line `wrt  the density` from one of prose.

    >>> print(docstring_html("The sum.\\n\\nx   a number,\\n    or two\\ny the other\\nRaises TypeError.", ["x", "y"]))
    <p>The sum.</p>
    <dl class="arguments"><dt>x</dt><dd>a number, or two</dd></dl>
    <p>y the other</p>
    <p>Raises TypeError.</p>
    """
    blocks = re.split(r"\n\s*\n", inspect.cleandoc(doc)) if doc else []
    return Html("\n".join(part for block in blocks for part in _block(block, frozenset(names))))


def _block(block: str, names: frozenset[str]) -> Iterator[str]:
    if block.startswith(">>>"):
        yield highlight(block, PythonConsoleLexer(), HtmlFormatter()).strip()
        return
    lines = block.splitlines()
    columns = {len(m[0]) for line in lines if (m := _NAMED.match(line)) and len(m["space"]) > 1 and _of(m, names)}
    paragraph: list[str] = []
    arguments: list[tuple[str, list[str]]] = []
    for line in lines:
        pairs = _argument(line, names - {name for name, _ in arguments}, columns)
        if arguments and line.startswith(" "):
            arguments[-1][1].append(line)
            continue
        if arguments and not pairs:
            yield _list(arguments)
            arguments = []
        if paragraph and (pairs or line.startswith(_ALONE)):
            yield _paragraph(paragraph)
            paragraph = []
        if pairs:
            arguments += [(name, [meaning]) for name, meaning in pairs]
        else:
            paragraph.append(line)
    if arguments:
        yield _list(arguments)
    if paragraph:
        yield _paragraph(paragraph)


def _argument(line: str, names: frozenset[str], columns: set[int]) -> list[tuple[str, str]]:
    """Names and meanings of a line that describes arguments; none for a line of prose.

    Three spaces stand between them, or two behind the name of an argument, or one where the meanings of the block begin.
    A name is described once.
    """
    if line.startswith(" "):
        return []
    cells = _PAIRS.split(line.strip())
    if len(cells) % 2 == 0:
        return list(zip(cells[::2], cells[1::2]))
    match = _NAMED.match(line)
    if match and _of(match, names) and (len(match["space"]) > 1 or len(match[0]) in columns):
        return [(match["names"], line[match.end() :])]
    return []


def _of(match: re.Match[str], names: frozenset[str]) -> bool:
    return set(match["names"].split(", ")) <= names


def _list(arguments: list[tuple[str, list[str]]]) -> str:
    items = (f"<dt>{escape(name)}</dt><dd>{prose(_joined(meaning))}</dd>" for name, meaning in arguments)
    return f'<dl class="arguments">{"".join(items)}</dl>'


def _paragraph(lines: list[str]) -> str:
    return f"<p>{prose(_joined(lines))}</p>"


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)
