"""Which library activations are read in which way."""

from ntk_symbolic import activation
from ntk_symbolic.activations.compiled import Compiled
from ntk_symbolic.activations.integral import Integral
from ntk_symbolic.activations.library import LIBRARY

CLOSED = [name for name in LIBRARY if isinstance(activation(name).compiled, Compiled)]
BY_INTEGRALS = [name for name in LIBRARY if isinstance(activation(name).compiled, Integral)]
DERIVED = [name for name in LIBRARY if name in CLOSED or name in BY_INTEGRALS]  # the rest has no closed form
