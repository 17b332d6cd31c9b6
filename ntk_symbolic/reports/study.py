"""The study behind a report: all results on the page, as plain data. A missing part is `Missing`, with the reason."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..activations.numbers.coefficients import Pole
from ..api import Network, activation, architecture, mlp
from ..defaults import ACTIVATION, B_STD, DEPTH, W_STD, described
from ..dynamics.identity import CostDynamics, confirm
from ..errors import InvalidInput, NoClosedForm, NoReading, NoTangentKernel, NTKSymbolicError
from ..finite.compare import Plan
from ..finite.statistics import Agreement, Comparison
from ..networks.dense import Dense
from ..networks.tracing import trace
from ..pages.activation_page import rounded_up
from ..pages.activation_study import ActivationStudy
from ..proofs.derivation import Derivation, Verdict
from ..proofs.printing import verdict_of
from ..threads import one_blas_thread
from .dataset import TASKS, Dataset, load
from .prediction import Prediction, predict

Watch = Callable[[str, float], None]
"""A function of the name of a stage and its finished fraction, 0 when it begins."""

COMPARED = 10  # rows compared with sampled networks: 55 entries of the kernel, at a small cost for each network
EIGEN_ROWS = 2000  # eigenvalues take n³: 0.3 s here, a minute at 10 000
ONE_THREAD = 3000  # rows; below, threads of BLAS that wait for each other cost up to 7 times the work on a busy machine
WIDTH = 128  # of the one network shown by itself
OUTPUTS = 10


PLAIN = ("activation", "depth", "W_std", "b_std")


@dataclass(frozen=True)
class Settings:
    """The settings of a report. arch is the text of an architecture, in place of PLAIN."""

    data: str | None = None
    target: str | None = None
    activation: str = ACTIVATION
    depth: int = DEPTH
    W_std: float = W_STD
    b_std: float = B_STD
    arch: str | None = None
    max_rows: int = 2000
    seed: int = 0
    scale: str | None = None
    task: str = TASKS[0]
    drop: tuple[str, ...] = ()
    delimiter: str | None = None

    def command(self) -> str:
        """The command that makes the same report, with all defaults written out."""
        words = ["ntk-symbolic", "report"]
        for name, value in vars(self).items():
            if self.arch is not None and name in PLAIN:
                continue
            for given in value if isinstance(value, tuple) else () if value is None else (value,):
                words += [f"--{name.replace('_', '-')}", str(given)]
        return shlex.join(words)

    @property
    def network(self) -> str:
        """The network in one line."""
        return self.arch or described(activation(self.activation).text, self.depth, self.W_std, self.b_std)


@dataclass(frozen=True)
class Missing:
    """A part that could not be computed. `excused` if this is no failure: the quantity does not exist."""

    reason: str
    excused: bool


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel matrix (n, n) and its properties. Eigenvalues are those of its first `eigen_rows` rows and columns."""

    matrix: NDArray[Any]
    symmetric: bool
    eigenvalues: NDArray[Any]  # ascending

    @property
    def smallest(self) -> float:
        return float(self.eigenvalues[0])

    @property
    def largest(self) -> float:
        return float(self.eigenvalues[-1])

    @property
    def eigen_rows(self) -> int:
        return len(self.eigenvalues)

    @property
    def rounding(self) -> float:
        """The bound below which eigenvalues are unknown: n ε times the largest."""
        return self.eigen_rows * np.finfo(float).eps * self.largest


@dataclass(frozen=True, eq=False)
class OneNetwork:
    """One sampled network: its own kernel beside the limit, and the cost dynamics confirmed on it.

    deviation   ‖Θ̂ − Θ‖/‖Θ‖ (Frobenius) of the first output.   goals   its targets, in words.
    """

    width: int
    outputs: int
    rows: int
    deviation: float
    goals: str
    dynamics: CostDynamics


@dataclass(frozen=True, eq=False)
class Study:
    settings: Settings
    data: Dataset
    net: Network
    activations: tuple[ActivationStudy, ...]
    derivations: tuple[Derivation | Missing, ...]
    nngp: Kernel
    ntk: Kernel | Missing
    comparison: Comparison | Missing
    cost_dynamics: Derivation
    network: OneNetwork | Missing
    prediction: Prediction | Missing

    @property
    def findings(self) -> tuple[Finding, ...]:
        several = len(self.activations) > 1
        duals = zip(self.activations, self.derivations, strict=True)
        return (
            *(_of_dual(shape, derivation, f" of {shape.phi.text}" if several else "") for shape, derivation in duals),
            _of_comparison(self.comparison),
            _of_derivation("cost dynamics derived", self.cost_dynamics),
            _of_network(self.network),
            _of_prediction(self.prediction),
        )


