"""The one warning of a call with inaccurate values: the largest estimated error and its place."""

from __future__ import annotations

from collections.abc import Sequence

from ..activations.numbers.estimates import TOLERATED, Doubt
from ..errors import UncertifiedWarning, warn

BETTER = "bound=True returns proved bounds, precision=20 that many digits"


def warn_of_value(found: Sequence[Doubt], name: str, text: str) -> None:
    """Warns of inaccurate values of a dual kernel or of the mean."""
    if not found:
        return
    worst = _worst(found)
    if name == "E φ(u)":
        at, of, remedy = f"variance {worst.a:.6g}", "√E φ(u)²", f"write {text} so that its values cancel less"
    else:
        at = f"a = {worst.a:.6g}, b = {worst.b:.6g}, c = {worst.rho:.12g} √(ab)"
        of, remedy = f"√({name}(a, a, a) {name}(b, b, b))", BETTER
    _warn(f"{name} of {text} at {at}", of, found, remedy)


def warn_of_kernel(found: Sequence[Doubt], name: str, sets: tuple[str, str], remedy: str) -> None:
    """Warns of inaccurate entries, or values at single rows; `sets` names the arguments whose rows belong to an entry."""
    if not found:
        return
    worst = _worst(found)
    if len(worst.where) == 2:
        (i, j), (x, y) = worst.where, sets
        place = f"rows {i} and {j} of {x}" if x == y else f"row {i} of {x} and row {j} of {y}"
        place += f", whose pre-activations have variances {worst.a:.6g}, {worst.b:.6g} and correlation {worst.rho:.12g}"
    else:
        place = f"an input whose pre-activation has variance {worst.a:.6g}"
    _warn(f"{name} of {place}: a layer's κ or κ̇", "its diagonal", found, remedy)


def _worst(found: Sequence[Doubt]) -> Doubt:
    return max(found, key=lambda doubt: doubt.estimate)


def _warn(subject: str, of: str, found: Sequence[Doubt], remedy: str) -> None:
    others = sum(doubt.count for doubt in found) - 1
    more = f", and {others} other{'s' * (others > 1)} above {TOLERATED:g}" if others else ""
    said = (
        f"{subject} has no closed form here, and its error is estimated at {_worst(found).estimate:.1g} of {of}{more}"
    )
    warn(f"{said}; {remedy}", UncertifiedWarning)
