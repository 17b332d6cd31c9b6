"""Source code of a kernel, run against values of many digits before it is returned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..activations.proof.published import as_text
from ..errors import InvalidInput, warn
from ..files import PathLike, write_text
from ..networks.graph import Graph
from ..version import __version__
from . import checks
from .checks import Checked, Points
from .languages import LANGUAGES
from .program import dual_program, network_program

FORMS = ("latex", *LANGUAGES)


@dataclass(frozen=True)
class Exported:
    """Source text of a formula, made by `Network.export` and `Activation.export`. `print` shows it.

    text      the source, with its header
    form      "latex", "numpy", "c", "julia", "torch" or "jax"
    checked   the program that ran it and the largest errors, relative to √(K(x,x) K(x',x')); None for LaTeX, which is not run
    """

    text: str
    form: str
    checked: Checked | None

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Exported(form={self.form!r}, {len(self.text.splitlines())} lines, {self.checked or 'not run'})"

    def save(self, path: PathLike) -> None:
        """Writes the text to a file, completely or not at all. Raises FileTrouble naming the remedy."""
        write_text(path, self.text, "path")


def require_form(form: Any) -> None:
    """Raises InvalidInput unless it is the name of a form."""
    if not isinstance(form, str) or form not in FORMS:
        raise InvalidInput(f"form is {form!r}: pass {', '.join(map(repr, FORMS[:-1]))} or {FORMS[-1]!r}")


def latex(title: str, lines: Iterable[str]) -> Exported:
    """Lines of LaTeX, left = right, as equations to be put into a paper."""
    rows = " \\\\\n".join("  " + line.replace(" = ", " &= ", 1) for line in lines)
    head = LANGUAGES["numpy"].commented([title, *_made(), "Needs the package amsmath."]).replace("#", "%")
    return Exported(f"{head}\n\\begin{{align*}}\n{rows}\n\\end{{align*}}\n", "latex", None)


def network(graph_of: Callable[[int | None], Graph], form: str, get: tuple[str, ...], described: str) -> Exported:
    """The kernels of a network as source code. Raises NoClosedForm, NTKSymbolicError.

    graph_of   the graph for a number of features, or None.   described   the network in one line.
    """
    language, graph = LANGUAGES[form], graph_of(None)
    names = [get[0] if len(get) == 1 else "kernels"]
    code = network_program(graph, get, language)
    plain = network_program(graph, get, LANGUAGES["numpy"])
    points = checks.of_network(graph_of(checks.FEATURES), get)
    about = [
        f"{' and '.join(kind.upper() for kind in get)} of infinite width: {described}",
        *_made(),
        "",
        *_convention(get),
    ]
    for phi in dict.fromkeys(graph.activations):
        about += ["", *_derived(phi)]
    return _checked(form, code, plain, names, points, about)


def activation(phi: Any, form: str) -> Exported:
    """κ and κ̇ of an activation as source code. Raises NoClosedForm, NTKSymbolicError."""
    code, names = dual_program(phi, LANGUAGES[form])
    plain, _ = dual_program(phi, LANGUAGES["numpy"])
    about = [f"The dual kernel of {phi.text}", *_made(), "", *_derived(phi)]
    if phi.jumps:
        about += ["phi jumps: kappa_dot is infinite at c c = a b and left out."]
    return _checked(form, code, plain, names, checks.of_dual(phi, names), about)


def _checked(form: str, code: str, plain: str, names: Sequence[str], points: Points, about: list[str]) -> Exported:
    """The code with its header, in comments alone, once it has run."""
    language = LANGUAGES[form]
    ran = checks.run(form, code, names, points)
    if ran is None:
        generic, close = checks.errors(checks.in_numpy(plain, names, points), points)
        done = Checked("", checks.PROGRAMS[form], generic, close)
        warn(f"export: the {language.title} code was {done}", UserWarning)
    else:
        done = Checked(ran[1], "", *checks.errors(ran[0], points))
    head = language.commented([*about, "", f"Accuracy: {done}.", *_accuracy(form, points.on)])
    return Exported(f"{head}\n\n{code}", form, done)


def _made() -> list[str]:
    return [f"Made by ntk_symbolic {__version__}; the dual kernels are derived, not typed."]


def _convention(get: tuple[str, ...]) -> list[str]:
    return [
        "f = W_std/sqrt(n) W u + b_std b with W, b standard normal, n the width of u; the width goes to infinity.",
        "First kernel: x.x'/d with d features. Units: those of the output, squared.",
        "Dense:       K' = W_std^2 K + b_std^2"
        + (",  T' = K' + W_std^2 T  (trained, NTK parameterisation)" if "ntk" in get else ""),
        "Activation:  K' = kappa(K)" + (",  T' = kappa_dot(K) T" if "ntk" in get else ""),
        "K is E u u' of the units at x and x'"
        + ("; T is the tangent kernel. " if "ntk" in get else ". ")
        + "Source: Jacot et al. 2018, arXiv 1806.07572, Theorem 1.",
    ]


def _derived(phi: Any) -> list[str]:
    """Hypothesis, κ and κ̇ of an activation."""
    formulas = [phi.dual_expr] if phi.jumps else [phi.dual_expr, phi.dual_dot_expr]
    return [
        f"phi(u) = {phi.expr}; u, v centred Gaussian with E u^2 = a, E v^2 = b, E u v = c:",
        *as_text(formulas).splitlines(),
        "kappa = E phi(u) phi(v), by Stein's lemma and conditioning; kappa_dot = E phi'(u) phi'(v) = d kappa/d c (Price 1958).",
        "The code has kappa of the even and of the odd part of phi, each with the fall of kappa from c = sqrt(a b), which is",
        "derived and not subtracted.",
    ]


def _accuracy(form: str, on: str) -> list[str]:
    """The meaning of the errors, which were measured on these inputs."""
    out = [f"Errors are relative to sqrt(K(x,x) K(x',x')), in float64, {on}."]
    if form == "jax":
        out.append('JAX computes in float32 unless jax.config.update("jax_enable_x64", True) comes first.')
    if form == "torch":
        out.append("Tensors keep their precision: pass float64 for these digits.")
    return out
