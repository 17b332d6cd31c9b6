"""Plots of the kernels of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..documents.plots import Drawing, heatmap, profile

if TYPE_CHECKING:
    from .networks import Network

NAMES = {"nngp": "NNGP", "ntk": "NTK"}
ANGLES = np.linspace(0, np.pi, 121)  # closest where kernels bend


def against_cosines(net: Network, kinds: tuple[str, ...]) -> Drawing:
    """Kernels of two inputs with d = 2 and |x|²/d = 1 against the cosine of their angle."""
    circle = np.sqrt(2) * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
    kernels = net.kernel(circle, circle[:1], get=kinds)
    curves = {NAMES[kind]: np.ravel(getattr(kernels, kind)) for kind in kinds}
    return profile(
        np.cos(ANGLES), curves, "Kernels of infinite width, d = 2", xlabel="cosine of the angle between x and x'"
    )


def matrix(net: Network, X: Any, kind: str) -> Drawing:
    """The kernel matrix of X as an image."""
    return heatmap(np.asarray(net.kernel(X, get=kind)), f"{NAMES[kind]} matrix")
