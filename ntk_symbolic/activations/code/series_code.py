"""Source code of the reading by Mehler's series: φ and φ' in analytic pieces, and their growth."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from math import inf

from sympy import Expr, oo

from ..facts.growth import Growth, growth_on
from ..facts.limits import measured
from ..facts.shape import degree, jumps, kinks, parity
from ..form.pieces import Piece, split
from ..form.removable import nested, removed
from ..form.smooth import smooth
from ..form.variables import u
from .integral_code import written

Show = Callable[[Expr], str]


def series_source(name: str, phi: Expr, reason: str, show: Show) -> str:
    """`compiled_<name>`, a Series, and its pieces. Raises NoClosedForm if E φ(u)² is infinite at every variance."""
    whole = split(phi, u)
    pieces = [Piece(p.lo, p.hi, smooth(p.expr, u)) for p in removed(whole, u)]
    slopes = [Piece(p.lo, p.hi, smooth(p.expr.diff(u), u)) for p in pieces]
    bends = [Piece(p.lo, p.hi, smooth(p.expr.diff(u), u)) for p in slopes]
    code, fields = [], []
    for kind, parts in (("f", pieces), ("df", slopes)):
        names = [f"{name}_{kind}{k}" for k in range(len(parts))]
        code += [_code(piece, part, show) for piece, part in zip(names, parts, strict=True)]
        rows = ", ".join(f"({_end(p.lo, show)}, {_end(p.hi, show)}, {n})" for n, p in zip(names, parts, strict=True))
        fields.append(f"    {kind}=Smooth(({rows},), {_growth(parts)}),")
    lines = [
        f"    phi={name}_phi,",
        f"    dphi={name}_dphi,",
        *fields,
        f"    slopes=({_growth(slopes)}, {_growth(bends)}),",
        f"    reason={reason!r},",
        f"    steps={written(jumps(whole), show)},",
        f"    kinks={bool(kinks(whole))},",
        f"    parity={parity(pieces)},",
        *([] if (n := degree(whole)) is None else [f"    degree={float(n)},"]),
        *([] if (limit := inf if _growth(pieces) else measured(pieces)) == inf else [f"    limit={limit!r},"]),
    ]
    return "\n\n\n".join([*code, "\n".join([f"compiled_{name} = Series(", *lines, ")"])])


def _code(name: str, piece: Piece, show: Show) -> str:
    value = show(nested(piece.expr, u)) if piece.expr.has(u) else f"xp.full_like(u, {show(piece.expr)})"
    return "\n    ".join([f"def {name}(xp, u):", *_shared(value)])


def _shared(value: str) -> list[str]:
    """Lines of the same arithmetic, in which a repeated call or bracket is computed once.

    A ball costs ten times as much as a float, and a slope has the same functions in all its terms.

    >>> _shared("exp(-u)*sin(u) + exp(-u)*sin(2*u)")
    ['x0 = exp(-u)', 'return x0*sin(u) + x0*sin(2*u)']
    """
    lines: list[str] = []
    while several := [text for text, times in Counter(_closed(value)).items() if times > 1]:
        text, name = min(several, key=len), f"x{len(lines)}"  # the innermost first
        lines.append(f"{name} = {text}")
        value = re.sub(rf"(?<![\w.]){re.escape(text)}", name, value)
    return [*lines, f"return {value}"]


def _closed(value: str) -> Iterator[str]:
    """Calls with their arguments, and brackets that contain more than a name."""
    opened: list[int] = []
    for n, sign in enumerate(value):
        if sign == "(":
            opened.append(n)
        elif sign == ")":
            start = bracket = opened.pop()
            while start and re.match(r"[\w.]", value[start - 1]):
                start -= 1
            if start < bracket or not re.fullmatch(r"\w*", value[bracket + 1 : n]):
                yield value[start : n + 1]


def _end(x: Expr, show: Show) -> str:
    return {oo: "inf", -oo: "-inf"}.get(x) or show(x)


def _growth(pieces: list[Piece]) -> Growth | None:
    """The growth of all pieces together."""
    each = [growth_on(p.expr, u, p.lo, p.hi) for p in pieces]
    known = [x for x in each if x is not None]
    return (max(c for c, _ in known), max(g for _, g in known)) if len(known) == len(each) else None
