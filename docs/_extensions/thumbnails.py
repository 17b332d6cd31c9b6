"""Small curves without axes, as inline SVG: a gallery of thirty plots in a few kilobytes."""

from html import escape

import numpy as np

from ntk_symbolic.documents.page import Html

WIDTH, HEIGHT, INSET = 132, 74, 4


def thumbnail(title: str, x: np.ndarray, *curves: np.ndarray) -> Html:
    """Curves over x, (k,) each, with the lines x = 0 and y = 0 if they are visible. NaN breaks a curve."""
    finite = np.concatenate([curve[np.isfinite(curve)] for curve in curves])
    low, high = min(finite.min(), 0.0), max(finite.max(), 0.0)
    high = high if high > low else low + 1

    def across(value: np.ndarray | float) -> np.ndarray | float:
        return INSET + (value - x[0]) / (x[-1] - x[0]) * (WIDTH - 2 * INSET)

    def down(value: np.ndarray | float) -> np.ndarray | float:
        return HEIGHT - INSET - (value - low) / (high - low) * (HEIGHT - 2 * INSET)

    zero = f"M{INSET} {down(0.0):.1f}H{WIDTH - INSET}M{across(0.0):.1f} {INSET}V{HEIGHT - INSET}"
    paths = "".join(
        f'<path class="curve{n}" d="{_path(np.asarray(across(x)), np.asarray(down(curve)))}"/>'
        for n, curve in enumerate(curves)
    )
    return Html(
        f'<svg class="thumbnail" role="img" viewBox="0 0 {WIDTH} {HEIGHT}"><title>{escape(title)}</title>'
        f'<path class="zero" d="{zero}"/>{paths}</svg>'
    )


def _path(x: np.ndarray, y: np.ndarray) -> str:
    pieces, pen = [], "M"
    for a, b in zip(x, y):
        if not np.isfinite(b):
            pen = "M"
            continue
        pieces.append(f"{pen}{a:.1f} {b:.1f}")
        pen = "L"
    return "".join(pieces)
