"""Least squares with a constant kernel: the closed form is proved, and agrees with a numerical solution."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm, solve

from ntk_symbolic.calculus.rules import FUNDAMENTAL
from ntk_symbolic.proofs.derivation import Derivation, Label, Verdict
from ntk_symbolic.theorems.squared_error import a, a_kernel_that_moves, n, squared_error, y

N = 4
ALONE = Derivation("without the theorems it uses", squared_error.steps, hypotheses=squared_error.hypotheses)


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(N, N))
    kernel = factor @ factor.T + np.eye(N)
    return kernel, rng.normal(size=N), rng.normal(size=N), rng.normal(size=N)  # K, K(x, X), f_0, y


def test_every_line_is_proved_twice_for_abstract_kernels_and_on_instances():
    for step in squared_error.judge(ALONE).steps:
        proving = [said.label for said in step.judgements if said.verdict is Verdict.PROVED]
        assert proving == [Label.DERIVED, Label.EXACT], step.rule


def test_the_closed_form_solves_the_flow(problem):
    kernel, to_data, start, targets = problem
    t, at_x = 0.7, 0.3

    def rates(_, f):
        return [*(-kernel @ (f[:N] - targets)), -to_data @ (f[:N] - targets)]

    solved = solve_ivp(rates, (0, t), [*start, at_x], rtol=1e-11, atol=1e-12).y[:, -1]
    decay = expm(-kernel * t)
    elsewhere = at_x - to_data @ solve(kernel, (np.eye(N) - decay) @ (start - targets))
    assert np.allclose(
        [*(targets + decay @ (start - targets)), elsewhere], solved, atol=1e-9
    )  # the solver's tolerance, times 100


def test_it_says_what_the_theorem_says():
    on_data, at_x = (claim.rhs for claim in ALONE.conclusion[1::2])
    assert str(on_data) == "y_n + Σ_m (e^{−Kt})_{nm} (f_m(0) - y_m)"
    assert str(at_x) == "f(0, x) - Σ_{m,p,q} K_m(x) G_{mp} (δ_{pq} - (e^{−Kt})_{pq}) (f_q(0) - y_q)"


@pytest.mark.parametrize("missing", ["the flow on the data", "dE/ds = E K", "E(t) = 1", "G K = 1", FUNDAMENTAL])
def test_without_one_of_its_facts_it_is_not_proved(missing):
    kept = tuple(h for h in squared_error.hypotheses if missing not in h.grants)
    weaker = squared_error.judge(replace(ALONE, hypotheses=kept))
    assert weaker.verdict is Verdict.UNDECIDED
    assert any(missing in step.missing for step in weaker.steps)


def test_a_gap_is_no_blank_cheque():
    """A wrong sign before E(0) is refuted, with any gap."""
    step = squared_error.steps[4]
    wrong = replace(step, rhs=2 * y(n) - step.rhs)  # y − Σ E(0) (f(0) − y)
    said = {j.verdict for judge in squared_error.judges if (j := judge(wrong)) is not None}
    assert step.gap is not None
    assert Verdict.PROVED not in said
    assert Verdict.REFUTED in said


def test_a_kernel_that_moves_leads_elsewhere():
    *_, true, frozen = a_kernel_that_moves.stated.conclusion
    assert a_kernel_that_moves().verdict is Verdict.PROVED
    assert true.rhs - frozen.rhs == 4 * a**3
