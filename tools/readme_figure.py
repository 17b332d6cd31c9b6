"""The figure of README.md: the derived duals of GELU with sampled layers, and sampled NTKs against 1/width.

`python tools/readme_figure.py` writes docs/_static/gelu.svg; matplotlib is needed.
"""

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

import ntk_symbolic as ns
from ntk_symbolic.finite.one_layer import layer_averages
from ntk_symbolic.finite.picture import scales

TARGET = Path(__file__).parents[1] / "docs" / "_static" / "gelu.svg"
COLORS = ("#3a7fcf", "#cf6f1c")


def main() -> None:
    phi = ns.activation("gelu")
    net = ns.mlp(depth=2, activation=phi, W_std=1.0, b_std=0.0)
    with rc_context({"svg.hashsalt": "", "font.size": 10}):
        figure = Figure(figsize=(9.6, 3.4), layout="constrained", facecolor="white")
        left, right = figure.subplots(1, 2)
        _duals(left, phi)
        _widths(right, net.compare(np.random.default_rng(0).standard_normal((6, 16))))
        for axes in (left, right):
            axes.grid(True, alpha=0.2)
            axes.spines[["top", "right"]].set_visible(False)
            axes.legend(frameon=False)
        figure.savefig(TARGET, metadata={"Date": None})


def _duals(axes, phi) -> None:
    rho, places = np.linspace(-1, 1, 201), np.linspace(-1, 1, 11)
    sampled = layer_averages(phi, places, width=256, networks=64)
    for color, name, read, dots in zip(COLORS, ("κ", "κ′"), (phi.dual, phi.dual_dot), sampled, strict=True):
        axes.plot(rho, read(1.0, 1.0, rho), color=color, label=f"{name}, derived")
        axes.errorbar(places, dots.mean, dots.error, color=color, fmt="o", ms=4, capsize=2.5, label=f"{name}, sampled")
    axes.set(xlabel="correlation ρ of two inputs", ylabel="dual kernels of GELU")


def _widths(axes, found) -> None:
    inverse = 1 / np.array(found.widths)
    means, errors = zip(*scales(found), strict=True)
    axes.axhline(1, color="#c8473f", linestyle="--", label="infinite width, evaluated")
    axes.errorbar(inverse, means, errors, color=COLORS[0], fmt="o", capsize=3, label="sampled networks")
    axes.errorbar([0], [found.scale], [found.scale_error], color=COLORS[1], fmt="D", capsize=3, label="extrapolated")
    axes.set_xticks([0, *inverse], ["∞", *map(str, found.widths)])
    axes.set(xlabel="width (spaced as 1/width)", ylabel="NTK, sampled / limit")


if __name__ == "__main__":
    main()
