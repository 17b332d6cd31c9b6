"""The atlas: a page for every activation of the library, and a table of their errors, measured while it is made."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

import mpmath
import numpy as np
from sympy import latex
from sympy.core.cache import clear_cache
from written import plain, raw, write

from ntk_symbolic import activation
from ntk_symbolic.activations.dual import a, b, c, derive
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.api import Activation
from ntk_symbolic.errors import NoClosedForm
from ntk_symbolic.pages.activation_page import ActivationReport, rho
from ntk_symbolic.pages.blocks import block_html
from ntk_symbolic.pages.page import Html, data_table, prose

W_STD, B_STD = 1.5, 0.1  # of the networks whose fixed points the pages tell
REFERENCES = Path(__file__).parents[2] / "tests" / "references"
ALLOWED = 1e-10  # an error above it stops the build
COLUMNS = (
    "activation",
    r"closed form at $a = b = 1$",
    r"error of $\kappa$",
    r"error of $\dot{\kappa}$",
    "values",
    "derived in",
)
FILED = 1e-19  # the references have 20 digits
OPERATIONS = 40  # of a closed form that still fits into the table


class Wrong(RuntimeError):
    """A kernel that is not what quadrature says: the atlas, and so the site, is not made."""


@dataclass(frozen=True)
class Reference:
    """Values of many digits at one covariance; None where there is none, or none in the range of floats."""

    a: float
    b: float
    c: float
    kappa: str | None
    kappa_dot: str | None


def references() -> dict[str, list[Reference]]:
    """All on file, by the expression of φ."""
    found: dict[str, list[Reference]] = {}
    for row in _rows("duals.json"):
        found.setdefault(row["expr"], []).append(_reference(row))
    for row in _rows("atlas.json"):
        found.setdefault(str(activation(row["activation"]).expr), []).append(_reference(row))
    return found


def _rows(name: str) -> Iterable[dict]:
    table = json.loads((REFERENCES / name).read_text(encoding="utf-8"))
    return (dict(zip(table["columns"], row, strict=True)) for row in table["rows"])


def _reference(row: dict) -> Reference:
    return Reference(row["a"], row["b"], row["c"], row["kappa"], row["kappa_dot"])


def largest_errors(phi: Activation, known: Iterable[Reference]) -> tuple[float | None, float | None]:
    """Of κ and κ̇, in the measure of tests/references/README.md; None where nothing could be compared."""
    pairs = [(phi.dual, "kappa")] + ([] if phi.compiled.jumps else [(phi.dual_dot, "kappa_dot")])
    errors = [[_error(f, at, value) for at in known if (value := getattr(at, kind)) is not None] for f, kind in pairs]
    found = [max(each, default=None) for each in errors]
    return found[0], found[1] if len(found) > 1 else None


def _error(f, at: Reference, value: str) -> float:
    with mpmath.workdps(30), np.errstate(over="ignore", invalid="ignore"):
        exact = mpmath.mpf(value)
        diagonals = [mpmath.mpf(f(x, x, x)) for x in (at.a, at.b)]
        floor = mpmath.sqrt(diagonals[0] * diagonals[1]) / 100
        scale = max(abs(exact), floor if mpmath.isfinite(floor) else 0)  # exp overflows on a diagonal, and has no zeros
        return float(abs(f(at.a, at.b, at.c) - exact) / scale)


def seconds_to_derive(phi: Activation) -> float:
    """κ, κ̇ and the mean from the expression, with nothing remembered."""
    clear_cache()
    start = time.perf_counter()
    derive(phi.expr)
    return time.perf_counter() - start


def write_atlas(docs: Path, names: Iterable[str] = LIBRARY) -> None:
    """A page each, and the table. Raises Wrong."""
    folder, names = docs / "atlas", list(names)
    for page in folder.glob("*.md"):
        if page.stem not in names:  # of an activation that is gone
            page.unlink()
    write(folder / "_table.html", table(names))
    for name in names:
        write(folder / f"{name}.md", page_of(activation(name).report(W_STD, B_STD)))


def page_of(report: ActivationReport) -> str:
    """In MyST: headings are those of the site, what stands between them is markup."""
    document = report.document
    parts = [f"# {plain(report.phi.name)}", *map(raw, map(block_html, document.head))]
    for section in document.sections:
        parts += [f"## {plain(section.title)}", *(raw(block_html(block)) for block in section.blocks)]
    return "\n\n".join(parts) + "\n"


def table(names: list[str]) -> Html:
    known = references()
    return data_table(COLUMNS, [_row(name, known) for name in names])


def _row(name: str, known: dict[str, list[Reference]]) -> list[object]:
    phi = activation(name)
    link = Html(f'<a href="atlas/{escape(name)}.html">{escape(name)}</a>')
    try:
        form, took = closed_form(phi), f"{seconds_to_derive(phi):.2f} s"
    except NoClosedForm:
        return [link, "none", "–", "–", "–", "–"]
    values = known.get(str(phi.expr), [])
    compared = sum(at.kappa is not None for at in values)
    errors = largest_errors(phi, values)
    for error, what in zip(errors, ("κ", "κ̇")):
        if error is not None and not error <= ALLOWED:
            raise Wrong(f"{name}: {what} is off by {error:.1e} from the values in {REFERENCES}")
    shown = ["–" if error is None else f"{error:.1e}" if error > FILED else "0" for error in errors]
    return [link, form, *shown, str(compared) if compared else "not compared", took]


def closed_form(phi: Activation) -> str | Html:
    """κ(1, 1, ρ), or how long it is; the page has κ(a, b, c)."""
    kappa = phi.dual_expr.subs({a: 1, b: 1, c: rho})
    if kappa.count_ops() <= OPERATIONS:
        return prose(f"${latex(kappa)}$")
    return f"{len(kappa.as_ordered_terms())} terms"
