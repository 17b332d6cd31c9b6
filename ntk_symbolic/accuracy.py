"""The accuracy of an answer: one value, made from bound=, precision= and certified= of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .errors import InvalidInput
from .inputs import as_count

MOST_DIGITS = 10_000


@dataclass(frozen=True)
class Accuracy:
    """The kind of a result, and its number of digits.

    kind     "floats"; "bounded", floats with a proved bound of the error; "digits"; "enclosed", proved (lo, hi)
    digits   the number of significant digits, for "digits" alone
    """

    kind: Literal["floats", "bounded", "digits", "enclosed"] = "floats"
    digits: int | None = None

    @property
    def converts(self) -> bool:
        """True if the result is computed from NumPy arrays, to which those of other libraries are converted first."""
        return self.kind != "floats"


def accuracy(bound: bool, precision: Any, certified: bool) -> Accuracy:
    """The accuracy of these arguments. Raises InvalidInput for more than one of them, and for an invalid number of digits."""
    if bool(bound) + (precision is not None) + bool(certified) > 1:
        raise InvalidInput("bound, precision and certified are different answers: pass one of them")
    if precision is None:
        return Accuracy("bounded" if bound else "enclosed" if certified else "floats")
    digits = as_count(precision, "precision", 1)
    if digits > MOST_DIGITS:
        raise InvalidInput(f"precision is {digits}; pass at most {MOST_DIGITS} digits")
    return Accuracy("digits", digits)
