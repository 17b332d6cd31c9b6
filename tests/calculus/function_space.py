"""A network, its cost and their spaces, for the tests of the calculus and of the judges."""

from sympy import Symbol

from ntk_symbolic.calculus import Definition, Functional, Lam, Over, Space

X = Space("X", "measure", "x", r"\mathcal{X}")
Out = Space("k", "counting", "j")
Par = Space("P", "counting", "i")
x, x_, i, m, j, l = (
    X.point("x"),
    X.point("x'"),
    Par.point("i"),
    Par.point("m"),
    Out.point("j"),
    Out.point("l"),
)
t, e = Symbol("t"), Symbol("e")
theta = Functional("theta", [Par], time=t)
eta = Functional("eta", [Par])
phi = Functional("phi", [X, Out])
f = Functional("f", [X, Out], of=[Par], wrt="theta")
C = Functional("C", of=[X, Out])
D = C(f(theta)).at


def df(i):
    return lambda x, j: f(theta, x, j).at(i)


K = Definition("K", Lam(Over(df(i)(x, j) * df(i)(x_, l), i), x, x_, j, l))