@dataclass(frozen=True)
class Finding:
    """One line of the summary. `good` decides the exit code."""

    claim: str
    verdict: str
    found: str
    good: bool


def study(settings: Settings, watch: Watch = lambda stage, fraction: None) -> Study:
    """The results of a report, in under a minute at the default size.

    They do not depend on the number of cores, up to ONE_THREAD rows. Without a closed dual kernel, values have a bound.
    Raises NTKSymbolicError if no report is possible: unreadable data, an activation without a kernel, a kernel
    beyond the range of floating point.
    """
    s = settings
    if s.arch is None:
        phi = activation(s.activation)
        net, kinds = mlp(s.depth, phi, s.W_std, s.b_std), (phi,)
    else:
        net = architecture(s.arch)
        kinds = tuple(dict.fromkeys(net.graph().activations))
    shapes = tuple(ActivationStudy(phi, Dense(W_std=s.W_std, b_std=s.b_std)) for phi in kinds)

    watch("reading the data", 0)
    data = load(s.data, s.target, s.max_rows, s.seed, s.scale, s.task, s.drop, s.delimiter)
    with one_blas_thread() if len(data.X) <= ONE_THREAD else nullcontext():
        return _studied(s, shapes, net, data, watch)


def _derivation(shape: ActivationStudy) -> Derivation | Missing:
    try:
        return shape.phi.derivation
    except NoClosedForm as reason:
        _ = shape.numbers  # raises if there is no kernel
        return Missing(str(reason), excused=True)


def _studied(s: Settings, shapes: tuple[ActivationStudy, ...], net: Network, data: Dataset, watch: Watch) -> Study:
    watch("deriving the dual kernel", 0)
    derivations = tuple(map(_derivation, shapes))

    watch("evaluating the kernels", 0)
    nngp, ntk = _kernels(net, data)

    watch("sampling finite networks", 0)
    tested = data.X[data.train][:COMPARED]

    plan = Plan(trace(net, tested.shape[1], finite=True), len(tested))

    def compared() -> Comparison:
        return net.compare(tested, seed=s.seed, progress=lambda part: watch("sampling finite networks", part))

    if isinstance(ntk, Missing):
        comparison = ntk
    elif not plan.affordable(plan.default_widths()):
        comparison = Missing(
            f"networks of {net.depth} hidden layers cannot be sampled in the time of a report; net.compare(X, widths=..., "
            "networks=...) in Python takes as long as it needs",
            excused=True,
        )
    else:
        comparison = _attempt(compared)

    watch("deriving the cost dynamics", 0)
    from ..theorems.cost_dynamics import cost_dynamics

    theorem = cost_dynamics()
    network = ntk if isinstance(ntk, Missing) else _attempt(lambda: _one_network(net, data, tested, s.seed))

    watch("fitting kernel regression", 0)
    prediction = _prediction(data, nngp, ntk, s.seed)
    return Study(s, data, net, shapes, derivations, nngp, ntk, comparison, theorem, network, prediction)


