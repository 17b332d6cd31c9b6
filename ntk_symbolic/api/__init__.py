"""The public classes Activation and Network: thin façades that delegate and import lazily."""

from ..networks.dense import Dense
from ..networks.dropout import Dropout
from ..networks.norms import LayerNorm, RMSNorm
from ..networks.parallel import parallel
from ..networks.residual import Residual
from .activations import Activation, activation
from .architectures import architecture
from .bars import progress_bar
from .networks import Network, mlp, repeat, serial
from .saved import load, save

__all__ = [
    "Activation",
    "Dense",
    "Dropout",
    "LayerNorm",
    "Network",
    "RMSNorm",
    "Residual",
    "activation",
    "architecture",
    "load",
    "mlp",
    "parallel",
    "progress_bar",
    "repeat",
    "save",
    "serial",
]
