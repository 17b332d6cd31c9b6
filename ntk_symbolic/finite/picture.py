"""Plots of sampled networks and their limit over 1/width, and the display in a notebook."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..documents.notebook import framed
from ..documents.page import Html, badge, figure
from ..documents.plots import Drawing, convergence

if TYPE_CHECKING:
    from .statistics import Comparison


def notebook_html(found: Comparison) -> Html:
    """The verdict, the sentence, and the plot where matplotlib is installed."""
    said = Html(f"<p>{badge(found.verdict)} {found.sentence().removeprefix(f'{found.verdict}: ')}</p>")
    plot = figure(comparison_plot(found).svg()) if find_spec("matplotlib") else Html("")
    return framed(Html(f"{said}\n{plot}"))


def scales(found: Comparison) -> list[tuple[float, float]]:
    """At each width the factor that fits the mean of the sampled kernels to the limit best, and its standard error."""
    return [(float(m.mean[-1]), float(np.sqrt(m.variance[-1] / m.count))) for m in found.moments]


def comparison_plot(found: Comparison) -> Drawing:
    """The mean sampled kernel over the limit at each width, and extrapolated."""
    values, errors = (_column(found, k) for k in (0, 1))
    return convergence(
        np.array(found.widths),
        values,
        errors,
        1.0,
        found.scale,
        found.scale_error,
        title="Sampled kernel over limit kernel, against 1/width",
        ylabel="sampled / limit",
    )


def _column(found: Comparison, k: int) -> NDArray[np.float64]:
    return np.array([pair[k] for pair in scales(found)])
