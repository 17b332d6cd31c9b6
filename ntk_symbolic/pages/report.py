"""The report as one HTML page: what was asked, what was found, and how to make it again.

No time of day and no timings: the same command on the same data writes the same page.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from html import escape

import numpy as np
import scipy
import sympy
from sympy import Eq, Symbol

from .. import __version__
from ..api import mlp
from ..finite.statistics import PLANTED, Comparison
from ..layers.formula import x, x_
from .dataset import SCALES, Targets
from .derivation import derivation_html
from .page import Html, badge, callout, data_table, details, figure, formula, key_values, page, section
from .plots import convergence, heatmap, profile
from .prediction import BASELINE, RBF_WIDTHS, RESAMPLES, RIDGES, Prediction
from .study import Kernel, Missing, OneNetwork, Study

SHOWN = 300  # rows in a heatmap: about as many as it has pixels on the page
CONFUSED = 12  # classes up to which the table of confusions is shown


def report_html(study: Study) -> str:
    """The whole page."""
    parts = [
        _summary(study),
        _activation(study),
        _architecture(study),
        _kernels(study),
        _finite(study),
        _dynamics(study),
        _prediction(study),
        _colophon(study),
    ]
    return page(f"The infinite-width kernels of {study.phi.name or 'an activation'} on data", "\n".join(parts))


def _summary(study: Study) -> Html:
    data, s = study.data, study.settings
    table = data_table(
        ["claim", "verdict", "what was found"],
        [[f.claim, badge(f.verdict), _plain(_minus(f.found))] for f in study.findings],
    )
    return Html(
        key_values(
            [
                ("data", _plain(f"{data.name}: {data.size}")),
                ("scaling", SCALES[data.scale]),
                ("activation", Html(f"<code>{escape(study.phi.text)}</code>")),
                ("network", f"{s.depth} hidden layers, $W_{{std}}$ = {s.W_std:.6g}, $b_{{std}}$ = {s.b_std:.6g}"),
            ]
        )
        + table
    )


def _activation(study: Study) -> Html:
    phi = study.phi
    rho = np.linspace(-1, 1, 201)
    curves = {"κ": phi.dual(1.0, 1.0, rho), "κ̇": phi.dual_dot(1.0, 1.0, rho)}
    curves = {name: np.where(np.isfinite(values), values, np.nan) for name, values in curves.items()}
    return section(
        "The activation and its dual kernel",
        formula(rf"\varphi(u) = {sympy.latex(phi.expr)}"),
        r"For $(u, v)$ Gaussian with variances $a$, $b$ and covariance $c$, SymPy derives from this expression",
        formula(rf"\kappa(a, b, c) = \mathbb{{E}}\,\varphi(u)\,\varphi(v) = {sympy.latex(phi.dual_expr)}"),
        formula(
            rf"\dot\kappa(a, b, c) = \frac{{\partial \kappa}}{{\partial c}} = {sympy.latex(phi.dual_dot_expr)}",
        ),
        figure(profile(rho, curves), "At $a = b = 1$, against the correlation $ρ = c$."),
        _folded(study.derivation, "κ"),
        anchor="activation",
    )


def _folded(derivation, of: str) -> Html:
    return details(f"The derivation of {of}: {len(derivation.steps)} steps", derivation_html(derivation), unfolded=True)


def _architecture(study: Study) -> Html:
    """All hidden layers are alike: the first rules are written out, the others repeat the last of them."""
    depth, s = study.net.depth, study.settings
    shown = mlp(min(depth, 1), study.phi, s.W_std, s.b_std).formula()
    lines = [formula(line) for eq in shown for line in _rows(eq)]
    if depth > 1:
        lines.append(Html(f"<p>and so on, each layer from the one before, up to layer {depth + 1}.</p>"))
    if study.phi.jumps:
        what, end = r"The covariance $\Sigma$ (NNGP)", r"$\varphi$ jumps, so there is no tangent kernel."
    else:
        what = r"The covariance $\Sigma$ (NNGP) and the tangent kernel $\Theta$ (NTK)"
        end = rf"The NTK of the network is $\Theta_{{{depth + 1}}}$ (Jacot, Gabriel, Hongler 2018, Theorem 1)."
    return section(
        "The recursion", f"{what} of each layer, in the limit of infinite width:", *lines, end, anchor="recursion"
    )


def _rows(eq: Eq) -> Iterator[str]:
    """One line of LaTeX for Σ and one for Θ."""
    inner = sympy.Function("dot")(x, x_)
    for left, right in zip(eq.lhs, eq.rhs):  # type: ignore[arg-type]
        right = right.subs(inner, Symbol(r"x^{\top} x'"))
        yield f"{sympy.latex(left)} = {sympy.latex(right)}"


def _kernels(study: Study) -> Html:
    names = {"NNGP": study.nngp, "NTK": study.ntk}
    present = {name: kernel for name, kernel in names.items() if isinstance(kernel, Kernel)}
    order = np.arange(len(study.data.X)) if study.data.targets is None else study.data.targets.order
    shown = order[np.linspace(0, len(order) - 1, min(SHOWN, len(order))).astype(int)]
    which = "All rows" if len(shown) == len(order) else f"{len(shown)} of {len(order)} rows"
    sorting = "in the order of the draw" if study.data.targets is None else "sorted by target"
    pictures = [
        figure(heatmap(kernel.matrix[np.ix_(shown, shown)], f"{name} matrix"), f"{name}. {which}, {sorting}.")
        for name, kernel in present.items()
    ]
    table = data_table(
        ["", *present],
        [[label, *(read(kernel) for kernel in present.values())] for label, read in _FACTS],
    )
    missing = [_reason(study.ntk)] if isinstance(study.ntk, Missing) else []
    return section("The kernel matrices", table, *missing, *pictures, anchor="kernels")


_FACTS = (
    ("shape", lambda k: "{} × {}".format(*k.matrix.shape)),
    ("smallest entry", lambda k: f"{k.matrix.min():.6g}"),
    ("largest entry", lambda k: f"{k.matrix.max():.6g}"),
    ("mean of the diagonal", lambda k: f"{k.matrix.diagonal().mean():.6g}"),
    ("symmetric to the last bit", lambda k: "yes" if k.symmetric else "no"),
    ("largest eigenvalue", lambda k: f"{k.largest:.4g}"),
    ("smallest eigenvalue", lambda k: f"{k.smallest:.4g}" if k.smallest > k.rounding else f"below {k.rounding:.1g}"),
    ("condition number", lambda k: f"{k.largest / k.smallest:.2g}" if k.smallest > k.rounding else "above 1e15 / n"),
    ("rows in the eigenvalues", lambda k: str(k.eigen_rows)),
)


def _finite(study: Study) -> Html:
    heading = "Finite networks against the limit"
    found = study.comparison
    if isinstance(found, Missing):
        return section(heading, _reason(found), anchor="finite")
    scales = [(m.mean[-1], np.sqrt(m.variance[-1] / m.count)) for m in found.moments]
    plot = convergence(
        np.array(found.widths),
        np.array([value for value, _ in scales]),
        np.array([error for _, error in scales]),
        1.0,
        found.scale,
        found.scale_error,
        title="Sampled kernel over limit kernel, against 1/width",
        ylabel="sampled / limit",
    )
    rows = [
        [str(width), str(count), f"{value:.4f} ± {error:.4f}"]
        for width, count, (value, error) in zip(found.widths, found.networks, scales)
    ]
    rows.append(["∞", "–", f"{found.scale:.4f} ± {found.scale_error:.4f}"])
    return section(
        heading,
        f"The empirical NTK $\\partial_\\theta f(x) \\cdot \\partial_\\theta f(x')$ of {len(found.limit)} training rows, "
        "averaged over networks with fresh random weights. Per width, the factor that fits the mean to the limit "
        "kernel best, and its standard error:",
        data_table(["width", "networks", "sampled / limit"], rows),
        figure(plot, f"The line is the infinite-width kernel. {_bias(found)}"),
        _test(found),
        anchor="finite",
    )


def _bias(found: Comparison) -> str:
    if found.depth <= 1:
        return "With at most one hidden layer the mean is exact at every width."
    return "The bias of order 1/width is extrapolated away; what may be left of it is allowed for in the test."


def _test(found: Comparison) -> Html:
    tests = {1.0: found.test, **found.self_tests}
    rows = [
        [
            "the limit itself" if factor == 1 else f"the limit × {factor:g}",
            f"{test.z_scale:+.1f}",
            f"{test.critical_scale:.1f}",
            f"{np.abs(test.z_entries).max():.1f}",
            "rejected" if test.rejected else "not rejected",
        ]
        for factor, test in sorted(tests.items())
    ]
    return Html(
        "<h3>The test, and the test of the test</h3>\n"
        f"<p>{badge(found.verdict)} The chance that a right limit is called wrong is {found.alpha:g}. A check that "
        f"cannot fail checks nothing: a limit that is wrong by {PLANTED:.0%} has to be rejected by the same numbers.</p>"
        + data_table(
            ["held against the networks", "z of the scale", "critical", "largest z of an entry", "verdict"], rows
        )
    )


def _dynamics(study: Study) -> Html:
    return section(
        "The cost along gradient flow",
        _folded(study.cost_dynamics, "the cost dynamics"),
        Html("<h3>Confirmed on a sampled network</h3>"),
        *_confirmed(study.network),
        anchor="dynamics",
    )


def _confirmed(network: OneNetwork | Missing) -> tuple[str, ...]:
    if isinstance(network, Missing):
        return (_reason(network),)
    d = network.dynamics
    return (
        f"One network of width {network.width}, on the {network.rows} rows of the section before; {network.goals}. "
        f"Its own kernel is {network.deviation:.1%} away from the limit (Frobenius norm, first output): a single "
        "network scatters, and the identity holds for the kernel it has, not for the limit.",
        data_table(
            [r"$\mathrm{d}C/\mathrm{d}t$", "how"],
            [
                [f"{d.by_kernel:.9g}", r"$-\lVert \delta C/\delta f \rVert^2_K$ with the network's own kernel"],
                [f"{d.by_parameters:.9g}", r"$-|\nabla_\theta c|^2$ by back-propagation"],
                [f"{d.by_flow:.9g}", "measured: the cost before and after small steps along the flow"],
            ],
        ),
        Html(
            f"<p>{badge('agrees' if d.holds else 'disagrees')} They shall agree to {d.digits} digits; the largest "
            f"relative difference is {max(d.differences.values()):.0e}.</p>"
        ),
    )


def _prediction(study: Study) -> Html:
    heading = "Prediction by kernel regression"
    found = study.prediction
    if isinstance(found, Missing):
        return section(heading, callout(f"This section is missing: {found.reason}.", tone="open"), anchor="prediction")
    fit, choose, held = found.rows
    rows = [
        [
            r.kernel,
            r.variant or "–",
            f"{r.ridge:g}",
            r.told,
            f"{r.jitter:.0e}" if r.jitter else "–",
        ]
        for r in found.results
    ]
    return section(
        heading,
        data_table(["kernel", "variant", "ridge / mean diagonal", f"{found.measure}, held out", "jitter added"], rows),
        f"All kernels see the same rows, scaled the same way: {fit} to fit, {choose} to choose by (least squared "
        f"error), then both to fit again, and {held} held out, used once. Ridges tried: "
        f"{', '.join(f'{ridge:g}' for ridge in RIDGES)}. The baseline also chooses its width among "
        f"{', '.join(f'{r:g}' for r in RBF_WIDTHS)} times the median distance; the tangent kernel has nothing else to "
        f"choose. ± is the standard deviation over {RESAMPLES} resamples of the held-out rows.",
        *_against_baseline(found, study.data.targets, held),
        anchor="prediction",
    )


def _against_baseline(found: Prediction, targets: Targets | None, held: int) -> Iterator[str]:
    """Differences on the same rows say more than two error bars."""
    if targets is None or targets.codes is None:
        return
    truth, ours = targets.codes[:held], found.results[0]
    guess = ours.predicted.argmax(axis=1)
    right, base = guess == truth, found.results[-1].predicted.argmax(axis=1) == truth
    yield (
        f"Of {held} rows held out, {int((right & base).sum())} are right by both {ours.kernel} and {BASELINE}, "
        f"{int((right & ~base).sum())} only by {ours.kernel}, {int((~right & base).sum())} only by {BASELINE}, "
        f"{int((~right & ~base).sum())} by neither."
    )
    if len(targets.labels) <= CONFUSED:
        counts = np.zeros((len(targets.labels),) * 2, dtype=int)
        np.add.at(counts, (truth, guess), 1)
        rows = [[_plain(label), *(str(n) if n else "" for n in row)] for label, row in zip(targets.labels, counts)]
        table = data_table(["true \\ predicted", *map(_plain, targets.labels)], rows)
        yield details(f"Which class is taken for which, by {ours.kernel}", table)


def _colophon(study: Study) -> Html:
    s, data = study.settings, study.data
    return section(
        "How this page was made",
        key_values(
            [
                ("command", Html(f"<code>{escape(s.command())}</code>")),
                ("seed", str(s.seed)),
                *((f"SHA-256 of the {name}", Html(f"<code>{digest}</code>")) for name, digest in data.digests),
                ("ntk_symbolic", __version__),
                ("Python", platform.python_version()),
                *((module.__name__, module.__version__) for module in (np, scipy, sympy)),
            ]
        ),
        Html(
            '<p class="quiet">The same command on the same data writes the same page. Labels: derived, equal canonical '
            "forms of abstract objects; exact, both sides computed on random rational instances; numeric, equal to the "
            "stated digits.</p>"
        ),
        anchor="made",
    )


def _reason(part: Missing) -> Html:
    return callout(Html(f"<p>Not done here: {_plain(part.reason)}.</p>"), tone="fair" if part.excused else "open")


def _minus(text: str) -> str:
    return re.sub(r"-(?=\d)", "−", text)


def _plain(text: str) -> Html:
    """Users' words, in which a dollar sign is a dollar sign."""
    return Html(escape(text))
