"""Abstract smooth functions of numbers: the ℓ of ℓ(f(x), y), a weight g(x), a kernel A(x, x')."""

from __future__ import annotations

from sympy import Add, Derivative, Dummy, Expr, Symbol, Tuple, oo
from sympy.core.symbol import Str

from ..errors import IllFormed
from .binders import Node
from .given import given
from .spaces import Point


class Scalar(Node):
    """The value of a named function of numbers, or one of its partial derivatives, to these orders in each argument.

    >>> from sympy import Symbol
    >>> u = Symbol("u")
    >>> Scalar("ell", [u**2, 1]).diff(u)
    2*u*∂_1ell(u², 1)
    """

    name = property(lambda self: self.args[0].name)
    arguments = property(lambda self: tuple(self.args[1]))
    orders = property(lambda self: tuple(int(n) for n in self.args[2]))

    def __new__(cls, name, arguments, orders=()):
        arguments = [_number(given(a, name)) for a in arguments]
        orders = tuple(int(n) for n in orders) or (0,) * len(arguments)
        if len(orders) != len(arguments):
            raise IllFormed(f"{name} has {len(arguments)} arguments, but orders of derivatives for {len(orders)}")
        return Expr.__new__(cls, Str(str(name)), Tuple(*arguments), Tuple(*orders))

    def _eval_derivative(self, s):
        if isinstance(s, Point) and not s.space.is_measure:
            raise IllFormed(f"{self} is differentiated with respect to the index {s}")
        slopes = (a.diff(s) for a in self.arguments)
        return Add(*(self.raised(n) * d for n, d in enumerate(slopes) if d != 0))

    def raised(self, n):
        """The same, differentiated once more in its n-th argument."""
        orders = [k + (m == n) for m, k in enumerate(self.orders)]
        return self.func(self.name, self.arguments, orders)


def stands_alone(a, places) -> bool:
    """True if ∂/∂a of a value at these places is a derivative in one place only. SymPy treats f'(x) as independent of f(x)."""
    if isinstance(a, Symbol):  # d/dx is a total derivative, in f'(x) too
        return sum(a in b.free_symbols for b in places) == 1
    bare = [b.xreplace({d: Dummy() for d in b.atoms(Derivative) if d != a}) for b in places]
    return bool(a._diff_wrt) and sum(a == b or a in b.atoms(type(a)) for b in bare) == 1


def _number(a):
    """The coordinate of a fixed point; other values unchanged."""
    return a.value if isinstance(a, Point) and a.fixed and a.value not in (oo, -oo) else a
