"""Random sizes, numbers and dense polynomials of a statement, the same in every arithmetic.

All are functions of the seed and the names. Polynomials are dense, because Schwartz–Zippel does not apply to an
instance whose structure is random.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, reduce
from itertools import islice, product, repeat
from random import Random
from typing import Any

from sympy import QQ, Rational, Symbol
from sympy.printing.pretty.pretty_symbology import pretty_symbol

from ...calculus.spaces import Point, Space
from .jets import Jet, epsilon, plus

Poly = dict[tuple[int, ...], Any]  # exponents of the arguments ↦ coefficient
WORK = 300_000  # nodes of the tree and terms of polynomials in one statement: some seconds; more is refused


@dataclass(frozen=True)
class Strength:
    sizes: tuple[int, ...] = (3, 2, 4)
    nodes: int = 3
    degree_in_points: int = 2
    degree_in_function: int = 2
    local: int = 3
    nonlocal_: int = 2
    coupled: int = 2  # points that C couples: the power of an integral in it
    undefined: int = 3  # degree of a function of numbers
    spare: int = 1  # degrees beyond the order of derivatives, so that the last of them varies
    largest: int = 2**60
    masses: int = 2**30  # the largest of the numbers that make a measure: a, b, c are raised to powers
    denominator: int = 7
    integers: int = 2**60  # the largest of an integer symbol
    several: bool = False  # of a degree that distinguishes values at several places
    zero: frozenset[str] = frozenset()  # names of quantities set to 0, so that the value at a kink occurs


STRONG = Strength()
SMALL = Strength(
    (2, 2, 3),
    degree_in_points=1,
    degree_in_function=1,
    local=2,
    nonlocal_=1,
    largest=3,
    masses=3,
    denominator=1,
    integers=3,
    spare=0,
)


TRIES = 2000  # numbers drawn until one satisfies the assumptions on a symbol


class NotInterpretable(Exception):
    """An expression without a value on these instances. Never a verdict."""


class Nowhere(NotInterpretable):
    """No value on this instance: 1/0, the logarithm of a negative number, a kink. Another instance may have one."""


class OneSided(Nowhere):
    """One side of a statement has a value on this instance, the other has none."""


class OutOfReach(Nowhere):
    """No value was found in this arithmetic: too large a number, or quadrature that has not converged."""


@dataclass(frozen=True)
class Kink:
    """A place of a statement where its value branches, and the branches that must occur there, over all instances together."""

    of: Any
    wanted: frozenset

    def __str__(self):
        return str(self.of)


@dataclass(eq=False)
class Drawn:
    """Numbers and polynomials for all spaces and functionals of a statement."""

    spaces: tuple[Space, ...]
    seed: int = 0
    strength: Strength = STRONG
    pattern: int | None = None  # of signs, one for each name: for logarithms and roots; 0 is all positive
    zero: Any = field(init=False, default=None)  # of the arithmetic
    one: Any = field(init=False, default=None)

    def __post_init__(self):
        self.models: dict[tuple[Any, str, tuple[int, ...]], Poly] = {}
        self.letters: dict[tuple[Any, str, tuple[int, ...]], list[str]] = {}
        self.slopes: dict[tuple[Any, tuple[int, ...]], Poly] = {}
        self.numbers: dict[str, Any] = {}
        self.masks: dict[str, int] = {}
        self.branches: dict[Kink, set] = {}  # of |u|, Max, Piecewise …: the branches that occurred
        self.work = 0
        for s in self.counting:  # Σ from 1 to N: the symbol N is the size
            if s.limits and s.limits[1].is_Symbol and s.limits[0].is_Integer:
                self.numbers[s.limits[1].name] = QQ(self.size(s) - 1) + QQ(int(s.limits[0]))

    def rational(self, e: Rational):
        return QQ(e.p, e.q)

    def inverse(self, n: int):
        return QQ(1, n)

    def epsilon(self, n: int):
        return epsilon(n, self.one)

    def worked(self, pieces: int = 1) -> None:
        self.work += pieces
        if self.work > WORK:
            raise NotInterpretable(f"more work than {WORK} nodes and terms")

    def adding(self, e, terms: Sequence) -> None:
        """Records terms that rounding loses; rational numbers lose none."""

    def evaluating(self, e, arguments: Sequence) -> None:
        """Records arguments that rounding loses; rational numbers lose none."""

    def rounded(self, value, of: Sequence):
        """The value after rounding; rational numbers are exact."""
        return value

    def settling(self, e, space: Space, outcome, integrand) -> None:
        """A check of integrals over spaces, which are exact here."""

    def settled(self, e, ends, outcome, integrand) -> None:
        """A check of integrals between numbers, which do not occur here."""

    # operations of some arithmetics only

    def rule(self, lo, hi):
        """The points and weights of quadrature."""
        raise NotInterpretable("an integral over numbers, in exact arithmetic")

    def infinite(self, e):
        raise NotInterpretable("∞ as a number")

    def whole(self, x) -> int:
        """The value as an integer."""
        if isinstance(x, Jet) or not abs(x) <= WORK or x != int(x):
            raise NotInterpretable(f"a limit of summation that is no integer, or too large: {x}")
        return int(x)

    # spaces

    def weight(self, at: Sequence, of: Sequence[Space]):
        """The weight of a point of these spaces: 1 for indices."""
        if any(s.is_measure for s in of):
            raise NotInterpretable("a functional derivative by its definition, where single points have weight 0")
        return self.one

    @cached_property
    def counting(self) -> list[Space]:
        return sorted({s for s in self.spaces if not s.is_measure}, key=lambda s: s.name)

    @cached_property
    def measured(self) -> list[Space]:
        return sorted({s for s in self.spaces if s.is_measure}, key=lambda s: s.name)

    def size(self, space: Space) -> int:
        if space.size is not None:
            return int(space.size)
        n = [s for s in self.counting if s.size is None].index(space)
        if n >= len(self.strength.sizes):
            raise NotInterpretable(f"more than {len(self.strength.sizes)} index sets")
        return self.strength.sizes[n]

    def indices(self, spaces: Sequence[Space]) -> Iterator[tuple[int, ...]]:
        """All index tuples of the counting spaces among these."""
        return product(*(range(self.size(s)) for s in spaces if not s.is_measure))

    # random numbers

    def rationals(self, *of):
        rng = Random("|".join(map(str, (self.seed, *of))))
        while True:
            q = QQ(rng.randint(-self.strength.largest, self.strength.largest), self.strength.denominator)
            yield q if self.pattern is None else abs(q) or QQ(1)

    def drawn(self, s: Symbol):
        """A rational for a symbol, or for a free point, that satisfies its SymPy assumptions."""
        if s.name not in self.numbers:
            self.numbers[s.name] = QQ(0) if self.is_zero(s) else _respecting(s, self.draws(s))
        return self.numbers[s.name]

    def sign_of(self, name: str) -> int:
        """The sign of a name; in eight patterns any two of seven names have all four pairs of signs."""
        mask = self.masks.setdefault(name, len(self.masks) % 7 + 1)
        return (-1) ** ((self.pattern or 0) & mask).bit_count()

    def draws(self, s: Symbol) -> Iterator:
        if not s.is_integer:
            return (q if isinstance(s, Point) else q * self.sign_of(s.name) for q in self.rationals("number", s.name))
        rng, most = Random(f"{self.seed}|integer|{s.name}"), self.strength.integers
        return iter(lambda: QQ(rng.randint(-most, most)), None)

    def is_zero(self, s: Symbol) -> bool:
        return s.name in self.strength.zero and not s.is_nonzero

    def limits(self, space: Space) -> tuple[Any, Any] | None:
        """The ends of an interval as rationals."""
        if not space.interval:
            return None
        ends = [e.xreplace({s: _sympy(self.drawn(s)) for s in e.free_symbols}) for e in space.interval]
        if not all(e.is_Rational for e in ends):
            raise NotInterpretable(f"{space.name} has an end that is not rational: {', '.join(map(str, ends))}")
        return tuple(QQ(e.p, e.q) for e in ends)  # type: ignore[return-value]

    def model(
        self,
        head,
        part: str,
        index: tuple[int, ...],
        described: Callable[[], tuple[Sequence[tuple[int, ...]], list[str]]],
        along: tuple[int, ...] = (),
    ) -> Poly:
        """The polynomial for one index of a functional, differentiated in these arguments, drawn and differentiated once.

        described   its exponents, and letters for its arguments.
        """
        key = (head, part, index)
        if key not in self.models:
            exponents, self.letters[key] = described()
            order = getattr(head, "order", 0)
            sign = self.sign_of(_name(head))
            coefficients = (q * sign for q in self.rationals(_name(head), order, part, index))
            if _name(head) in self.strength.zero:
                coefficients = repeat(QQ(0))
            self.models[key] = dict(zip(exponents, coefficients))
        if not along:
            return self.models[key]
        if (key, along) not in self.slopes:
            self.slopes[key, along] = reduce(differentiated, along, self.models[key])
        return self.slopes[key, along]

    def written(self) -> str:
        """All numbers drawn so far, as text for a check by hand."""
        models = sorted(self.models.items(), key=lambda kv: (_name(kv[0][0]), kv[0][1:]))
        equations = [_equation(*key, self.letters[key], poly) for key, poly in models]
        measures = [text for s in self.measured if (text := self.drawn_measure(s))]
        return "; ".join(
            [*measures, *equations, *(f"{pretty_symbol(s)} = {q}" for s, q in sorted(self.numbers.items()))]
        )

    def __str__(self):
        return ", ".join(filter(None, [self.described_measures(), self.described_sizes()]))

    def described_measures(self) -> str:
        return ", ".join(map(self.described, self.measured))

    def described_sizes(self) -> str:
        return ", ".join(f"{s.name} = {self.size(s)}" for s in self.counting)

    def described(self, space: Space) -> str:
        raise NotImplementedError

    def drawn_measure(self, space: Space) -> str:
        """The points and weights of a measure that was drawn, as text."""
        return ""


def _sympy(q) -> Rational:
    return Rational(int(q.numerator), int(q.denominator))


def _respecting(s: Symbol, draws: Iterator):
    """The first of these rationals that satisfies the SymPy assumptions on a symbol."""
    if isinstance(s, Point):
        return next(draws)
    told = {fact: value for fact, value in s.assumptions0.items() if value is not None}
    for q in islice(draws, TRIES):
        q = -abs(q) if s.is_nonpositive else abs(q) if s.is_nonnegative else q
        number = _sympy(q)
        if all(getattr(number, f"is_{fact}") is value for fact, value in told.items()):
            return q
    raise NotInterpretable(f"no rational number was found that satisfies the assumptions on {s}")


def _name(head) -> str:
    return getattr(head, "__name__", None) or str(head.name)


def _equation(head, part: str, index, arguments: list[str], poly: Poly) -> str:
    name = part or indexed(str(pretty_symbol(_name(head))) + "'" * getattr(head, "order", 0), index)
    terms = " + ".join(_term(c, exponents, arguments) for exponents, c in poly.items() if c) or "0"
    return f"{name}{'(' + ', '.join(arguments) + ')' if arguments else ''} = {terms}".replace("+ -", "- ")


def indexed(name: str, index) -> str:
    return str(pretty_symbol(name)) + ("_" + ",".join(str(n + 1) for n in index) if index else "")


def _term(coefficient, exponents, arguments) -> str:
    powers = [a if e == 1 else f"{a}^{e}" for a, e in zip(arguments, exponents) if e]
    if powers and abs(coefficient) == 1:
        return "-" * (coefficient < 0) + " ".join(powers)
    return " ".join([str(coefficient), *powers])


def value(poly: Poly, arguments: Sequence, ring):
    """The polynomial at elements of a ring, one product for each monomial."""
    return reduce(plus, (term * c for term, c in terms_at(poly, arguments, ring)), ring.zero)


def terms_at(poly: Poly, arguments: Sequence, ring) -> Iterator[tuple[Any, Any]]:
    """Each monomial at these elements, with its coefficient."""
    ring.worked(len(poly))
    known = {(0,) * len(arguments): ring.one}
    return ((_monomial(exponents, arguments, ring, known), c) for exponents, c in poly.items())


def _monomial(exponents: tuple[int, ...], arguments: Sequence, ring, known: dict):
    if exponents not in known:
        n = next(n for n, e in enumerate(exponents) if e)
        lower = (*exponents[:n], exponents[n] - 1, *exponents[n + 1 :])
        known[exponents] = ring.product(_monomial(lower, arguments, ring, known), arguments[n])
    return known[exponents]


@cache
def monomials(variables: int, degree: int) -> tuple[tuple[int, ...], ...]:
    """Exponents of all monomials up to this total degree.

    >>> monomials(2, 1)
    ((0, 0), (0, 1), (1, 0))
    """
    return tuple(e for e in product(range(degree + 1), repeat=variables) if sum(e) <= degree)


def differentiated(poly: Poly, n: int) -> Poly:
    """∂poly/∂(argument n).

    >>> differentiated({(2, 1): 5}, 0)
    {(1, 1): 10}
    """
    return {(*e[:n], e[n] - 1, *e[n + 1 :]): c * e[n] for e, c in poly.items() if e[n]}
