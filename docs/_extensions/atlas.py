"""The atlas: a page for every activation of the library, a gallery of them, and a table of their errors, measured while
it is made."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from sympy import latex
from sympy.core.cache import clear_cache
from thumbnails import thumbnail
from written import contents, plain, raw, write

from ntk_symbolic import activation
from ntk_symbolic.activations.derive.dual import derive
from ntk_symbolic.activations.form.variables import a, b, c
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.api import Activation
from ntk_symbolic.defaults import B_STD, W_STD
from ntk_symbolic.documents.page import Html, data_table, prose
from ntk_symbolic.errors import InvalidInput, NoClosedForm
from ntk_symbolic.pages.activation_page import ActivationReport, rho, rounded_up
from ntk_symbolic.pages.blocks import block_html

REFERENCES = Path(__file__).parents[2] / "tests" / "references"
ALLOWED = 1e-10  # of an error without a bound; one above it stops the build
COLUMNS = ("activation", r"error of $\kappa$", r"error of $\dot{\kappa}$", "values compared", "closed form derived in")
FILED = 1e-19  # the references have 20 digits
SMALLEST = mpmath.mpf(2) ** -1022  # of floats with all their digits; what is below it, diagonals included, may be 0
OPERATIONS = 16  # of a closed form that still fits under its curves
U, RHO = np.linspace(-3, 3, 121), np.linspace(-1, 1, 61)  # where curves of the gallery are drawn
STEEP = 6.0  # the largest |φ| shown there


class Wrong(RuntimeError):
    """A kernel that differs from quadrature, for which no atlas and no site is made."""


@dataclass(frozen=True)
class Reference:
    """Values of many digits at one covariance; None where there is none, or none in the range of floats."""

    a: float
    b: float
    c: float
    kappa: str | None
    kappa_dot: str | None


@cache
def references() -> dict[str, list[Reference]]:
    """All references on file, by the expression of φ."""
    found: dict[str, list[Reference]] = {}
    for kind, file in (("expr", "duals.json"), ("activation", "atlas.json"), ("activation", "outside.json")):
        for row in _rows(file):
            found.setdefault(_expression(row[kind]), []).append(_reference(row))
    return found


@cache
def _expression(text: str) -> str:
    """One spelling for each expression."""
    return str(activation(text).expr)


def _rows(name: str) -> Iterable[dict]:
    table = json.loads((REFERENCES / name).read_text(encoding="utf-8"))
    return (dict(zip(table["columns"], row, strict=True)) for row in table["rows"])


def _reference(row: dict) -> Reference:
    return Reference(row["a"], row["b"], row["c"], row["kappa"], row["kappa_dot"])


@dataclass(frozen=True)
class Found:
    """The largest error among these values and, without a closed form, the largest bound; see the references' README."""

    error: float
    bound: float | None
    values: int = 1

    @property
    def shown(self) -> str | Html:
        error = f"{self.error:.1e}" if self.error > FILED else "0"
        if self.bound is None:
            return error
        return Html(f"{error}<br><small>≤ {rounded_up(self.bound)}</small>".replace("-", "−"))


def compare(phi: Activation, known: Iterable[Reference]) -> tuple[Found | None, Found | None]:
    """The errors of κ and κ̇; None if there is nothing to compare. Raises Wrong."""
    known, jumps = list(known), phi.jumps
    return _compared(phi, "kappa", known), None if jumps else _compared(phi, "kappa_dot", known)


def _compared(phi: Activation, kind: str, known: list[Reference]) -> Found | None:
    found = [one for at in known if getattr(at, kind) is not None and (one := _found(phi, kind, at))]
    if not found:
        return None
    bounds = [one.bound for one in found if one.bound is not None]
    return Found(max(one.error for one in found), max(bounds, default=None), len(found))


def _found(phi: Activation, kind: str, at: Reference) -> Found | None:
    """The value; None if it is refused because of an overflow."""
    read, sign = KERNELS[kind]
    with mpmath.workdps(30), np.errstate(over="ignore", invalid="ignore"):
        try:
            value, bound = read(phi, at.a, at.b, at.c)
        except InvalidInput:
            return None
        floor = mpmath.sqrt(_diagonal(phi, kind, at.a) * _diagonal(phi, kind, at.b)) / 100
        exact = mpmath.mpf(getattr(at, kind))
        off = abs(value - exact)
        scale = max(
            abs(exact), floor if mpmath.isfinite(floor) else 0, SMALLEST
        )  # exp has no zeros, and no floor there
        found = Found(float(off / scale), None if bound is None else float(bound / scale))
    limit, said = (
        (bound, "its proved bound") if bound is not None and np.isfinite(bound) else (ALLOWED * scale, "allowed")
    )
    if not off <= limit:
        raise Wrong(f"{phi.text}: {sign} is off by {float(off):.1e} from {at}, more than {float(limit):.1e}, {said}")
    return found


