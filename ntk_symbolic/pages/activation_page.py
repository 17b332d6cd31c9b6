"""The page of an activation: its properties, dual kernels, power series, sampled layers, and fixed points in depth."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Expr, Float, Symbol, latex, sqrt

from ..activations.derive.dual import Dual
from ..activations.derive.hermite import number, slopes
from ..activations.derive.normal import Phi2
from ..activations.library import LIBRARY
from ..activations.proof.document import PHI2
from ..documents.notebook import framed
from ..documents.page import Html, callout
from ..documents.pdf import HTML, check_page, write_page
from ..documents.plots import Drawing, iteration, profile, spectrum
from ..errors import FileTrouble, InvalidInput
from ..files import check_writable, suffix_of
from ..infinite.phases import Edge, Phase
from ..networks.dense import Dense
from ..version import __version__
from . import blocks
from .activation_study import DOTS, NETWORKS, ORDER, PROVED, WIDTH, ActivationStudy
from .blocks import Block, Cell, Document, Formula, Pairs, Picture, Proof, Section, Series, Table

if TYPE_CHECKING:
    from ..api import Activation

LONGEST_TITLE = 40  # characters of a formula
LONG = 100  # operations in a series beyond which only its table is shown
RHO = np.linspace(-1, 1, 201)
U = np.linspace(-4, 4, 401)
rho = Symbol("rho")
KAPPA, SLOPE = r"\kappa", r"\dot{\kappa}"


@dataclass(frozen=True, eq=False)
class ActivationReport:
    """A summary of one activation, as a page. Made by `Activation.report`; displayed by a notebook.

    phi      the activation
    dense    the W_std and b_std of the fixed points
    """

    phi: Activation
    dense: Dense

    @cached_property
    def study(self) -> ActivationStudy:
        return ActivationStudy(self.phi, self.dense)

    @cached_property
    def document(self) -> Document:
        """The content, independent of a format. Raises NoClosedForm if the breakpoints of φ are not found."""
        return activation_document(self.study)

    @property
    def supported(self) -> bool:
        """True if every step of the closed form, if there is one, is proved or agrees with quadrature."""
        return not isinstance(self.study.dual, Dual) or self.phi.derivation.verdict.supports

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return framed(blocks.body(self.document))

    def html(self) -> str:
        """One self-contained HTML page; its plot needs matplotlib."""
        return blocks.to_html(self.document)

    def markdown(self) -> str:
        return blocks.to_markdown(self.document)

    def latex(self) -> str:
        """A complete LaTeX document."""
        return blocks.to_latex(self.document)

    def text(self, unicode: bool = True) -> str:
        """Plain text; without `unicode`, only ASCII."""
        return blocks.to_text(self.document, unicode)

    def save(self, path: Any) -> None:
        """Writes the page, whole or not at all, in the format of the suffix: .html, .pdf, .md, .tex or .txt.

        A PDF is printed by Chromium or Chrome. Raises FileTrouble naming the remedy, also for another suffix.
        """
        html = dict.fromkeys((*HTML, ".pdf"), self.html)
        forms = {**html, ".md": self.markdown, ".tex": self.latex, ".txt": self.text}
        suffix = suffix_of(path, "path")
        if suffix not in forms:
            raise FileTrouble(f"path: {path} has an unknown suffix; end it in {', '.join(forms)}")
        (check_page if suffix in html else check_writable)(path, "path")
        write_page(path, forms[suffix](), "path")


def activation_report(phi: Activation, W_std: Any, b_std: Any) -> ActivationReport:
    """The report of an activation at these scales. Raises InvalidInput, naming the argument."""
    return ActivationReport(phi, Dense(W_std=W_std, b_std=b_std))


def activation_document(study: ActivationStudy) -> Document:
    _ = study.numbers  # raises if there is no kernel, before any other computation
    head = (
        Formula(r"\varphi(u)", study.phi.expr),
        Picture(lambda: _drawn(lambda: _shape(study)), _caption_of_shape(study)),
        Pairs(tuple(_facts(study))),
    )
    sections = (
        Section("The dual kernels", tuple(dual_blocks(study)), "dual"),
        Section("The power series in ρ", tuple(_series(study)), "series"),
        Section("Fixed points in depth", tuple(_depth(study)), "depth"),
        Section("How this page was made", tuple(_made(study)), "made"),
    )
    return Document(f"The activation {_name(study.phi)}", head, sections)


def _name(phi: Activation) -> str:
    if phi.name:
        return phi.text
    return f"`{phi.text}`" if len(phi.text) <= LONGEST_TITLE else "of a formula"


def _drawn(drawing: Callable[[], Drawing]) -> Html:
    if find_spec("matplotlib") is None:
        return callout("The plot needs matplotlib: `pip install 'ntk_symbolic[report]'`.", tone="open")
    return drawing().svg()


def drawing(study: ActivationStudy, kind: str) -> Drawing:
    """A plot of the page by its name. Raises InvalidInput."""
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidInput(f"kind is {kind!r}: pass {', '.join(map(repr, KINDS))}")
    return KINDS[kind](study)


# ── properties ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _facts(study: ActivationStudy) -> Iterator[tuple[str, str]]:
    found = study.features
    if study.phi.name:
        yield "source", LIBRARY[study.phi.name].source
    yield "parity", found.parity or "neither even nor odd"
    yield "homogeneity", _homogeneity(found.degree)
    yield "smoothness", _smoothness(study)
    if study.growth is not None:
        yield "growth", _growth(*study.growth)
    if study.no_slope:
        why = r"$\varphi$ jumps" if found.jumps else r"$\varphi'$ has a pole whose square is not integrable"
        yield (
            "NTK",
            rf"none: {why}, so $\mathbb{{E}}\,\varphi'(u)\varphi'(v)$ is infinite at equal inputs; the NNGP exists",
        )
    if study.numbers.reach < np.inf:
        yield "kernel", _reach(study)


def _shape(study: ActivationStudy) -> Drawing:
    curves = {"φ": _with_gaps(study, study.phi.phi)}
    if not study.features.jumps or study.features.smooth:
        curves["φ'"] = _with_gaps(study, study.phi.dphi)
    return profile(U, curves, title="φ and its derivative", xlabel="u")


def _with_gaps(study: ActivationStudy, f: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Values at U, NaN where there is none, with a gap in place of a jump."""
    with np.errstate(all="ignore"):
        values = np.array(f(U), dtype=float)
    values[~np.isfinite(values)] = np.nan
    least = 0.05 * np.nanmax(np.abs(values))
    for point, _ in study.features.breaks:
        at = int(np.searchsorted(U, float(point)))
        if 0 < at < len(U) - 1 and abs(values[at + 1] - values[at - 1]) > least:
            values[at] = np.nan
    return values


