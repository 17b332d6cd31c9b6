"""The public class of an activation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from array_api_compat import is_array_api_obj, is_numpy_array

from ..accuracy import accuracy
from ..activations.numbers.estimates import watched
from ..arrays import namespace, occurs
from ..defaults import B_STD, W_STD
from ..elsewhere import by_name
from ..errors import InvalidInput, NoTangentKernel, UncertifiedWarning, warn
from ..inputs import as_array, as_numbers
from ..layers.integrated import with_bound
from ..layers.pair import Pair, of_moments
from ..layers.reading import Reading, require_numbers
from . import readings
from .doubts import warn_of_value
from .texts import expression, library_call, normal_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from sympy import Expr

    from ..activations.derive.dual import Dual
    from ..activations.numbers.series import Series
    from ..exact.outside import Outside
    from ..export.exported import Exported
    from ..pages.activation_page import ActivationReport
    from ..proofs.derivation import Derivation

_WARNED: set[Any] = set()
_USED = {
    "derivation",
    "dphi",
    "dual",
    "dual_dot",
    "dual_dot_expr",
    "dual_expr",
    "export",
    "expr",
    "formula",
    "jumps",
    "latex",
    "mean",
}
_USED |= {"mean_expr", "name", "parameters", "phi", "plot", "report", "signs", "subs", "symbols", "text"}


@dataclass(frozen=True)
class Activation:
    """A nonlinearity φ and everything derived from its one expression. `activation` makes it; it is also a layer.

    text         a library name, with its parameters if it has any, or an expression in u
    symbols      names of parameters that stay symbols: formulas hold for all their values, numbers need their values
    signs        the sign known of each symbol: "positive", "nonzero", "real" …; empty if all are only known to be real
    """

    text: str
    symbols: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()

    def __repr__(self) -> str:
        known = dict(self._signed) if self.signs else self.symbols
        return f"activation({self.text!r}{f', symbols={known}' if self.symbols else ''})"

    def _repr_latex_(self) -> str:
        from sympy import latex

        return rf"$\displaystyle \varphi(u) = {latex(self.expr)}$"

    def __dir__(self) -> list[str]:
        """The names for users, without those for other parts of the package."""
        return sorted(_USED)

    @property
    def name(self) -> str:
        """The name of a library activation, "" for any other."""
        return library_call(self.text)[0]

    @property
    def parameters(self) -> tuple[float, ...]:
        return tuple(map(float, library_call(self.text)[1]))

    @property
    def expr(self) -> Expr:
        """φ as a SymPy expression in the real symbol u; decimals are exact rationals."""
        return expression(self.text, self._signed)

    @property
    def _signed(self) -> tuple[tuple[str, str], ...]:
        return tuple(zip(self.symbols, self.signs or ("real",) * len(self.symbols), strict=True))

    @property
    def dual_expr(self) -> Expr:
        """κ = E φ(u)φ(v), (u, v) ~ N(0, [[a, c], [c, b]]), in the symbols a, b, c. Raises NoClosedForm."""
        return self._published("kappa")

    @property
    def dual_dot_expr(self) -> Expr:
        """κ̇ = E φ'(u)φ'(v) = ∂κ/∂c. Raises NoClosedForm."""
        return self._published("kappa_dot")

    @property
    def mean_expr(self) -> Expr:
        """E φ(u), u ~ N(0, a), in the symbol a. Raises NoClosedForm."""
        return self._published("mean")

    def _published(self, which: str) -> Expr:
        from ..activations.proof.published import published

        return published(getattr(self._dual, which).value)

    def latex(self) -> str:
        r"""κ and κ̇ as LaTeX, one line each, to be pasted into a paper. Raises NoClosedForm.

        >>> print(activation("cos").latex())
        \kappa(a, b, c) = e^{- \frac{a}{2} - \frac{b}{2}} \cosh{\left(c \right)}
        \dot\kappa(a, b, c) = e^{- \frac{a}{2} - \frac{b}{2}} \sinh{\left(c \right)}
        """
        return self.formula("latex").rstrip("\n")

    def formula(self, form: str = "text") -> str:
        """κ and κ̇ alone; κ̇ of a φ with jumps is infinite at c² = ab.

        form   "text", "latex", or "python": a module with functions kappa and kappa_dot of NumPy arrays, which has been
               executed and compared with `dual` at three points.
        Raises InvalidInput for another form, and for Python if the closed form has complex arguments; NoClosedForm.
        """
        from ..activations.proof import published

        forms = [self.dual_expr, self.dual_dot_expr]
        if form in ("text", "latex"):
            return (published.as_text if form == "text" else published.as_latex)(forms)
        if form != "python":
            raise InvalidInput(f'form is {form!r}: pass "text", "latex" or "python"')
        title = f"The dual kernel of {self.text}: kappa = E phi(u) phi(v), kappa_dot = E phi'(u) phi'(v)."
        parameters = sorted(self._dual.parameters, key=str)
        return published.as_python(forms, parameters, self._known_values(parameters), title)

    def export(self, form: str) -> Exported:
        """κ and κ̇ as source code that needs nothing of this package; `print` it, or `.save(path)`.

        form   "numpy", "torch", "jax", "c", "julia" (functions kappa(a, b, c) and kappa_dot), or "latex"
        κ̇ is left out where φ jumps. Run before it is returned, as by `Network.export`. Raises NoClosedForm, InvalidInput.

        >>> print(activation("relu").export("numpy").text.splitlines()[0])
        # The dual kernel of relu
        """
        from ..export import exported

        exported.require_form(form)
        if form == "latex":
            return exported.latex(f"The dual kernel of {self.text}", self.latex().splitlines())
        self._require_numbers()
        return exported.activation(self, form)

    def _known_values(self, parameters: list[Any]) -> Any:
        """Points, parameters included, and κ and κ̇ there, computed without the closed form wherever possible."""
        from ..activations.proof.document import values_of

        scale = float(self._dual.scale)
        for number, (a, b, c) in enumerate(((1.3, 0.7, 0.4), (0.6, 1.9, -0.5), (1.1, 1.2, 0.05))):
            put = values_of(parameters, number)
            phi = self.subs(put) if parameters else self
            at = (scale * a, scale * b, scale * c)
            values = [phi.dual(*at), phi.dual_dot(*at)]
            yield (*at, *(float(put[x]) for x in parameters)), values

    @property
    def derivation(self) -> Derivation:
        """The derivation of κ from φ, every step checked. Raises NoClosedForm."""
        from ..activations.proof.document import derivation_of

        return derivation_of(self._dual, self.name or str(self.expr))

    def report(self, W_std: float = W_STD, b_std: float = B_STD) -> ActivationReport:
        """A one-page summary of φ: dual kernels, power series, sampled layers, fixed points, edge of chaos.

        W_std, b_std   of the deep network whose fixed points are shown, default √2 and 0.1 as for `mlp`; finite, ≥ 0.
        A notebook displays it; `.save("page.html")`, `.text()`, `.markdown()`, `.latex()` give other forms.
        Raises InvalidInput, naming the argument; NoClosedForm if the breakpoints of φ are not found exactly.
        """
        from ..pages.activation_page import activation_report

        return activation_report(self, W_std, b_std)

    def plot(self, kind: str = "phi", ax: Any = None, *, W_std: float = W_STD, b_std: float = B_STD) -> Axes:
        """Draw a plot of the page of φ on axes of matplotlib, or on those of a new figure, and return them.

        kind     "phi": φ and φ' · "dual": κ and κ̇ of two Gaussians of variance 1, or of that in the title, by correlation ·
                 "series": the squared Hermite coefficients · "correlation": the map from layer to layer, with its fixed points
        W_std, b_std   of the layers of "correlation".
        Raises InvalidInput, naming the argument, and without matplotlib (the extra `report`); NoClosedForm.

        >>> ax = activation("gelu").plot("dual")
        >>> ax.get_xlabel(), [line.get_label() for line in ax.get_lines()][:1]
        ('ρ', ['κ'])
        """
        from ..pages.activation_page import drawing

        return drawing(self.report(W_std, b_std).study, kind).on(ax)

    def dual(
        self, a: Any, b: Any, c: Any, *, bound: bool = False, precision: int | None = None, certified: bool = False
    ) -> Any:
        """κ(a, b, c) = E φ(u)φ(v) in numbers, broadcasting; a, b ≥ 0 and c² ≤ ab, each read as the exact number it is.

        Other names in the field are T or κ₁ for κ, and Ṫ or κ₀ for `dual_dot`.

        bound       also return a proved bound of the error: (κ, bound). It is infinite if the growth of φ is unknown: then one
                    warning calls the value an estimate.
        precision   the number N of significant digits, as mpmath.mpf; an object array if a, b or c is an array. A value below
                    10^−N of √(κ(a,a,a) κ(b,b,b)) is known to 10^−2N of that.
        certified   a proved enclosure instead: a pair (lo, hi) of float64, lo ≤ κ ≤ hi
        The last two are as in `Network.kernel`. Without a closed form, and without any of the three, it warns if the error is
        estimated above 1e-9 of √(κ(a,a,a) κ(b,b,b)) (UncertifiedWarning, once a call, with the estimate and its place).
        Raises InvalidInput for other arguments, NoClosedForm if φ has no kernel.
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
        self._require_below(2 * self.reading.limit, pair, "E φ(u)")
        with watched() as found:
            out = self.reading.mean(pair.a)
        warn_of_value(found, "E φ(u)", self.text)
        return float(out) if scalar else out

    def subs(self, values: Mapping[Any, Any]) -> Activation:
        """φ with numbers or other expressions without u for some of its `symbols`, given by name or as SymPy symbols.

        Raises InvalidInput for a name that is no parameter of φ, naming its parameters, and for a value of the wrong sign.

        >>> from sympy import erf, symbols
        >>> u, alpha = symbols("u alpha")
        >>> activation(erf(alpha * u)).subs({alpha: 0.5})
        activation('erf(u/2)')
        """
        from ..activations.form.parameters import given

        return _made(*given(self.expr, values))

    def _evaluated(
        self, order: int, moments: tuple[Any, Any, Any], bound: bool, precision: Any, certified: bool
    ) -> Any:
        how = accuracy(bound, precision, certified)
        self._require_numbers()
        if how.converts:
            moments = tuple(as_array(x, name) if hasattr(x, "dtype") else x for name, x in zip("abc", moments))  # type: ignore
        if how.kind == "enclosed" and self._outside:
            from ..exact.readings import exact_moments
            from ..infinite.bounds import enclosure

            exact_moments(*moments)
            middle, off = self._evaluated(order, moments, True, None, False)
            return enclosure(middle, off, self.text)
        if how.kind in ("digits", "enclosed"):
            from ..exact.readings import dual_values

            return dual_values(self._exact, order == 1, moments, how.digits)
        f = self.reading
        own = (f.value, f.slope)[order]
        pair, scalar = of_moments(*moments)
        self._require_below(f.limit, pair, "E φ(u)²")
        if not bound:
            with watched() as found, np.errstate(divide="ignore", over="ignore", invalid="ignore"):
                out = _finite(own(pair), pair)
            warn_of_value(found, "κ̇" if order else "κ", self.text)
            return float(out) if scalar else out
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            out, off = with_bound(self.series, pair, order, _finite(own(pair), pair) if f.closed else None)
        if np.isinf(np.asarray(off)).any():
            self._warn_unbounded(np.concatenate([np.ravel(pair.a), np.ravel(pair.b)]), order)
        return (float(out), float(off)) if scalar else (out, off)

    def phi(self, u: Any) -> Any:
        """φ, elementwise on a number or an array."""
        return self._at(0, u)

    def dphi(self, u: Any) -> Any:
        """φ' almost everywhere, elementwise on a number or an array."""
        return self._at(1, u)

    def _at(self, order: int, u: Any) -> Any:
        values: Any = u if is_array_api_obj(u) and not is_numpy_array(u) else _numbers(u)
        xp = namespace(values)
        if not xp.isdtype(values.dtype, "real floating"):
            raise InvalidInput(f"u is an array of {values.dtype}: pass float32 or float64")
        with np.errstate(divide="ignore", invalid="ignore"):  # pieces outside their intervals
            out = self._pointwise[order](xp, values)
        unknown = xp.isnan(values)  # a comparison with NaN is false and would select a piece
        out = xp.where(unknown, values, out) if occurs(unknown, unknown=True) else out
        return float(out) if not is_array_api_obj(u) and np.ndim(out) == 0 else out

    @property
    def reading(self) -> Reading:
        """φ in numbers; library activations do not import SymPy here.

        Raises NoClosedForm if there is no kernel, InvalidInput if there are `symbols`.
        """
        self._require_numbers()
        return readings.reading(self.text)

    def _require_numbers(self) -> None:
        if self.symbols:
            name = self.symbols[0]
            raise InvalidInput(
                f"activation {self.text} has no number for its parameter {name}: "
                f"pass phi.subs({{{name!r}: 0.5}}) with the number you mean"
            )

    @property
    def jumps(self) -> bool:
        """True if φ is discontinuous. Raises NoClosedForm."""
        return self._dual.jumps if self.symbols else self.reading.jumps

    @property
    def slope(self) -> Reading:
        """φ' in numbers, whose dual is κ̇. Raises NoTangentKernel if φ jumps, NoClosedForm."""
        self.require_tangent()
        return readings.slope(self.text)

    @property
    def series(self) -> Series:
        """Mehler's series, which has a bound of its error and needs no closed form."""
        return readings.series(self.text)

    def _warn_unbounded(self, variances: np.ndarray | None = None, order: int = 0) -> None:
        """Warns once for each activation of unknown growth, describing the value beside bound = inf."""
        unknown = (self.series.f if order == 0 else self.series.df).growth is None
        if not unknown or ("bound", self.text) in _WARNED:
            return
        _WARNED.add(("bound", self.text))
        name = "φ'" if order else "φ"
        said = f"no bound is known for {self.text}, since no rule says how {name} grows: the bound is inf"
        if self.reading.closed:
            said += ", though the value stems from a closed form"
        else:
            said += ", and the value is an estimate"
            if variances is not None:
                agree = self.series.change(variances, order)
                said += f" (with panels of half the width E {name}(u)² changes by {agree:.1g} of it)"
        warn(said, UncertifiedWarning)

    @property
    def label(self) -> str:
        """The name of the layer in messages."""
        return self.text

    def rule(self, K: Any, x: Any) -> Any:
        """The rule of the layer: φ of every unit."""
        return x if self.text == "identity" else K.elementwise(x, self)

    def __call__(self, u: Any) -> Any:
        """φ, elementwise on a number or an array.

        >>> activation("relu")(0.5)
        0.5
        """
        return self.phi(u)

    def _require_below(self, limit: float, pair: Pair, what: str) -> None:
        require_numbers(self.reading, self.text, pair.a, pair.b, pair.c)
        if limit < np.inf and occurs(~((pair.a < limit) & (pair.b < limit))):
            raise InvalidInput(f"{what} of {self.text} is infinite at variances from {limit:.6g} on: pass smaller ones")

    def require_tangent(self) -> None:
        """Raises NoTangentKernel if φ jumps."""
        if self.jumps:
            raise NoTangentKernel(
                f"{self.text} jumps, so E φ'(u)φ'(v) is infinite at x = x' and there is no NTK; its NNGP kernel exists "
                '(get="nngp"), or take a smooth activation such as erf(4*u)'
            )

    @property
    def _dual(self) -> Dual:
        return readings.derived(self.text, self._signed)

    @property
    def _exact(self) -> Dual | Outside:
        """The source of digits and balls."""
        self._require_numbers()
        return readings.exactly_read(self.text)

    @property
    def _outside(self) -> bool:
        """True if φ is outside the class of closed forms."""
        from ..exact.outside import Outside

        return isinstance(self._exact, Outside)

    @property
    def _pointwise(self) -> tuple[Any, ...]:
        self._require_numbers()
        return readings.pointwise(self.text)