@cache  # references share their variances
def _diagonal(phi: Activation, kind: str, x: float) -> mpmath.mpf:
    return mpmath.mpf(KERNELS[kind][0](phi, x, x, x)[0])


def _read(method: Callable[..., Any]) -> Callable[..., tuple[float, float | None]]:
    """The values as users have them: with their bound if there is no closed form."""

    def read(phi: Activation, *moments: float) -> tuple[float, float | None]:
        if not phi.reading.closed:
            return method(phi, *moments, bound=True)
        return method(phi, *moments), None

    return read


KERNELS = {"kappa": (_read(Activation.dual), "κ"), "kappa_dot": (_read(Activation.dual_dot), "κ̇")}


def seconds_to_derive(phi: Activation) -> float:
    """Derives κ, κ̇ and the mean from the expression, without a cache."""
    clear_cache()
    start = time.perf_counter()
    derive(phi.expr)
    return time.perf_counter() - start


@dataclass(frozen=True)
class Entry:
    """The entry of one activation: its page, its place in the gallery, its row in the table."""

    name: str
    page: str
    card: Html
    row: tuple[object, ...]


def entry(name: str) -> Entry:
    """The entry, measured at this build. Raises Wrong."""
    phi = activation(name)
    row = tuple(_row(name, references()))  # first: it measures the time of the derivation, before any is cached
    return Entry(name, page_of(phi.report(W_std=W_STD, b_std=B_STD)), card(phi), row)


def write_atlas(docs: Path, entries: Iterable[Entry] | None = None) -> None:
    """The pages, the gallery and the table; of the whole library by default. Raises Wrong."""
    folder, entries = docs / "atlas", list(map(entry, LIBRARY) if entries is None else entries)
    for page in folder.glob("*.md"):
        if page.stem not in {one.name for one in entries}:  # of a removed activation
            page.unlink()
    for one in entries:
        write(folder / f"{one.name}.md", one.page)
    write(folder / "_table.html", _table(one.row for one in entries))
    write(folder / "_gallery.html", Html(f'<div class="gallery">{"".join(one.card for one in entries)}</div>'))
    write(folder / "_contents.md", contents(f"atlas/{one.name}" for one in entries))


def page_of(report: ActivationReport) -> str:
    """The page in MyST: headings are those of the site, the rest is markup."""
    document = report.document
    parts = [f"# {plain(report.phi.name)}", *map(raw, map(block_html, document.head))]
    for section in document.sections:
        parts += [f"## {plain(section.title)}", *(raw(block_html(block)) for block in section.blocks)]
    return "\n\n".join(parts) + "\n"


def table(names: list[str]) -> Html:
    known = references()
    return _table(_row(name, known) for name in names)


def _table(rows: Iterable[Iterable[object]]) -> Html:
    return Html(f'<div class="atlas">{data_table(COLUMNS, map(list, rows))}</div>')


def _row(name: str, known: dict[str, list[Reference]]) -> list[object]:
    phi = activation(name)
    link = Html(f'<a href="atlas/{escape(name)}.html">{escape(name)}</a>')
    try:
        took = f"{seconds_to_derive(phi):.2f} s"
    except NoClosedForm:
        took = "none"
    errors = compare(phi, known.get(_expression(name), ()))
    if errors[0] is None:
        raise Wrong(f"{name}: there is nothing in {REFERENCES} to compare it with; the scripts in tools/ write it")
    shown = ["–" if found is None else found.shown for found in errors]
    return [link, *shown, errors[0].values, took]


def card(phi: Activation) -> Html:
    """φ and κ as curves, the name, and κ if it is short. A link to the page."""
    with np.errstate(all="ignore"):
        values = np.asarray(phi.phi(U), dtype=float)
    values = np.where(np.abs(values) < STEEP, values, np.nan)
    study = phi.report(W_std=W_STD, b_std=B_STD).study
    curves = thumbnail("φ", U, values), thumbnail("κ", RHO, study.numbers.correlated(study.q, RHO))
    return Html(
        f'<a class="card" href="atlas/{escape(phi.name)}.html"><strong>{escape(phi.name)}</strong>'
        f'<span class="curves">{"".join(curves)}</span><small>{closed_form(phi)}</small></a>'
    )


def closed_form(phi: Activation) -> str | Html:
    """κ(1, 1, ρ), or its length; the page has κ(a, b, c)."""
    try:
        kappa = phi.dual_expr.subs({a: 1, b: 1, c: rho})
    except NoClosedForm:
        return "no closed form; values with a bound"
    if kappa.count_ops() <= OPERATIONS:
        return prose(f"$\\kappa = {latex(kappa)}$")
    return f"closed form of {len(kappa.as_ordered_terms())} terms"
