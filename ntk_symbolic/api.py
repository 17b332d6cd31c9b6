"""What users hold: Activation and Network. Thin façades that delegate, importing lazily."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import array_api_compat as compat
import numpy as np

from .activations.compiled import Compiled
from .activations.library import LIBRARY
from .arrays import namespace
from .errors import InvalidInput, NoTangentKernel, NotationError, UnknownActivation
from .inputs import as_count, as_matrix, check_features
from .layers.dense import Dense
from .layers.nonlinearity import nonlinearity, slope, value
from .layers.pair import Pair, of_moments

if TYPE_CHECKING:
    from sympy import Eq, Expr

    from .activations.dual import Dual
    from .activations.integral import Integral
    from .dynamics.regression import KernelRegression
    from .finite.sampled import SampledNetwork
    from .finite.statistics import Comparison
    from .proofs.derivation import Derivation

GETS = ("nngp", "ntk")


@dataclass(frozen=True)
class Activation:
    """A nonlinearity φ and everything read from its one expression. Made by `activation`; it is also a layer.

    text         a library name, with its parameters if it has any, or an expression in u
    """

    text: str

    def __repr__(self) -> str:
        return f"activation({self.text!r})"

    def _repr_latex_(self) -> str:
        from sympy import latex

        return rf"$\displaystyle \varphi(u) = {latex(self.expr)}$"

    @property
    def name(self) -> str:
        """The name of a library activation, "" for any other."""
        return _library_call(self.text)[0]

    @property
    def parameters(self) -> tuple[float, ...]:
        return tuple(map(float, _library_call(self.text)[1]))

    @property
    def expr(self) -> Expr:
        """φ as a SymPy expression in the real symbol u; decimals are exact rationals."""
        return _expression(self.text)

    @property
    def dual_expr(self) -> Expr:
        """κ = E φ(u)φ(v), (u, v) ~ N(0, [[a, c], [c, b]]), in the symbols a, b, c. Raises NoClosedForm."""
        return self._dual.kappa.value

    @property
    def dual_dot_expr(self) -> Expr:
        """κ̇ = E φ'(u)φ'(v) = ∂κ/∂c. Raises NoClosedForm."""
        return self._dual.kappa_dot.value

    @property
    def derivation(self) -> Derivation:
        """How κ follows from φ, every step judged. Raises NoClosedForm."""
        from .activations.document import derivation_of

        return derivation_of(self._dual, self.name or str(self.expr))

    def dual(self, a: Any, b: Any, c: Any, *, precision: int | None = None, certified: bool = False) -> Any:
        """κ(a, b, c) in numbers, broadcasting; a, b ≥ 0 and c² ≤ ab, each read as the exact number it is.

        precision   so many significant digits, as mpmath.mpf; an object array where a, b or c is an array
        certified   a proved enclosure instead: a pair (lo, hi) of float64, lo ≤ κ ≤ hi; needs python-flint
        Both as in `Network.kernel`. Raises InvalidInput for anything else, NoClosedForm where no closed form is known.
        Source: Daniely, Frostig, Singer 2016, arXiv 1602.05897; Cho & Saul 2009; Williams 1997.

        >>> round(activation("relu").dual(1.0, 1.0, 0.5), 6)
        0.304499
        >>> from mpmath import nstr
        >>> nstr(activation("relu").dual(1, 1, 0.5, precision=30), 30)
        '0.304498890522114679044498291245'
        """
        if precision is None and not certified:
            return self._evaluated(value, a, b, c)
        return self._exactly(False, (a, b, c), precision, certified)

    def dual_dot(self, a: Any, b: Any, c: Any, *, precision: int | None = None, certified: bool = False) -> Any:
        """κ̇(a, b, c) in numbers, as `dual`; infinite at c² = ab where φ jumps."""
        if precision is None and not certified:
            return self._evaluated(slope, a, b, c)
        return self._exactly(True, (a, b, c), precision, certified)

    def _exactly(self, dot: bool, moments: tuple[Any, Any, Any], precision: Any, certified: bool) -> Any:
        from .exact.readings import checked, dual_values

        return dual_values(self._dual, dot, moments, checked(precision, certified))

    def _evaluated(self, reading: Any, a: Any, b: Any, c: Any) -> Any:
        pair, scalar = of_moments(a, b, c)
        with np.errstate(divide="ignore"):
            out = reading(self.compiled, self.parameters, pair)
        return float(out) if scalar else out

    def phi(self, u: Any) -> Any:
        """φ, elementwise on an array."""
        return self._pointwise[0](namespace(u), u, *self.parameters)

    def dphi(self, u: Any) -> Any:
        """φ' almost everywhere, elementwise on an array."""
        return self._pointwise[1](namespace(u), u, *self.parameters)

    @property
    def compiled(self) -> Compiled | Integral:
        """The numeric reading. Library activations need no SymPy here. Raises NoClosedForm."""
        return _compiled(self.text)

    def __call__(self, pair: Pair) -> Pair:
        """The layer rule for one pair of inputs."""
        if pair.ntk is not None:
            self.require_tangent()
        return nonlinearity(self.compiled, self.parameters, pair)

    def require_tangent(self) -> None:
        """Raises NoTangentKernel where φ jumps."""
        if self.compiled.jumps:
            raise NoTangentKernel(
                f"{self.text} jumps, so E φ'(u)φ'(v) is infinite at x = x' and there is no NTK; its NNGP kernel exists "
                '(get="nngp"), or take a smooth activation such as erf(4*u)'
            )

    @property
    def _dual(self) -> Dual:
        return _derived(self.text)

    @property
    def _pointwise(self) -> tuple[Any, Any]:
        return _pointwise(self.text)


