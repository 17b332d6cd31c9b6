"""κ and κ̇ of a whole tile in place, as source code: ufuncs with `out=` into a fixed number of scratch arrays.

For pairs that are not near, both are functions of ρ and of the two variances. What depends on one variance alone is hoisted
into vectors; the rest is one ufunc a line, common subexpressions once, κ̇ after κ. The functions of an activation:

    far_x(xp, a, *parameters), far_y(xp, b, *parameters)   the hoisted vectors x and y; a column (n, 1) and a row (m,) later
    far(xp, rho, x, y, z, tangent, *parameters)            arrays k and l (or None), two of the scratch arrays z, with
                                                           κ = x[0] y[0] k and κ̇ = x[1] y[1] l; ρ is left as it was
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from sympy import (
    Abs,
    Add,
    Expr,
    Function,
    Mul,
    Pow,
    S,
    Symbol,
    cse,
    expand,
    factor,
    numbered_symbols,
    preorder_traversal,
    sign,
    sqrt,
)

from ...elementary.queries import array_codes
from ..condition.conditioned import ConditionedPart, g, h, r
from ..condition.differences import arctan2, exp_rise
from ..form.variables import a, b, c

RHO, SINE = Symbol("rho", real=True), Symbol("w", positive=True)  # ρ and 1 − ρ²
arcsin, arctan, root = map(Function, ("arcsin", "arctan", "root"))
UFUNCS = {"arcsin": "arcsin", "arctan": "arctan", "root": "sqrt", "sign": "sign"}  # the last of ρ, which is not NaN
UFUNCS |= {
    name: found[1] for name, code in array_codes().items() if (found := re.fullmatch(r"xp\.(\w+)\(\{\}\)", code))
}
CALLS = (exp_rise,)  # functions of `arrays`, whose result is copied

Printer = Callable[[Expr], str]


class NotInPlace(Exception):
    """A formula with functions that are no ufuncs."""


class Value(NamedTuple):
    """The text of an operand; `spent` if it is a scratch array for this one use; `shared` if it has several uses."""

    text: str
    spent: bool = False
    shared: Symbol | None = None


def tile_source(name: str, both: Mapping[str, ConditionedPart], extra: str, show: Printer) -> tuple[list[str], str]:
    """The functions of an activation, and the call that makes its `Far`. Raises NotInPlace."""
    formulas = _of_tile(both)
    for angle in {found for x in formulas for found in x.atoms(arctan2)}:
        if not angle.args[1].is_positive:  # an angle beyond π/2 is no arctangent
            raise NotInPlace(str(angle))
    return in_place(name, *formulas, extra, show)


def in_place(name: str, kappa: Expr, dot: Expr, extra: str, show: Printer) -> tuple[list[str], str]:
    """The same for two formulas in a, b, ρ and w."""
    shared, results = cse([_quotients(kappa), _quotients(dot)], symbols=numbered_symbols("s"), optimizations=[])
    code = _Code(show, shared, results)
    lines = [*code.result("kappa", 0), "if not tangent:", "    return kappa, None"]
    lines += [*code.result("dot", 1), "return kappa, dot"]
    functions = [
        _defined(f"{name}_far_x", f"xp, a{extra}", [f"return {code.columns.listed(show)}"]),
        _defined(f"{name}_far_y", f"xp, b{extra}", [f"return {code.rows.listed(show)}"]),
        _defined(f"{name}_far", f"xp, rho, x, y, z, tangent{extra}", lines),
    ]
    return functions, f"Far({name}_far_x, {name}_far_y, {name}_far, {code.arrays})"


def _defined(name: str, arguments: str, lines: Iterable[str]) -> str:
    return "\n".join([f"def {name}({arguments}):", *(f"    {line}" for line in lines)])


def _of_tile(both: Mapping[str, ConditionedPart]) -> tuple[Expr, Expr]:
    """κ and κ̇ in a, b, ρ and w: the sum of the parts, which are formulas in |ρ|, times the sign of ρ where they are odd.

    A formula that has the parity of its part without |ρ| is taken as it is.
    """
    total = [S.Zero, S.Zero]
    for name, part in both.items():
        for n, x in enumerate((part.kappa, part.kappa_dot)):
            odd, x = (name == "odd") != bool(n), _in_rho(x)
            total[n] += x if _turns(x, odd) else x.subs(RHO, Abs(RHO)) * (sign(RHO) if odd else 1)
    return total[0], total[1]


def _in_rho(x: Expr) -> Expr:
    both = sqrt(a) * sqrt(b)
    return x.subs({c: RHO * both, h: both * sqrt(SINE), g: both * (1 - RHO), r: both}, simultaneous=True)


def _turns(x: Expr, odd: bool) -> bool:
    """True if x, as a formula in ρ, is odd or even in ρ."""
    flipped = x.subs(RHO, -RHO).replace(
        lambda e: e.func == arctan2 and e.args[0].could_extract_minus_sign(),
        lambda e: -arctan2(-e.args[0], e.args[1]),
    )
    return expand(flipped + x if odd else flipped - x) == 0


def _quotients(x: Expr) -> Expr:
    """arctan2(y, x), x > 0, as the arctangent of the quotient, which is faster.

    Square roots of what depends on the pair become functions, so that powers of one root are seen as such.
    """
    x = x.replace(lambda e: isinstance(e, Pow) and e.exp.is_Rational and e.exp.q == 2 and _side(e) is None, _root)
    return x.replace(lambda e: e.func == arctan2 and _side(e) is None, lambda e: _angle(e.args[0] / e.args[1]))


def _root(power: Pow) -> Expr:
    """(f(a) g(b) − k²ρ²)^(n/2) as the power of √f √g √((1 − z)(1 + z)), z = kρ/√(fg), if it has this form."""
    base, n = power.base, 2 * power.exp
    if base == SINE:
        return root(_sine2(RHO)) ** n
    in_rho = expand(base.subs(SINE, 1 - RHO**2))
    square = in_rho.coeff(RHO, 2)
    whole = expand(in_rho - square * RHO**2)
    if not whole.has(RHO):
        sides = [factor(whole), -square]
        if all(f.is_positive and (f.is_number or _side(f)) for side in sides for f in Mul.make_args(side) if side):
            outer, inner = (Mul(*(sqrt(f) for f in Mul.make_args(side))) for side in sides)
            return outer**n * (root(_sine2(inner / outer * RHO)) ** n if inner else 1)
    return root(base) ** n


def _sine2(z: Expr) -> Expr:
    return (1 - z) * (1 + z)


def _angle(quotient: Expr) -> Expr:
    """The arctangent, or the arcsine of z if this is z/√((1 − z)(1 + z))."""
    for found in quotient.atoms(root):
        z = quotient * found
        if _sine2(z) == found.args[0]:
            return arcsin(z)
    return arctan(quotient)


def _side(x: Expr) -> Symbol | None:
    """a or b if x depends on this variance alone; None otherwise, and for numbers."""
    free = x.free_symbols
    for one, other in ((a, b), (b, a)):
        if one in free and not free & {other, RHO, SINE}:
            return one
    return None


class _Vectors:
    """The hoisted vectors of one side: the factors of the results, and then each expression once."""

    def __init__(self, name: str):
        self.name, self.found = name, []

    def factor(self, x: Expr) -> None:
        self.found.append(x)

    def __call__(self, x: Expr) -> str:
        if x not in self.found:
            self.found.append(x)
        return f"{self.name}[{self.found.index(x)}]"

    def listed(self, show: Printer) -> str:
        return f"({', '.join(map(show, self.found))})"


class _Code:
    """Lines from expressions in the order of need, and the scratch arrays in use."""

    def __init__(self, show: Printer, shared: list[tuple[Symbol, Expr]], results: Iterable[Expr]):
        self.show, self.lines = show, []
        self.columns, self.rows = _Vectors("x"), _Vectors("y")
        self.arrays, self.free, self.held = 0, [], {}
        self.alone: dict[Symbol, Expr] = {}  # shared products of numbers and vectors, which cost nothing
        self.shared = {SINE: (1 - RHO) * (1 + RHO)}
        for symbol, x in shared:
            x = x.xreplace(self.alone)
            cheap = not any(map(self._of_pair, Mul.make_args(x)))
            (self.alone if cheap else self.shared)[symbol] = x
        self.results = [self._without_vectors(x.xreplace(self.alone)) for x in results]
        every = [*self.shared.values(), *self.results]
        self.left = Counter(node for x in every for node in preorder_traversal(x) if node in self.shared)

    def result(self, name: str, n: int) -> list[str]:
        """The lines that compute result n into a scratch array of this name, which is not used again."""
        x, self.lines = self.results[n], []
        made = self._owned(self._made(x) if self._of_pair(x) else self._spread(x))
        return [*self.lines, f"{name} = {made.text}"]

    def _without_vectors(self, x: Expr) -> Expr:
        """x without its factors of one variance, which become the first vectors, for the caller to multiply by."""
        column, row, rest = self._divided(x, Mul)
        self.columns.factor(column)
        self.rows.factor(row)
        return Mul(*rest)

    def _of_pair(self, x: Expr) -> bool:
        free = x.free_symbols
        return bool(free & {RHO, *self.shared}) or {a, b} <= free

    def _spread(self, x: Expr) -> Value:
        """A number or a vector as an array."""
        target = self._array()
        self.lines.append(f"{target}[...] = {self._vector(x).text}")
        return Value(target, True)

    def _vector(self, x: Expr) -> Value:
        side = _side(x)
        return Value(self.show(x) if side is None else (self.columns if side is a else self.rows)(x))

    def _made(self, x: Expr) -> Value:
        """The operand for x, after the lines that compute it."""
        if x == RHO:
            return Value("rho")
        if x in self.shared:
            return self._recalled(x)
        if not self._of_pair(x):
            return self._vector(x)
        if x.is_Add:
            return self._sum(x)
        if x.is_Mul:
            return self._product(x)
        if x.is_Pow and x.exp.is_Integer:
            return self._power(x.base, int(x.exp)) if x.exp > 0 else self._product(x)
        if x.func.__name__ in UFUNCS:
            return self._ufunc(UFUNCS[x.func.__name__], self._made(x.args[0]))
        if x.func in CALLS:
            made = [self._made(arg) for arg in x.args]
            target = self._target(*made)
            self.lines.append(f"{target}[...] = {x.func}({', '.join(value.text for value in made)})")
            return Value(target, True)
        raise NotInPlace(str(x))

    def _recalled(self, symbol: Symbol) -> Value:
        """A shared expression, computed when it is first needed."""
        if symbol not in self.held:
            self.held[symbol] = self._owned(self._made(self.shared[symbol])).text
        return Value(self.held[symbol], shared=symbol)

    def _owned(self, value: Value) -> Value:
        """The value in a scratch array of its own."""
        return value if value.spent else self._call("copyto", self._array(), value.text)

    def _sum(self, x: Expr) -> Value:
        column, row, rest = self._divided(x, Add)
        minus = [t for t in rest if t.could_extract_minus_sign()]
        plus = [("add", self._made(t)) for t in rest if t not in minus]
        plus += [("add", self._vector(v)) for v in (column, row) if v != 0]
        if not plus:
            return self._ufunc("negative", self._made(-x))
        # vectors last, unless nothing else begins
        return self._folded([*plus[:1], *(("subtract", self._made(-t)) for t in minus), *plus[1:]])

    def _product(self, x: Expr) -> Value:
        column, row, rest = self._divided(x, Mul)
        below = [t for t in rest if t.is_Pow and t.exp.is_negative]
        factors = [("multiply", self._made(t)) for t in rest if t not in below]
        factors += [("divide", self._made(1 / t)) for t in below]
        vectors = [("multiply", self._vector(v)) for v in (column, row) if v != 1]
        if len(below) == len(rest):
            factors = [vectors.pop(0) if vectors else ("multiply", Value("1.0")), *factors]
        return self._folded([*factors, *vectors])

    def _divided(self, x: Expr, kind: type[Expr]) -> tuple[Expr, Expr, list[Expr]]:
        """The parts of a alone, of b alone, and the other terms or factors; numbers join a vector if there is one."""
        sides: dict[Symbol | None, list[Expr]] = {a: [], b: [], None: []}
        rest = []
        for part in x.args if x.func == kind else (x,):
            if self._of_pair(part):
                rest.append(part)
            else:
                sides[_side(part)].append(part)
        sides[a if sides[a] or not sides[b] else b] += sides[None]
        return kind(*sides[a]), kind(*sides[b]), rest

    def _folded(self, operands: list[tuple[str, Value]]) -> Value:
        """The operands combined from the left; the first one begins."""
        (_, total), *others = operands
        for ufunc, value in others:
            total = self._ufunc(ufunc, total, value)
        return total

    def _power(self, base: Expr, n: int) -> Value:
        value = self._made(base)
        if n == 1:
            return value
        if n == 2:
            return self._ufunc("multiply", value, value)
        total = self._ufunc("multiply", Value(value.text), Value(value.text))
        for left in range(n - 3, -1, -1):
            total = self._ufunc("multiply", total, Value(value.text) if left else value)
        return total

    def _ufunc(self, name: str, *operands: Value) -> Value:
        return self._call(name, self._target(*operands), *(value.text for value in operands))

    def _call(self, name: str, target: str, *operands: str) -> Value:
        arguments = (target, *operands) if name == "copyto" else (*operands, f"out={target}")
        self.lines.append(f"xp.{name}({', '.join(arguments)})")
        return Value(target, True)

    def _target(self, *operands: Value) -> str:
        """An operand that is used here for the last time, or a free array; others like it become free."""
        for symbol in {value.shared for value in operands} - {None}:
            self.left[symbol] -= 1
        last = [value.text for value in operands if value.spent or (value.shared and not self.left[value.shared])]
        spent = list(dict.fromkeys(last))
        self.free += spent[1:]
        return spent[0] if spent else self._array()

    def _array(self) -> str:
        if self.free:
            return self.free.pop()
        self.arrays += 1
        return f"z[{self.arrays - 1}]"
