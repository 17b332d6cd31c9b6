"""What users hold: Activation and Network. Thin façades that delegate, importing lazily."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from warnings import warn

import array_api_compat as compat
import numpy as np

from .activations.library import LIBRARY
from .arrays import namespace
from .errors import InvalidInput, NoClosedForm, NoTangentKernel, NotationError, UncertifiedWarning, UnknownActivation
from .inputs import as_count, as_matrix, check_features, one_of
from .layers.dense import Dense
from .layers.integrals import with_bound
from .layers.nonlinearity import Reading, limit, mean, nonlinearity, slope, value
from .layers.pair import Pair, of_moments

if TYPE_CHECKING:
    from sympy import Eq, Expr

    from .activations.dual import Dual
    from .activations.series import Series
    from .dynamics.regression import KernelRegression
    from .exact.outside import Outside
    from .finite.sampled import SampledNetwork
    from .finite.statistics import Comparison
    from .pages.activation_page import ActivationReport
    from .proofs.derivation import Derivation

GETS = ("nngp", "ntk")


@dataclass(frozen=True)
class Activation:
    """A nonlinearity φ and everything read from its one expression. Made by `activation`; it is also a layer.

    text         a library name, with its parameters if it has any, or an expression in u
    symbols      names of parameters that are left as symbols in it: formulas hold for all their values, numbers need them
    """

    text: str
    symbols: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"activation({self.text!r}{f', symbols={self.symbols}' if self.symbols else ''})"

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
        return _expression(self.text, self.symbols)

    @property
    def dual_expr(self) -> Expr:
        """κ = E φ(u)φ(v), (u, v) ~ N(0, [[a, c], [c, b]]), in the symbols a, b, c. Raises NoClosedForm."""
        return self._dual.kappa.value

    @property
    def dual_dot_expr(self) -> Expr:
        """κ̇ = E φ'(u)φ'(v) = ∂κ/∂c. Raises NoClosedForm."""
        return self._dual.kappa_dot.value

    @property
    def mean_expr(self) -> Expr:
        """E φ(u), u ~ N(0, a), in the symbol a. Raises NoClosedForm."""
        return self._dual.mean.value

    @property
    def derivation(self) -> Derivation:
        """How κ follows from φ, every step judged. Raises NoClosedForm."""
        from .activations.document import derivation_of

        return derivation_of(self._dual, self.name or str(self.expr))

    def report(self, W_std: float = 1.0, b_std: float = 0.0) -> ActivationReport:
        """All that is known of φ as one page: dual kernels, power series, sampled layers, fixed points, edge of chaos.

        W_std, b_std   of the deep network whose fixed points are told; finite, ≥ 0.
        Shows itself in a notebook; `.save("page.html")`, `.text()`, `.markdown()`, `.latex()`.
        Raises InvalidInput, naming the argument; NoClosedForm where the breakpoints of φ are not found exactly.
        """
        from .pages.activation_page import activation_report

        return activation_report(self, W_std, b_std)

    def dual(
        self, a: Any, b: Any, c: Any, *, bound: bool = False, precision: int | None = None, certified: bool = False
    ) -> Any:
        """κ(a, b, c) in numbers, broadcasting; a, b ≥ 0 and c² ≤ ab, each read as the exact number it is.

        bound       also return a proved bound of the error: (κ, bound). Infinite where nothing is known of φ's growth: then it
                    warns once that the value is an estimate.
        precision   so many significant digits, as mpmath.mpf; an object array where a, b or c is an array
        certified   a proved enclosure instead: a pair (lo, hi) of float64, lo ≤ κ ≤ hi
        The last two as in `Network.kernel`. Without a closed form, and without any of the three, it warns once
        (UncertifiedWarning). Raises InvalidInput for anything else, NoClosedForm for what has no kernel.
        Source: Daniely, Frostig, Singer 2016, arXiv 1602.05897; Cho & Saul 2009; Williams 1997.

        >>> round(activation("relu").dual(1.0, 1.0, 0.5), 6)
        0.304499
        >>> from mpmath import nstr
        >>> nstr(activation("relu").dual(1, 1, 0.5, precision=30), 30)
        '0.304498890522114679044498291245'
        """
        return self._evaluated(0, (a, b, c), bound, precision, certified)

    def dual_dot(
        self, a: Any, b: Any, c: Any, *, bound: bool = False, precision: int | None = None, certified: bool = False
    ) -> Any:
        """κ̇(a, b, c) in numbers, as `dual`; infinite at c² = ab where φ jumps."""
        return self._evaluated(1, (a, b, c), bound, precision, certified)

    def mean(self, a: Any) -> Any:
        """E φ(u), u ~ N(0, a), in numbers, elementwise; a ≥ 0. Raises InvalidInput, NoClosedForm.

        >>> round(activation("relu").mean(1.0), 6)
        0.398942
        """
        try:
            pair, scalar = of_moments(a, a, a)
        except InvalidInput:
            raise InvalidInput("a must be a variance or an array of variances: finite numbers ≥ 0") from None
        self._require_below(2 * limit(self.compiled), pair, "E φ(u)")
        out = mean(self.compiled, self.parameters, pair.a, pair.xp)
        return float(out) if scalar else out

    def subs(self, values: Mapping[Any, Any]) -> Activation:
        """φ with numbers or other expressions without u for some of its `symbols`, given by name or as SymPy symbols.

        Raises InvalidInput for what is no parameter of φ, naming those it has.

        >>> from sympy import erf, symbols
        >>> u, alpha = symbols("u alpha")
        >>> activation(erf(alpha * u)).subs({alpha: 0.5})
        activation('erf(u/2)')
        """
        from .activations.parameters import given

        return _made(*given(self.expr, self.symbols, values))

    def _evaluated(
        self, order: int, moments: tuple[Any, Any, Any], bound: bool, precision: Any, certified: bool
    ) -> Any:
        one_of(bound, precision, certified)
        self._require_numbers()
        if certified and self._outside:
            from .exact.readings import exact_moments
            from .infinite.bounds import enclosure

            exact_moments(*moments)
            middle, off = self._evaluated(order, moments, True, None, False)
            return enclosure(middle, off, self.text)
        if precision is not None or certified:
            from .exact.readings import checked, dual_values

            return dual_values(self._exact, order == 1, moments, checked(precision, certified))
        from .activations.series import Series

        pair, scalar = of_moments(*moments)
        self._require_below(limit(self.compiled), pair, "E φ(u)²")
        if not bound:
            self._warn_uncertified()
            with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                out = _finite((value, slope)[order](self.compiled, self.parameters, pair), pair)
            return float(out) if scalar else out
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            closed = not isinstance(self.compiled, Series)
            out = _finite((value, slope)[order](self.compiled, self.parameters, pair), pair) if closed else None
            out, off = with_bound(self.series, pair, order, out)
        if np.isinf(np.asarray(off)).any():
            self._warn_unbounded(4, np.concatenate([np.ravel(pair.a), np.ravel(pair.b)]), order)
        return (float(out), float(off)) if scalar else (out, off)

    def phi(self, u: Any) -> Any:
        """φ, elementwise on an array."""
        return self._at(0, u)

    def dphi(self, u: Any) -> Any:
        """φ' almost everywhere, elementwise on an array."""
        return self._at(1, u)

    def _at(self, order: int, u: Any) -> Any:
        with np.errstate(divide="ignore", invalid="ignore"):  # of pieces, beyond the points they are for
            return self._pointwise[order](namespace(u), u, *self.parameters)

    @property
    def compiled(self) -> Reading:
        """The numeric reading. Library activations need no SymPy here.

        Raises NoClosedForm where there is no kernel, InvalidInput for `symbols`.
        """
        self._require_numbers()
        return _compiled(self.text)

    def _require_numbers(self) -> None:
        if self.symbols:
            name = self.symbols[0]
            raise InvalidInput(
                f"activation {self.text} has no number for its parameter {name}: "
                f"pass phi.subs({{{name!r}: 0.5}}) with the number you mean"
            )

    @property
    def jumps(self) -> bool:
        """Is φ discontinuous? Raises NoClosedForm."""
        return self._dual.jumps if self.symbols else self.compiled.jumps

    @property
    def slope(self) -> Reading:
        """The numeric reading of φ', whose dual is κ̇. Raises NoTangentKernel where φ jumps, NoClosedForm."""
        self.require_tangent()
        return _compiled_slope(self.text)

    @property
    def series(self) -> Series:
        """Mehler's series, which comes with a bound of its error and needs no closed form."""
        return _series(self.text)

    def _warn_uncertified(self) -> None:
        """Once for each activation, whatever filters say of repetitions."""
        from .activations.series import Series

        if isinstance(self.compiled, Series) and self.text not in _WARNED:
            _WARNED.add(self.text)
            warn(f"{self.compiled.reason}; pass bound=True for a proved bound of the error", UncertifiedWarning, 4)

    def _warn_unbounded(self, level: int, variances: np.ndarray | None = None, order: int = 0) -> None:
        """Once for each activation of whose growth nothing is known: what then stands beside bound = inf."""
        from .activations.series import Series

        unknown = (self.series.f if order == 0 else self.series.df).growth is None
        if not unknown or ("bound", self.text) in _WARNED:
            return
        _WARNED.add(("bound", self.text))
        name = "φ'" if order else "φ"
        said = f"no bound is known for {self.text}, since no rule says how {name} grows: the bound is inf"
        if not isinstance(self.compiled, Series):
            said += ", though the value stems from a closed form"
        else:
            said += ", and the value is an estimate"
            if variances is not None:
                agree = self.series.change(variances, order)
                said += f" (with panels of half the width E {name}(u)² changes by {agree:.1g} of it)"
        warn(said, UncertifiedWarning, level)

    def __call__(self, pair: Pair) -> Pair:
        """The layer rule for one pair of inputs."""
        if pair.ntk is not None:
            self.require_tangent()
        self._require_below(limit(self.compiled), pair, "E φ(u)²")
        return nonlinearity(self.compiled, self.parameters, pair)

    def _require_below(self, limit: float, pair: Pair, what: str) -> None:
        xp = pair.xp
        if limit < np.inf and not bool(xp.all((pair.a < limit) & (pair.b < limit))):
            raise InvalidInput(f"{what} of {self.text} is infinite at variances from {limit:.6g} on: pass smaller ones")

    def require_tangent(self) -> None:
        """Raises NoTangentKernel where φ jumps."""
        if self.jumps:
            raise NoTangentKernel(
                f"{self.text} jumps, so E φ'(u)φ'(v) is infinite at x = x' and there is no NTK; its NNGP kernel exists "
                '(get="nngp"), or take a smooth activation such as erf(4*u)'
            )

    @property
    def _dual(self) -> Dual:
        return _derived(self.text, self.symbols)

    @property
    def _exact(self) -> Dual | Outside:
        """What digits and balls are read from."""
        self._require_numbers()
        return _exactly_read(self.text)

    @property
    def _outside(self) -> bool:
        """Is φ outside the class of closed forms?"""
        from .exact.outside import Outside

        return isinstance(self._exact, Outside)

    @property
    def _pointwise(self) -> tuple[Any, Any]:
        self._require_numbers()
        return _pointwise(self.text)


