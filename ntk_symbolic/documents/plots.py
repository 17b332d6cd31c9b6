"""Plots, on the axes of a user or as inline SVG of a page: text and axes in the page's colour, any width, unique ids.

matplotlib is an extra, and slow to import: only when a plot is drawn.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from ..errors import InvalidInput
from .page import Html

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK = "#010203"  # drawn in this, written as currentColor
_SERIES = ("#3a7fcf", "#cf6f1c", "#3b9660", "#b5599f", "#8a7a2e", "#7a6fd0")  # 3:1 or more on white and on near-black
_LINES = ("-", "--", "-.", ":")  # so that curves differ without colour
_LIMIT = "#c8473f"


@dataclass(frozen=True)
class Drawing:
    """A plot that can be drawn anywhere: into a page as SVG, or on the axes of a user.

    height, margins   of the SVG, in inches; without margins they are fitted to what is drawn
    """

    title: str
    draw: Callable[[Axes], None]
    height: float = 3.2
    margins: bool = True

    def svg(self) -> Html:
        """An inline SVG element."""
        figure, axes = _canvas(self.height, self.margins)
        self.draw(axes)
        return _svg(figure, self.title)

    def on(self, ax: Any = None) -> Axes:
        """Draws on these axes of matplotlib, or on those of a new figure, and returns them. Raises InvalidInput."""
        if find_spec("matplotlib") is None:
            raise InvalidInput("plots need matplotlib: pip install 'ntk_symbolic[report]'")
        from matplotlib.axes import Axes

        if ax is None:
            from matplotlib.pyplot import subplots

            _, ax = subplots(layout="constrained")
        elif not isinstance(ax, Axes):
            raise InvalidInput(f"ax is {type(ax).__name__}: pass the Axes of a figure, such as plt.gca()")
        self.draw(ax)
        ax.set_title(self.title)
        return ax


def convergence(
    widths: np.ndarray,
    means: np.ndarray,
    errors: np.ndarray,
    limit: float,
    extrapolated: float | None = None,
    extrapolated_error: float | None = None,
    title: str = "Empirical kernel against 1/width",
    ylabel: str = "kernel",
) -> Drawing:
    """Means ± standard errors of a finite network's kernel against 1/width, with the line of its infinite limit.

    widths, means, errors: (k,). The extrapolated value is drawn at 1/width = 0.
    """
    inverse = 1 / np.asarray(widths, dtype=float)

    def draw(axes: Axes) -> None:
        axes.axhline(limit, color=_LIMIT, linewidth=1.4, linestyle="--", label="infinite width")
        axes.errorbar(
            inverse, means, errors, color=_SERIES[0], fmt="o", ms=5, capsize=3, label="finite width, mean ± SE"
        )
        if extrapolated is not None:
            axes.errorbar(
                [0], [extrapolated], [extrapolated_error or 0], color=_SERIES[1], fmt="D", ms=5, capsize=3,
                label="extrapolated to infinite width",
            )  # fmt: skip
        axes.set_xlim(-0.03 * inverse.max(), 1.06 * inverse.max())
        _ticks_at_widths(axes, inverse, np.asarray(widths))
        axes.set_xlabel("1 / width")
        axes.set_ylabel(ylabel)
        _legend(axes)

    return Drawing(title, draw)


Dots = tuple[np.ndarray, np.ndarray, np.ndarray]  # places, means and standard errors, each (m,)


def profile(
    rho: np.ndarray,
    curves: Mapping[str, np.ndarray],
    title: str = "Dual kernels against ρ",
    dots: Mapping[str, Dots] | None = None,
    xlabel: str = "ρ",
) -> Drawing:
    """Curves over the correlation ρ, such as κ and κ̇, named in a legend and on the axis. rho, each curve: (k,).

    dots     measurements beside the curve of the same name
    xlabel   the variable, if it is not ρ
    """

    def draw(axes: Axes) -> None:
        for i, (name, values) in enumerate(curves.items()):
            color, line = _SERIES[i % len(_SERIES)], _LINES[i % len(_LINES)]
            axes.plot(rho, values, color=color, linestyle=line, linewidth=1.8, label=name)
            if dots and name in dots:
                places, means, errors = dots[name]
                axes.errorbar(places, means, errors, color=color, fmt="o", ms=4, capsize=2.5, linewidth=1.2)
        axes.set_xlabel(xlabel)
        axes.set_ylabel(", ".join(curves))
        if len(curves) > 1:
            _legend(axes)

    return Drawing(title, draw)


def iteration(
    x: np.ndarray, values: np.ndarray, fixed: Sequence[tuple[float, bool]], title: str, xlabel: str, ylabel: str
) -> Drawing:
    """A map of the line to itself with the diagonal, and its fixed points: (place, stable), filled if stable."""

    def draw(axes: Axes) -> None:
        axes.plot(x, x, color=_INK, alpha=0.5, linewidth=1, label="diagonal")
        axes.plot(x, values, color=_SERIES[0], linewidth=1.8, label="map")
        for stable, filled in ((True, _SERIES[1]), (False, "none")):
            places = [place for place, is_stable in fixed if is_stable == stable]
            if places:
                name = "stable fixed point" if stable else "unstable fixed point"
                axes.plot(places, places, "o", ms=7, mfc=filled, mec=_SERIES[1], mew=1.6, label=name, clip_on=False)
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)
        _legend(axes)

    return Drawing(title, draw, height=3.6)


def spectrum(heights: np.ndarray, title: str, xlabel: str, ylabel: str) -> Drawing:
    """Bars over 0, 1, 2, …"""

    def draw(axes: Axes) -> None:
        axes.bar(np.arange(len(heights)), heights, width=0.6, color=_SERIES[0])
        axes.set_xticks(np.arange(len(heights)))
        axes.grid(False, axis="x")
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel)

    return Drawing(title, draw, height=2.6)


Groups = Sequence[tuple[str, int]]  # labels and numbers of adjacent rows


def heatmap(matrix: np.ndarray, title: str, groups: Groups = ()) -> Drawing:
    """A kernel matrix (n, m) as an image, with its scale of colours: that of most entries, the largest few beyond it.

    groups   of rows and columns alike, shown on the axes
    """
    values = np.asarray(matrix, dtype=float)
    low, high = _robust(values)
    signed = low < 0 < high
    if signed:
        low, high = -max(-low, high), max(-low, high)

    def draw(axes: Axes) -> None:
        image = axes.imshow(
            values,
            interpolation="nearest",
            aspect="auto" if _is_oblong(values) else "equal",
            cmap="RdBu_r" if signed else "viridis",
            vmin=low,
            vmax=high,
        )
        beyond = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
        bar = axes.figure.colorbar(image, ax=axes, extend=beyond[bool(values.min() < low), bool(values.max() > high)])
        bar.outline.set_visible(False)  # type: ignore[union-attr]
        axes.grid(False)
        if groups:
            ends = np.cumsum([number for _, number in groups])
            middles = ends - np.array([number for _, number in groups]) / 2 - 0.5
            for name, axis in (("row", axes.yaxis), ("column", axes.xaxis)):
                axis.set_ticks(middles, [label for label, _ in groups])
                axis.set_label_text(f"{name}, by target")
            for end in ends[:-1]:
                axes.axhline(end - 0.5, color="#d8d8d8", linewidth=0.4, alpha=0.5)
                axes.axvline(end - 0.5, color="#d8d8d8", linewidth=0.4, alpha=0.5)
        else:
            axes.set_xlabel("column")
            axes.set_ylabel("row")

    return Drawing(title, draw, height=3.8, margins=False)


def _robust(values: np.ndarray) -> tuple[float, float]:
    """The 1st and 99th percentiles of the off-diagonal entries; the diagonal is larger than all of them."""
    n, m = values.shape
    others = values[~np.eye(n, dtype=bool)] if n == m > 1 else values.ravel()
    low, high = np.percentile(others, (1, 99))
    return (float(low), float(high)) if high > low else (float(values.min()), float(values.max()))


def eigenvalues(matrices: Mapping[str, np.ndarray], title: str) -> Drawing:
    """The positive eigenvalues of some matrices, the largest first, both axes logarithmic; named in a legend."""

    def draw(axes: Axes) -> None:
        for i, (name, values) in enumerate(matrices.items()):
            ordered = np.sort(values[values > 0])[::-1]
            color, line = _SERIES[i % len(_SERIES)], _LINES[i % len(_LINES)]
            axes.loglog(np.arange(1, len(ordered) + 1), ordered, color=color, linestyle=line, linewidth=1.8, label=name)
        axes.set_xlabel("number of the eigenvalue")
        axes.set_ylabel("eigenvalue")
        _legend(axes)

    return Drawing(title, draw)


WORST = -0.5  # a score below this is useless, and would flatten all others


def learning(
    sizes: np.ndarray, scores: Mapping[str, tuple[np.ndarray, np.ndarray]], measure: str, title: str
) -> Drawing:
    """Scores, means and spreads (k,) each, against the number of training rows, which is logarithmic."""

    def draw(axes: Axes) -> None:
        for i, (name, (means, spreads)) in enumerate(scores.items()):
            color, line = _SERIES[i % len(_SERIES)], _LINES[i % len(_LINES)]
            beside = sizes * 1.03 ** (i - (len(scores) - 1) / 2)  # so that equal scores are all visible
            axes.errorbar(beside, means, spreads, color=color, linestyle=line, fmt="o", ms=4, capsize=2.5, label=name)
        if min(float(means.min()) for means, _ in scores.values()) < WORST:
            axes.set_ylim(bottom=WORST)
        axes.set_xscale("log")
        axes.set_xticks(sizes, [str(size) for size in sizes])
        axes.minorticks_off()
        axes.set_xlabel("training rows")
        axes.set_ylabel(f"{measure}, held out")
        _legend(axes)

    return Drawing(title, draw)


def posterior(
    data: tuple[np.ndarray, np.ndarray],
    x: np.ndarray,
    mean: np.ndarray,
    std: np.ndarray | None,
    spread: str,
    title: str,
) -> Drawing:
    """Data and a predicted function of one variable; with std, the band of two of them, which `spread` names."""

    def draw(axes: Axes) -> None:
        if std is not None:
            axes.fill_between(x, mean - 2 * std, mean + 2 * std, color=_SERIES[0], alpha=0.2, linewidth=0, label=spread)
        axes.plot(x, mean, color=_SERIES[0], linewidth=1.8, label="prediction")
        axes.plot(*data, "o", color=_SERIES[1], ms=4, label="data")
        axes.set_xlabel("x")
        axes.set_ylabel("y")
        _legend(axes)

    return Drawing(title, draw)


def _is_oblong(values: np.ndarray) -> bool:
    n, m = values.shape
    return max(n, m) > 3 * min(n, m)


def _ticks_at_widths(axes: Axes, inverse: np.ndarray, widths: np.ndarray) -> None:
    """Sets ticks at 0 and at the widths whose labels have room."""
    places, labels = [0.0], ["0"]
    for x, width in sorted(zip(inverse.tolist(), widths.tolist())):
        if x - places[-1] >= 0.09 * inverse.max():
            places.append(x)
            labels.append(f"1/{width:g}")
    axes.set_xticks(places, labels)


def _canvas(height: float = 3.2, margins: bool = True) -> tuple[Figure, Axes]:
    """A figure with margins fixed in inches: an automatic layout takes as long as the rest of a plot."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, height))  # no pyplot: nothing global, no window system
    if margins:
        figure.subplots_adjust(left=0.75 / 5.2, right=1 - 0.12 / 5.2, bottom=0.52 / height, top=1 - 0.12 / height)
    else:
        figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    axes.grid(True, color=_INK, alpha=0.14, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _legend(axes: Axes) -> None:
    axes.legend(frameon=False, fontsize=9)


def _svg(figure: Figure, title: str) -> Html:
    from matplotlib import rc_context

    for axes in figure.axes:
        _ink(axes)
    drawn = io.StringIO()
    # Text is kept as text, in the page's font; without date and salt the same data give the same bytes
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "", "font.family": ["sans-serif"]}):
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    # ids of a page must differ, and be reproducible: they have a checksum of the plot
    number = crc32(f"{title}{drawn.getvalue()}".encode())
    return Html(_settle(drawn.getvalue(), title, f"plot{number}-"))


