"""Which library activations are read in which way."""

from ntk_symbolic import activation
from ntk_symbolic.activations.compiled import Compiled
from ntk_symbolic.activations.library import LIBRARY

CLOSED = [name for name in LIBRARY if isinstance(activation(name).compiled, Compiled)]
BY_INTEGRALS = [name for name in LIBRARY if name not in CLOSED]
