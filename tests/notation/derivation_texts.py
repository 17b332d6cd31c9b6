"""Texts in the notation for several tests."""

SETTING = """\
time t
space X with measure μ, points x, x'
index i, m in 1..P
index j, l in 1..k
number ε
function θ_i of t
function η_i
function f_j(x; θ)
function φ_j(x)
functional C[f]
define c := C[f^θ]
define K_{jl}(x, x') := Σ_i ∂f_j/∂θ_i(x) ∂f_l/∂θ_i(x')
assume gradient flow: θ̇_i = −∂c/∂θ_i
hypothesis "C is Fréchet differentiable" grants "differentiability of C"
hypothesis "f and θ are differentiable" grants "differentiability of f", "differentiability of θ"
hypothesis "the factors are integrable" grants "Fubini" from "Fubini 1907"
"""
FIRST = SETTING.count("\n") + 1  # the line after the setting


def with_setting(chain: str) -> str:
    return SETTING + chain.strip("\n") + "\n"


FLOW = with_setting("""
dC/dt
  = Σ_i dθ_i/dt ∫_X Σ_j δC/δf_j(x) ∂f_j/∂θ_i(x) dμ(x)                          by the chain rule
  = −∫_X ∫_X Σ_{j,l} δC/δf_j(x) K_{jl}(x, x') δC/δf_l(x') dμ(x) dμ(x')          by gradient flow
""")
