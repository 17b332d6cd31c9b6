"""The figure of README.md: the NTK of a network beside sampled networks of growing width, by the plots that users have.

`python tools/readme_figure.py` writes docs/_static/gelu.svg; matplotlib is needed.
"""

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

import ntk_symbolic as ns

TARGET = Path(__file__).parents[1] / "docs" / "_static" / "gelu.svg"
WIDTHS = {16: "#c9d9ee", 128: "#8fb4df", 1024: "#3a7fcf"}
ANGLES = np.linspace(0, np.pi, 61)


def main() -> None:
    net = ns.mlp(depth=2, activation="gelu", W_std=1.5, b_std=0.1)
    with rc_context({"svg.hashsalt": "", "font.size": 10}):
        figure = Figure(figsize=(9.6, 3.4), layout="constrained", facecolor="white")
        left, right = figure.subplots(1, 2)
        _beside_sampled(net, left)
        net.compare(np.random.default_rng(0).standard_normal((6, 16)), widths=(16, 64, 256)).plot(right)
        right.set_title("Thousands of them, extrapolated to infinite width", fontsize=10)
        for axes in (left, right):
            axes.grid(True, alpha=0.2)
            axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(TARGET, metadata={"Date": None})


def _beside_sampled(net: ns.Network, axes) -> None:
    """The limit against the angle, and one sampled network of each width."""
    circle = np.sqrt(2) * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
    for width, color in WIDTHS.items():
        sampled = net.sample(width, seed=1).ntk(circle, circle[:1])[:, 0]
        axes.plot(np.cos(ANGLES), sampled, color=color, label=f"one network of width {width}")
    net.plot(get="ntk", ax=axes)
    axes.get_lines()[-1].set(color="#c8473f", linestyle="--", label="infinite width, evaluated")
    axes.legend(frameon=False)
    axes.set_title("The NTK of a GELU network, and of sampled ones", fontsize=10)


if __name__ == "__main__":
    main()
