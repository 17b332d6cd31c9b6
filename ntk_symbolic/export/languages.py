"""The languages: how each writes a rule, a state, and the function that users call.

The formulas are those of `rules` and of the derived duals; a language has signs alone. All code is ASCII but for comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from .rules import MOMENTS, Rule, State

WIDTH = 116  # of comments
KAHAN = "x.x/d, y.y/d, x.y/d; r -+ c by differences of unit vectors, which lose no digits (Kahan)"
LONGEST = 96  # characters of a state in one line
MATHS = (
    "sqrt",
    "exp",
    "expm1",
    "log",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "asin",
    "atan",
    "asinh",
    "abs",
    "where",
)


def _names(lead: str, **others: str) -> dict[str, str]:
    return {name: f"{lead}{name}" for name in (*MATHS, "atan2", "pow")} | others


@dataclass(frozen=True)
class Call:
    """The function that users call.

    returns   the kernels by name, with their fields in the state `last`
    body      (name, expression, comment), in order; each is a state
    same      does it tell an input with itself from equal inputs, as Dropout does?
    """

    name: str
    returns: tuple[tuple[str, str], ...]
    body: tuple[tuple[str, str, str], ...]
    same: bool
    last: str

    @property
    def features(self) -> bool:
        """True if the body uses d, the number of features, as in standard parameterisation."""
        return any(text.endswith("*d)") for _, text, _ in self.body)


@dataclass(frozen=True)
class Language:
    """names: the functions of `rules` in this language; comment: the sign before a comment; title: how people write it."""

    title: str
    comment: str
    names: dict[str, str] = field(hash=False)

    def expression(self, text: str) -> str:
        return re.sub(r"\bxp\.(\w+)", lambda found: self.names[found[1]], text)

    def commented(self, lines: Iterable[str]) -> str:
        """Lines as comments, in which nothing of a user's can end the comment."""
        clean = (part.replace("\\", " ") for line in lines for part in line.splitlines() or [""])
        whole = (short for line in clean for short in wrap(line, WIDTH, subsequent_indent="    ") or [""])
        return "\n".join(f"{self.comment} {line}".rstrip() for line in whole)

    def state(self, values: State, fields: Sequence[str]) -> str:
        raise NotImplementedError

    def opening(self, fields: Sequence[str]) -> str:
        """Imports and the type of states."""
        raise NotImplementedError

    def rule(self, rule: Rule, fields: Sequence[str]) -> str:
        raise NotImplementedError

    def call(self, call: Call, fields: Sequence[str]) -> str:
        """The function of inputs."""
        raise NotImplementedError

    def duals(self, names: Sequence[tuple[str, str]], phi: str) -> str:
        """Functions of a, b, c, each a field of what the rule `phi` makes of their state."""
        raise NotImplementedError

    def value(self, value: str | State, fields: Sequence[str]) -> str:
        return self.expression(value) if isinstance(value, str) else self.state(value, fields)

    def listed(self, opening: str, entries: list[str], closing: str) -> str:
        """Entries in one line, or in a line each where that is too long."""
        line = f"{opening}{', '.join(entries)}{closing}"
        if len(line) <= LONGEST:
            return line
        return "\n".join([opening, *(f"        {entry}," for entry in entries), f"    {closing}"])