def activation(spec: Any) -> Activation:
    """φ, from a library name ("relu", "leaky_relu(0.1)"), a SymPy expression in one symbol, or a text in u.

    Raises UnknownActivation for a name that is neither (with the nearest one), NotationError for any other text or
    expression outside the notation. Text is parsed by a whitelist and never executed.

    >>> activation("relu").dual_expr
    c*asin(c/(sqrt(a)*sqrt(b)))/(2*pi) + c/4 + sqrt(a*b - c**2)/(2*pi)
    """
    if isinstance(spec, Activation):
        return spec
    if isinstance(spec, str):
        return Activation(_normal_text(spec))
    return Activation(_text_of_sympy(spec))


def _normal_text(text: str) -> str:
    name, parameters = _library_call(text)
    if name:
        return f"{name}({', '.join(parameters)})" if parameters else name
    word = text.strip()
    if re.fullmatch(r"[A-Za-z_]\w*", word) and word not in ("u", "pi", "E"):
        raise UnknownActivation(f"activation {_short(word)!r} does not exist: {_remedy(word)}")
    try:
        return str(_expression(text))
    except NotationError as error:
        used = [name for name in LIBRARY if name != "abs" and f"{name}(" in text and f"name '{name}'" in str(error)]
        hint = f"; write it out, {used[0]} is {LIBRARY[used[0]].text}" if used else ""
        raise NotationError(f"activation {_short(text)!r}: {error}{hint}") from None


def _short(text: str) -> str:
    return text if len(text) < 60 else text[:57] + "..."


