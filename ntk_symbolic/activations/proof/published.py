"""A closed form in the notation of papers: the same value with fewer terms.

erf is odd, and erf of an imaginary argument is i erfi, so that ± pairs are one term; exp(y + x) with exp(y − x) is a sinh
or a cosh; an arcsine of equal arguments has one name. `merged` is for display only: √(ab), which SymPy would split again.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import combinations
from typing import Any

from sympy import Add, Dummy, Expr, I, Mul, Pow, S, Symbol, asin, cosh, erf, erfi, exp, factor, latex, sinh, sstr
from sympy.core.cache import cacheit
from sympy.printing.numpy import SciPyPrinter

from ...arrays import phi2
from ...errors import InvalidInput, NTKSymbolicError
from ..derive.normal import Phi2
from ..form.algebra import rational
from ..form.tidy import tidy

LONG = 600  # operations above which a formula is unchanged, since it is too long to print


@cacheit
def published(e: Expr) -> Expr:
    """The formula with the same value and fewer terms.

    >>> from sympy import symbols
    >>> a, b = symbols("a b", positive=True); c = Symbol("c", real=True)
    >>> published(exp(c - a) - exp(-c - a)), published(-I * erf(I * a) + erf(b) - erf(-b))
    (2*exp(-a)*sinh(c), 2*erf(b) + erfi(a))
    """
    if e.count_ops() > LONG or not e.has(erf, exp, asin):
        return e
    renamed = e.replace(lambda x: isinstance(x, erf), _of_erf)
    renamed = renamed.xreplace(_one_name(sorted(renamed.atoms(asin), key=str)))
    return _paired(tidy(renamed) if renamed != e else e)


def _of_erf(x: Expr) -> Expr:
    i = Dummy("i", real=True)
    y = tidy(x.args[0].subs(I, i))
    turned = factor(y / i) if y.has(i) else y
    if turned.has(i):  # neither real nor imaginary
        return -erf(-x.args[0]) if x.args[0].could_extract_minus_sign() else x
    f, unit = (erfi, I) if y.has(i) else (erf, S.One)
    return -unit * f(-turned) if turned.could_extract_minus_sign() else unit * f(turned)


def _one_name(angles: list[Expr]) -> dict[Expr, Expr]:
    """Each asin of equal or opposite arguments, by the first of them."""
    first: dict[Expr, Expr] = {}
    out: dict[Expr, Expr] = {}
    for angle in angles:
        y = tidy(angle.args[0])
        known = first.get(y)
        opposite = first.get(tidy(-y))
        if known is None and opposite is None:
            first[y] = angle
        else:
            out[angle] = known if known is not None else -opposite  # type: ignore[operator]
    return out


def _paired(e: Expr) -> Expr:
    """k exp(y + x) + m exp(y − x) as exp(y) ((k + m) cosh x + (k − m) sinh x), if that is shorter."""
    terms = list(Add.make_args(e))
    pair = cache(_pair)  # after each pair that is found, the others are tested again
    while True:
        for one, other in combinations([t for t in terms if _exponent(t) is not None], 2):
            if (both := pair(one, other)) is not None:
                terms = [t for t in terms if t not in (one, other)] + [both]
                break
        else:
            return Add(*terms)


def _exponent(t: Expr) -> Expr | None:
    """The exponent of the single exponential of a term without sinh or cosh."""
    found = [f.args[0] for f in Mul.make_args(t) if isinstance(f, exp)]
    return found[0] if len(found) == 1 and not t.has(sinh, cosh) else None


def _pair(one: Expr, other: Expr) -> Expr | None:
    x, y = _exponent(one), _exponent(other)
    assert x is not None and y is not None
    if rational(x - y).could_extract_minus_sign():
        one, other, x, y = other, one, y, x
    middle, half = rational((x + y) / 2), rational((x - y) / 2)
    if half == 0 or half.has(I):
        return None
    k, m = one / exp(x), other / exp(y)
    parts = [(_added(k, m), cosh(half)), (_added(k, -m), sinh(half))]
    both = exp(middle) * Add(*(p * f for p, f in parts if p != 0))
    return both if both.count_ops() < (one + other).count_ops() else None


def _added(k: Expr, m: Expr) -> Expr:
    return 2 * k if k == m else S.Zero if k == -m else tidy(k + m)


# for display ---------------------------------------------------------------------------------------------------------


def merged(e: Expr) -> Expr:
    """Products of roots under one root, for display only: SymPy splits √(ab) if a and b are positive."""
    plain = {x: Symbol(x.name) for x in e.free_symbols if isinstance(x, Symbol)}
    return _merged(e.xreplace(plain))


def _merged(e: Expr) -> Expr:
    if not e.args or not e.has(Pow):
        return e
    if not e.is_Mul:
        return e.func(*map(_merged, e.args))
    roots: dict[int, list[Expr]] = {1: [], -1: []}
    rest = []
    for f in e.args:
        root = isinstance(f, Pow) and abs(f.exp) == S.Half
        (roots[1 if f.exp > 0 else -1] if root else rest).append(_merged(f.base if root else f))
    under = {side: Mul(*inside) for side, inside in roots.items() if inside}
    together = not any(x.is_Mul and x.args[0].is_Number for x in under.values())  # √(2a) would be split as well
    return Mul(*rest, *(Pow(x, side * S.Half, evaluate=together) for side, x in under.items()), evaluate=together)


NAMES = (("kappa", r"\kappa"), ("kappa_dot", r"\dot\kappa"))


def as_latex(forms: Sequence[Expr]) -> str:
    """κ and κ̇, one line each."""
    return (
        "\n".join(
            rf"{name}(a, b, c) = {latex(merged(e), inv_trig_style='full')}"
            for (_, name), e in zip(NAMES, forms, strict=False)
        )
        + "\n"
    )


def as_text(forms: Sequence[Expr]) -> str:
    """κ and κ̇, one line each."""
    return "\n".join(f"{name}(a, b, c) = {sstr(merged(e))}" for (name, _), e in zip(NAMES, forms, strict=False)) + "\n"


class _Python(SciPyPrinter):
    """A printer that writes SciPy by its full name and NumPy as np."""

    def _module_format(self, fqn: str, register: bool = True) -> str:
        return fqn.replace("numpy.", "np.", 1)

    def _print_Pi(self, e: Expr) -> str:
        return "np.pi"

    def _print_erfi(self, e: Expr) -> str:
        return f"scipy.special.erfi({self._print(e.args[0])})"

    def _print_Phi2(self, e: Expr) -> str:
        h, k, r = map(self._print, e.args)
        return f"phi2({h}, {k}, {r}, np.sqrt(1 - ({r})**2))"

    def _print_Crossing(self, e: Expr) -> str:
        return repr(float(e))


def as_python(
    forms: Sequence[Expr],
    parameters: Sequence[Symbol],
    known: Iterable[tuple[Sequence[float], Sequence[float]]],
    title: str,
) -> str:
    """A module with kappa and kappa_dot for NumPy arrays, executed and compared with known values before it is returned.

    known   (a, b, c and the parameters, κ and κ̇ there)
    Raises InvalidInput if a formula has complex numbers, NTKSymbolicError if the two differ.
    """
    if any(e.has(I) for e in forms):
        raise InvalidInput(
            "format: the closed form holds Φ₂ of complex arguments, which SciPy does not have; pass latex or text"
        )
    printer = _Python({"fully_qualified_modules": True})
    arguments = ", ".join(("a", "b", "c", *map(str, parameters)))
    bodies = [
        f"def {n}({arguments}):\n    return {printer.doprint(e)}" for (n, _), e in zip(NAMES, forms, strict=False)
    ]
    typed = any(e.has(Phi2) for e in forms)
    imports = [*(["from typing import Any\n"] if typed else []), "import numpy as np"]
    imports += ["import scipy.special"] if any("scipy.special" in body for body in bodies) else []
    helper = [inspect.getsource(phi2).rstrip()] if typed else []
    text = "\n\n\n".join(["\n".join([f'"""{title}"""\n', *imports]), *helper, *bodies]) + "\n"
    scope: dict[str, Any] = {}
    exec(compile(text, "<published formula>", "exec"), scope)  # printed from a parsed expression, never a user's text
    for at, wanted in known:
        for (name, _), number in zip(NAMES, wanted, strict=False):
            found = float(scope[name](*at))
            if not abs(found - number) <= 1e-9 * max(1.0, abs(number)):
                raise NTKSymbolicError(f"the Python code of {name} gives {found} where the value is {number}")
    return text
