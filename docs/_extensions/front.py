"""The figure of the front page: κ and κ̇ of GELU with the averages of sampled layers, by the package's own plots."""

from ntk_symbolic import activation
from ntk_symbolic.pages.activation_page import RHO
from ntk_symbolic.pages.activation_study import DOTS, NETWORKS, WIDTH
from ntk_symbolic.pages.page import Html, figure
from ntk_symbolic.pages.plots import profile


def figure_of_gelu() -> Html:
    study = activation("gelu").report().study
    kappa, slope = study.sampled
    curves = {
        "κ": study.numbers.correlated(study.q, RHO),
        "κ̇": study.numbers.slope_correlated(study.q, RHO),
    }
    dots = {"κ": (DOTS, kappa.mean, kappa.error), "κ̇": (DOTS, slope.mean, slope.error)}
    caption = (
        r"GELU: the derived kernels $\kappa$ and $\dot{\kappa}$ of two unit Gaussian inputs against their correlation $\rho$. "
        f"Dots: sampled layers of {WIDTH} units, mean and standard error of {NETWORKS}. This build drew it."
    )
    return figure(profile(RHO, curves, "The kernels of GELU and sampled layers", dots), caption)