def _caption_of_shape(study: ActivationStudy) -> str:
    jumps = r" Its jumps are gaps, and $\varphi'$ is drawn between them." if study.features.jumps else ""
    return rf"$\varphi$ and its derivative $\varphi'$.{jumps}"


def _reach(study: ActivationStudy) -> str:
    ends = study.phi.reading.limit
    if ends == np.inf:
        return f"finite; the numbers of this page are those below the variance {study.numbers.reach:.3g}"
    numbers = f"; numbers exist below {study.numbers.reach:.3g}" if study.numbers.reach < ends else ""
    return rf"exists below the variance {ends:.6g}; $\mathbb{{E}}\,\varphi(u)^2$ diverges above{numbers}"


def _homogeneity(degree: Expr | None) -> str:
    if degree is None:
        return "none"
    power = {"0": "", "1": "s "}.get(str(degree), f"s^{{{degree}}} ")
    return rf"of degree {degree}: $\varphi(s u) = {power}\varphi(u)$ for $s > 0$"


def _smoothness(study: ActivationStudy) -> str:
    found = study.features
    if not found.smooth:
        return "unknown: a part of it may have a singularity"
    where = ", ".join(f"{point}".replace("-", "−") for point, _ in found.breaks)
    if found.smoothness is None:
        return r"$C^{\infty}$"
    if found.smoothness < 0:
        return f"not continuous; breakpoints at u = {where}"
    return f"$C^{{{found.smoothness}}}$; breakpoints at u = {where}"


