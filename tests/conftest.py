"""Hypothesis tries the same examples in every run."""

from hypothesis import settings

from ntk_symbolic.api.activations import _WARNED

settings.register_profile("fixed", derandomize=True)
settings.load_profile("fixed")

# Named activations without a closed form warn once; what they say, and when, is tested with expressions.
_WARNED |= {"tanh", "sigmoid", "softplus", "silu", "mish", "arctan", "softsign"}
