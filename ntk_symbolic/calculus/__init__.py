r"""Statements over function space: spaces, functionals, binders, and equality by canonical form.

A parameterised function is a functional too. A cost C takes a function on 𝒳 × {1..k};
θ ↦ f_j(x; θ) takes a function on {1..P}. So ∂f_j(x)/∂θ_i and δC/δf_j(x) are one operation, `.at`, with one chain
rule. SymPy supplies scalars, and the differentiation of sums, products and powers; its Sum, Integral and subs are not
used, because they capture bound variables silently.

>>> from sympy import Symbol
>>> X, Par = Space("X", "measure", "x", r"\mathcal{X}"), Space("P", "counting", "i")
>>> t = Symbol("t")
>>> theta, f = Functional("theta", [Par], time=t), Functional("f", [X], of=[Par], wrt="theta")
>>> C = Functional("C", of=[X])
>>> C(f(theta)).diff(t)                                    # the chain rule, twice
∫_X δC/δf(x) Σ_i θ̇_i ∂f/∂θ_i(x) dμ(x)
>>> x, i = X.point("x"), Par.point("i")
>>> D = C(f(theta)).at
>>> equal(C(f(theta)).diff(t), Over(theta.rate(i) * Over(D(x) * f(theta, x).at(i), x), i))
True
"""

from .binders import Binder, Lam, Node, Over
from .canonical import equal
from .definitions import Assumption, Definition, Named, Variation
from .display import latex, text
from .functionals import Applied, Delta, Functional, Partial, SlotSlope
from .scalars import Scalar
from .scope import check
from .spaces import Mass, Point, Sample, Space
from .variations.derivatives import (
    FunctionalDerivative,
    euler_lagrange,
    functional_derivative,
    gateaux,
    second_variation,
)
from .variations.reading import read
from .variations.tangent import tangent_kernel
from .variations.writing import as_sympy

__all__ = [
    "Applied",
    "Assumption",
    "Binder",
    "Definition",
    "Delta",
    "Functional",
    "FunctionalDerivative",
    "Lam",
    "Mass",
    "Named",
    "Node",
    "Over",
    "Partial",
    "Point",
    "Sample",
    "Scalar",
    "SlotSlope",
    "Space",
    "Variation",
    "as_sympy",
    "check",
    "equal",
    "euler_lagrange",
    "functional_derivative",
    "gateaux",
    "latex",
    "read",
    "second_variation",
    "tangent_kernel",
    "text",
]