def _growth(kind: str, rate: Expr) -> str:
    if kind == "exponential":
        return f"exponential, at the rate {rate}"
    if kind == "gaussian":
        return rf"as $\exp({'' if rate == 1 else rate} u^{{2}})$"
    return {"0": "bounded", "1": "linear"}.get(str(rate), f"polynomial, of degree {rate}")


# ── the dual kernels ─────────────────────────────────────────────────────────────────────────────────────────────────


def dual_blocks(study: ActivationStudy) -> Iterator[Block]:
    dual, phi = study.dual, study.phi
    if isinstance(dual, Dual):
        yield r"For $(u, v)$ Gaussian with variances $a$, $b$ and covariance $c$, derived from the expression:"
        yield Formula(r"\kappa(a, b, c) = \mathbb{E}\,\varphi(u)\varphi(v)", phi.dual_expr)
        if study.features.jumps:
            yield r"and, for $c^{2} < ab$ alone (Dirac's $\delta$ of the jumps included),"
        yield Formula(
            r"\dot{\kappa}(a, b, c) = \mathbb{E}\,\varphi'(u)\varphi'(v) = \frac{\partial\kappa}{\partial c}",
            phi.dual_dot_expr,
        )
        yield Formula(r"\mathbb{E}\,\varphi(u)", phi.mean_expr)
        if dual.kappa.value.has(Phi2):
            yield PHI2.statement
        yield Proof("κ", phi.derivation, f"ntk-symbolic derive {shlex.quote(phi.text)}")
    else:
        yield _sentence(f"{dual}")
        if study.is_bounded:
            yield r"Numbers come from the power series in $\rho$, with a proved bound of their error:"
        else:
            yield (
                r"Numbers come from the power series in $\rho$. No rule gives the growth of $\varphi$, so their error is "
                r"estimated:"
            )
        yield _bounded(study)
    yield Picture(lambda: _drawn(lambda: plot_of_duals(study)), _caption(study), _compared(study))


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:].rstrip('.')}."


def _at(study: ActivationStudy, kernel: str, correlation: Any = rho) -> str:
    """κ(q, q, qρ) at the variance of the page."""
    q = study.variance
    over = "" if q == 1 else f"/{1 / q}"
    return f"{kernel}({q}, {q}, {latex(correlation)}{over})"


def _times(study: ActivationStudy, z: str) -> str:
    """√q z"""
    return z if study.variance == 1 else f"{z}/{1 / sqrt(study.variance)}"


def _bounded(study: ActivationStudy) -> Table:
    """κ and κ̇ at a few ρ, with a proved bound of each."""
    kappa, slope = (f"${_at(study, sign)}$" for sign in (KAPPA, SLOPE))
    columns = [r"$\rho$", *(name for sign in (kappa, slope) for name in (sign, "error at most"))]
    numbers = [(_decimals(*at), rounded_up(at[1])) for found in study.bounded for at in zip(*found)]
    pairs = [numbers[k :: len(PROVED)] for k in range(len(PROVED))]
    rows = [(f"{rho:g}", *(cell for pair in each for cell in pair)) for rho, each in zip(PROVED, pairs)]
    kept = [n for n in range(1 + 2 * len(study.bounded)) if study.is_bounded or not (n and n % 2 == 0)]
    return Table(tuple(columns[n] for n in kept), tuple(tuple(row[n] for n in kept) for row in rows))


