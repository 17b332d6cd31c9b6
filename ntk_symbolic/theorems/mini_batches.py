r"""Mini-batches: the mean gradient of B samples drawn with replacement is unbiased, with 1/B of the covariance of one."""

from __future__ import annotations

from ..calculus import Definition, Delta, Functional, Lam, Over, Partial, Space
from ..calculus.display import latex
from ..proofs.derivation import Hypothesis
from ..proofs.facts import ZERO, Fact
from ..proofs.theorem import equals, theorem
from .setting import Parameters, i, m, says, theta

Samples, Batch = Space("N", "counting", "n"), Space("B", "counting", "b")
Draws = Space("Omega", "measure", "omega", r"\Omega")
n, n_, b, b_ = Samples.point("n"), Samples.point("n'"), Batch.point("b"), Batch.point("b'")
omega = Draws.point()

loss = Functional("ell", [Samples], of=[Parameters], wrt="theta")  # the cost of one sample
c = Definition("c", Lam(Over(loss(theta, n), n) / Samples.mass))
drawn = Functional("g", [Batch, Parameters, Draws])  # the gradient of the sample drawn as the b-th


def excess(n, i):
    """∂ℓ_n/∂θ_i − ∂c/∂θ_i."""
    return loss(theta, n).at(i) - Partial(c(), theta, i)


def excess_of_draw(b, i):
    return drawn(b, i, omega) - Partial(c(), theta, i)


one = Definition("Cov^1", Lam(Over(excess(n, i) * excess(n, m), n) / Samples.mass, i, m))
batch = Definition("ghat", Lam(Over(drawn(b, i, omega), b) / Batch.mass, i, omega))
MEAN = Fact(
    "each draw is unbiased",
    Lam(Over(drawn(b, i, omega), omega) - Partial(c(), theta, i), b, i),
    ZERO,
    latex=r"\left(\mathbb{E}\,g - \nabla c\right)",
    text="(𝔼g − ∇c)",
)
PAIRS = Fact(
    "independent draws",
    Lam(Over(excess_of_draw(b, i) * excess_of_draw(b_, m), omega) - Delta(b, b_) * one(i, m), b, b_, i, m),
    ZERO,
    latex=r"\left(\mathrm{cov}(g, g) - \delta\,\mathrm{Cov}^{1}\right)",
    text="(cov(g, g) − δ Cov¹)",
)
SAMPLES = Hypothesis(
    rf"The cost is the mean over $N$ samples, {says(c(), c().unfolded())}, and each "
    rf"${latex(loss(theta, n))}$ is differentiable in $\theta$. The covariance of one draw, each sample being as likely "
    rf"as any other, is {says(one(i, m), one.body(i, m))}.",
    grants=("differentiability of ell",),
)
DRAWN = Hypothesis(
    rf"${latex(drawn(b, i, omega))}$ is $\partial\ell_{{n}}/\partial\theta_{{i}}$ for the $b$-th of $B$ samples $n$ that "
    r"are drawn independently, with replacement. So its mean and covariance over the probability space $\Omega$ are "
    r"those of the first two claims; the mean over the batch is "
    rf"{says(batch(i, omega), batch.body(i, omega))}.",
    grants=(MEAN.name, PAIRS.name),
)


@theorem(
    source="Bottou, Curtis, Nocedal 2018, Optimization Methods for Large-Scale Machine Learning, arXiv 1606.04838",
    hypotheses=[SAMPLES, DRAWN],
)
def mini_batches():
    """A mini-batch of B samples drawn with replacement is unbiased, and its covariance is 1/B of that of one draw

    The first two claims are sums over the samples: the mean of one draw, and of a product of two independent ones, which
    therefore have no covariance. Drawn without replacement they have one, and the factor is (N − B)/(B (N − 1)) instead.
    """
    slopes = Partial(c(), theta, i), Partial(c(), theta, m)
    yield Over(loss(theta, n).at(i), n) / Samples.mass
    yield slopes[0], "the mean over one draw"
    yield Over(loss(theta, n).at(i) * loss(theta, n_).at(m), n, n_) / Samples.mass**2
    yield slopes[0] * slopes[1], "the mean over two draws"
    yield Over(batch(i, omega), omega)
    yield equals(slopes[0], Over(MEAN(b, i), b) / Batch.mass), "each draw is unbiased"
    yield Over((batch(i, omega) - slopes[0]) * (batch(m, omega) - slopes[1]), omega)
    yield Over(Over(excess_of_draw(b, i) * excess_of_draw(b_, m), omega), b, b_) / Batch.mass**2, "a product of sums"
    yield equals(one(i, m) / Batch.mass, Over(PAIRS(b, b_, i, m), b, b_) / Batch.mass**2), "independent draws"
