"""The errors and warnings of this package; the errors are one family under ValueError.

A message names the argument and the remedy, in one line.
"""

import sys
import warnings
from pathlib import Path

_PACKAGE = str(Path(__file__).parent)


class NTKSymbolicError(ValueError):
    """The base class of all errors of this package."""


class InvalidInput(NTKSymbolicError):
    """An argument of the wrong shape, type or range."""


class NotationError(NTKSymbolicError):
    """A text that is not in the notation of expressions."""


class UnknownActivation(NTKSymbolicError):
    """A name that is neither in the library nor an expression."""


class NoClosedForm(NTKSymbolicError):
    """No closed dual kernel is known for this activation; the message names the factor that prevents one."""


class NoTangentKernel(NTKSymbolicError):
    """The activation jumps, so E[φ'(u)φ'(v)] is infinite on the diagonal and the NTK does not exist."""


class NoDerivative(NTKSymbolicError):
    """The kernel has no derivative there; the message names the inputs, the layer and the kink."""


class UncertifiedWarning(UserWarning):
    """The error of a value without a closed form is estimated above 1e-9 of its scale, or the requested bound is infinite."""


class FileTrouble(NTKSymbolicError):
    """A file that cannot be read or written."""


class IllFormed(NTKSymbolicError):
    """A statement without a meaning: a variable outside its binder, one bound twice, a point of the wrong space."""


class NoReading(NTKSymbolicError):
    """A layer that a reading of networks does not support; the message names both, and the readings that do.

    reading, layer   their names.
    """

    def __init__(self, reading: str, layer: str, remedy: str) -> None:
        super().__init__(f"{reading} is not known for {layer}: {remedy}")
        self.reading, self.layer, self.remedy = reading, layer, remedy

    def __reduce__(self) -> tuple:
        return NoReading, (self.reading, self.layer, self.remedy)


def warn(message: str, category: type[Warning]) -> None:
    """Issues a warning at the line, outside this package, that made the call."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, level)