def _finite(out: Any, pair: Pair) -> Any:
    """Raises InvalidInput where κ(a, a, a) overflows and takes κ(a, b, c) with it: ∞ − ∞."""
    if pair.xp.any(pair.xp.isnan(out)):
        raise InvalidInput(
            "κ at these a, b, c is a difference of numbers beyond the range of float64: pass precision=20 for its digits"
        )
    return out


def activation(spec: Any, symbols: Sequence[str] = ()) -> Activation:
    """φ, from a library name ("relu", "leaky_relu(0.1)"), a text in u, or a SymPy expression.

    spec      a SymPy expression in one symbol, or in u and others: those are its parameters, and stay symbols.
              a, b, c mean the covariance; parameters of these names are called a_phi, b_phi, c_phi.
    symbols   names of the parameters in a text
    Raises UnknownActivation for a name that is neither (with the nearest one), NotationError for any other text or
    expression outside the notation. Text is parsed by a whitelist and never executed.

    >>> activation("relu").dual_expr
    c*asin(c/(sqrt(a)*sqrt(b)))/(2*pi) + c/4 + sqrt(a*b - c**2)/(2*pi)
    """
    if isinstance(spec, Activation):
        return spec
    if isinstance(spec, str) and not symbols:
        return Activation(_normal_text(spec))
    from .activations.parameters import of_sympy, of_text

    if not symbols:
        return _made(*of_sympy(spec))
    if not isinstance(spec, str):
        raise InvalidInput(
            "symbols names the parameters in a text: a SymPy expression brings its own, leave symbols out"
        )
    return _made(*of_text(spec, symbols))


