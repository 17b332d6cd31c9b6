"""No two judges contradict each other on statements made at random; see random_statements for what these are."""

import pytest
from random_statements import Statements
from sweeps import sweep

from ntk_symbolic.proofs.derivation import Derivation, Verdict
from ntk_symbolic.proofs.judges.panel import panel

SEEDS = range(40)


@pytest.mark.parametrize("seed", sweep(SEEDS, SEEDS[:20]))
def test_judges_agree_and_what_is_right_is_not_refuted(seed):
    statement = Statements(seed).one()
    verdict = Derivation("at random", (statement.step,)).judged(*panel(statement.assuming)).steps[0].verdict
    assert verdict is not Verdict.CONTRADICTED
    assert not (statement.right and verdict is Verdict.REFUTED)
