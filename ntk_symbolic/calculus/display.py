r"""Statements in print, as text and as LaTeX: \int_{\mathcal{X}}\sum_{j}\frac{\delta C}{\delta f_{j}}(x)…

One writer, two sets of signs. SymPy prints all that is not a node. The writer adds to the tree only

- names: a bound variable whose name is taken in its body gets a prime;
- order: factors are in the order of the binders whose variables they contain, D_j(x) K_jl(x,x') D_l(x'),
  since SymPy's own order of a product is that of a dictionary.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sympy import Add, Basic, Derivative, Dummy, Mul, Pow, S, Subs, Symbol, exp, log, oo, sstr
from sympy import latex as sympy_latex
from sympy.printing.pretty.pretty_symbology import pretty_symbol

from .binders import Binder, Lam, Node, Over
from .definitions import Named, Variation
from .functionals import Applied, Delta, Functional, Partial, SlotSlope, default_points
from .scalars import Scalar
from .spaces import Mass, Point, Sample


def text(expr: Basic) -> str:
    """One line of Unicode."""
    return _Text().write(expr)


def latex(expr: Basic) -> str:
    """LaTeX without additional macros."""
    return _Latex().write(expr)


class _Writer:
    def __init__(self):
        self.names: dict[Point, str] = {}  # of the bound variables in scope
        self.words: dict[Symbol, str] = {}  # placeholders for parts that are written already
        self.rank: dict[Point, int] = {}  # outermost binder first
        self.nearest: tuple[Point, ...] = ()  # the variables of the innermost enclosing binder

    if TYPE_CHECKING:  # the signs, which both kinds of writer provide

        def __getattr__(self, sign: str) -> Any: ...

    def write(self, e) -> str:
        if e in self.words:
            return self.words[e]
        method = getattr(type(self), f"_{type(e).__name__.lower()}", None)
        return method(self, e) if method and self.ours(e) else self.plain(e)

    def ours(self, e) -> bool:
        """True for expressions that this writer prints; SymPy's printer prints the others."""
        if isinstance(e, (Node, Point, Sample, Mass)) or e.has(Node, Point, Sample, Mass, *self.words):
            return True
        return isinstance(e, (Derivative, Subs)) or (isinstance(e, Pow) and e.base.is_Symbol)

    def group(self, e) -> str:
        return self.parens(self.write(e)) if isinstance(e, (Add, Over)) or _negative(e) else self.write(e)

    # SymPy's own

    def _add(self, e):
        terms = sorted(e.args, key=lambda a: (_negative(a), a.has(Dummy), a.has(Node), str(a)))
        first, *rest = terms
        out = self.write(first)
        for a in rest:
            out += f" - {self.write(-a)}" if _negative(a) else f" + {self.write(a)}"
        return out

    def _mul(self, e):
        c, factors = e.as_coeff_mul()
        if c.is_negative:
            return "-" + self.write(Mul(-c, *factors))
        factors = sorted(factors, key=self.place)
        overs = sum(isinstance(a, Over) for a in factors)
        words = [] if c == 1 else [self.plain(c)]
        for n, a in enumerate(factors):
            last = n == len(factors) - 1
            alone = isinstance(a, Over) and overs == 1 and last
            reaching = self.is_operator(a) and not last  # d/dt c θ_i would read as the derivative of the product
            words.append(self.write(a) if alone else self.parens(self.write(a)) if reaching else self.group(a))
        return self.times.join(words)

    def place(self, factor):
        near = sorted(self.nearest.index(v) for v in factor.free_symbols if v in self.nearest)
        ranks = sorted(self.rank[v] for v in factor.free_symbols if v in self.rank)
        where = (near[0], near[-1]) if near else (-1, -1)
        scalar = not factor.has(Node, *self.words)
        return not scalar, where, isinstance(factor, Over), len(ranks), ranks, self.write(factor)

    @staticmethod
    def is_operator(e) -> bool:
        """True if it is written as d/dt before its operand."""
        if isinstance(e, Applied):
            return bool(e.slots) and any(e.head.orders)
        return isinstance(e, Derivative) or (isinstance(e, Partial) and not isinstance(e.expr, (Named, Applied)))

    def _pow(self, e):
        if not (e.exp.is_Integer and e.exp > 0):
            return self.plain(e)
        atomic = isinstance(e.base, (Symbol, Named)) or (isinstance(e.base, Applied) and not e.base.slots)
        return self.power(self.write(e.base) if atomic else self.parens(self.write(e.base)), e.exp)

    def _derivative(self, e):
        *inner, (s, n) = e.variable_count
        if inner:  # one after the other, the last one outermost
            e = Derivative(e.expr, *inner, evaluate=False)
            moving, taken = False, " " + self._derivative(e)
        else:
            moving, taken = any(h.time == s for h in e.expr.atoms(Functional)), self.after_operator(e.expr)
        d = "d" if moving or s not in e.expr.free_symbols else self.partial  # ∂/∂t is for functions of the time alone
        power = "" if n == 1 else self.power("", n)
        return self.operator(d + power, f"{d}{self.gap(d)}{self.plain(s)}{power}") + taken

    def _subs(self, e):
        return self.taken_at(
            self.write(e.expr), ", ".join(f"{self.write(s)} = {self.write(p)}" for s, p in zip(*e.args[1:]))
        )

    def after_operator(self, e):
        return " " + (self.parens(self.write(e)) if isinstance(e, (Add, Mul)) else self.write(e))

    # names and binders

    def _point(self, p):
        return self.plain(p.value) if p.fixed else self.name(self.names.get(p, p.name))

    def _mass(self, e):
        return self.total(e.space)

    def _sample(self, e):
        return self.name(e.name) + self.indices([e.index])

    def enter(self, binder: Binder):
        taken = {self.names.get(s, s.name) for s in binder.body.free_symbols - set(binder.vars)}
        for v in binder.vars:
            name = str(v.name)
            while name in taken:
                name += "'"
            taken.add(name)
            self.names[v] = name
            self.rank[v] = len(self.rank)

    def _over(self, e):
        self.enter(e)
        around, self.nearest = self.nearest, e.vars
        signs = ""
        for measure, vs in groupby(e.vars, key=lambda v: v.space.is_measure):
            if measure:
                signs += "".join(self.integral(v) for v in vs)
            else:
                signs += self.sum([self.write(v) for v in vs])
        body = self.parens(self.write(e.body)) if isinstance(e.body, Add) or _negative(e.body) else self.write(e.body)
        self.nearest = around
        return signs + body + "".join(self.measure(v) for v in e.vars if v.space.is_measure)

    def _lam(self, e):
        self.enter(e)
        return f"{', '.join(self.write(v) for v in e.vars)} {self.mapsto} {self.write(e.body)}"

    @staticmethod
    def lebesgue(v) -> bool:
        return bool(v.space.interval) and v.space.density == 1

    # functionals

    def head(self, h: Functional) -> str:
        return self.dotted(self.name(h.name), h.order)

    def _applied(self, e):
        return self.applied(e, e.points, e.slots)

    def applied(self, e: Applied, points, slots) -> str:
        """The value of a functional; without points, the name of the function of them."""
        argument = "" if e.function is None else self.bare(e.function)
        if not e.slots:
            indexed = self.head(e.head)
            if any(e.head.orders):
                return self.sloped(e, points, indexed)
            if argument and e.head.params:
                return indexed + self.superscript(argument) + self.indices(points) + self.arguments(points)
            return indexed + self.indices(points) + self.arguments(points) + (argument and self.brackets(argument))
        n = len(e.slots)
        measure = any(s.is_measure for s in e.head.of)
        d = self.delta if measure else self.partial
        power = "" if n == 1 else self.power("", n)
        if any(e.head.orders):
            return self.operator(*self.along(e, points)) + self.after_operator(e.func(e.head.plain, *e.args[1:]))
        top = f"{d}{power}{self.gap(d + power)}{self.head(e.head)}{self.indices(points)}"
        shown = slots or [()] * n
        entries = (self.name(e.head.wrt) + self.indices(s) + (self.arguments(s) if n > 1 else "") for s in shown)
        bottom = self.thin.join(f"{d}{self.gap(d)}{entry}" for entry in entries)
        away = [*points, *(shown[0] if n == 1 else ())]
        usual = argument == self.name(e.head.wrt) or argument.startswith(self.name(e.head.wrt) + "^")
        return self.fraction(top, bottom) + ("" if usual else self.brackets(argument)) + self.arguments(away)

    def _slotslope(self, e: SlotSlope):
        """∂/∂s δF/δρ(s); at a fixed point ∂(δF/δρ)/∂s(1), with the letter of its space."""
        pairs = [(p, n) for slot, row in zip(e.value.slots, e.orders) for p, n in zip(slot, row) if n]
        d, power = self.partial, (lambda base, n: self.power(base, n) if n > 1 else base)
        letters = [(p.space.letter if p.fixed else self.write(p), n) for p, n in pairs]
        below = self.thin.join(power(f"{d}{self.gap(d)}{letter}", n) for letter, n in letters)
        top = power(d, e.total)
        if not any(p.fixed for p, _ in pairs):
            return self.operator(top, below) + self.after_operator(e.value)
        written = self.write(e.value)
        away = self.arguments([*e.value.points, *(p for slot in e.value.slots for p in slot)])
        return self.fraction(f"{top}{self.gap(top)}{self.parens(written.removesuffix(away))}", below) + away

    def sloped(self, e: Applied, points, indexed) -> str:
        """f'(x) for a function on one interval; otherwise ∂f/∂x (x, y)."""
        argument = "" if e.function is None else self.superscript(self.bare(e.function))
        (n, *others) = [n for n, p in zip(e.head.orders, e.head.params) if p.is_measure]
        if not others and e.head.time is None:  # θ' would read as a rate
            indexed = (
                self.primed(indexed, n) + argument
                if n < 4 or not argument
                else self.primed(self.parens(indexed + argument), n)
            )
            return indexed + self.indices(points) + self.arguments(points)
        where = points or default_points(e.head.params)
        top, bottom = self.along(e, points)
        differentiated = [n for n, order in enumerate(e.head.orders) if order]
        if any(e.head.params.count(e.head.params[n]) > 1 for n in differentiated):  # ∂b/∂v(v, u): which of the two?
            if all(where.count(where[n]) == 1 for n in differentiated):
                return self.operator(top, bottom) + self.after_operator(e.func(e.head.plain, *e.args[1:]))
            slots = "".join((self.partial + self.subscript(str(n + 1))) * e.head.orders[n] for n in differentiated)
            indexed = f"{slots}{self.gap(self.partial)}{indexed}"
            return f"{indexed}{argument}{self.indices(points)}{self.arguments(points)}"
        return self.fraction(f"{top}{self.gap(top)}{indexed}{argument}{self.indices(points)}", bottom) + self.arguments(
            points
        )

    def along(self, e: Applied, points) -> tuple[str, str]:
        """∂² and ∂x∂y; a fixed point is written with the letter of its space."""
        where = points or default_points(e.head.params)
        orders = [(p, n) for p, n in zip(where, e.head.orders) if n]
        total, d = sum(n for _, n in orders), self.partial
        letters = (p.space.letter if p.fixed or isinstance(p, Sample) else self.write(p) for p, _ in orders)
        below = (f"{d}{self.gap(d)}{p}" + (self.power("", n) if n > 1 else "") for p, (_, n) in zip(letters, orders))
        return d + (self.power("", total) if total > 1 else ""), self.thin.join(below)

    def _scalar(self, e: Scalar):
        name, arguments = self.name(e.name), ", ".join(map(self.write, e.arguments))
        if e.arguments and all(isinstance(a, Point) and not a.space.is_measure for a in e.arguments):
            return name + self.indices(e.arguments)
        if len(e.arguments) == 1:
            return f"{self.primed(name, e.orders[0])}({arguments})"
        slopes = "".join(
            self.power(self.partial + self.subscript(str(k)), n) if n > 1 else self.partial + self.subscript(str(k))
            for k, n in enumerate(e.orders, 1)
            if n
        )
        return f"{slopes}{slopes and self.gap(self.partial)}{name}({arguments})"

    def bare(self, f: Lam) -> str:
        """A function without its variables if possible: θ + ε η for i ↦ θ_i + ε η_i."""
        body, vs = f.body, tuple(f.vars)
        for a in sorted(body.atoms(Applied), key=lambda a: (-len(str(a.args)), str(a.args))):
            if a.points + tuple(p for s in a.slots for p in s) == vs:
                word = Dummy(f"Dummy_{len(self.words):06d}")  # terms are sorted by name; a count would sort 10 before 9
                self.words[word] = self.applied(a, (), ())
                body = body.xreplace({a: word})
        return self.write(f) if body.free_symbols & set(vs) else self.write(body)

    def indices(self, points):
        written = [self.write(p) for p in points if not p.space.is_measure]
        return self.subscript("".join(written) if all(len(w) == 1 for w in written) else ",".join(written))

    def arguments(self, points):
        written = [self.write(p) for p in points if p.space.is_measure]
        return f"({', '.join(written)})" if written else ""

    def _partial(self, e):
        below = f"{self.partial}{self.gap(self.partial)}{self.head(e.head)}{self.indices(e.points)}"
        if isinstance(e.expr, (Named, Applied)):
            return self.fraction(f"{self.partial}{self.gap(self.partial)}{self.write(e.expr)}", below)
        return self.operator(self.partial, below) + self.after_operator(e.expr)

    def _named(self, e):
        where = self.indices(e.points) + self.arguments(e.points)
        pattern = self.pattern(e.definition)
        if pattern:
            return pattern % tuple(self.bare(f) for f in e.functions) + where
        of = "".join(self.brackets(self.bare(f)) for f in e.functions)
        return self.name(e.definition.name) + where + of

    def _variation(self, e: Variation):
        """δJ/δf_j(x), with the function in brackets unless it is that of the definition of J."""
        (placeholder,), (function,) = e.named.definition.functions, e.named.functions
        n, d = len(e.slots), self.delta
        power = "" if n == 1 else self.power("", n)
        own = self.indices(e.named.points) + self.arguments(e.named.points)
        top = f"{d}{power}{self.gap(d + power)}{self.name(e.named.definition.name)}{own}"
        name = self.name(placeholder.name)
        entries = (name + self.indices(s) + (self.arguments(s) if n > 1 else "") for s in e.slots)
        bottom = self.thin.join(f"{d}{self.gap(d)}{entry}" for entry in entries)
        argument = self.bare(function)
        usual = argument == name or argument.startswith(name + "^")
        away = self.arguments(e.slots[0]) if n == 1 else ""
        return self.fraction(top, bottom) + ("" if usual else self.brackets(argument)) + away

    def _delta(self, e: Delta):
        return self.delta + self.indices(sorted(e.args, key=lambda p: p.fixed))


