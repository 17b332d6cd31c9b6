"""The words of a network on one pair of inputs, as rules that every language prints.

A rule is written once, in Python's signs: `p.c` is a field of a state, `xp.sqrt` a function of the language. The state of a
pair holds a = E u², b = E v², c = E uv, and, with r = √(ab), minus = r − c and plus = r + c: near parallel and antipodal
inputs one of them is small, and r − |c| would lose half of its digits. sin²θ = minus·plus/r².
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

State = Mapping[str, str]  # an expression for each field

MOMENTS = ("a", "b", "c", "minus", "plus")
TANGENT, MEANS = ("ntk",), ("m", "n")  # Θ; E u and E v


@dataclass(frozen=True)
class Rule:
    """A function of states and numbers. lets: named values, in order; result: a state, or a number where it is a text.

    pairs, numbers   the names of the arguments.   says   the comment.   state   is the result a state?
    """

    name: str
    pairs: tuple[str, ...]
    numbers: tuple[str, ...]
    says: str
    lets: tuple[tuple[str, str | State], ...]
    result: str | State
    state: bool = True

    @property
    def texts(self) -> Iterable[str]:
        """All expressions of the rule."""
        for value in (*(value for _, value in self.lets), self.result):
            yield from [value] if isinstance(value, str) else value.values()


def number(name: str, arguments: str, says: str, result: str) -> Rule:
    """A rule whose result is a number."""
    return Rule(name, (), tuple(arguments.split()), says, (), result, state=False)


RULES = (
    number("positive", "x", "x, or 0 where rounding left less", "xp.where(x > 0, x, 0*x)"),
    number("nonzero", "x", "x, or 1 where x is 0 and the quotient does not matter", "xp.where(x > 0, x, 0*x + 1)"),
    number("root", "x", "its square root, whose slope at 0 is set to 0", "xp.where(x > 0, xp.sqrt(nonzero(x)), 0*x)"),
    number(
        "exp_rise",
        "x x_to step",
        "exp(x_to) - exp(x) from step = x_to - x, without cancellation or overflow",
        "xp.where(step < 0, xp.expm1(-xp.abs(step)), -xp.expm1(-xp.abs(step)))*xp.exp(xp.where(step > 0, x_to, x))",
    ),
    Rule(
        "linear",
        ("p",),
        ("square", "tangent"),
        "fresh weights: K' = square K, T' = tangent K + square T",
        (),
        {
            **{field: f"square*p.{field}" for field in MOMENTS},
            "ntk": "tangent*p.c + square*p.ntk",
            "m": "0*p.a",
            "n": "0*p.b",
        },
    ),
    Rule(
        "constant",
        ("p",),
        ("square", "tangent"),
        "a fresh bias for each unit: K' = square, T' = tangent",
        (),
        {
            "a": "0*p.a + square",
            "b": "0*p.b + square",
            "c": "0*p.c + square",
            "minus": "0*p.c",
            "plus": "0*p.c + 2*square",
            "ntk": "0*p.c + tangent",
            "m": "0*p.a",
            "n": "0*p.b",
        },
    ),
    Rule(
        "add",
        ("p", "q"),
        (),
        "the sum of independent units; r - c and r + c grow by the same square, of the norms alone",
        (
            ("a", "p.a + q.a"),
            ("b", "p.b + q.b"),
            ("turned", "root(p.a)*root(q.b) - root(q.a)*root(p.b)"),
            ("roots", "root(a)*root(b) + root(p.a)*root(p.b) + root(q.a)*root(q.b)"),
            ("more", "turned*turned/nonzero(roots)"),
        ),
        {
            "a": "a",
            "b": "b",
            "c": "p.c + q.c",
            "minus": "p.minus + q.minus + more",
            "plus": "p.plus + q.plus + more",
            "ntk": "p.ntk + q.ntk",
            "m": "p.m + q.m",
            "n": "p.n + q.n",
        },
    ),
    Rule(
        "means",
        ("p",),
        (),
        "the means of the units as one constant unit",
        (("c", "p.m*p.n"),),
        {
            "a": "p.m*p.m",
            "b": "p.n*p.n",
            "c": "c",
            "minus": "xp.abs(c) - c",
            "plus": "xp.abs(c) + c",
            "ntk": "0*c",
            "m": "p.m",
            "n": "p.n",
        },
    ),
    Rule(
        "centre",
        ("p",),
        (),
        "the units less their means: K' = K - m n",
        (
            ("a", "positive(p.a - p.m*p.m)"),
            ("b", "positive(p.b - p.n*p.n)"),
            ("c", "p.c - p.m*p.n"),
            ("r", "root(a)*root(b)"),
            ("turned", "p.m*root(b) - p.n*root(a)"),
            ("less", "turned*turned/nonzero(root(p.a)*root(p.b) + r + p.m*p.n)"),
        ),
        {
            "a": "a",
            "b": "b",
            "c": "c",
            "minus": "positive(p.minus - less)",
            "plus": "positive(r + c)",
            "ntk": "p.ntk",
            "m": "0*p.a",
            "n": "0*p.b",
        },
    ),
    Rule(
        "product",
        ("p", "q"),
        (),
        "the product of independent units: K' = K K, T' = T K + K T",
        (),
        {
            "a": "p.a*q.a",
            "b": "p.b*q.b",
            "c": "p.c*q.c",
            "minus": "0.5*(p.plus*q.minus + p.minus*q.plus)",
            "plus": "0.5*(p.plus*q.plus + p.minus*q.minus)",
            "ntk": "p.ntk*q.c + p.c*q.ntk",
            "m": "p.m*q.m",
            "n": "p.n*q.n",
        },
    ),
    Rule(
        "share",
        ("p",),
        ("part",),
        "a branch that makes this part of the units that stand side by side",
        (),
        {field: f"part*p.{field}" for field in (*MOMENTS, *TANGENT, *MEANS)},
    ),
    Rule(
        "scale",
        ("p",),
        ("factor",),
        "the units times a number",
        (("square", "factor*factor"),),
        {field: f"square*p.{field}" for field in (*MOMENTS, *TANGENT)} | {"m": "factor*p.m", "n": "factor*p.n"},
    ),
    Rule(
        "normalise",
        ("p",),
        ("eps",),
        "the units over their root mean square; 0/0 at a zero vector where eps = 0",
        (("root_a", "root(p.a + eps)"), ("root_b", "root(p.b + eps)"), ("both", "root_a*root_b")),
        {
            "a": "p.a/(p.a + eps)",
            "b": "p.b/(p.b + eps)",
            **{field: f"p.{field}/both" for field in ("c", "minus", "plus", *TANGENT)},
            "m": "p.m/root_a",
            "n": "p.n/root_b",
        },
    ),
    Rule(
        "drop",
        ("p",),
        ("keep", "same"),
        "Dropout: two inputs have a mask each; one input with itself (same = 1) has one",
        (
            ("other", "1 - same"),
            ("whole", "same/keep + other"),
            ("more", "0.5*other*(p.plus + p.minus)*(1/keep - 1)"),
        ),
        {
            "a": "p.a/keep",
            "b": "p.b/keep",
            "c": "whole*p.c",
            "minus": "whole*p.minus + more",
            "plus": "whole*p.plus + more",
            "ntk": "whole*p.ntk",
            "m": "p.m",
            "n": "p.n",
        },
    ),
)

MOMENTS_OF_NUMBERS = (
    number("high", "x", "the upper half of the digits (Dekker 1971)", "134217729.0*x - (134217729.0*x - x)"),
    Rule(
        "rest",
        (),
        ("x", "y"),
        "x y less its rounded value",
        (("x1", "high(x)"), ("y1", "high(y)"), ("x0", "x - x1"), ("y0", "y - y1")),
        "((x1*y1 - x*y) + x1*y0 + x0*y1) + x0*y0",
        state=False,
    ),
    Rule(
        "moments",
        (),
        ("a", "b", "c"),
        "the state of a covariance [[a, c], [c, b]]; a b - c c keeps its digits",
        (
            ("d", "positive((a*b - c*c) + (rest(a, b) - rest(c, c)))"),
            ("large", "root(a)*root(b) + xp.abs(c)"),
            ("small", "d/nonzero(large)"),
        ),
        {
            "a": "a + 0*c",
            "b": "b + 0*c",
            "c": "c",
            "minus": "xp.where(c > 0, small, large)",
            "plus": "xp.where(c > 0, large, small)",
            "ntk": "0*c + 1",
        },
    ),
)


def needed(rules: Iterable[Rule], called: str) -> list[Rule]:
    """Those of the rules, in their order, that a text calls, or that one of these calls."""
    known = {rule.name: rule for rule in rules}
    wanted: set[str] = set()
    waiting = [called]
    while waiting:
        for name in re.findall(r"(?<![\w.])(\w+)\(", waiting.pop()):
            if name in known and name not in wanted:
                wanted.add(name)
                waiting += known[name].texts
    return [rule for name, rule in known.items() if name in wanted]