def _remedy(word: str) -> str:
    """The nearest name, or the function of that name, or all there is."""
    near = get_close_matches(word.lower(), LIBRARY, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    try:
        _expression(f"{word}(u)")
    except NotationError:
        return f"known names are {', '.join(LIBRARY)}. An expression in u, such as 'u*erf(u)', works too"
    return f"for the function write '{word}(u)'"


def _library_call(text: str) -> tuple[str, tuple[str, ...]]:
    """("leaky_relu", ("0.1",)) for "leaky_relu(0.1)"; ("", ()) for what is no library activation."""
    match = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*(?:\(([^()]*)\))?\s*", text)
    if not match or (item := LIBRARY.get(match[1])) is None or (match[2] is not None and not item.parameters):
        return "", ()
    given = [p.strip() for p in match[2].split(",")] if match[2] and match[2].strip() else []
    if len(given) > len(item.parameters) or not all(re.fullmatch(NUMBER, p) for p in given):
        raise NotationError(
            f"activation {text.strip()!r}: {match[1]} takes numbers for {', '.join(item.parameters)}, such as {match[1]}(0.1)"
        )
    return match[1], (*given, *item.defaults[len(given) :])


NUMBER = r"[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,2})?"


@cache
def _expression(text: str) -> Expr:
    from sympy import Rational, Symbol

    from .notation.expressions import parse

    name, parameters = _library_call(text)
    if not name:
        return parse(text)
    item = LIBRARY[name]
    values = {Symbol(p, real=True): Rational(v) for p, v in zip(item.parameters, parameters, strict=True)}
    return parse(item.text, parameters=item.parameters).subs(values)


def _text_of_sympy(expr: Any) -> str:
    """A user's SymPy expression in the notation: its one symbol becomes u, floats the decimals they print as."""
    from sympy import Expr, Float, Rational, Symbol

    from .activations.dual import u
    from .notation.expressions import parse

    if not isinstance(expr, Expr):
        raise InvalidInput(
            f"activation is a {type(expr).__name__}: pass a name such as 'relu', a text in u, or a SymPy expression"
        )
    symbols = expr.free_symbols
    if len(symbols) != 1 or not isinstance(next(iter(symbols)), Symbol):
        raise InvalidInput(
            f"activation has the symbols {sorted(map(str, symbols))}: pass a SymPy expression in exactly one symbol"
        )
    exact = expr.subs(symbols.pop(), u).replace(lambda x: isinstance(x, Float), lambda x: Rational(str(x)))
    parsed = parse(str(exact))
    if parsed != exact:
        raise NotationError(f"activation {exact} is outside the notation: it reads back as {parsed}")
    return str(exact)


@cache
def _derived(text: str) -> Dual:
    from .activations.dual import derive

    return derive(_expression(text))


@cache
def _compiled(text: str) -> Compiled | Integral:
    if name := _library_call(text)[0]:
        from .activations.generated import COMPILED

        return COMPILED[name]
    from .activations.codegen import compile_dual

    return compile_dual(_derived(text))


@cache
def _pointwise(text: str) -> tuple[Any, Any]:
    if _library_call(text)[0]:
        f = _compiled(text)
        return f.phi, f.dphi
    from .activations.codegen import compile_pointwise

    return compile_pointwise(_expression(text))


@dataclass(frozen=True)
class Network:
    """An architecture: Dense layers and activations in turn. Made by `mlp` or `serial`.

    Recursion: Σ¹ = W_std² x·x'/d + b_std², Σˡ⁺¹ = W_std² κ(Σˡ) + b_std²; Θ¹ = Σ¹, Θˡ⁺¹ = Σˡ⁺¹ + W_std² κ̇(Σˡ) Θˡ.
    Source: Jacot, Gabriel, Hongler 2018, arXiv 1806.07572, Theorem 1; Lee et al. 2018, arXiv 1711.00165.
    """

    layers: tuple[Dense | Activation, ...]

    def __repr__(self) -> str:
        return f"serial({', '.join(map(repr, self.layers))})"

    def _repr_latex_(self) -> str:
        from sympy import latex

        lines = r" \\ ".join(f"{latex(eq.lhs)} &= {latex(eq.rhs)}" for eq in self.formula())
        return rf"$$\begin{{align*}} {lines} \end{{align*}}$$"

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.layers) // 2

    def kernel(
        self,
        X: Any,
        Y: Any = None,
        get: str | Sequence[str] = "ntk",
        *,
        precision: int | None = None,
        certified: bool = False,
    ) -> Any:
        """Infinite-width kernel of this network.

        X     (n, d), rows are inputs; lists, DataFrames, memory maps; arrays of another array library stay there.
        Y     (m, d), default X: then the result is exactly symmetric.
        get   "ntk", "nngp", or both in a tuple: then a named tuple in that order.
        precision   the number of significant digits: an object array of mpmath.mpf. X, W_std and b_std are the binary
              numbers they are. The digits are those on which two precisions agree: a check, and no proof.
        certified   a proof instead: the pair (lo, hi) of (n, m) float64 arrays with lo ≤ kernel ≤ hi, from ball arithmetic
              and rounded outward; hi is one or two floats above lo. Needs python-flint: the extra `certified`.
        Returns (n, m), float64 unless X and Y are float32; units: output².
        Raises InvalidInput for unequal d, NaN or inf, naming the argument; NoTangentKernel, NoClosedForm.
        Source: Jacot et al. 2018, Theorem 1 (their β is our b_std).

        >>> serial(Dense(), activation("relu"), Dense()).kernel([[3.0, 4.0]])
        array([[12.5]])
        """
        wanted = self._wanted(get)
        if precision is not None or certified:
            from .exact.readings import checked, kernels

            X, Y = as_matrix(X), None if Y is None else as_matrix(Y, "Y")
            if Y is not None:
                check_features(X, Y)
            found = kernels(self.layers, X, Y, wanted, checked(precision, certified))
            return found[0] if isinstance(get, str) else _named(wanted)(*found)
        if isinstance(get, str):
            return self._matrices(X, Y, (get,))[0]
        return _named(wanted)(*self._matrices(X, Y, wanted))

    def ntk(self, X: Any, Y: Any = None) -> Any:
        """`kernel` with get="ntk"."""
        return self.kernel(X, Y, "ntk")

    def nngp(self, X: Any, Y: Any = None) -> Any:
        """`kernel` with get="nngp"."""
        return self.kernel(X, Y, "nngp")

    def diagonal(self, X: Any, get: str = "ntk") -> Any:
        """K(x, x) for every row of X (n, d), shape (n,), without the matrix."""
        from .infinite.engine import diagonal

        kind = self._one(get)
        X = _data(X, "X")
        if not isinstance(X, np.ndarray):
            return diagonal(self.layers, X, kind == "ntk")
        out = diagonal(self.layers, X.astype(np.float64, copy=False), kind == "ntk")
        return out.astype(X.dtype, copy=False)

    def _wanted(self, get: Any) -> tuple[str, ...]:
        wanted = tuple(get) if isinstance(get, (tuple, list)) else (get,)
        if not wanted or any(kind not in GETS for kind in wanted) or len(set(wanted)) != len(wanted):
            raise InvalidInput(f'get is {get!r}: pass "ntk", "nngp" or ("nngp", "ntk")')
        if "ntk" in wanted:
            for layer in self.layers[1::2]:
                layer.require_tangent()  # type: ignore[union-attr]
        return wanted

    def _one(self, get: Any) -> str:
        if get not in GETS:
            raise InvalidInput(f'get is {get!r}: pass "ntk" or "nngp"')
        return self._wanted(get)[0]

    def _matrices(self, X: Any, Y: Any, wanted: tuple[str, ...]) -> list[Any]:
        from .infinite import engine

        X, Y = _data(X, "X"), None if Y is None else _data(Y, "Y")
        if Y is not None:
            check_features(X, Y)
        if isinstance(X, np.ndarray) and (Y is None or isinstance(Y, np.ndarray)):
            both = engine.kernel(self.layers, X, Y, "nngp" in wanted, "ntk" in wanted)
        else:
            both = engine.whole(self.layers, X, Y, "ntk" in wanted)
        return [both[GETS.index(kind)] for kind in wanted]

    def formula(self) -> tuple[Eq, ...]:
        """The recursion as formulas: one SymPy Eq per Dense layer, for (Σ, Θ) of its output, without Θ where φ
        jumps. Raises NoClosedForm."""
        from .layers.formula import formula

        return formula(self.layers)

    def sample(self, width: int | Sequence[int], seed: int = 0, outputs: int = 1) -> SampledNetwork:
        """A network of finite width with random parameters.

        width   an int, or one int per hidden layer.   seed   the same seed gives the same network.
        Raises InvalidInput, naming the argument.
        """
        from .finite.sampled import SampledNetwork

        return SampledNetwork(self.layers, width, seed, outputs)

    def compare(self, X: Any, **options: Any) -> Comparison:
        """Hold the infinite-width NTK of X (n, d) against the mean of sampled networks; a dozen rows are plenty.

        options   of `finite.compare.compare`: widths, networks, seed, alpha, progress
        """
        from .finite.compare import compare

        X = as_matrix(X)
        return compare(self.layers, X, self.ntk(X), **options)

    def fit(self, X: Any, y: Any, ridge: float = 0.0, get: str = "ntk") -> KernelRegression:
        """Kernel regression: X (n, d), y (n,) or (n, k); `.predict(X_new)`.

        ridge   ≥ 0, added to the diagonal, in units of the kernel.   get   "ntk", or "nngp" for the Gaussian process.
        The result knows the `condition` number and the `jitter` it had to add (with one warning).
        Raises InvalidInput, naming the argument.
        """
        from .dynamics.regression import KernelRegression

        kind = self._one(get)
        return KernelRegression(lambda A, B: self.kernel(A, B, kind), X, y, ridge)