def _decimals(value: float, bound: float) -> str:
    """The value with the digits that the bound allows, at most twelve."""
    return f"{value + 0:.{max(3, min(12, int(-np.log10(bound)))) if 0 < bound < 1 else 12}f}"


def rounded_up(bound: float) -> str:
    """The bound to two digits, rounded up."""
    if not np.isfinite(bound):
        return "not known"
    digit = 10.0 ** (np.floor(np.log10(bound)) - 1) if bound else 1.0
    return f"{np.ceil(bound / digit) * digit:.1e}"


def _caption(study: ActivationStudy) -> str:
    curves = r"$\kappa$" if study.no_slope else r"$\kappa$ and $\dot{\kappa}$"
    missing = f" {_unseen(study)}".rstrip()
    return (
        rf"{curves} at $a = b = {study.variance}$ against the correlation $\rho$. Dots: the averages over the {WIDTH} units of "
        f"a sampled hidden layer, mean and standard error of {NETWORKS} layers (seed 0); the farthest is "
        f"{study.farthest:.1f} standard errors from its curve.{missing}"
    )


def _compared(study: ActivationStudy) -> str:
    """The comparison with sampled layers, for formats without the figure."""
    curves = r"$\kappa$" if study.no_slope else r"$\kappa$ and $\dot{\kappa}$"
    return (
        rf"Sampled layers: at $a = b = {study.variance}$ and {len(DOTS)} correlations, {curves} were compared with averages "
        rf"over the {WIDTH} units of a sampled hidden layer ({NETWORKS} layers, seed 0). The farthest average is "
        rf"{study.farthest:.1f} standard errors from its limit. {_unseen(study)}".rstrip()
    )


def _unseen(study: ActivationStudy) -> str:
    return "Networks do not sample the δ of a jump, so κ̇ has no dots." if study.features.jumps else ""


def plot_of_duals(study: ActivationStudy, title: str = "Dual kernels against ρ") -> Drawing:
    """κ and κ̇ against the correlation, with the averages of sampled layers."""
    kappa, slope = study.sampled
    curves = {"κ": study.numbers.correlated(study.q, RHO)}
    dots = {"κ": (DOTS, kappa.mean, kappa.error)}
    if not study.no_slope:
        curves["κ̇"] = study.numbers.slope_correlated(study.q, RHO)
        dots["κ̇"] = (DOTS, slope.mean, slope.error)
    elif isinstance(study.dual, Dual):  # between the jumps' δ
        curves["κ̇"] = np.append(np.nan, [*study.numbers.slope_correlated(study.q, RHO[1:-1]), np.nan])
    return profile(RHO, curves, title + f" at variance {study.q:g}" * (study.q != 1), dots)


# ── the power series ─────────────────────────────────────────────────────────────────────────────────────────────────


def _series(study: ActivationStudy) -> Iterator[Block]:
    kappa = study.series
    slope = slopes(kappa, study.variance)
    complete = study.shown > 1 - 1e-12
    how = "exact" if isinstance(study.dual, Dual) else _how(study)
    yield (
        rf"With Hermite polynomials $h_k$ that are orthonormal for a standard normal $z$, $\varphi({_times(study, 'z')}) = "
        rf"\sum_k \alpha_k h_k(z)$, and at $a = b = {study.variance}$ the kernel is $\kappa = \sum_k "
        rf"\alpha_k^{{2}} \rho^k$ ({how}; Mehler 1866):"
    )
    if sum(coef.count_ops() for coef in kappa) <= LONG:
        yield Series(_at(study, KAPPA), _powers(kappa), not complete)
        if not study.no_slope:
            yield Series(_at(study, SLOPE), _powers(slope), not complete)
    yield Table(*_coefficients(study))
    if complete:
        yield "The series ends here."
    else:
        yield rf"The terms up to $\rho^{{{ORDER}}}$ account for {_share(study.shown)} of ${_at(study, KAPPA, 1)}$."
    yield Picture(
        lambda: _drawn(lambda: _spectrum(study)),
        r"The spectrum of $\varphi$: the coefficients $\alpha_k^{2}$ of $\rho^k$ in $\kappa$.",
    )


