"""The test whether an elementary function vanishes on each side of its kinks: Max, Min, |·|, steps and cases, sign by sign.

A function without kinks is continuous at those points, and so is one made of Max, Min and |·|. A function that jumps must
vanish at the edge as well.
"""

from __future__ import annotations

from sympy import Abs, Expr, Ge, Gt, Heaviside, Integer, Le, Lt, Max, Min, Piecewise, Rational, S, expand, sign

from ...elementary.queries import by_signs, jumping
from .normal_form import by_assumptions, vanishes

JUMPS = (*(f for f in by_signs() if f in jumping()), Gt, Ge, Lt, Le)
KINKED = (*by_signs(), Gt, Ge, Lt, Le)
MAX_KINKS = 6  # within each other, so 2⁶ sides


def vanishes_between_kinks(e: Expr, signs: dict[Expr, int] | None = None) -> bool:
    """True only if it is proved to be 0 on every side. `signs` are those chosen so far for the arguments of kinks.

    >>> from sympy import Symbol
    >>> x = Symbol("x", real=True)
    >>> vanishes_between_kinks(Max(x, 0) - Max(-x, 0) - x), vanishes_between_kinks(Max(x, 0) - x)
    (True, False)
    """
    signs = signs or {}
    atoms = e.atoms(*KINKED)
    kinks = [k for k in atoms if not k.args[0].has(*KINKED) and not k.args[-1].has(*KINKED)]
    if not kinks:
        return not e.has(Piecewise, *KINKED) and vanishes(e, by_assumptions)
    switch = _switch(kinks[0])
    if switch is None or len(signs) == MAX_KINKS:
        return False
    if not switch.is_extended_real:
        return False
    possible = _possible(switch, signs)
    edge = (0,) if len(possible) > 1 and e.has(*JUMPS) else ()
    sides = (({**signs, switch: n}, _on_one_side(e, kinks, switch, n)) for n in (*possible, *edge))
    return all(vanishes_between_kinks(side, chosen) for chosen, side in sides)


def _switch(kink) -> Expr | None:
    """The expression that changes its sign at the kink."""
    a, *others = kink.args
    if isinstance(kink, (Abs, sign, Heaviside)):
        return expand(a)
    return expand(a - others[0]) if len(others) == 1 else None


def _possible(switch: Expr, signs: dict[Expr, int]) -> tuple[int, ...]:
    """Its possible signs: an expression above a positive one is positive, one below a negative one is negative."""
    for other, n in ((S.Zero, 1), (S.Zero, -1), *signs.items(), *((-s, -n) for s, n in signs.items())):
        if (n * (switch - other)).expand().is_nonnegative:
            return (n,)
    return (1, -1)


def _on_one_side(e: Expr, kinks, switch: Expr, n: int) -> Expr:
    """Every kink of this switch resolved, where its sign is n."""
    here = {k: _resolved(k, n) for k in kinks if _switch(k) == switch}
    there = {k: _resolved(k, -n) for k in kinks if _switch(k) == expand(-switch)}
    e = e.xreplace({**here, **there})
    return e if n else e.xreplace(_edge(switch))


def _edge(switch: Expr) -> dict[Expr, Expr]:
    """The value of a letter at which a switch linear in it is 0; {} for others, whose edge is then not separated."""
    for s in sorted(switch.free_symbols, key=str):
        slope = switch.coeff(s)
        if slope.is_number and not (switch - slope * s).has(s):
            return {s: expand(s - switch / slope)}
    return {}


def _resolved(kink, n: int):
    if isinstance(kink, (Gt, Ge, Lt, Le)):
        if not n:
            return S.true if isinstance(kink, (Ge, Le)) else S.false
        return S.true if (n > 0) == isinstance(kink, (Gt, Ge)) else S.false
    if isinstance(kink, (Max, Min)):
        return kink.args[(n > 0) != isinstance(kink, Max)]
    return {Abs: n * kink.args[0], sign: Integer(n), Heaviside: Rational(1 + n, 2)}[kink.func]
