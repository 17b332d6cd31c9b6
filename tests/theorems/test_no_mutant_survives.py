"""No theorem lets a mutant through: a fixed sample of every line, and all that is listed as equivalent.

All mutants of all theorems: `ntk-symbolic prove --all --mutants`.
"""

from functools import cache

import pytest
from sweeps import sweep

from ntk_symbolic.proofs.mutation.equivalents import EQUIVALENTS
from ntk_symbolic.proofs.mutation.harness import FAILURES, Outcome, line_trials, lines_of, score
from ntk_symbolic.proofs.mutation.mutants import mutants
from ntk_symbolic.theorems import all_theorems

THEOREMS = all_theorems()
EVERYTHING = {**THEOREMS, **{why.name: why for theorem in THEOREMS.values() for why in theorem.counterexamples}}
SAMPLE = 1  # of every line, the same in every run
LONG = {"costs", "convergence", "gradient-descent", "mini-batches", "natural-gradient", "stochastic-gradient"}
SECONDS = {"tangent-kernel", "dirichlet-energy", "weight-decay", "squared-error"}


@pytest.mark.parametrize("name", sweep(THEOREMS, THEOREMS.keys() - LONG - SECONDS))
def test_no_mutant_survives(name):
    found = score(THEOREMS[name], SAMPLE)
    assert [trial.sentence() for trial in found.of(*FAILURES)] == []
    assert found.passed
    assert found.mutants >= len(THEOREMS[name].steps)


@cache
def trials_of_what_is_listed(theorem):
    def listed(name):
        return any(entry.covers(theorem, name) for entry in EQUIVALENTS)

    return [trial for line in lines_of(EVERYTHING[theorem]) for trial in line_trials(*line, named=listed)]


@pytest.mark.parametrize(
    "entry",
    sweep(EQUIVALENTS, [entry for entry in EQUIVALENTS if entry.theorem not in LONG | {"kernel-motion"}]),
    ids=lambda entry: f"{entry.theorem}: {entry.mutant}",
)
def test_what_is_listed_as_equivalent_occurs(entry):
    """An unused entry could hide a future survivor."""
    trials = trials_of_what_is_listed(entry.theorem)
    assert Outcome.EQUIVALENT in {t.outcome for t in trials if entry.covers(entry.theorem, t.name)}


def test_the_mutants_of_all_theorems_are_of_every_kind():
    kinds = {m.kind for theorem in THEOREMS.values() for step in theorem.steps for m in mutants(step.rhs)}
    assert kinds >= {
        *("sign", "factor", "exponent", "dropped factor", "dropped term", "dropped index"),
        *("missing integral", "missing sum", "spurious integral", "spurious sum"),
        *("wrong variable", "wrong function", "swapped arguments", "transposed kernel"),
        *("rate for value", "value for rate", "order"),
    }