def _made(expr: Expr, symbols: tuple[str, ...]) -> Activation:
    return Activation(str(expr), symbols)


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
        unknown = re.search(r"unknown name '(\w+)'", str(error))
        if unknown and not re.search(rf"\b{unknown[1]}\s*\(", text):
            hint = f"; if {unknown[1]} is a parameter, say so: activation(text, symbols=({unknown[1]!r},))"
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
            f"activation {text.strip()!r}: {match[1]} takes numbers for {', '.join(item.parameters)}, such as {match[1]}(0.1); "
            f"symbols stay in activation({item.text!r}, symbols={item.parameters!r})"
        )
    return match[1], (*given, *item.defaults[len(given) :])


NUMBER = r"[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,2})?"


@cache
def _expression(text: str, symbols: tuple[str, ...] = ()) -> Expr:
    from sympy import Rational, Symbol

    from .notation.expressions import parse

    name, parameters = _library_call(text)
    if not name:
        return parse(text, parameters=symbols)
    item = LIBRARY[name]
    values = {Symbol(p, real=True): Rational(v) for p, v in zip(item.parameters, parameters, strict=True)}
    return parse(item.text, parameters=item.parameters).subs(values)


@cache
def _derived(text: str, symbols: tuple[str, ...] = ()) -> Dual:
    from .activations.dual import derive

    return derive(_expression(text, symbols))


