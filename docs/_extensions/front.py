"""The figure of the front page: κ and κ̇ of GELU with the averages of sampled layers, by the package's own plots."""

from ntk_symbolic import activation
from ntk_symbolic.documents.page import Html, figure
from ntk_symbolic.pages.activation_page import plot_of_duals
from ntk_symbolic.pages.activation_study import NETWORKS, WIDTH


def figure_of_gelu() -> Html:
    caption = (
        r"GELU: the derived kernels $\kappa$ and $\dot{\kappa}$ of two unit Gaussian inputs against their correlation $\rho$. "
        f"Dots: sampled layers of {WIDTH} units, mean and standard error of {NETWORKS}. This build drew it."
    )
    study = activation("gelu").report().study
    return figure(plot_of_duals(study, "The kernels of GELU and sampled layers").svg(), caption)
