"""The library activations, sorted by the kind of their reading."""

from ntk_symbolic import activation
from ntk_symbolic.activations.library import LIBRARY

DERIVED = [name for name in LIBRARY if activation(name).reading.closed]  # the rest has no closed form
CLOSED = [name for name in DERIVED if activation(name).reading.portable]
BY_INTEGRALS = [name for name in DERIVED if name not in CLOSED]