class Arrays(Language):
    """Python on an array library: a matrix of pairs at once."""

    imports: str
    loaded: str  # X as an array
    eye: str
    squares: str  # Σ (u ± v)² of each u in U with each v in V

    def state(self, values: State, fields: Sequence[str]) -> str:
        return self.listed("State(", [f"{name}={self.expression(values[name])}" for name in fields], ")")

    def opening(self, fields: Sequence[str]) -> str:
        return (
            f"from collections import namedtuple\n\n{self.imports}\n\n"
            f'State = namedtuple("State", "{" ".join(fields)}")  # of pairs: shapes (n, 1), (1, m), (n, m)'
        )

    def rule(self, rule: Rule, fields: Sequence[str]) -> str:
        lines = [f"def {rule.name}({', '.join((*rule.pairs, *rule.numbers))}):", f"    {self.comment} {rule.says}"]
        lines += [f"    {name} = {self.value(value, fields)}" for name, value in rule.lets]
        return "\n".join([*lines, f"    return {self.value(rule.result, fields)}"])

    def call(self, call: Call, fields: Sequence[str]) -> str:
        lets = {
            "a": "xp.sum(X*X, -1)[:, None]/X.shape[1]",
            "b": "xp.sum(Y*Y, -1)[None, :]/X.shape[1]",
            "c": "X @ Y.T/X.shape[1]",
            "U": "X/nonzero(root(xp.sum(X*X, -1)))[:, None]",
            "V": "Y/nonzero(root(xp.sum(Y*Y, -1)))[:, None]",
            "half": "0.5*root(a)*root(b)",
            "minus": f"half*{self.squares.replace('SIGN', '-')}",
            "plus": f"half*{self.squares.replace('SIGN', '+')}",
        }
        first = {field: field for field in MOMENTS} | {"ntk": "0*c", "m": "0*a", "n": "0*b"}
        returned = ", ".join(f"{call.last}.{of}" for _, of in call.returns)
        kinds = " and ".join(name for name, _ in call.returns)
        lines = [
            "def inputs(X, Y):",
            f"    {self.comment} {KAHAN}",
            *(f"    {name} = {self.expression(text)}" for name, text in lets.items()),
            f"    return {self.state(first, fields)}",
            "",
            "",
            f"def {call.name}(X, Y=None):",
            f"    {self.comment} X (n, d), Y (m, d) or None for X: {kinds}, (n, m)",
            f"    X = {self.loaded}",
            f"    same = 0.0 if Y is not None else {self.eye}" if call.same else None,
            f"    Y = X if Y is None else {self.loaded.replace('X', 'Y')}",
            "    d = X.shape[1]" if call.features else None,
            *(self._line(*line) for line in call.body),
            f"    return {returned}",
        ]
        return "\n".join(line for line in lines if line is not None)

    def _line(self, name: str, text: str, says: str) -> str:
        return f"    {name} = {text}" + (f"  {self.comment} {says}" if says else "")

    def duals(self, names: Sequence[tuple[str, str]], phi: str) -> str:
        made = []
        for name, of in names:
            loaded = ", ".join(self.loaded.replace("X", x) for x in "abc")
            made.append(f"def {name}(a, b, c):\n    a, b, c = {loaded}\n    return {phi}(moments(a, b, c)).{of}")
        return "\n\n\n".join(made)


class NumPy(Arrays):
    imports, loaded = "import numpy as np", "np.asarray(X, dtype=float)"
    eye, squares = "np.eye(len(X))", "np.stack([((u SIGN V)**2).sum(-1) for u in U])"


class Torch(Arrays):
    imports, loaded = "import torch", "torch.as_tensor(X)"
    eye, squares = (
        "torch.eye(len(X), dtype=X.dtype, device=X.device)",
        "torch.stack([((u SIGN V)**2).sum(-1) for u in U])",
    )


class Jax(Arrays):
    imports, loaded = "import jax\nimport jax.numpy as jnp", "jnp.asarray(X)"
    eye, squares = "jnp.eye(len(X))", "jax.lax.map(lambda u: ((u SIGN V)**2).sum(-1), U)"


class C(Language):
    """C99; a pair at a time."""

    def state(self, values: State, fields: Sequence[str]) -> str:
        return self.listed("(State){", [f".{name} = {self.expression(values[name])}" for name in fields], "}")

    def opening(self, fields: Sequence[str]) -> str:
        where = "static double where(int condition, double x, double y) { return condition ? x : y; }"
        return f"#include <math.h>\n\ntypedef struct {{ double {', '.join(fields)}; }} State;\n\n{where}"

    def rule(self, rule: Rule, fields: Sequence[str]) -> str:
        arguments = [*(f"State {p}" for p in rule.pairs), *(f"double {x}" for x in rule.numbers)]
        kind = {True: "State", False: "double"}
        lines = [f"static {kind[rule.state]} {rule.name}({', '.join(arguments)}) {{", f"    {self.comment} {rule.says}"]
        lines += [
            f"    const {kind[not isinstance(value, str)]} {name} = {self.value(value, fields)};"
            for name, value in rule.lets
        ]
        return "\n".join([*lines, f"    return {self.value(rule.result, fields)};", "}"])

    def call(self, call: Call, fields: Sequence[str]) -> str:
        values = {"a": "a", "b": "b", "c": "c", "minus": "half*minus", "plus": "half*plus"}
        first = f"""static State inputs(int d, const double *x, const double *y) {{
    // {KAHAN}
    double a = 0, b = 0, c = 0, minus = 0, plus = 0;
    for (int i = 0; i < d; i++) {{ a += x[i]*x[i]; b += y[i]*y[i]; c += x[i]*y[i]; }}
    const double s = nonzero(root(a)), t = nonzero(root(b));
    for (int i = 0; i < d; i++) {{
        const double u = x[i]/s, v = y[i]/t;
        minus += (u - v)*(u - v);
        plus += (u + v)*(u + v);
    }}
    a /= d; b /= d; c /= d;
    const double half = 0.5*root(a)*root(b);
    return {self.state({x: values.get(x, "0") for x in fields}, fields)};
}}"""
        one = len(call.returns) == 1
        outputs = "" if one else "".join(f", double *{name}" for name, _ in call.returns)
        lines = [f"{'double' if one else 'void'} {call.name}(int d, const double *x, const double *y{outputs}) {{"]
        if call.same:
            lines.append("    const double same = x == y;  // one input with itself: pass the same pointer twice")
        lines += [
            f"    const State {name} = {text};  // {says}".removesuffix("  // ") for name, text, says in call.body
        ]
        lines += (
            [f"    return {call.last}.{call.returns[0][1]};"]
            if one
            else [f"    *{name} = {call.last}.{of};" for name, of in call.returns]
        )
        return "\n".join([first, "", *lines, "}"])

    def duals(self, names: Sequence[tuple[str, str]], phi: str) -> str:
        return "\n\n".join(
            f"double {name}(double a, double b, double c) {{ return {phi}(moments(a, b, c)).{of}; }}"
            for name, of in names
        )


