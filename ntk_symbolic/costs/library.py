"""The library of costs, as expressions only. Functional derivatives, dynamics, tests and pages are read from them.

An item is one expression ℓ, summed over the outputs and integrated over the data.
The text is in f, the output of the network, y, the target, w, a weight, parameters, and df and d2f, the derivatives of
f along an interval.
An item with `sums` is not summed over the outputs itself: its text is in the sums over the outputs of these texts.
`closed` is the slope in its usual form: a claim, which the theorem `costs` proves equal to the derivative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sympy import Add, Expr, Heaviside, Symbol, expand

from ..notation.expressions import parse

VARIABLES = ("y", "w", "df", "d2f")
f, y, w, df, d2f = (Symbol(name, real=True) for name in ("f", *VARIABLES))


@dataclass(frozen=True)
class Item:
    text: str
    closed: str
    title: str
    source: str
    sums: tuple[tuple[str, str], ...] = ()
    positive: tuple[str, ...] = ()  # positive parameters of the cost
    domain: str = "f and y are real"

    @cached_property
    def expr(self) -> Expr:
        """ℓ, in real symbols f, y, w, df, in the sums, and in positive parameters."""
        return self.read(self.text)

    @cached_property
    def slope(self) -> Expr:
        """∂ℓ/∂f_j in closed form, with f = f_j and y = y_j; for an item in df, the density without its boundary term.

        >>> LIBRARY["logistic"].slope
        -y/(exp(f*y) + 1)
        """
        return self.read(self.closed)

    @cached_property
    def derivative(self) -> Expr:
        """∂ℓ/∂f_j by SymPy's rules, through the sums as well.

        >>> LIBRARY["softmax_cross_entropy"].derivative
        -y + exp(f)/s
        """
        through = (self.expr.diff(s) * term.diff(f) for s, term in self.summed.items())
        return Add(self.expr.diff(f), *through)

    @property
    def forms(self) -> tuple[Expr, ...]:
        """The derivative and, if it has another form, the closed form; only the latter if SymPy writes steps."""
        polynomial = self.derivative.is_polynomial(f)
        same = self.derivative == self.slope or (polynomial and expand(self.derivative - self.slope) == 0)
        return (self.slope,) if same or self.derivative.has(Heaviside) else (self.derivative, self.slope)

    @property
    def local(self) -> bool:
        """True if ℓ depends on f at one point only, and on no derivative of it there."""
        return df not in self.expr.free_symbols

    @cached_property
    def summed(self) -> dict[Symbol, Expr]:
        """The sums over the outputs in ℓ, each with its summand."""
        return {Symbol(name, real=True): self.read(text) for name, text in self.sums}

    def read(self, text: str) -> Expr:
        names = [name for name, _ in self.sums]
        expr = parse(text, "f", (*VARIABLES, *names, *self.positive))
        return expr.xreplace({Symbol(p, real=True): Symbol(p, positive=True) for p in self.positive})


mean_squared_error = Item(
    "(f - y)**2/2", "f - y", "Mean squared error", "Gauss 1809, Theoria motus, for the method of least squares"
)
weighted_squared_error = Item(
    "w*(f - y)**2/2",
    "w*(f - y)",
    "Weighted squared error",
    "Aitken 1935",
    domain="f, y and the weight w(x) ≥ 0 are real",
)
logistic = Item(
    "log(1 + exp(-y*f))", "-y/(1 + exp(y*f))", "Logistic cost, labels ±1", "Cox 1958", domain="y is 1 or −1"
)
binary_cross_entropy = Item(
    "log(1 + exp(f)) - y*f", "1/(1 + exp(-f)) - y", "Binary cross-entropy, labels in [0, 1]", "Cox 1958",
    domain="0 ≤ y ≤ 1; f is the logit",
)  # fmt: skip
softmax_cross_entropy = Item(
    "log(s) - p", "exp(f)/s - y", "Softmax cross-entropy", "Bridle 1990",
    sums=(("s", "exp(f)"), ("p", "y*f")), domain="y_j ≥ 0 and Σ_j y_j = 1; f are the logits",
)  # fmt: skip
huber = Item(
    "((f - y)**2 - Max(f - y - delta, 0)**2 - Max(y - f - delta, 0)**2)/2", "Max(-delta, Min(f - y, delta))",
    "Huber's cost", "Huber 1964", positive=("delta",), domain="δ > 0; differentiable once, not twice, where |f − y| = δ",
)  # fmt: skip
kullback_leibler = Item(
    "f*log(f/y)", "log(f/y) + 1", "Kullback–Leibler divergence of f from y", "Kullback and Leibler 1951",
    domain="f and y are positive densities; directions of mass 0 are independent of the 1",
)  # fmt: skip
dirichlet_energy = Item(
    "df**2/2", "-d2f", "Dirichlet energy, a Sobolev semi-norm", "Sobolev 1938", domain="f is twice differentiable"
)

LIBRARY: dict[str, Item] = {name: item for name, item in globals().items() if isinstance(item, Item)}
