"""A fit in a notebook, and the plot of a fit of one feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..documents.notebook import framed
from ..documents.page import Html, key_values
from ..documents.plots import Drawing, posterior
from ..errors import InvalidInput

if TYPE_CHECKING:
    from .regression import KernelRegression

POINTS, BEYOND = 200, 0.15  # where the prediction is drawn: their number, and the part of the range on each side
SPREADS = {"nngp": "± 2 standard deviations", "ntk": "± 2 standard deviations of trained networks", None: ""}


def notebook_html(fit: KernelRegression) -> Html:
    """The facts of a fit as a table."""
    n, d = fit.X.shape
    facts = [("rows, features", f"{n}, {d}"), ("targets", "1" if fit.y.ndim == 1 else f"{fit.y.shape[1]}")]
    if fit.network is not None:
        facts = [("network", f"`{fit.network!r}`"), ("kernel", f"{fit.get}".upper()), *facts]
    facts += [("ridge", f"{fit.ridge:g}"), ("condition number", f"{fit.condition:.1e}")]
    if fit.jitter:
        facts.append(("added to the diagonal", f"{fit.jitter:.1e}"))
    if fit.search is not None:
        facts.append(("search", fit.search.sentence()))
    return framed(key_values(facts))


def of_one_feature(fit: KernelRegression) -> Drawing:
    """Data and prediction over the range of the data and a little beyond. Raises InvalidInput."""
    if fit.X.shape[1] != 1 or fit.y.ndim != 1:
        raise InvalidInput(
            f"a plot shows one feature and one target, and this fit has {fit.X.shape[1]} and "
            f"{1 if fit.y.ndim == 1 else fit.y.shape[1]}: plot predict(X) along a line of your choice"
        )
    places = fit.X[:, 0]
    low, high = places.min(), places.max()
    margin = BEYOND * (high - low or 1.0)
    x = np.linspace(low - margin, high + margin, POINTS)
    std = None
    if fit.get is None:
        mean = fit.predict(x[:, None])
    else:
        mean, std = fit.predict(x[:, None], return_std=True)
    return posterior((places, fit.y), x, np.asarray(mean), std, SPREADS[fit.get], "Kernel regression")