class Julia(Language):
    """Julia; a pair at a time, and matrices with inputs as rows."""

    def state(self, values: State, fields: Sequence[str]) -> str:
        return self.listed("State(", [self.expression(values[name]) for name in fields], ")")

    def opening(self, fields: Sequence[str]) -> str:
        return "\n".join(["struct State", *(f"    {name}::Float64" for name in fields), "end"])

    def rule(self, rule: Rule, fields: Sequence[str]) -> str:
        lines = [f"function {rule.name}({', '.join((*rule.pairs, *rule.numbers))})", f"    {self.comment} {rule.says}"]
        lines += [f"    {name} = {self.value(value, fields)}" for name, value in rule.lets]
        return "\n".join([*lines, f"    return {self.value(rule.result, fields)}", "end"])

    def call(self, call: Call, fields: Sequence[str]) -> str:
        values = {
            "a": "a/d",
            "b": "b/d",
            "c": "sum(x .* y)/d",
            "minus": "half*sum(abs2, u .- v)",
            "plus": "half*sum(abs2, u .+ v)",
        }
        first = f"""function inputs(x, y)
    # {KAHAN}
    d, a, b = length(x), sum(abs2, x), sum(abs2, y)
    u, v = x ./ nonzero(root(a)), y ./ nonzero(root(b))
    half = 0.5*root(a/d)*root(b/d)
    return {self.state({x: values.get(x, "0.0") for x in fields}, fields)}
end"""
        returned = ", ".join(f"{call.last}.{of}" for _, of in call.returns)
        lines = [
            f"function {call.name}(x::AbstractVector, y::AbstractVector, same=0.0)",
            "    # same = 1.0 for one input with itself, which has one mask of Dropout" if call.same else "",
            "    d = length(x)" if call.features else "",
            "    p0 = inputs(x, y)",
            *(f"    {name} = {text}  # {says}".removesuffix("  # ") for name, text, says in call.body[1:]),
            f"    return {returned}",
            "end",
        ]
        whole = (
            f"function {call.name}(X::AbstractMatrix, Y=nothing)\n"
            "    # rows are inputs; a matrix, of tuples where there are two kernels\n"
            "    Z = Y === nothing ? X : Y\n"
            f"    return [{call.name}(X[i, :], Z[j, :], Float64(Y === nothing && i == j)) "
            "for i in axes(X, 1), j in axes(Z, 1)]\nend"
        )
        return "\n".join([first, "", *filter(None, lines), "", whole])

    def duals(self, names: Sequence[tuple[str, str]], phi: str) -> str:
        return "\n\n".join(f"{name}(a, b, c) = {phi}(moments(a, b, c)).{of}" for name, of in names)


_NUMPY = {"atan2": "np.arctan2", "asin": "np.arcsin", "atan": "np.arctan", "asinh": "np.arcsinh", "pow": "np.power"}
_JAX = {name: f"j{of}" for name, of in _NUMPY.items()}

LANGUAGES: dict[str, Language] = {
    "numpy": NumPy("NumPy", "#", _names("np.", **_NUMPY, sum="np.sum")),
    "torch": Torch("PyTorch", "#", _names("torch.", sum="torch.sum")),
    "jax": Jax("JAX", "#", _names("jnp.", **_JAX, sum="jnp.sum")),
    "c": C("C", "//", _names("", abs="fabs")),
    "julia": Julia("Julia", "#", _names("", atan2="atan", where="ifelse", pow="(^)")),
}
