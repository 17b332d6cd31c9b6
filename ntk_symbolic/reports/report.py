"""The report as one HTML page: the settings, the results, and the command that makes it again.

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

from ..api.recursion import recursion
from ..documents.page import (
    Html,
    badge,
    callout,
    contents,
    data_table,
    details,
    figure,
    formula,
    key_values,
    page,
    prose,
    section,
)
from ..documents.plots import eigenvalues, heatmap, learning
from ..finite.picture import comparison_plot, scales
from ..finite.statistics import PLANTED, Comparison
from ..layers.formula import named
from ..pages.activation_page import dual_blocks
from ..pages.blocks import block_html
from ..proofs.html import derivation_html
from ..proofs.printing import formula as latex
from ..proofs.printing import verdict_of
from ..version import __version__
from .dataset import SCALES, Targets
from .prediction import BASELINE, DRAWS, RBF_WIDTHS, RESAMPLES, RIDGES, Prediction
from .study import Kernel, Missing, OneNetwork, Study

SHOWN = 300  # rows in a heatmap: about its number of pixels on the page
CONFUSED = 12  # classes up to which the table of confusions is shown


CONTENTS = (
    ("activation", "The activation and its dual kernel"),
    ("recursion", "The recursion"),
    ("kernels", "The kernel matrices"),
    ("finite", "Finite networks and the limit"),
    ("dynamics", "The cost along gradient flow"),
    ("prediction", "Prediction by kernel regression"),
    ("made", "How this page was made"),
)
HEADINGS = dict(CONTENTS)


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
    name = "a network" if study.settings.arch else study.activations[0].phi.name or "an activation"
    return page(f"The infinite-width kernels of {name} on data", "\n".join(parts))


def _paper(arxiv: str, words: str) -> str:
    return f'<a href="https://arxiv.org/abs/{arxiv}">{escape(words)}</a>'


JACOT = _paper("1806.07572", "Jacot, Gabriel & Hongler 2018")
LEE = _paper("1711.00165", "Lee et al. 2018")
HANIN = _paper("1909.05989", "Hanin & Nica 2019")


def _summary(study: Study) -> Html:
    data = study.data
    table = data_table(
        ["claim", "verdict", "result"],
        [[f.claim, badge(f.verdict), _plain(_minus(f.found))] for f in study.findings],
    )
    return Html(
        f"<p>A random network of infinite width is a Gaussian process; its covariance is the <b>NNGP</b> kernel ({LEE}). "
        "Gradient descent moves the function such a network computes by its neural tangent kernel, the <b>NTK</b>, which "
        f"stays fixed during training ({JACOT}): trained to the end on the squared error, the network is kernel regression "
        "with the NTK. This page derives both kernels for one network, evaluates them on data, and tests them.</p>\n"
        + key_values(
            [
                ("data", _plain(f"{data.name}: {data.size}")),
                ("scaling", SCALES[data.scale]),
                *_network(study),
            ]
        )
        + "".join(callout(_plain(f"{note}."), tone="open") for note in data.notes)
        + contents(CONTENTS)
        + table
        + '<p class="quiet">Labels: derived, equal canonical forms of abstract objects; exact, both sides computed on random '
        "rational instances; numeric, equal to the stated digits.</p>"
    )


def _network(study: Study) -> Iterator[tuple[str, str | Html]]:
    s = study.settings
    for shape in study.activations:
        yield "activation", Html(f"<code>{escape(shape.phi.text)}</code>")
    if s.arch is None:
        yield "network", f"{s.depth} hidden layers, $W_{{std}}$ = {_std(s.W_std)}, $b_{{std}}$ = {_std(s.b_std)}"
    else:
        yield "network", Html(f"<code>{escape(s.arch)}</code>")


def _std(value: float) -> str:
    return r"$\sqrt{2}$" if value == 2**0.5 else f"{value:.6g}"


def _activation(study: Study) -> Html:
    several = len(study.activations) > 1
    parts: list[str] = []
    for number, shape in enumerate(study.activations, 1):
        index = f"_{{{number}}}" if several else ""
        if several:
            parts.append(rf"The dual kernels $\kappa{index}$ and $\dot\kappa{index}$ of the recursion are those of")
        parts += [formula(rf"\varphi{index}(u) = {sympy.latex(shape.phi.expr)}"), *map(block_html, dual_blocks(shape))]
    if not parts:
        parts.append("The network has no activation: its kernels are linear in the covariance of the inputs.")
    return section(HEADINGS["activation"], *parts, anchor="activation")


def _architecture(study: Study) -> Html:
    """The recursion, with equal layers once and the names of the dual kernels from the section before."""
    graph = study.net.graph()
    if any(phi.jumps for phi in graph.activations):
        words, end = r"The covariance $\Sigma$ (NNGP)", Html(r"<p>φ jumps, so there is no tangent kernel.</p>")
    else:
        words = r"The covariance $\Sigma$ (NNGP) and the tangent kernel $\Theta$ (NTK)"
        name = prose(rf"$\Theta_{{{len(named(graph))}}}$")
        end = Html(f"<p>The NTK of the network is {name} ({JACOT}, Theorem 1).</p>")
    means = any(node.mean for node in graph.of("elementwise"))
    return section(
        HEADINGS["recursion"],
        f"{words} of each layer, in the limit of infinite width:",
        *map(formula, recursion(graph)),
        *([r"$\mu(a)$ is the mean $\mathbb{E}\,\varphi(u)$ at the variance $a$."] if means else []),
        end,
        anchor="recursion",
    )


def _kernels(study: Study) -> Html:
    names = {"NNGP": study.nngp, "NTK": study.ntk}
    present = {name: kernel for name, kernel in names.items() if isinstance(kernel, Kernel)}
    targets = study.data.targets
    order = np.arange(len(study.data.X)) if targets is None else targets.order
    shown = order[np.linspace(0, len(order) - 1, min(SHOWN, len(order))).astype(int)]
    which = "All rows" if len(shown) == len(order) else f"{len(shown)} of {len(order)} rows"
    sorting = "in the order of the draw" if targets is None else "sorted by target"
    groups = _groups(targets, shown)
    pictures = [
        figure(
            heatmap(kernel.matrix[np.ix_(shown, shown)], f"{name} matrix", groups).svg(),
            f"{name}. {which}, {sorting}. The colours span 98 % of the off-diagonal entries.",
        )
        for name, kernel in present.items()
    ]
    values = {name: k.eigenvalues[k.eigenvalues > k.rounding] for name, k in present.items()}
    drawn = {name: found for name, found in values.items() if len(found)}
    if drawn:
        plot = eigenvalues(drawn, "Eigenvalues, the largest first").svg()
        pictures.append(figure(plot, "Eigenvalues of the matrices, the largest first, down to the rounding error."))
    table = data_table(
        ["", *present],
        [[label, *(read(kernel) for kernel in present.values())] for label, read in _FACTS],
    )
    missing = [_reason(study.ntk)] if isinstance(study.ntk, Missing) else []
    return section(HEADINGS["kernels"], table, *missing, *pictures, anchor="kernels")


def _groups(targets: Targets | None, shown: np.ndarray) -> list[tuple[str, int]]:
    """The classes of the shown rows, in their order, if there is room for each label."""
    if targets is None or targets.codes is None or len(targets.labels) > CONFUSED:
        return []
    counts = np.bincount(targets.codes[shown], minlength=len(targets.labels))
    return [(_short(label), int(n)) for label, n in zip(targets.labels, counts) if n]


def _short(label: str) -> str:
    return label if len(label) <= 10 else f"{label[:9]}…"


_FACTS = (
    ("shape", lambda k: "{} × {}".format(*k.matrix.shape)),
    ("smallest entry", lambda k: f"{k.matrix.min():.6g}"),
    ("largest entry", lambda k: f"{k.matrix.max():.6g}"),
    ("mean of the diagonal", lambda k: f"{k.matrix.diagonal().mean():.6g}"),
    ("symmetric to the last bit", lambda k: "yes" if k.symmetric else "no"),
    ("largest eigenvalue", lambda k: f"{k.largest:.4g}"),
    ("smallest eigenvalue", lambda k: f"{k.smallest:.4g}" if k.smallest > k.rounding else f"below {k.rounding:.1g}"),
    ("condition number", lambda k: f"{k.largest / k.smallest:.2g}" if k.smallest > k.rounding else "above 1e15 / n"),
    ("rows used for eigenvalues", lambda k: str(k.eigen_rows)),
)


def _finite(study: Study) -> Html:
    heading = HEADINGS["finite"]
    found = study.comparison
    if isinstance(found, Missing):
        return section(heading, _reason(found), anchor="finite")
    factors = scales(found)
    rows = [
        [str(width), str(count), f"{value:.4f} ± {error:.4f}"]
        for width, count, (value, error) in zip(found.widths, found.networks, factors)
    ]
    rows.append(["∞", "–", f"{found.scale:.4f} ± {found.scale_error:.4f}"])
    return section(
        heading,
        f"The empirical NTK $\\partial_\\theta f(x) \\cdot \\partial_\\theta f(x')$ of {len(found.limit)} training rows, "
        "averaged over networks with fresh random weights. For each width, the factor that fits the mean to the limit "
        "kernel best, and its standard error:",
        data_table(["width", "networks", "sampled / limit"], rows),
        figure(comparison_plot(found).svg(), Html(f"The line is the infinite-width kernel. {_bias(found)}")),
        _test(found),
        anchor="finite",
    )


def _bias(found: Comparison) -> str:
    if found.exact:
        return "With at most one hidden layer the mean is exact at every width."
    return f"The bias of order 1/width ({HANIN}) is removed by extrapolation, and the test allows for a remainder."


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
        "<h3>The test and its power</h3>\n"
        f"<p>{badge(found.verdict)} A right limit is rejected with probability {found.alpha:g}. The "
        f"same numbers must reject a limit that is wrong by {PLANTED:.0%}; otherwise the test is inconclusive.</p>"
        + data_table(
            ["compared with the networks", "z of the scale", "critical", "largest z of an entry", "verdict"], rows
        )
    )


def _dynamics(study: Study) -> Html:
    derivation = study.cost_dynamics
    return section(
        HEADINGS["dynamics"],
        "Along gradient flow on the parameters, the cost $C$ of the function $f$ that a network computes falls at the rate",
        *(formula(f"{latex(claim.lhs)} = {latex(claim.rhs)}") for claim in derivation.conclusion),
        details(
            f"The derivation of the cost dynamics: {len(derivation.steps)} steps, {verdict_of(derivation)}",
            derivation_html(derivation),
        ),
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
        "network deviates at random, and the identity holds for its own kernel, not for the limit.",
        data_table(
            [r"$\mathrm{d}C/\mathrm{d}t$", "how"],
            [
                [f"{d.by_kernel:.9g}", r"$-\lVert \delta C/\delta f \rVert^2_K$ with the network's own kernel"],
                [f"{d.by_parameters:.9g}", r"$-|\nabla_\theta c|^2$ by back-propagation"],
                [f"{d.by_flow:.9g}", "measured: the cost before and after small steps along the flow"],
            ],
        ),
        Html(
            f"<p>{badge('agrees' if d.holds else 'disagrees')} Required agreement: {d.digits} digits. The "
            f"largest relative difference is {max(d.differences.values()):.0e}.</p>"
        ),
    )


def _prediction(study: Study) -> Html:
    heading = HEADINGS["prediction"]
    found = study.prediction
    if isinstance(found, Missing):
        return section(heading, callout(f"This section is missing: {found.reason}.", tone="open"), anchor="prediction")
    fit, choose, held = found.rows
    columns = ["kernel", "variant", "ridge / mean diagonal", f"{found.measure}, held out"]
    rows = [[r.kernel, r.variant or "–", f"{r.ridge:g}", r.told] for r in found.results]
    if any(r.jitter for r in found.results):
        columns.append("jitter added")
        rows = [[*row, f"{r.jitter:.0e}" if r.jitter else "0"] for row, r in zip(rows, found.results)]
    return section(
        heading,
        data_table(columns, rows),
        f"All kernels use the same rows with the same scaling: {fit} to fit, {choose} to choose the ridge by (least squared "
        f"error), then both to fit again, and {held} held out. Ridges tried: "
        f"{', '.join(f'{ridge:g}' for ridge in RIDGES)}. The baseline also chooses its width among "
        f"{', '.join(f'{r:g}' for r in RBF_WIDTHS)} times the median distance; the tangent kernel has no other parameter to "
        f"choose. ± is the standard deviation over {RESAMPLES} resamples of the held-out rows.",
        *_learning(found),
        *_against_baseline(found, study.data.targets, held),
        anchor="prediction",
    )


def _learning(found: Prediction) -> Iterator[Html]:
    """The learning curves: with many rows, easy data are predicted by any kernel, so few rows separate the kernels."""
    if not found.curves:
        return
    plot = learning(
        np.array(found.sizes),
        {curve.kernel: (curve.means, curve.spreads) for curve in found.curves},
        found.measure,
        f"{found.measure} against the number of training rows",
    )
    yield figure(
        plot.svg(),
        f"The {found.measure} on the held-out rows against the number of training rows, with the ridge and width of the table: "
        f"mean and standard deviation over {DRAWS} draws of the training rows.",
    )


def _against_baseline(found: Prediction, targets: Targets | None, held: int) -> Iterator[str]:
    """Differences on the same rows, which are more precise than two error bars."""
    if targets is None or targets.codes is None:
        return
    truth, ours = targets.codes[:held], found.results[0]
    guess = ours.predicted.argmax(axis=1)
    right, base = guess == truth, found.results[-1].predicted.argmax(axis=1) == truth
    yield (
        f"Of {held} held-out rows, {int((right & base).sum())} are classified correctly by both {ours.kernel} and {BASELINE}, "
        f"{int((right & ~base).sum())} only by {ours.kernel}, {int((~right & base).sum())} only by {BASELINE}, "
        f"{int((~right & ~base).sum())} by neither."
    )
    if len(targets.labels) <= CONFUSED:
        counts = np.zeros((len(targets.labels),) * 2, dtype=int)
        np.add.at(counts, (truth, guess), 1)
        rows = [[_plain(label), *(str(n) if n else "" for n in row)] for label, row in zip(targets.labels, counts)]
        table = data_table(["true \\ predicted", *map(_plain, targets.labels)], rows)
        yield details(f"Confusion matrix ({ours.kernel})", table)


def _colophon(study: Study) -> Html:
    s, data = study.settings, study.data
    return section(
        HEADINGS["made"],
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
        Html('<p class="quiet">The same command on the same data writes the same page.</p>'),
        anchor="made",
    )


def _reason(part: Missing) -> Html:
    return callout(Html(f"<p>Not done here: {_plain(part.reason)}.</p>"), tone="fair" if part.excused else "open")


def _minus(text: str) -> str:
    return re.sub(r"-(?=\d)", "−", text)


def _plain(text: str) -> Html:
    """Users' words as prose, with dollar signs escaped."""
    return Html(escape(text))