def _ink(axes: Axes) -> None:
    axes.tick_params(which="both", colors=_INK, labelsize=9)
    for text in (axes.xaxis.label, axes.yaxis.label, axes.title):
        text.set_color(_INK)
        text.set_fontsize(10)
    for spine in axes.spines.values():
        spine.set_edgecolor(_INK)
        spine.set_alpha(0.55)
    legend = axes.get_legend()
    for text in legend.get_texts() if legend else ():
        text.set_color(_INK)


def _settle(svg: str, title: str, prefix: str) -> str:
    """matplotlib's document as an element of a page: no prologue, no global style, no clash of ids."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style\b.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r'xlink:href="#', f'href="#{prefix}', svg).replace("xlink:href=", "href=")
    svg = svg.replace("url(#", f"url(#{prefix}").replace(_INK, "currentColor")
    svg = re.sub(r"font-family:[^;\"]*|font: ([^'\";]*)'[^;\"]*", _page_font, svg)
    box = re.search(r'viewBox="[^"]*"', svg)
    assert box is not None  # matplotlib always writes one
    head = f'<svg {box[0]} role="img" stroke-linejoin="round" stroke-linecap="butt"><title>{escape(title)}</title>'
    return re.sub(r"<svg\b[^>]*>", lambda _: head, svg, count=1)


def _page_font(match: re.Match[str]) -> str:
    return f"font: {match[1]}system-ui, sans-serif" if match[1] else "font-family: system-ui, sans-serif"
