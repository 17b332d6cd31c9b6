"""The public class of a network."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ..accuracy import accuracy
from ..activations.numbers.estimates import watched
from ..defaults import ACTIVATION, B_STD, DEPTH, W_STD
from ..elsewhere import COMPARED, HELD, REGRESSION, SCALES, TRIPLE, WIDTHS, by_name, no_attribute, no_width
from ..errors import InvalidInput
from ..inputs import as_count, as_double, as_matrix
from ..networks.dense import Dense
from ..networks.graph import Graph
from ..networks.tracing import block, check, trace
from ..networks.words import Layer, Units
from ..threads import at_most
from .activations import Activation, activation
from .door import GETS, inputs, kernels, matrices, names, require_memory, short, wanted
from .doubts import BETTER, warn_of_kernel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from sympy import Eq

    from ..dynamics.classes import KernelClassifier
    from ..dynamics.regression import KernelRegression
    from ..export.exported import Exported
    from ..finite.sampled import SampledNetwork
    from ..finite.statistics import Comparison
    from ..infinite.phases import Phases

DIFFERENCES = "differences of kernel(..., precision=20) have its digits"


@dataclass(frozen=True)
class Network:
    """Layers in sequence: a network from inputs to outputs, or a part of one. `mlp` and `serial` make it.

    Recursion for alternating Dense layers and activations: Σ¹ = W_std² x·x'/d + b_std², Σˡ⁺¹ = W_std² κ(Σˡ) + b_std²;
    Θ¹ = Σ¹, Θˡ⁺¹ = Σˡ⁺¹ + W_std² κ̇(Σˡ) Θˡ.
    Source: Jacot, Gabriel, Hongler 2018, arXiv 1806.07572, Theorem 1; Lee et al. 2018, arXiv 1711.00165.
    """

    layers: tuple[Layer, ...]

    def __repr__(self) -> str:
        return _as_mlp(self.layers) or f"serial({', '.join(map(repr, self.layers))})"

    def rule(self, K: Any, x: Units) -> Units:
        """The rules of the layers in sequence, so that a network can be a part of another one."""
        for layer in self.layers:
            x = K.apply(layer, x)
        return x

    def graph(self, features: int | None = None, biases: bool = False) -> Graph:
        """The graph of the layers for inputs with so many features; see `networks.graph`. Raises InvalidInput."""
        return trace(self, features, biases)

    def _repr_latex_(self) -> str | None:
        from .recursion import network_latex

        return network_latex(self)

    def __call__(self, *_: Any, **__: Any) -> None:
        """Raises InvalidInput: a network of infinite width has a kernel and no outputs."""
        raise InvalidInput(
            "a network of infinite width has no outputs: net.kernel(X) is its kernel, net.fit(X, y).predict(X_new) what it "
            "predicts, net.sample(width=512).predict(X) the outputs of a random network"
        )

    def __iter__(self) -> Iterator[Any]:
        """Raises InvalidInput: there are no three functions to unpack."""
        raise InvalidInput(TRIPLE)

    def __dir__(self) -> list[str]:
        """The names for users, without those for other parts of the package."""
        return sorted({*super().__dir__()} - {"rule", "elasticities"})

    def __getattr__(self, name: str) -> Any:
        raise no_attribute(self, name, HELD)

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return self.graph().depth

    def kernel(
        self,
        X: Any,
        Y: Any = None,
        get: str | Sequence[str] = "ntk",
        *,
        bound: bool = False,
        precision: int | None = None,
        certified: bool = False,
        threads: int | None = None,
    ) -> Any:
        """Infinite-width kernel of this network.

        X     (n, d), rows are inputs; lists, DataFrames, memory maps; arrays of other array libraries are computed there.
        Y     (m, d), default X: then the result is exactly symmetric.
        get   "ntk", "nngp", or a tuple of both: then a named tuple in that order.
        bound also return a proved bound of every entry's error: (kernel, bound) for each kernel requested. It is meant for
              activations without a closed form; for others it far exceeds the error near parallel inputs. It can be infinite,
              with a warning, as in `Activation.dual`.
        precision   the number N of significant digits: an object array of mpmath.mpf. X, W_std and b_std are taken as exact
              binary numbers. The digits are those on which two precisions agree: a check, not a proof.
              An entry below 10^−N of √(K(x,x) K(x',x')) is known to 10^−2N of that.
        certified   a proof instead: the pair (lo, hi) of (n, m) float64 arrays with lo ≤ kernel ≤ hi, from ball arithmetic
              and rounded outward; hi is one or two floats above lo. Needs python-flint: the extra `certified`.
        These three exclude each other. If an activation has no closed form, the digits are those on which two quadratures
        agree (about a second for each layer and input at 30 digits; InvalidInput if they never agree), and (lo, hi) is
        value ± bound, about 1e-10 wide, without python-flint; InvalidInput if no entry has a bound.
        threads     the largest number of threads, for NumPy arrays. Default: one for each processor, or fewer if
              OMP_NUM_THREADS or threadpoolctl sets a limit; their limits hold for every method. Results do not depend on it.
        Returns (n, m), float64 unless X and Y are float32 or less, which gives float32; units: output².
        Raises InvalidInput for unequal d, NaN or inf, naming the argument, and if K(x, x) overflows or underflows its type,
        naming the layer; NoTangentKernel, NoClosedForm.
        Source: Jacot et al. 2018, Theorem 1 (their β is our b_std).

        >>> serial(Dense(), activation("relu"), Dense()).kernel([[3.0, 4.0]])
        array([[12.5]])
        >>> X = np.random.default_rng(0).standard_normal((4, 10))
        >>> both = mlp(3, "gelu").kernel(X, get=("nngp", "ntk"))
        >>> both.nngp.shape, both.ntk.shape
        ((4, 4), (4, 4))
        """
        kinds, how = self._wanted(get), accuracy(bound, precision, certified)
        with at_most(None if threads is None else as_count(threads, "threads", 1)):
            found = kernels(self, X, Y, kinds, how)
        return found[0] if isinstance(get, str) else _named(kinds)(*found)

    def ntk(
        self,
        X: Any,
        Y: Any = None,
        *,
        bound: bool = False,
        precision: int | None = None,
        certified: bool = False,
        threads: int | None = None,
    ) -> Any:
        """`kernel` with get="ntk"; the arguments are those of `kernel`."""
        return self.kernel(X, Y, "ntk", bound=bound, precision=precision, certified=certified, threads=threads)

    def nngp(
        self,
        X: Any,
        Y: Any = None,
        *,
        bound: bool = False,
        precision: int | None = None,
        certified: bool = False,
        threads: int | None = None,
    ) -> Any:
        """`kernel` with get="nngp"; the arguments are those of `kernel`."""
        return self.kernel(X, Y, "nngp", bound=bound, precision=precision, certified=certified, threads=threads)

    def diagonal(self, X: Any, get: str = "ntk") -> Any:
        """K(x, x) for every row of X (n, d), shape (n,), without the matrix."""
        from ..infinite.engine import diagonal

        kind, (X, _) = self._one(get), inputs(X)
        with watched() as found:
            out = diagonal(self.graph(X.shape[1]), X, kind == "ntk")
        warn_of_kernel(found, "the diagonal", ("X", "X"), f"kernel(...): {BETTER}")
        return out

    def gap(self, X: Any, Y: Any = None, get: str = "ntk") -> Any:
        """K(x, x) + K(x', x') − 2 K(x, x') = E (f(x) − f(x'))² for the NNGP, to nearly full precision at any size.

        X     (n, d), rows are inputs.   Y   (m, d), default X.   get   "ntk" or "nngp".
        Returns (n, m), ≥ 0; exactly 0 for equal inputs. Scratch memory is limited; float32 inputs are computed in float64.
        Eleven digits or more are right, measured on gaps down to 1e-60 of the kernel; a network that magnifies the rounding of
        its norms and angles, such as a chaotic one of depth 50, may leave fewer.
        Raises InvalidInput, naming the argument; NoTangentKernel, NoClosedForm.
        Source: the recursion of Jacot et al. 2018, Theorem 1, for gaps instead of kernels (`layers/spread.py`).

        >>> serial(Dense()).gap([[3.0, 4.0]], [[3.0, 4.0 + 1e-9]]).round(24)
        array([[5.e-19]])
        """
        from ..infinite.engine import gap

        kind = self._one(get)
        X, Y = inputs(X, Y, 1)
        with watched() as found:
            out = gap(self.graph(X.shape[1]), X, Y, kind == "ntk")
        warn_of_kernel(found, "the gap", names(Y), f"kernel(...): {BETTER}")
        return out

    def _wanted(self, get: Any) -> tuple[str, ...]:
        found = wanted(get)
        if "ntk" in found:
            graph = self.graph()
            for phi in graph.activations:
                phi.require_tangent()
            graph.require_widths()
        return found

    def _one(self, get: Any) -> str:
        if not isinstance(get, str) or get not in GETS:
            raise InvalidInput(f'get is {short(get)}: pass "ntk" or "nngp"')
        return self._wanted(get)[0]

    def formula(self, wrt: str | None = None, layer: int | None = None) -> tuple[Eq, ...]:
        """The recursion as SymPy Eqs for (Σ_k, Θ_k) at each named place in order, without Θ if φ jumps.

        wrt, layer   as in `derivative`: then their derivatives (dΣ_k, dΘ_k).
        In a network of Dense layers and activations there is one Eq for each Dense. In general a place has a name if an
        activation, a normalisation, a product or several layers read it, if a Dense follows a Dense there, or if it is the
        output. d is the number of features; x = x' is one row of X with itself, a case of its own for Dropout.
        Raises NoClosedForm, InvalidInput; NoDerivative for a bias of scale 0 in standard parameterization.

        >>> import ntk_symbolic as ns
        >>> print(serial(Dense(), ns.Residual(Dense(W_std=0.5))).formula()[1].rhs[0])
        5*Sigma_1(x, x')/4
        """
        from ..layers.formula import formula
        from .recursion import Formulas

        if wrt is not None or layer is not None:
            self._direction(wrt, layer)
        return Formulas(formula(self.graph(None, wrt == "b_std"), wrt, layer))

    def export(self, form: str, get: str | Sequence[str] = "ntk") -> Exported:
        """The kernel as source code of a function that needs nothing of this package; `print` it, or `.save(path)`.

        form   "numpy", "torch", "jax" (matrices of inputs), "c", "julia" (a pair of inputs), "latex" (the recursion).
        get    "ntk", "nngp", or both in a tuple: the function is called after it, `kernels` where there are two.
        The code is run against values of 20 digits before it is returned, and `.checked` holds the largest errors; a warning
        says so where its compiler or library is missing. Closed forms without Φ₂ can be exported.
        Raises NoClosedForm, NTKSymbolicError where the code is not accurate to 1e-9.

        >>> print(mlp(1, "relu").export("numpy", get="nngp").text.splitlines()[-1])
            return p7.c
        """
        from ..export import exported

        exported.require_form(form)
        kinds = self._wanted(get)
        if form == "latex":
            from .recursion import described

            return exported.latex(f"The kernels of {self!r}", described(self.graph()))
        return exported.network(self.graph, form, kinds, repr(self))

    def derivative(
        self, X: Any, Y: Any = None, wrt: str = "W_std", get: str = "ntk", layer: int | None = None
    ) -> np.ndarray:
        """The derivative of the kernel with respect to W_std, b_std, or the left input x; NumPy arrays.

        X     (n, d), rows are inputs.   Y   (m, d), default X: a separate matrix, held fixed while X varies.
        wrt   "W_std" or "b_std", of all Dense layers together or of Dense number `layer` alone (from 1); or "X".
        get   "ntk" or "nngp".
        Returns (n, m), for "X" (n, m, d). Equal, antipodal and zero inputs are allowed.
        Raises NoDerivative if there is none, naming the pair: κ̇ of an activation with a kink has the slope 1/sin θ, so
        the NTK of ReLU has a kink at parallel x, x' (its NNGP has none), and both kernels have one at x = 0 without bias.
        Raises InvalidInput, naming the argument; NoTangentKernel, NoClosedForm.
        Source: the recursion of Jacot et al. 2018, Theorem 1, differentiated; ∂κ/∂c = κ̇ by Price 1958.

        >>> serial(Dense(W_std=2.0), activation("relu"), Dense()).derivative([[3.0, 4.0]], get="nngp", layer=1)
        array([[25.]])
        """
        from ..infinite.derivative import derivative

        kind = self._one(get)
        self._direction(wrt, layer)
        X, Y = matrices(X, Y)
        require_memory(X, Y, X.shape[1] if wrt == "X" else 1)
        with watched() as found:
            out = derivative(
                self.graph(X.shape[1], wrt == "b_std"), X, X if Y is None else Y, wrt, layer, kind == "ntk"
            )
        warn_of_kernel(found, "the derivative of the kernel", names(Y), DIFFERENCES)
        return out

    def elasticities(self, X: np.ndarray, scales: tuple[str, ...], get: str, Y: np.ndarray | None = None) -> np.ndarray:
        """∂K(X, Y)/∂log s for fits, where s multiplies every W_std or every b_std: (n, m, number of scales)."""
        from ..infinite.derivative import elasticities

        require_memory(X, Y, len(scales))
        with watched() as found:
            out = elasticities(self.graph(X.shape[1]), X, X if Y is None else Y, scales, get == "ntk")
        warn_of_kernel(found, "the derivative of the kernel", names(Y), DIFFERENCES)
        return out

    def phases(self) -> Phases:
        """The fixed points of this block repeated without end: those of the variance, and of the correlation there.

        The block maps Gaussian units to Gaussian units: `serial(Relu(), Dense())`, or a residual block in `serial`. Each
        fixed point has its χ₁ and its phase: ordered, chaotic, critical or growing.
        Raises InvalidInput, naming the remedy, if the block does not end with Dense; NoReading for Dropout; NoClosedForm.
        Source: Poole et al. 2016, arXiv 1606.05340; Schoenholz et al. 2017, arXiv 1611.01232.

        >>> import ntk_symbolic as ns
        >>> [(p.variance, p.chi, p.name) for p in serial(ns.Residual(serial(ns.Relu(), Dense()))).phases().points]
        [(0.0, 1.5, 'growing'), (inf, 1.5, 'growing')]
        """
        from ..infinite.block import phases_of

        return phases_of(block(self))

    def plot(self, X: Any = None, get: str | Sequence[str] = ("nngp", "ntk"), ax: Any = None) -> Axes:
        """Draw the kernel on axes of matplotlib, or on those of a new figure, and return them.

        X     (n, d): an image of the kernel matrix; then `get` is one of its names, by default "ntk".
              None: the kernels of two inputs with d = 2 and |x|²/d = 1 by the cosine of their angle, one curve for each name.
        Raises InvalidInput, naming the argument, and without matplotlib (the extra `report`).

        >>> ax = mlp(2, "relu").plot()
        >>> ax.get_xlabel(), [line.get_label() for line in ax.get_lines()]
        ("cosine of the angle between x and x'", ['NNGP', 'NTK'])
        """
        from .pictures import against_cosines, matrix

        if X is None:
            return against_cosines(self, self._wanted(get)).on(ax)
        return matrix(self, X, self._one("ntk" if get == ("nngp", "ntk") else get)).on(ax)

    def _direction(self, wrt: Any, layer: Any) -> None:
        if not isinstance(wrt, str) or wrt not in ("W_std", "b_std", "X"):
            raise InvalidInput(f'wrt is {short(wrt)}: pass "W_std", "b_std" or "X"')
        denses = self.graph().denses
        if layer is not None and (wrt == "X" or not 1 <= as_count(layer, "layer") <= denses):
            raise InvalidInput(f"layer is {layer!r}: pass the number of a Dense, 1 to {denses}, or None")

    @by_name(**dict.fromkeys(WIDTHS, "write width=512, or width=(512, 256) with one for each hidden layer"))
    def sample(self, width: int | Sequence[int], seed: int = 0, outputs: int = 1) -> SampledNetwork:
        """A network of finite width with random parameters.

        width   an int, or one int for each Dense before the outputs, in the order in which they are written; see
                `SampledNetwork`.   seed   the same seed gives the same network.
        Raises InvalidInput, naming the argument.

        >>> net = mlp(2, "relu").sample(width=64, seed=1)
        >>> net.predict(np.ones((3, 5))).shape, net.ntk(np.ones((3, 5))).shape
        ((3, 1), (3, 3))
        """
        from ..finite.sampled import SampledNetwork

        return SampledNetwork(self, width, seed, outputs)

    @by_name(**COMPARED)
    def compare(
        self,
        X: Any,
        widths: Sequence[int] | None = None,
        networks: int | Sequence[int] | None = None,
        seed: int = 0,
        alpha: float = 1e-4,
        progress: Callable[[float], None] | None = None,
        threads: int | None = None,
    ) -> Comparison:
        """Test the infinite-width NTK of X (n, d) against the mean of sampled networks; a dozen rows suffice.

        widths     of the hidden layers; default chosen by depth, three or more where the mean depends on the width.
        networks   their number at each width, an int or one per width; default: enough to reject a limit that is wrong by
                   2 %, within about 15 s on two cores.
        alpha      the probability of rejecting a right limit.   progress   called with the fraction done, 0…1.
        Raises InvalidInput, naming the argument. Source: see `finite.compare.compare`.

        >>> found = mlp(1, "relu").compare(np.eye(3), widths=(8, 16), networks=40000)
        >>> str(found.verdict), found.widths
        ('agrees', (8, 16))
        """
        from ..finite.compare import compare

        X = as_matrix(X)
        return compare(self, X, self.ntk(X), widths, networks, seed, alpha, progress, threads)

    @by_name(**REGRESSION)
    def fit(
        self,
        X: Any,
        y: Any,
        ridge: float = 0.0,
        get: str = "ntk",
        *,
        relative: bool = False,
        K: Any = None,
        optimise: str | Sequence[str] = (),
    ) -> KernelRegression:
        """Kernel regression: X (n, d), y (n,) or (n, k); `.predict(X_new, return_std=True)` gives the uncertainty too.

        ridge   ≥ 0, added to the diagonal, in units of the kernel.   get   "ntk", or "nngp" for the Gaussian process.
        relative   the ridge is a share of the mean of the kernel's diagonal.
        K          net.kernel(X, get=get), if it is already known; some entries are checked against the network.
        optimise   some of "W_std", "b_std" and "ridge": they are moved from their values to a maximum of the log marginal
                   likelihood, W_std and b_std by one factor each for all layers, by L-BFGS in their logarithms. The result
                   has the `network` that was found and `search`, the end of the search. Scale y to about 1.
        The result has the `condition` number and the `jitter` that was added (with one warning). Everything is computed in
        float64, as NumPy arrays, whatever the precision of X.
        Raises InvalidInput, naming the argument; NoDerivative if a search starts at a point without derivative.

        >>> X, y = np.random.default_rng(0).standard_normal((20, 3)), np.arange(20.0)
        >>> fitted = mlp(2, "relu").fit(X, y, ridge=1e-6)
        >>> bool(np.allclose(fitted.predict(X), y, atol=1e-2))
        True
        """
        from ..dynamics.fitting import fitted

        return fitted(self, X, y, ridge, self._one(get), relative, K, optimise)

    @by_name(**REGRESSION)
    def classify(
        self,
        X: Any,
        labels: Any,
        ridge: float = 0.0,
        get: str = "ntk",
        *,
        relative: bool = False,
        K: Any = None,
        optimise: str | Sequence[str] = (),
    ) -> KernelClassifier:
        """Classification by kernel regression on one column for each class; `.predict(X_new)` returns labels.

        labels   (n,), texts, integers or truth values of two classes or more.
        ridge, get, relative, K, optimise   as in `fit`.
        Raises InvalidInput, naming the argument.

        >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [0.1, 0.9]])
        >>> mlp(2, "relu").classify(X, ["cat", "dog", "cat"], ridge=1e-3).predict([[0.9, 0.2]]).tolist()
        ['dog']
        """
        from ..dynamics.classes import classified

        return classified(
            lambda y: self.fit(X, y, ridge, get, relative=relative, K=K, optimise=optimise), labels, len(as_matrix(X))
        )

    def prior(self, X: Any, draws: int = 1, seed: int = 0) -> np.ndarray:
        """Random functions at X (n, d), (draws, n): outputs of untrained networks of infinite width.

        They are normal with mean 0 and the NNGP kernel as covariance; `fit(X, y, get="nngp").sample` draws them given data.
        The same seed gives the same functions. Raises InvalidInput, naming the argument.
        """
        from ..dynamics.spread import prior

        return prior(self, as_double(X), draws, seed)


def _as_mlp(layers: tuple[Layer, ...]) -> str:
    """The call of `mlp` that makes these layers, "" if no call with two or more hidden layers does."""
    if len(layers) < 2 or not isinstance(dense := layers[0], Dense) or not isinstance(phi := layers[1], Activation):
        return ""
    depth, plain = layers.count(phi), Dense(W_std=dense.W_std, b_std=dense.b_std)
    if depth < 2 or phi.symbols or layers != (plain, *[phi, plain] * depth):
        return ""
    return f"mlp(depth={depth}, activation={phi.text!r}, W_std={plain.W_std!r}, b_std={plain.b_std!r})"


def serial(*layers: Layer) -> Network:
    """Layers in sequence: a network if they start and end with Dense, otherwise a part of one, as for `Residual`.

    A network among the layers is replaced by its layers.

    Raises InvalidInput, naming the layer, if there is no Gaussian limit, as for two activations in a row.

    >>> import ntk_symbolic as ns
    >>> ns.serial(ns.Dense(W_std=1.5, b_std=0.1), ns.Relu(), ns.Dense())
    serial(Dense(W_std=1.5, b_std=0.1), activation('relu'), Dense(W_std=1.0, b_std=0.0))
    """
    if len(layers) == 1 and isinstance(layers[0], (list, tuple)):
        raise InvalidInput("layers are given one by one, not in a list: write serial(*layers)")
    for number, layer in enumerate(layers, 1):
        if not isinstance(layer, Layer) or isinstance(layer, type):
            raise InvalidInput(f"layer {number} is {_not_a_layer(layer)}")
    net = Network(
        tuple(part for layer in layers for part in (layer.layers if isinstance(layer, Network) else (layer,)))
    )
    try:
        check(net)
    except RecursionError:
        raise InvalidInput(
            "layers are nested too deep, one within the other: write them side by side, as serial(*layers) or repeat(layer, n)"
        ) from None
    return net


def repeat(layer: Layer, times: int) -> Network:
    """`times` copies of a layer or block, each with its own parameters.

    Raises InvalidInput.

    >>> import ntk_symbolic as ns
    >>> ns.repeat(ns.serial(ns.Relu(), ns.Dense()), 2).layers == ns.serial(*[ns.serial(ns.Relu(), ns.Dense())] * 2).layers
    True
    """
    return serial(*[layer] * as_count(times, "times"))


def _not_a_layer(given: Any) -> str:
    """A description of the argument and the way to write the layer that was meant."""
    if isinstance(given, type) or getattr(given, "__module__", None) == "ntk_symbolic":  # a function or class of layers
        return f"{given.__name__} itself: call it, {given.__name__}()"
    if isinstance(given, str):
        return f"the text {given!r}: write activation({given!r})"
    return f"{given!r}: pass layers, such as Dense(...) or activation(...)"


@by_name(**SCALES)
def mlp(depth: int = DEPTH, activation: Any = ACTIVATION, W_std: float = W_STD, b_std: float = B_STD) -> Network:
    """`depth` hidden layers of one activation, the same W_std and b_std in every Dense, the last one included.

    activation     a name, a text in u, or a SymPy expression, as for `activation`.   depth   default 3; 0 is a linear model.
    W_std, b_std   default √2 and 0.1, as on the command line and on every page; √2 preserves the variance in deep ReLU
                   networks. A `Dense` layer by itself has 1 and 0.
    Raises InvalidInput, naming the argument.

    >>> mlp(depth=1, activation="erf", W_std=1.5, b_std=0.0)
    serial(Dense(W_std=1.5, b_std=0.0), activation('erf'), Dense(W_std=1.5, b_std=0.0))
    """
    no_width(W_std=W_std, b_std=b_std)
    dense, phi = Dense(W_std=W_std, b_std=b_std), _as_activation(activation)
    return Network((dense, *[phi, dense] * as_count(depth, "depth")))


_as_activation = activation


@cache
def _named(kinds: tuple[str, ...]) -> Any:
    kernels = namedtuple("Kernels", kinds)
    kernels.__reduce__ = lambda self: (_kernels, (kinds, *self))  # type: ignore[method-assign]  # pickle cannot find a class made here
    return kernels


def _kernels(kinds: tuple[str, ...], *matrices: Any) -> Any:
    """The named tuple, rebuilt by `pickle`."""
    return _named(kinds)(*matrices)