def serial(*layers: Dense | Activation) -> Network:
    """A network from its layers; starts and ends with Dense. Two Dense in a row are a linear hidden layer.

    Raises InvalidInput, naming the layer.
    """
    if not layers or not isinstance(layers[0], Dense) or not isinstance(layers[-1], Dense):
        raise InvalidInput("layers must start and end with Dense: serial(Dense(), Relu(), Dense())")
    out: list[Dense | Activation] = [layers[0]]
    for number, layer in enumerate(layers[1:], 2):
        if not isinstance(layer, (Dense, Activation)):
            raise InvalidInput(f"layer {number} is {layer!r}: pass Dense(...) or activation(...)")
        if isinstance(layer, Activation) and isinstance(out[-1], Activation):
            raise InvalidInput(f"layers {number - 1} and {number} are both activations: put a Dense between them")
        if isinstance(layer, Dense) and isinstance(out[-1], Dense):
            out.append(Activation("identity"))
        out.append(layer)
    return Network(tuple(out))


def mlp(depth: int, activation: Any = "relu", W_std: float = 1.0, b_std: float = 0.0) -> Network:
    """`depth` hidden layers of one activation, the same W_std and b_std in every Dense, the last one included.

    Raises InvalidInput, naming the argument. depth 0 is a linear model.

    >>> mlp(depth=1, activation="erf", W_std=1.5)
    serial(Dense(W_std=1.5, b_std=0.0), activation('erf'), Dense(W_std=1.5, b_std=0.0))
    """
    dense, phi = Dense(W_std, b_std), _as_activation(activation)
    return Network((dense, *[phi, dense] * as_count(depth, "depth")))


_as_activation = activation


@cache
def _named(kinds: tuple[str, ...]) -> Any:
    return namedtuple("Kernels", kinds)


def _data(X: Any, name: str) -> Any:
    """Users' data as NumPy, or as it is where it belongs to another array library."""
    if not compat.is_array_api_obj(X) or compat.is_numpy_array(X):
        return as_matrix(X, name)
    xp, X = namespace(X), cast(Any, X)
    if X.ndim != 2 or 0 in X.shape or not xp.isdtype(X.dtype, "real floating"):
        raise InvalidInput(f"{name} is a {X.dtype} array of shape {tuple(X.shape)}: pass a real floating (n, d) array")
    if not bool(xp.all(xp.isfinite(X))):
        raise InvalidInput(f"{name} has NaN or inf: remove those rows or fill them")
    return X