def _negative(e) -> bool:
    c = e.as_coeff_mul()[0] if isinstance(e, Mul) else e
    return bool(c.is_Number and c.is_negative)


class _Text(_Writer):
    """The writer of the notation of derivations, whose output can be parsed again."""

    times, thin, mapsto, partial, delta = " ", " ", "↦", "∂", "δ"

    def ours(self, e):
        return isinstance(e, (Add, Mul, Pow, exp, log)) or super().ours(e)

    def _pow(self, e):
        if not e.exp.is_Rational or (e.exp.is_Integer and e.exp > 0):
            return super()._pow(e)
        if e.exp == S.Half:
            return f"sqrt({self.write(e.base)})"
        base = self.write(e.base)
        loose = isinstance(e.base, (Add, Mul, Pow, Over)) or _negative(e.base) or self.is_operator(e.base)
        base = self.parens(base) if loose or (e.base.is_Rational and not e.base.is_Integer) else base
        if e.exp == -1:
            return f"1/{base}"
        return f"1/sqrt({self.write(e.base)})" if e.exp == -S.Half else f"{base}^{{{e.exp}}}"

    def _exp(self, e):
        return f"exp({self.write(e.args[0])})"

    def _log(self, e):
        return f"log({self.write(e.args[0])})"

    def plain(self, e):
        if e in (oo, -oo):
            return "∞" if e == oo else "-∞"
        return pretty_symbol(e.name) if isinstance(e, Symbol) else sstr(e)

    def name(self, name):
        return pretty_symbol(name)

    def total(self, space):
        return f"μ({space.name})" if space.is_measure else space.name

    def gap(self, d):
        return ""

    def parens(self, s):
        return f"({s})"

    def brackets(self, s):
        return f"[{s}]"

    def subscript(self, s):
        return "" if not s else f"_{s}" if len(s.rstrip("'")) == 1 else f"_{{{s}}}"

    def superscript(self, s):
        return f"^{s}" if len(s) == 1 else f"^{{{s}}}"

    def power(self, base, n):
        return f"{base}{str(n).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"

    def dotted(self, name, order):
        return name + "\u0307" * (order % 2) + "\u0308" * (order // 2)

    def primed(self, name, n):
        return name + ("'" * n if n < 4 else f"⁽{self.power('', n)}⁾")

    def fraction(self, top, bottom):
        return f"{top}/{bottom}"

    def operator(self, top, bottom):
        return f"{top}/{bottom}"

    def integral(self, v):
        if not v.space.interval:
            return f"∫_{v.space.name} "
        lo, hi = map(self.plain, v.space.interval)
        return f"∫{self.subscript(lo)}{self.superscript(hi)} "

    def taken_at(self, s, where):
        return f"({s})|_{{{where}}}"

    def sum(self, vs):
        return f"Σ_{vs[0]} " if len(vs) == 1 else f"Σ_{{{','.join(vs)}}} "

    def measure(self, v):
        return f" d{self.write(v)}" if self.lebesgue(v) else f" dμ({self.write(v)})"

    def pattern(self, definition):
        return definition.text


class _Latex(_Writer):
    times, thin, mapsto, partial, delta = r"\,", r"\,", r"\mapsto", r"\partial", r"\delta"

    def plain(self, e):
        return sympy_latex(e)

    def total(self, space):
        return sympy_latex(Mass(space))

    def name(self, name):
        return sympy_latex(Symbol(name))

    def head(self, h):
        name = super().head(h)
        return f"{{{name}}}" if "_" in name else name  # O_{1}_{j} would be an error

    def gap(self, d):
        return " "

    def parens(self, s):
        return rf"\left({s}\right)"

    def brackets(self, s):
        return rf"\left[{s}\right]"

    def subscript(self, s):
        return s and f"_{{{s}}}"

    def superscript(self, s):
        return f"^{{{s}}}"

    def power(self, base, n):
        return f"{base}^{{{n}}}"

    def primed(self, name, n):
        return name if not n else f"{name}{chr(39) * n}" if n < 4 else f"{name}^{{({n})}}"

    def dotted(self, name, order):
        return name if not order else rf"\{'d' * order}ot{{{name}}}"

    def fraction(self, top, bottom):
        return rf"\frac{{{top}}}{{{bottom}}}"

    operator = fraction

    def integral(self, v):
        lo, hi = v.space.interval or (None, None)
        return rf"\int_{{{v.space.latex if lo is None else self.plain(lo)}}}" + (
            "" if hi is None else f"^{{{self.plain(hi)}}}"
        )

    def taken_at(self, s, where):
        return rf"\left. {s} \right|_{{{where}}}"

    def sum(self, vs):
        return rf"\sum_{{{','.join(vs)}}}"

    def measure(self, v):
        if self.lebesgue(v):
            return rf"\,\mathrm{{d}}{self.write(v)}"
        return rf"\,\mathrm{{d}}\mu({self.write(v)})"

    def pattern(self, definition):
        return definition.latex


Node.as_text, Node.as_latex = staticmethod(text), staticmethod(latex)