def _spectrum(study: ActivationStudy) -> Drawing:
    heights = np.array([number(x) for x in study.series])
    return spectrum(heights, "Squared Hermite coefficients", "k", "α_k²".replace("_k", "ₖ"))


def _share(part: float) -> str:
    """The part in per cent, never 100.00%."""
    return f"{part:.2%}" if part < 0.9999 else f"all but {1 - part:.1e}"


def _how(study: ActivationStudy) -> str:
    known = np.isfinite(study.hermite_error)
    return rf"by quadrature, each $\alpha_k$ to within {rounded_up(study.hermite_error)}" if known else "by quadrature"


def _powers(coefficients: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The coefficients as floats with six digits; the table has more."""
    shown = (Float(coef, 6) if coef.is_Float else coef for coef in coefficients)
    return tuple(coef * rho**k for k, coef in enumerate(shown) if coef != 0)


def _coefficients(study: ActivationStudy) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    pairs = list(zip(study.hermite, study.series))
    if not isinstance(study.dual, Dual):
        rows = ((f"${k}$", f"{float(x):.10f}", f"{float(y):.10f}") for k, (x, y) in enumerate(pairs))
        return ("$k$", r"$\alpha_k$", r"$\alpha_k^{2}$"), tuple(rows)
    rows = ((f"${k}$", x, y, f"{number(y):.8f}") for k, (x, y) in enumerate(pairs))
    return ("$k$", r"$\alpha_k$", r"$\alpha_k^{2}$", r"$\alpha_k^{2}$ in decimals"), tuple(rows)


# ── depth ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _depth(study: ActivationStudy) -> Iterator[Block]:
    W_std, b_std = study.dense.W_std, study.dense.b_std
    yield (
        rf"In a deep network with $W_{{std}}$ = {W_std:.6g} and $b_{{std}}$ = {b_std:.6g} the variance of a pre-activation "
        r"changes as $q \mapsto W_{std}^{2}\,\kappa(q, q, q) + b_{std}^{2}$ from layer to layer. At a fixed point, the "
        r"correlation of two inputs changes as $\rho \mapsto (W_{std}^{2}\,\kappa(q, q, q\rho) + b_{std}^{2})/q$, and "
        r"$\chi_1 = W_{std}^{2}\,\mathbb{E}\,\varphi'(u)^{2}$ decides whether near inputs and gradients shrink (ordered), keep "
        r"(critical) or grow (chaotic). Poole et al. 2016; Schoenholz et al. 2017, arXiv 1611.01232."
    )
    found = study.phases
    if found.every:
        yield "Every variance is a fixed point; at each of them:"
    columns = (r"variance $q^{*}$", "stability", r"$\chi_1$", "phase", r"correlations $\rho^{*}$")
    rows = tuple(_row(study, point, found.every) for point in found.points)
    yield Table(columns, rows)
    yield _critical(study)
    resting = _resting(study)
    if resting is not None:
        yield Picture(lambda: _drawn(lambda: _map(study, resting)), _caption_of_map(study, resting))
    growing = (
        r" Growing there: $\chi_1 > 1$, but the angle between near inputs does not grow, and their difference grows no "
        r"faster than the signals do."
    )
    yield (
        r"Fixed points are found numerically, on a grid of 20 variances a decade from $10^{-8}$ to $10^{8}$ and around "
        r"$b_{std}^{2}$ and $W_{std}^{2}$, with the roots between them. "
        r"$q^{*} \to 0$ and $q^{*} \to \infty$ stand for the limits." + growing * any("growing" in row for row in rows)
    )


def _resting(study: ActivationStudy) -> Phase | None:
    """The fixed point whose map of correlations is drawn: the first that is stable and neither 0 nor infinite."""
    points = [p for p in study.phases.points if 0 < p.variance < np.inf and p.correlations is not None]
    return min(points, key=lambda p: not p.stable, default=None)


def _resting_map(study: ActivationStudy) -> Drawing:
    point = _resting(study)
    if point is None:
        raise InvalidInput("no variance has a map of correlations with these scales: choose another W_std or b_std")
    return _map(study, point)


def _map(study: ActivationStudy, point: Phase) -> Drawing:
    q, W_std, b_std = point.variance, study.dense.W_std, study.dense.b_std
    mapped = (W_std**2 * study.numbers.correlated(q, RHO) + b_std**2) / q
    fixed = [(root.at, root.stable) for root in point.correlations or ()]
    return iteration(RHO, mapped, fixed, "Correlations from layer to layer", "ρ", "ρ in the next layer")


def _caption_of_map(study: ActivationStudy, point: Phase) -> str:
    return (
        r"The correlation in the next layer against the correlation $\rho$, at the fixed point "
        rf"$q^{{*}} = {point.variance:.6g}$. Its own fixed points lie on the diagonal."
    )


def _row(study: ActivationStudy, point: Phase, every: bool) -> tuple[str, ...]:
    q = "every" if every else {0.0: "→ 0", np.inf: "→ ∞"}.get(point.variance, f"{point.variance:.6g}")
    stability = "neutral" if every else "stable" if point.stable else "unstable"
    if point.variance == np.inf and study.phi.reading.limit < np.inf:
        return (q, stability, "–", "no kernel at this variance", "–")
    if study.no_slope:
        return (q, stability, "does not exist", "–", _correlations(point))
    return (q, stability, _number(point.chi), point.name, _correlations(point))


def _number(x: float) -> str:
    if np.isnan(x):
        return "not known"
    return "→ 0" if 0 < x < 1e-9 else "→ ∞" if x > 1e9 else f"{x:.6g}"


def _correlations(point: Phase) -> str:
    if point.correlations is None:
        return "not known"
    if not point.correlations:
        return "every correlation"
    return ", ".join(f"{root.at + 0:.6g} ({'stable' if root.stable else 'unstable'})" for root in point.correlations)


def _critical(study: ActivationStudy) -> str:
    if study.features.jumps:
        return r"$\varphi$ jumps: there is no $\chi_1$, and no edge of chaos; near inputs separate in every network."
    if study.no_slope:
        return r"$\mathbb{E}\,\varphi'(u)^{2}$ is infinite: there is no $\chi_1$, and no edge of chaos."
    at = rf"for $b_{{std}}$ = {study.dense.b_std:.6g}"
    if not study.edges:
        return rf"Edge of chaos: there is no $W_{{std}}$ with $\chi_1 = 1$ at a finite variance {at}."
    return f"Edge of chaos {at}: {'; '.join(map(_edge, study.edges))}."


def _edge(edge: Edge) -> str:
    said = rf"$\chi_1 = 1$ at $W_{{std}}$ = {edge.W_std:.9g}"
    if np.isnan(edge.variance):
        return f"{said}, at every variance"
    where = "in the limit $q^{*} \\to 0$" if edge.variance == 0 else rf"at $q^{{*}}$ = {edge.variance:.6g}"
    return f"{said}, {where}, {'a stable' if edge.stable else 'an unstable'} fixed point"


# ── provenance ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _made(study: ActivationStudy) -> Iterator[Block]:
    W_std, b_std = study.dense.W_std, study.dense.b_std
    words = [
        "ntk-symbolic",
        "activation",
        f"--W-std={W_std!r}",
        f"--b-std={b_std!r}",
        "--",
        shlex.quote(study.phi.text),
    ]
    yield Pairs((("command", f"`{' '.join(words)}`"), ("ntk_symbolic", __version__)))


KINDS: dict[str, Callable[[ActivationStudy], Drawing]] = {
    "phi": _shape,
    "dual": plot_of_duals,
    "series": _spectrum,
    "correlation": _resting_map,
}
