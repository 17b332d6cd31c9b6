"""The libraries that can be graded by name, and the network whose kernel each of them computes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files

from ..api import mlp
from ..conventions import Converted, from_botorch, from_neural_tangents, from_scikit_ntk
from ..errors import InvalidInput
from .cases import FEATURES, W_STD, Case


@dataclass(frozen=True)
class Peer:
    """A callable that is graded.

    target     MODULE:CALLABLE or FILE.py:CALLABLE.   packages   the distributions whose versions are named.
    install    the arguments of pip that bring it.
    model      the network and the factor that give the exact kernel of a case.
    note       a sentence on the model.   skipped   names of groups that are not graded where there are biases.
    """

    name: str
    target: str
    packages: tuple[str, ...] = ()
    install: str = ""
    model: Callable[[Case], Converted] = lambda case: Converted(mlp(case.depth, case.activation, W_STD, case.b_std))
    note: str = ""
    skipped: tuple[str, ...] = ()

    def skips(self, case: Case, group: str) -> bool:
        return bool(case.b_std) and group in self.skipped


def _adapter(name: str) -> str:
    return f"{files('ntk_symbolic.grading') / 'adapters' / f'{name}.py'}:kernel"


PEERS = {
    peer.name: peer
    for peer in (
        Peer("ntk_symbolic", "ntk_symbolic.grading.own:kernel", ("ntk_symbolic", "numpy", "scipy"), "ntk_symbolic"),
        Peer(
            "neural_tangents",
            _adapter("stax_kernel"),
            ("neural-tangents", "jax", "jaxlib", "numpy"),
            "neural-tangents jax==0.4.25 jaxlib==0.4.25 'numpy<2' 'scipy<1.13'",
            lambda case: from_neural_tangents(case.depth, case.activation, W_STD, case.b_std),
            "stax.Dense with W_std and b_std, in float64.",
        ),
        Peer(
            "scikit-ntk",
            _adapter("skntk_kernel"),
            ("scikit-ntk", "scikit-learn", "numpy"),
            "scikit-ntk",
            lambda case: from_scikit_ntk(case.depth, FEATURES, case.b_std),
            "Graded by its own model: the kernel has no W_std, b_std is its bias. Its kernel at 0 with a bias depends on φ'(0) "
            "and is not graded.",
            ("zero",),
        ),
        Peer(
            "botorch",
            _adapter("botorch_kernel"),
            ("botorch", "gpytorch", "torch", "numpy"),
            "botorch",
            lambda case: from_botorch(case.depth, W_STD**2, case.b_std**2),
            "InfiniteWidthBNNKernel in float64, with weight_var and bias_var the squares of W_std and b_std.",
        ),
    )
}


def peer(name: str) -> Peer:
    """The library of this name, or the callable MODULE:CALLABLE. Raises InvalidInput."""
    spelled = {known.replace("-", "_"): found for known, found in PEERS.items()}
    found = spelled.get(name.lower().replace("-", "_"))
    if found is not None:
        return found
    module, _, attribute = name.rpartition(":")
    if not module or not attribute:
        raise InvalidInput(f"peer: {name} is no library that is known; pass {', '.join(PEERS)} or MODULE:CALLABLE")
    return Peer(name, name, () if module.endswith(".py") else (module.split(".")[0],))
