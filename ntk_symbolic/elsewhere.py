"""Names of other libraries, and how it is written here: remedies of AttributeErrors and of unknown keywords."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import TypeVar

from .errors import InvalidInput

_KERNEL = 'use net.kernel(X, Y, get), get "ntk", "nngp" or both'
_OUTPUTS = "use net.sample(width, seed).predict(X)"
_FIT = "use net.fit(X, y).predict(X_new)"
_WHOLE = "call net.kernel(X, Y), which cuts NumPy arrays into blocks by itself"
_IMAGES = "not in this package, whose layers see no positions: flatten the inputs, X.reshape(len(X), -1)"
_NORMS = "not in this package: its kernel is one of a whole batch; use ns.LayerNorm or ns.RMSNorm"
_FAN = 'use ns.parallel(branch, branch, combine="{}"), or ns.Residual(body) for x + body(x)'

NETWORK = {
    "kernel_fn": _KERNEL,
    "init_fn": "use net.sample(width, seed)",
    "apply_fn": _OUTPUTS,
    "predict": _FIT,
    "score": f"{_FIT}, and a measure of your own",
}
PACKAGE = {
    **NETWORK,
    "stax": "use ns.serial, ns.Dense, ns.Relu and the others, which stand in the package itself",
    "empirical_ntk_fn": "use net.sample(width, seed).ntk(X)",
    "empirical_nngp_fn": _OUTPUTS,
    "monte_carlo_kernel_fn": "use net.compare(X), which tests the mean of sampled networks against the limit",
    "batch": _WHOLE,
    "ElementwiseNumerical": 'use ns.activation("...") with a formula in u; what has no closed form is integrated',
    "Elementwise": 'use ns.activation("...") with a formula in u',
    "Rbf": 'use ns.activation("sqrt(2)*sin(sqrt(2*gamma)*u + pi/4)") with a number for gamma',
    "Monomial": 'use ns.activation("u**3")',
    "RectifiedMonomial": 'use ns.activation("Max(u, 0)**3")',
    "Polynomial": 'use ns.activation("1 + u - u**3")',
    "Hermite": 'use ns.activation("(u**2 - 1)/sqrt(2)"), the polynomial written out',
    "Sigmoid_like": 'use ns.activation("(1 + erf(u/2.4020563531719796))/2")',
    **dict.fromkeys(("Conv", "ConvLocal", "ConvTranspose", "Flatten", "ImageResize", "Index", "Aggregate"), _IMAGES),
    **dict.fromkeys(("AvgPool", "SumPool", "MaxPool", "GlobalAvgPool", "GlobalSumPool"), _IMAGES),
    **dict.fromkeys(("GlobalSelfAttention", "Embedding"), _IMAGES),
    "BatchNorm": _NORMS,
    "FanOut": _FAN.format("sum"),
    "FanInSum": _FAN.format("sum"),
    "FanInConcat": _FAN.format("concat"),
    "FanInProd": _FAN.format("product"),
    **dict.fromkeys(
        ("linearize", "taylor_expand"), "not in this package: net.sample(width, seed).ntk(X) is the kernel"
    ),
}

Made = TypeVar("Made", bound=Callable)

WIDTH = "a width belongs to net.sample(width=512)"
WIDTHS = dict.fromkeys(("width", "out_dim", "widths", "units", "features", "hidden"), WIDTH)


def by_name(**remedies: str) -> Callable[[Made], Made]:
    """A function that refuses keywords it does not have with InvalidInput, and the remedy where another library has them."""

    def refusing(made: Made) -> Made:
        known = signature(made).parameters
        takes = ", ".join(name for name in known if name != "self")

        @wraps(made)
        def checked(*values, **named):
            for name in named:
                if name not in known:
                    remedy = remedies.get(name)
                    what = f"{made.__name__} takes {takes}, and was given {name}"
                    raise InvalidInput(f"{what}: {remedy}" if remedy else f"{what}: leave it out")
            return made(*values, **named)

        return checked  # type: ignore[return-value]

    return refusing
