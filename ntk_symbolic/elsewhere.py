"""Names of other libraries with their equivalents here: remedies of AttributeErrors and of unknown keywords."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import signature
from numbers import Integral
from typing import TypeVar

from .errors import InvalidInput

_KERNEL = 'use net.kernel(X, Y, get), get "ntk", "nngp" or both'
_OUTPUTS = "use net.sample(width, seed).predict(X)"
_FIT = "use net.fit(X, y).predict(X_new)"
_WHOLE = "call net.kernel(X, Y), which divides NumPy arrays into blocks automatically"
_IMAGES = "not in this package, whose layers have no positions: flatten the inputs, X.reshape(len(X), -1)"
_NORMS = "not in this package: its kernel is one of a whole batch; use ns.LayerNorm or ns.RMSNorm"
_FAN = 'use ns.parallel(branch, branch, combine="{}"), or ns.Residual(body) for x + body(x)'

NETWORK = {
    "kernel_fn": _KERNEL,
    "init_fn": "use net.sample(width, seed)",
    "apply_fn": _OUTPUTS,
    "predict": _FIT,
    "score": "use net.fit(X, y).score(X_new, y_new)",
}
HELD = {  # names that users try on a network
    **NETWORK,
    "report": "use the command ntk-symbolic report; phi.report() is that of an activation",
    "latex": 'use net.export("latex"), or net.formula()',
    "width": "it is infinite; net.sample(width=512) has one",
    **dict.fromkeys(("W_std", "b_std"), "each Dense of net.layers has its own"),
    **dict.fromkeys(
        ("to_torch", "to_jax"), 'use net.export("torch"), "jax"; net.sample(width, seed) is a finite network'
    ),
    **dict.fromkeys(("covariance", "gram", "K"), _KERNEL),
}
TRIPLE = (
    "serial and mlp return one network, and no init_fn, apply_fn and kernel_fn: write net = serial(...); "
    "net.kernel(X, Y, get) is the kernel, net.sample(width, seed) a finite network"
)
REGRESSION = {
    "diag_reg": "write ridge=..., relative=True: a share of the mean of the diagonal, as diag_reg",
    **dict.fromkeys(
        ("alpha", "noise", "noise_variance", "sigma2", "lam", "reg", "regularization", "jitter"),
        "write ridge=..., which is added to the diagonal: the variance of the noise",
    ),
    **dict.fromkeys(("noise_std", "sigma"), "write ridge=..., the variance of the noise: its square"),
    "kernel": 'write get="ntk" or get="nngp"; a matrix that is computed already goes to K',
    **dict.fromkeys(("precomputed", "matrix", "gram"), "write K=..., the kernel of the rows of X with each other"),
    **dict.fromkeys(("optimize", "optimizer", "learn", "tune"), 'write optimise=("W_std", "b_std", "ridge")'),
    "relative_ridge": "write ridge=..., relative=True",
}
_PROBABILITIES = (
    "not in this package; GaussianProcessClassifier(ntk_symbolic.sklearn.NTKKernel()) of scikit-learn has it"
)
_VARIANCE = "use predict(X_new, return_std=True), or return_cov=True"
_LIKELIHOOD = "use log_marginal_likelihood(), with gradient=True for its gradient"
FITTED = {
    "predict_proba": f"{_PROBABILITIES}; net.classify(X, labels) predicts labels",
    "fit": "it is fitted: call net.fit(X, y) for other data",
    "save": 'use ntk_symbolic.save(fitted, "fit.npz"), and ntk_symbolic.load("fit.npz")',
    **dict.fromkeys(("alpha", "lam", "noise"), "it is called ridge"),
    **dict.fromkeys(("coef_", "dual_coef_"), "use .coefficients"),
    **dict.fromkeys(("std", "var", "variance", "cov", "covariance", "posterior", "predict_var"), _VARIANCE),
    **dict.fromkeys(("lml", "log_likelihood", "marginal_likelihood", "evidence", "mll"), _LIKELIHOOD),
    **dict.fromkeys(("sample_y", "draw", "rvs"), "use sample(X_new, draws, seed)"),
}
CLASSIFIED = {
    "predict_proba": _PROBABILITIES,
    "decision_function": "use scores(X)",
    "classes_": "use .classes",
    "fit": "it is fitted: call net.classify(X, labels) for other data",
    "save": FITTED["save"],
    **dict.fromkeys(("ridge", "condition", "jitter", "search", "network"), "it is of .regression"),
}
PREDICTED = {
    **dict.fromkeys(("return_var", "compute_cov"), "write return_std=True, or return_cov=True"),
    **dict.fromkeys(("X_new", "X_test", "Xnew", "x_test"), "the rows are its first argument, predict(X_new)"),
    "t": "predictions at a training time are not in this package",
}
PACKAGE = {
    **NETWORK,
    "stax": "use ns.serial, ns.Dense, ns.Relu and the others, which are in the package itself",
    "empirical_ntk_fn": "use net.sample(width, seed).ntk(X)",
    "empirical_nngp_fn": _OUTPUTS,
    "monte_carlo_kernel_fn": "use net.compare(X), which tests the mean of sampled networks against the limit",
    "batch": _WHOLE,
    "ElementwiseNumerical": 'use ns.activation("...") with a formula in u; one without a closed form is integrated',
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
_ROOT = "write {}=..., the standard deviation: the root of the variance"
_VARIANCES = {
    **dict.fromkeys(("W_var", "w_var", "weight_var", "weight_variance", "weight_variances"), _ROOT.format("W_std")),
    **dict.fromkeys(("b_var", "bias_var", "bias_variance"), _ROOT.format("b_std")),
}
_DEVIATIONS = {
    **dict.fromkeys(("w_std", "weight_std", "sigma_w", "w_scale", "W_scale"), "write W_std=..."),
    **dict.fromkeys(("bias_std", "sigma_b", "b_scale", "beta", "bias"), "write b_std=..."),
}
SCALES = {**WIDTHS, **_VARIANCES, **_DEVIATIONS}  # unknown keywords of Dense and mlp
COMPARED = {
    "width": "write widths=(16, 64, 256)",
    **dict.fromkeys(
        ("seeds", "samples", "draws", "n", "repeats"), "networks=... is their number, seed=... starts them"
    ),
    **dict.fromkeys(("level", "significance", "p", "rate"), "alpha=... is the false-alarm rate"),
}


WIDE = 10  # so large an integer as a standard deviation is probably a width


def no_width(**scales: object) -> None:
    """Raises InvalidInput for a scale that looks like a width."""
    for name, scale in scales.items():
        if isinstance(scale, Integral) and int(scale) >= WIDE:
            raise InvalidInput(
                f"{name} is {scale}, which looks like a width: a width belongs to net.sample(width={scale}); for a scale "
                f"as large write {name}={scale}.0"
            )


def no_attribute(of: object, name: str, remedies: Mapping[str, str]) -> AttributeError:
    """The error for an attribute that an object lacks, with the remedy if another library has it."""
    remedy = f": {remedies[name]}" if name in remedies else ""
    return AttributeError(f"'{type(of).__name__}' object has no attribute {name!r}{remedy}")


def by_name(**remedies: str) -> Callable[[Made], Made]:
    """A decorator: unknown keywords raise InvalidInput, with the remedy if another library has them."""

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