def _finite(out: Any, pair: Pair) -> Any:
    """Finite values. Raises InvalidInput where κ(a, a, a) overflows and so κ(a, b, c) is ∞ − ∞."""
    if occurs(pair.xp.isnan(out)):
        raise InvalidInput(
            "the dual kernel at these a, b, c is a difference of numbers beyond the range of float64: pass precision=20 for "
            "its digits"
        )
    return out


def _numbers(u: Any) -> np.ndarray:
    """The values of u in floating point: pieces filled in like integers would lose their fractions."""
    try:
        values = as_numbers(u, "u")
    except InvalidInput:
        if hasattr(u, "dtype"):
            raise
        raise InvalidInput(f"u is {type(u).__name__}: pass a number, or an array of numbers") from None
    return values if values.dtype.kind == "f" else values.astype(np.float64)


@by_name(**dict.fromkeys(("alpha", "beta", "gamma", "p", "q", "h"), "write it in the text, as in 'leaky_relu(0.1)'"))
def activation(spec: Any, symbols: Sequence[str] | Mapping[str, str] = ()) -> Activation:
    """φ, from a library name ("relu", "leaky_relu(0.1)"), a text in u, or a SymPy expression.

    spec      a SymPy expression in one symbol, or in u and others: the others are its parameters and stay symbols.
              Their assumed sign, as in Symbol("p", positive=True), is kept and decides where φ has kinks.
              a, b, c denote the covariance; parameters of these names are renamed a_phi, b_phi, c_phi.
    symbols   names of the parameters in a text, or {name: sign}: positive, negative, nonnegative, nonpositive, nonzero, real
    Raises UnknownActivation for an unknown name, with the nearest one, and NotationError for any other text or
    expression outside the notation. Text is parsed by a whitelist and never executed.

    >>> activation("relu").dual_expr
    c*asin(c/(sqrt(a)*sqrt(b)))/(2*pi) + c/4 + sqrt(a*b - c**2)/(2*pi)
    """
    if isinstance(symbols, str) or not isinstance(symbols, Collection):
        named = symbols if isinstance(symbols, str) else "alpha"
        raise InvalidInput(
            f"symbols is {symbols!r}: write a tuple of names, symbols=({named!r},); the number of a parameter belongs in the "
            "text, as in 'leaky_relu(0.1)'"
        )
    if isinstance(spec, Activation):
        return spec
    if isinstance(spec, str) and not symbols:
        return Activation(normal_text(spec))
    from ..activations.form.parameters import of_sympy, of_text

    if not symbols:
        return _made(*of_sympy(spec))
    if not isinstance(spec, str):
        raise InvalidInput(
            "symbols names the parameters in a text: a SymPy expression brings its own, leave symbols out"
        )
    return _made(*of_text(spec, symbols))


def _made(expr: Expr, signs: Mapping[str, str]) -> Activation:
    """The activation with its symbols in order, and their signs if any is known beyond being real."""
    return Activation(str(expr), tuple(signs), tuple(signs.values()) if {*signs.values()} - {"real"} else ())
