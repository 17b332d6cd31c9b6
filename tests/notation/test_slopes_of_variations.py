"""∂/∂s of δF/δρ(s): a functional derivative as a function, and differentiated in its point; gradient flows of densities."""

from dataclasses import replace

import pytest

from ntk_symbolic.calculus import Functional, Lam, SlotSlope, Space
from ntk_symbolic.errors import IllFormed
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.proofs.derivation import Verdict
from ntk_symbolic.proofs.mutation.mutants import mutants

SETTING = """\
time t
space S = [0, 1], points s, r
space X with measure μ, points x
function ρ(s) of t
function u(x)
functional F[ρ]
functional G[u]
hypothesis "smooth" grants "differentiability of ρ", "differentiability of F", "the fundamental theorem of calculus"
hypothesis "δF/δρ is smooth" grants "differentiability of δF/δρ", "differentiability of δ²F/δρ²"
hypothesis "it is symmetric" grants "symmetry of second derivatives"
"""
FLOW = SETTING.replace("functional F[ρ]\n", "functional F[ρ]\nassume flow: ρ̇(s) = ∂/∂s (ρ(s) ∂/∂s δF/δρ(s))\n")


def verdict(line: str, setting: str = SETTING) -> Verdict:
    left, right = line.split(" = ")
    return read(f"{setting}{left}\n = {right}  by calculation").judged().verdict


RIGHT = [
    "∂/∂s (ρ(s) δF/δρ(s)) = ∂ρ/∂s(s) δF/δρ(s) + ρ(s) ∂/∂s δF/δρ(s)",
    "∂/∂s ∂/∂s δF/δρ(s) = ∂²(δF/δρ)/∂s²(s)",
    "∂(δF/δρ)/∂s(r)² = (∂/∂r δF/δρ(r))²",
    "∫_S ∂/∂s δF/δρ(s) ds = δF/δρ(1) − δF/δρ(0)",
    "∫_S δF/δρ(s) ∂/∂s δF/δρ(s) ds = 1/2 δF/δρ(1)² − 1/2 δF/δρ(0)²",
    "∂/∂s δ²F/δρ(s)δρ(r) = ∂/∂s δ²F/δρ(r)δρ(s)",
    "d/dt ∂/∂s δF/δρ(s) = ∫_S ∂/∂s (δ²F/δρ(s)δρ(r)) ρ̇(r) dr",
]


@pytest.mark.parametrize("line", RIGHT)
def test_a_right_line_is_proved(line):
    assert verdict(line) is Verdict.PROVED


REFUTED = [
    "∂/∂s δF/δρ(s) = 0",
    "∂/∂s (ρ(s) δF/δρ(s)) = ∂ρ/∂s(s) δF/δρ(s) − ρ(s) ∂/∂s δF/δρ(s)",
    "∂/∂s (ρ(s) δF/δρ(s)) = ∂ρ/∂s(s) ∂/∂s δF/δρ(s)",
    "∂/∂s ∂/∂s δF/δρ(s) = ∂/∂s δF/δρ(s)",
    "∂(δF/δρ)/∂s(0) = ∂(δF/δρ)/∂s(1)",
    "∫_S ∂/∂s δF/δρ(s) ds = δF/δρ(1) + δF/δρ(0)",
    "∫_S δF/δρ(s) ∂/∂s δF/δρ(s) ds = δF/δρ(1)² − δF/δρ(0)²",
]


@pytest.mark.parametrize("line", REFUTED)
def test_a_wrong_line_is_refuted(line):
    assert verdict(line) is Verdict.REFUTED


@pytest.mark.parametrize(
    "line",
    [
        "∂/∂s δ²F/δρ(s)δρ(r) = ∂/∂r δ²F/δρ(s)δρ(r)",
        "∂/∂s δ²F/δρ(s)δρ(s) = ∂²(δF/δρ)/∂s²(s)",
        "d/dt ∂/∂s δF/δρ(s) = ∫_S ∂/∂r (δ²F/δρ(s)δρ(r)) ρ̇(r) dr",
    ],
)
def test_of_second_variations_on_an_interval_instances_have_no_word_and_a_wrong_line_is_not_proved(line):
    assert verdict(line) is Verdict.UNDECIDED


ENDS = "ρ(1) δF/δρ(1) ∂(δF/δρ)/∂s(1) − ρ(0) δF/δρ(0) ∂(δF/δρ)/∂s(0)"
DISSIPATION = f"∫_S δF/δρ(s) ρ̇(s) ds = {ENDS} − ∫_S ρ(s) (∂/∂s δF/δρ(s))² ds"


def test_along_a_gradient_flow_of_densities_the_functional_falls():
    assert verdict("dF/dt = ∫_S δF/δρ(s) ρ̇(s) ds", FLOW) is Verdict.PROVED
    assert verdict(DISSIPATION, FLOW) is Verdict.PROVED


@pytest.mark.parametrize("kind", ["sign", "factor 2", "dropped", "slope"])
def test_the_wrong_twins_of_its_dissipation_are_refuted(kind):
    left, right = DISSIPATION.split(" = ")
    reading = read(f"{FLOW}{left}\n = {right}  by parts")
    (step,) = reading.derivation.steps
    twins = [m for m in mutants(step.rhs) if kind in m.name][:3]
    assert twins
    for twin in twins:
        wrong = replace(reading.derivation, steps=(replace(step, rhs=twin.make()),), conclusion=())
        assert replace(reading, derivation=wrong).judged().verdict is Verdict.REFUTED, twin.name


def test_that_it_is_differentiable_is_a_hypothesis_of_its_own():
    text = SETTING.replace('"differentiability of δF/δρ", ', "")
    derivation = read(f"{text}∂/∂s δF/δρ(s)\n = ∂/∂s (δF/δρ(s))  by nothing").judged()
    assert derivation.verdict is Verdict.UNDECIDED
    assert derivation.steps[0].missing == ("differentiability of δF/δrho",)
    ascii_ = text + 'hypothesis "so" grants "differentiability of delta F/delta rho"\n'
    assert read(f"{ascii_}∂/∂s δF/δρ(s)\n = ∂/∂s (δF/δρ(s))  by nothing").judged().verdict is Verdict.PROVED


def test_on_an_abstract_space_there_is_no_such_derivative():
    with pytest.raises(IllFormed, match="X is no interval"):
        verdict("∂/∂x δG/δu(x) = 0")


def test_it_prints_as_it_is_read():
    S, u = Space("S", "measure", "s", interval=(0, 1)), Space("S", "measure", "s", interval=(0, 1)).point("s")
    rho = Functional("rho", [S])
    F = Functional("F", of=[S], wrt="rho")
    value = F(Lam(rho(u), u))
    assert str(value.at(u).diff(u)) == "∂/∂s δF/δρ(s)"
    assert str(SlotSlope(value.at(S.at(1)), [(2,)])) == "∂²(δF/δρ)/∂s²(1)"
    assert SlotSlope(value.at(u), [(0,)]) == value.at(u)
    with pytest.raises(IllFormed, match="other slots"):
        SlotSlope(value, [(1,)])
