"""A judge caches values of the line before, and its verdict does not depend on them."""

from itertools import pairwise

import pytest
from sympy import Abs

from ntk_symbolic.calculus import Functional, Over, Space
from ntk_symbolic.proofs.derivation import Step
from ntk_symbolic.proofs.judges.panel import panel

P = Space("P", "counting", "i")
i, m = P.point(), P.point("m")
a = Functional("a", [P])

CHAINS = {
    "squares": [Over(a(i), i) ** 2, Over(a(i) * a(m), i, m), Over(a(m) * a(i), m, i), Over(a(i), i), Over(a(m), m)],
    "a kink comes and goes": [
        Over(a(i), i),
        Over(a(i) ** 2, i),
        Over(Abs(a(i)) ** 2, i),
        Over(a(i) * Abs(a(i)), i),
        Over(Abs(a(m)) * a(m), m),
        Over(a(m) ** 2, m),
    ],
}


@pytest.mark.parametrize("lines", CHAINS.values(), ids=CHAINS)
def test_a_judge_that_saw_the_lines_before_says_the_same(lines):
    steps, judges = [Step(left, right, "") for left, right in pairwise(lines)], panel()
    seen = [[judge(step) for judge in judges] for step in steps]
    assert seen == [[judge(step) for judge in panel()] for step in steps]
    assert any(said is not None for said in seen[-1])
