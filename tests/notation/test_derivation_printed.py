"""A printed formula is parsed as the same formula."""

import pytest
from derivation_texts import SETTING
from test_derivation_reading import SPELLINGS

from ntk_symbolic.calculus import equal
from ntk_symbolic.calculus.display import text
from ntk_symbolic.notation.derivations import read

INTERVALS = """\
time t
space U = [0, 2], points u, v
space V = [−1, 1/2] with density 1 + s^2, points s, r
space Z with measure ν, points z, z'
index n, m in 1..3
index i in 1..P
number h, λ1, ε
function a_n of t
function w1(u)
function q(u, s)
function b(u, v)
function ρ(u) of t
function g_i(z)
function F_n(s; a)
functional G[w1]
functional H[g]
define K1_{ni}(z, u) := g_i(z) w1(u) a_n
define N[g] := Σ_i ∫_Z g_i(z)² dz
define ‖g‖²_M := Σ_i ∫_Z g_i(z)² dz
"""
ON_INTERVALS = (
    """
w1'(u) · w1''(0) · ∂³w1/∂u³(v) · ∂q/∂u(u, s) · ∂²q/∂u∂s(v, r) · ∂b/∂u(u, v) · ∂b/∂u(v, u) · ∂b/∂v(u, 1) · ∂ρ/∂u(v) · ρ̇(u)
∂²ρ/∂u²(0) · ∂ρ̇/∂u(u) · ∂ρ/∂t(u) · d/dt ∫_U ρ(u) du · ∫_U w1(u) du · ∫_V q(u, s) ds · ∫_V q(u, r) dr ∫_U w1(v) dv
∫_V ∫_U q(u, s) du ds · ∫_Z ∫_Z g_i(z) g_i(z') dν(z) dν(z') · Σ_n a_n ȧ_n · λ1² a_1 · h μ(Z) · P + 2 P² · F_n(s)
∂F_n/∂a_m(s) · ∂F_n/∂s(s) · F_n^{a + ε a}(s) · ∂F_n^{2 a}/∂a_m(s) · δG/δw1(u) · δ²G/δw1(u)δw1(v) · δG/δw1[2 w1](u)
G[w1 + ε w1] · G[u ↦ w1(u)²] · G[u ↦ w1(u) u] · H[g] · H[z, i ↦ g_i(z)²] · δH/δg_i(z) · K1_{ni}(z, u) · N[g]
N[z, i ↦ g_i(z)²] · ‖g‖²_M · ‖2 g‖²_M · ‖δH/δg‖²_M · lim_{ε→0} (G[w1 + ε w1] − G[w1])/ε · d/dε G[w1 + ε w1]
exp(−w1(u)) log(1 + w1(u)²) · sqrt(1 + h²) · 1/(1 + h) · (1 + h)^{−3} · h^{1/2} · h^{−1/2} · w1(u)^{3/2} · a_n/w1(u)
2/3 a_n · −(a_n + h) · a_n − (h − 1) · 0.5 h · exp(h)/w1(u) · δ_{nm} a_n² · (Σ_n a_n)^3 Σ_m a_m · Σ_n (a_n + 1)
∂/∂h (h² w1(u)) · ∂/∂u (u w1(u)) · ∂/∂a_n (a_m²) · ∂²/∂h² exp(h u) · d²/dt² a_n · d/dt (a_n a_m) · (d/dt (a_n² + 1)) a_m
u² s · (u − 1)² · 1/u · exp(exp(u)) · w1(1/2) · ∫_U 2 du · Σ_n 1 · ∫_U (w1(u) + u) du Σ_n a_n · −1/2 Σ_n a_n · h Σ_n a_n + h
(∂/∂a_n (h a_m²)) a_n · (d/dt ρ(u)) ρ(v) · 1/(P + 1) h · sqrt(1/(1 + h)) · (1/h)^{1/3} · −h^{−1}
""".replace("\n", " · ")
    .strip(" ·")
    .split(" · ")
)
FORMULAS = [(INTERVALS, formula) for formula in ON_INTERVALS]
FORMULAS += [(SETTING, formula) for formula in dict.fromkeys([*SPELLINGS, *SPELLINGS.values()]) if "\n" not in formula]


@pytest.mark.parametrize(("setting", "formula"), FORMULAS, ids=[formula for _, formula in FORMULAS])
def test_what_is_printed_is_read_as_the_same(setting, formula):
    (step,) = read(f"{setting}{formula}\n = 1  by nothing").derivation.steps
    (again,) = read(f"{setting}{text(step.lhs)}\n = 1  by nothing").derivation.steps
    assert str(again.lhs) == str(step.lhs) or equal(again.lhs, step.lhs)


@pytest.mark.parametrize("formula", ["∂b/∂u(u, u)", "G[w1 + O(ε²)]"])
def test_what_the_notation_has_no_sign_for_is_refused_and_never_read_as_something_else(formula):
    (step,) = read(f"{INTERVALS}{formula}\n = 1  by nothing").derivation.steps
    with pytest.raises(ValueError, match=r"does not fit|not declared"):
        read(f"{INTERVALS}{text(step.lhs)}\n = 1  by nothing")
