"""A derivation with one planted slip fails at the line of the slip, and nowhere before it."""

from dataclasses import replace

import pytest
from derivation_texts import FIRST, with_setting

from ntk_symbolic.errors import IllFormed
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Verdict

FLOW_TERM = "−Σ_i ∂c/∂θ_i ∫_X Σ_j δC/δf_j(x) ∂f_j/∂θ_i(x) dx"
PRODUCT = "−Σ_i (∫_X Σ_l δC/δf_l(x') ∂f_l/∂θ_i(x') dx') (∫_X Σ_j δC/δf_j(x) ∂f_j/∂θ_i(x) dx)"
KERNEL = "−∫_X ∫_X Σ_{j,l} δC/δf_j(x) K_{jl}(x, x') δC/δf_l(x') dx dx'"
GOOD = f"""
dC/dt
  = {FLOW_TERM}     by gradient flow
  = {PRODUCT}       by the chain rule
  = {KERNEL}        by Fubini
"""
SLIPS = {  # the line, the replaced text, the new text
    "sign": (1, FLOW_TERM, FLOW_TERM.lstrip("−")),
    "factor 2": (2, PRODUCT, PRODUCT.replace("−Σ_i", "−2 Σ_i")),
    "factor 1/2": (3, KERNEL, KERNEL.replace("−∫", "−1/2 ∫")),
    "dropped index, one for two": (3, KERNEL, KERNEL.replace("K_{jl}", "K_{jj}")),
    "dropped factor": (3, KERNEL, KERNEL.replace(" δC/δf_l(x')", "")),
    "squared factor": (3, KERNEL, KERNEL.replace("δC/δf_l(x')", "δC/δf_l(x')²")),
    "swapped points": (3, KERNEL, KERNEL.replace("K_{jl}(x, x')", "K_{jl}(x', x)")),
    "swapped indices": (3, KERNEL, KERNEL.replace("K_{jl}", "K_{lj}")),
    "x for x'": (3, KERNEL, KERNEL.replace("δC/δf_l(x')", "δC/δf_l(x)")),
    "x and x' exchanged in one factor": (2, PRODUCT, PRODUCT.replace("∂f_l/∂θ_i(x')", "∂f_l/∂θ_i(x)")),
    "missing ∫": (3, KERNEL, KERNEL.replace("∫_X ∫_X", "∫_X")),
    "missing ∫ and differential": (3, KERNEL, KERNEL.replace("∫_X ∫_X", "∫_X").replace(" dx dx'", " dx")),
    "spurious ∫": (1, FLOW_TERM, FLOW_TERM.replace("−", "−∫_X ").replace(" dx", " dx dx'")),
    "one dummy for both integrals": (3, KERNEL, KERNEL.replace("dx dx'", "dx dx")),
    "one dummy throughout": (3, KERNEL, KERNEL.replace("x'", "x")),
    "lost Σ": (1, FLOW_TERM, FLOW_TERM.replace("Σ_j ", "")),
    "lost Σ over parameters": (2, PRODUCT, PRODUCT.replace("Σ_i ", "")),
    "spurious Σ": (1, FLOW_TERM, FLOW_TERM.replace("−Σ_i", "−Σ_{i,m}")),
    "Σ torn apart": (2, PRODUCT, PRODUCT.replace("(∫_X Σ_j", "Σ_m (∫_X Σ_j").replace("∂f_j/∂θ_i", "∂f_j/∂θ_m")),
    "wrong function": (1, FLOW_TERM, FLOW_TERM.replace("δC/δf_j(x)", "φ_j(x)")),
    "wrong variable of differentiation": (1, FLOW_TERM, FLOW_TERM.replace("∂f_j/∂θ_i", "∂f_j/∂θ_m")),
    "index of the wrong space": (1, FLOW_TERM, FLOW_TERM.replace("∂f_j/∂θ_i", "∂f_i/∂θ_j")),
    "point for an index": (3, KERNEL, KERNEL.replace("K_{jl}(x, x')", "K_{jl}(x, j)")),
    "a kernel without arguments": (3, KERNEL, KERNEL.replace("K_{jl}(x, x')", "K")),
    "a rate for a value": (1, FLOW_TERM, FLOW_TERM.replace("∂c/∂θ_i", "θ̇_i")),
}


JUDGED = {}  # steps by what they claim: all texts have one setting, and most of their lines in common


def first_failure(text: str) -> int | None:
    """The line of the first step that is not proved, or has no meaning."""
    try:
        reading = read(text)
    except IllFormed as trouble:
        return trouble.line
    for step in reading.derivation.steps:
        claim = step.lhs, step.rhs, step.relation
        if claim not in JUDGED:
            alone = replace(reading, derivation=replace(reading.derivation, steps=(step,), conclusion=()))
            JUDGED[claim] = alone.judged().verdict
        if JUDGED[claim] is not Verdict.PROVED:
            return step.line
    return None


def test_the_derivation_without_a_slip_is_proved():
    assert first_failure(with_setting(GOOD)) is None


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_fails_at_its_line(slip):
    line, right, wrong = SLIPS[slip]
    text = GOOD.replace(right, wrong)
    assert text != GOOD
    assert first_failure(with_setting(text)) == FIRST + line


HARMLESS = {
    "renamed": KERNEL.replace("Σ_{j,l}", "Σ_{l,j}").replace("j", "·").replace("l", "j").replace("·", "l"),
    "renamed points": KERNEL.replace("x'", "·").replace("x", "x'").replace("·", "x"),
    "reordered integrals": KERNEL.replace("dx dx'", "dx' dx"),
    "reordered sums": KERNEL.replace("∫_X ∫_X Σ_{j,l}", "Σ_l ∫_X ∫_X Σ_j"),
    "transposed in indices and points": KERNEL.replace("K_{jl}(x, x')", "K_{lj}(x', x)"),
    "vectors": "−∫_X ∫_X (δC/δf)(x)ᵀ K(x, x') (δC/δf)(x') dx dx'",
    "the square": "−Σ_i (∫_X Σ_j δC/δf_j(x) ∂f_j/∂θ_i(x) dx)²",
}


@pytest.mark.parametrize("change", HARMLESS)
def test_renaming_and_reordering_is_no_slip(change):
    text = GOOD.replace(KERNEL, HARMLESS[change])
    assert text != GOOD
    assert first_failure(with_setting(text)) is None


def test_a_refuted_step_shows_the_instance_and_the_difference():
    line, right, wrong = SLIPS["factor 2"]
    step = read(with_setting(GOOD.replace(right, wrong))).judged().steps[line - 1]
    (said,) = [j.detail for j in step.judgements if j.verdict is Verdict.REFUTED]
    assert all(word in said for word in ("left = ", "right = ", "difference", "on this instance"))
