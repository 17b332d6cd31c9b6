"""What users hold: Activation and Network. Thin façades that delegate, importing lazily."""

from ..layers.dense import Dense
from .activations import Activation, activation
from .networks import Network, mlp, serial

__all__ = ["Activation", "Dense", "Network", "activation", "mlp", "serial"]