@cache
def _exactly_read(text: str) -> Dual | Outside:
    from .exact.outside import Outside

    try:
        return _derived(text)
    except NoClosedForm:
        return Outside(_expression(text), _series(text))


_WARNED: set[Any] = set()


@cache
def _series(text: str) -> Series:
    from .activations.codegen import compile_series
    from .activations.series import Series

    reading = _compiled(text)
    return reading if isinstance(reading, Series) else compile_series(_expression(text), NoClosedForm(text))


@cache
def _compiled(text: str) -> Reading:
    name, parameters = _library_call(text)
    if name:
        from .activations.generated import COMPILED

        reading = COMPILED[name]  # an Integral with parameters is a function of them
        return cast(Any, reading)(*map(float, parameters)) if callable(reading) else reading
    from .activations.codegen import compile_dual, compile_series

    try:
        return compile_dual(_derived(text))
    except NoClosedForm as reason:
        return compile_series(_expression(text), reason)


@cache
def _compiled_slope(text: str) -> Reading:
    name, parameters = _library_call(text)
    if name:
        from .activations.generated_slopes import COMPILED

        reading = COMPILED[name]
        return cast(Any, reading)(*map(float, parameters)) if callable(reading) else reading
    from .activations.codegen import compile_series_slope, compile_slope
    from .activations.series import Series

    reading = _compiled(text)
    if isinstance(reading, Series):
        return compile_series_slope(_expression(text), NoClosedForm(reading.reason))
    return compile_slope(_expression(text))


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
        bound: bool = False,
        precision: int | None = None,
        certified: bool = False,
    ) -> Any:
        """Infinite-width kernel of this network.

        X     (n, d), rows are inputs; lists, DataFrames, memory maps; arrays of another array library stay there.
        Y     (m, d), default X: then the result is exactly symmetric.
        get   "ntk", "nngp", or both in a tuple: then a named tuple in that order.
        bound also return a proved bound of every entry's error: (kernel, bound) for each kernel asked for. Meant for
              activations without a closed form; for others it is large near parallel inputs. Infinite, with a warning, as
              in `Activation.dual`.
        precision   the number of significant digits: an object array of mpmath.mpf. X, W_std and b_std are the binary
              numbers they are. The digits are those on which two precisions agree: a check, and no proof.
        certified   a proof instead: the pair (lo, hi) of (n, m) float64 arrays with lo ≤ kernel ≤ hi, from ball arithmetic
              and rounded outward; hi is one or two floats above lo. Needs python-flint: the extra `certified`.
        One of the three can be had at a time. If an activation has no closed form, digits are those on which two quadratures
        agree (a second or so for each layer and input at 30 digits; InvalidInput where they never do), and (lo, hi) is
        value ± bound, some 1e-10 wide, without python-flint; InvalidInput where no entry has a bound.
        Returns (n, m), float64 unless X and Y are float32; units: output².
        Raises InvalidInput for unequal d, NaN or inf, naming the argument, and where K(x, x) leaves the range of its type
        above or below, naming the layer; NoTangentKernel, NoClosedForm.
        Source: Jacot et al. 2018, Theorem 1 (their β is our b_std).

        >>> serial(Dense(), activation("relu"), Dense()).kernel([[3.0, 4.0]])
        array([[12.5]])
        """
        wanted = self._wanted(get)
        one_of(bound, precision, certified)
        if precision is not None or certified:
            found = self._exactly(X, Y, wanted, precision, certified)
        else:
            found = (self._bounded if bound else self._matrices)(X, Y, wanted)
        return found[0] if isinstance(get, str) else _named(wanted)(*found)

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
        return diagonal(self.layers, _data(X, "X"), kind == "ntk")

    def gap(self, X: Any, Y: Any = None, get: str = "ntk") -> Any:
        """K(x, x) + K(x', x') − 2 K(x, x') = E (f(x) − f(x'))² for the NNGP, to nearly all digits however small it is.

        X     (n, d), rows are inputs.   Y   (m, d), default X.   get   "ntk" or "nngp".
        Returns (n, m), ≥ 0; exactly 0 for equal inputs. Scratch is limited; float32 inputs are computed in float64.
        Raises InvalidInput, naming the argument; NoTangentKernel, NoClosedForm.
        Source: the recursion of Jacot et al. 2018, Theorem 1, for gaps instead of kernels (`layers/spread.py`).

        >>> serial(Dense()).gap([[3.0, 4.0]], [[3.0, 4.0 + 1e-9]]).round(24)
        array([[5.e-19]])
        """
        from .infinite.engine import gap

        kind = self._one(get)
        X, Y = _data(X, "X"), None if Y is None else _data(Y, "Y")
        if Y is not None:
            check_features(X, Y)
        return gap(self.layers, X, Y, kind == "ntk")

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

        for layer in self.layers[1::2]:
            layer._warn_uncertified()  # type: ignore[union-attr]
        X, Y = _data(X, "X"), None if Y is None else _data(Y, "Y")
        if Y is not None:
            check_features(X, Y)
        if isinstance(X, np.ndarray) and (Y is None or isinstance(Y, np.ndarray)):
            both = engine.kernel(self.layers, X, Y, "nngp" in wanted, "ntk" in wanted)
        else:
            both = engine.whole(self.layers, X, Y, "ntk" in wanted)
        return [both[GETS.index(kind)] for kind in wanted]

    def _exactly(self, X: Any, Y: Any, wanted: tuple[str, ...], precision: Any, certified: bool) -> list[Any]:
        from .exact.readings import checked, kernels

        outside = [layer.text for layer in self.layers[1::2] if certified and layer._outside]  # type: ignore[union-attr]
        if outside:
            from .infinite.bounds import enclosure

            names = " and ".join(dict.fromkeys(outside))
            return [enclosure(value, bound, names) for value, bound in self._bounded(X, Y, wanted)]
        X, Y = as_matrix(X), None if Y is None else as_matrix(Y, "Y")
        if Y is not None:
            check_features(X, Y)
        return kernels(self.layers, X, Y, wanted, checked(precision, certified))

    def _bounded(self, X: Any, Y: Any, wanted: tuple[str, ...]) -> list[Any]:
        from .infinite.bounds import kernel

        X, Y = as_matrix(X), None if Y is None else as_matrix(Y, "Y")
        if Y is not None:
            check_features(X, Y)
        tangent = "ntk" in wanted
        both = kernel(self.layers, X.astype(float), None if Y is None else Y.astype(float), tangent)
        if any(np.isinf(bound).any() for _, bound in both):
            first = self.layers[0].variance(np.einsum("ij,ij->i", X, X) / X.shape[1])  # type: ignore[union-attr]
            for number, phi in enumerate(self.layers[1::2]):
                for order in range(1 + tangent):
                    phi._warn_unbounded(4, None if number else first, order)  # type: ignore[union-attr]
        found = [both[GETS.index(kind)] for kind in wanted]
        if all(layer.compiled is layer.series for layer in self.layers[1::2]):  # type: ignore[union-attr]
            return found
        better = self._matrices(X, Y, wanted)  # closed forms keep their digits
        return [(K, bound + np.abs(K - own)) for K, (own, bound) in zip(better, found, strict=True)]

    def formula(self, wrt: str | None = None, layer: int | None = None) -> tuple[Eq, ...]:
        """The recursion as formulas: one SymPy Eq per Dense layer, for (Σ, Θ) of its output, without Θ where φ
        jumps; with wrt and layer as in `derivative`, for their derivatives (dΣ, dΘ). Raises NoClosedForm, InvalidInput."""
        from .layers.formula import derivative_formula, formula

        if wrt is None and layer is None:
            return formula(self.layers)
        self._direction(wrt, layer)
        return derivative_formula(self.layers, cast(str, wrt), layer)

    def derivative(
        self, X: Any, Y: Any = None, wrt: str = "W_std", get: str = "ntk", layer: int | None = None
    ) -> np.ndarray:
        """The derivative of the kernel with respect to W_std, b_std, or the left input x; NumPy arrays.

        X     (n, d), rows are inputs.   Y   (m, d), default X: a matrix of its own, which stays while X moves.
        wrt   "W_std" or "b_std": of all Dense layers together, or of Dense number `layer` alone (from 1); or "X".
        get   "ntk" or "nngp".
        Returns (n, m), for "X" (n, m, d). Right at equal, antipodal and zero inputs as well.
        Raises NoDerivative where there is none, naming the pair: κ̇ of an activation with a kink has the slope 1/sin θ, so
        the NTK of ReLU has a kink at parallel x, x' (its NNGP has none), and its kernels one at x = 0 without bias.
        Raises InvalidInput, naming the argument; NoTangentKernel, NoClosedForm.
        Source: the recursion of Jacot et al. 2018, Theorem 1, differentiated; ∂κ/∂c = κ̇ by Price 1958.

        >>> serial(Dense(2.0), activation("relu"), Dense()).derivative([[3.0, 4.0]], get="nngp", layer=1)
        array([[25.]])
        """
        from .infinite.derivative import derivative

        kind = self._one(get)
        X, Y = as_matrix(X), None if Y is None else as_matrix(Y, "Y")
        if Y is not None:
            check_features(X, Y)
        self._direction(wrt, layer)
        return derivative(self.layers, X, X if Y is None else Y, wrt, layer, kind == "ntk")

    def _direction(self, wrt: Any, layer: Any) -> None:
        if wrt not in ("W_std", "b_std", "X"):
            raise InvalidInput(f'wrt is {wrt!r}: pass "W_std", "b_std" or "X"')
        if layer is not None and (wrt == "X" or not 1 <= as_count(layer, "layer") <= self.depth + 1):
            raise InvalidInput(f"layer is {layer!r}: pass the number of a Dense, 1 to {self.depth + 1}, or None")

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