def _attempt(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except NoReading as trouble:
        return Missing(str(trouble), excused=True)
    except NTKSymbolicError as trouble:
        return Missing(str(trouble), excused=False)


def _kernels(net: Network, data: Dataset) -> tuple[Kernel, Kernel | Missing]:
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # reported below, by name
            nngp, ntk = net.kernel(data.X, get=("nngp", "ntk"))
    except (NoTangentKernel, Pole) as trouble:  # a jump, or a slope whose square is not integrable
        return _kernel(net.nngp(data.X)), Missing(str(trouble), excused=True)
    return _kernel(nngp), _kernel(ntk)


def _kernel(matrix: NDArray[Any]) -> Kernel:
    if not np.isfinite(matrix).all():
        raise InvalidInput("the kernel leaves the range of floating point: pass a smaller --W-std or --depth")
    few = matrix[:EIGEN_ROWS, :EIGEN_ROWS]
    return Kernel(matrix, bool((matrix == matrix.T).all()), np.linalg.eigvalsh(few))


def _one_network(net: Network, data: Dataset, X: NDArray[Any], seed: int) -> OneNetwork:
    y, goals = _goals(data, len(X), seed)
    sampled = net.sample(WIDTH, seed, y.shape[1])
    dynamics = confirm(sampled.on(X), X, y)
    limit, own = net.ntk(X), sampled.ntk(X)[:, :, 0, 0]
    deviation = float(np.linalg.norm(own - limit) / np.linalg.norm(limit))
    return OneNetwork(WIDTH, y.shape[1], len(X), deviation, goals, dynamics)


def _goals(data: Dataset, rows: int, seed: int) -> tuple[NDArray[Any], str]:
    """Targets (rows, k) for the cost, k ≥ 2, so that an exchange of outputs has an effect."""
    if data.targets is None:
        y = np.random.default_rng(seed).standard_normal((rows, 2))
        return y, "no targets were given, so its two outputs have standard normal numbers as targets"
    y = data.targets.values[data.train][:rows]
    if y.shape[1] == 1:
        return np.hstack((y, y**2)), "the target has one column, so its two outputs have y and y² as targets"
    if y.shape[1] > OUTPUTS:
        return y[:, :OUTPUTS], f"its {OUTPUTS} outputs have the first {OUTPUTS} of {y.shape[1]} columns of targets"
    return y, f"its {y.shape[1]} outputs have the {y.shape[1]} columns of targets"


def _prediction(data: Dataset, nngp: Kernel, ntk: Kernel | Missing, seed: int) -> Prediction | Missing:
    kernels = {} if isinstance(ntk, Missing) else {"NTK": {"": ntk.matrix}}
    try:
        return predict(data, {**kernels, "NNGP": {"": nngp.matrix}}, seed)
    except InvalidInput as trouble:
        return Missing(str(trouble), excused=True)


# ── Findings, in one line each ────────────────────────────────────────────────────────────────────────────────────────


def _of_derivation(claim: str, derivation: Derivation) -> Finding:
    verdicts = [step.verdict for step in derivation.steps]
    words = {Verdict.PROVED: "proved", Verdict.AGREES: "checked in digits"}
    counted = [f"{number} {words.get(v, v)}" for v in dict.fromkeys(verdicts) if (number := verdicts.count(v))]
    found = f"{len(verdicts)} steps: {', '.join(counted)}"
    return Finding(claim, verdict_of(derivation), found, derivation.verdict.supports)


def _of_dual(shape: ActivationStudy, derivation: Derivation | Missing, whose: str) -> Finding:
    if isinstance(derivation, Missing):
        return _of_bounds(shape, derivation, f"dual kernel{whose}")
    return _of_derivation(f"dual kernel{whose} derived", derivation)


def _of_bounds(study: ActivationStudy, missing: Missing, claim: str) -> Finding:
    """Without a closed form: the values of κ and κ̇ come with a bound, infinite if the growth of φ is unknown."""
    worst = max(float(np.max(bounds)) for _, bounds in study.bounded)
    why = missing.reason.partition(": ")[2] or missing.reason
    if np.isfinite(worst):
        found = f"no closed form: {why}; values with a proved bound of their error, at most {rounded_up(worst)}"
        return Finding(claim, "bounded", found, True)
    return Finding(claim, "estimated", f"no closed form: {why}; no bound of the error is known", True)


def _of_comparison(comparison: Comparison | Missing) -> Finding:
    claim = "NTK is the mean of sampled networks"
    if isinstance(comparison, Missing):
        return _missing(claim, comparison)
    verdict = comparison.verdict
    found = comparison.sentence().removeprefix(f"{verdict}: ").rstrip(".")
    return Finding(claim, verdict, found, verdict is Agreement.AGREES)


def _of_network(network: OneNetwork | Missing) -> Finding:
    claim = "cost dynamics on a sampled network"
    if isinstance(network, Missing):
        return _missing(claim, network)
    d = network.dynamics
    found = f"dC/dt = {d.by_flow:.8g} measured, {d.by_kernel:.8g} by the kernel; required: {d.digits} digits"
    return Finding(claim, "agrees" if d.holds else "disagrees", found, d.holds)


def _of_prediction(prediction: Prediction | Missing) -> Finding:
    claim = "kernel regression"
    if isinstance(prediction, Missing):
        return _missing(claim, prediction)
    scores = ", ".join(f"{r.kernel} {r.told}" for r in prediction.results)
    return Finding(claim, "measured", f"{prediction.measure} on {prediction.rows[2]} held-out rows: {scores}", True)


def _missing(claim: str, part: Missing) -> Finding:
    return Finding(claim, "not done" if part.excused else "undecided", part.reason, part.excused)
