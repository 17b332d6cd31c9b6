"""Tests of a limit kernel against sampled networks: the numbers of networks, the sampling, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from ..errors import InvalidInput
from ..inputs import as_count, as_double
from ..networks.graph import Graph
from ..networks.tracing import trace
from ..networks.words import Layer
from ..progress import watcher
from .ensemble import FAMILY, Moments, between_hidden, compact, moments
from .extrapolation import endpoints
from .statistics import PLANTED, Comparison, statistics_of
from .widths import Widths

PILOT = 64 * FAMILY
LEAST = 64 * FAMILY  # 64 observations: enough for a standard error good to 9 %
BUDGET = 9e9  # units of `_work`; about 15 s on two cores


def compare(
    layers: Layer,
    X: ArrayLike,
    limit: ArrayLike,
    widths: Sequence[int] | None = None,
    networks: int | Sequence[int] | None = None,
    seed: int = 0,
    alpha: float = 1e-4,
    progress: Callable[[float], None] | None = None,
    threads: int | None = None,
) -> Comparison:
    """Test an infinite-width NTK against the mean of empirical NTKs.

    layers     a network.
    X          (n, d), rows are inputs; a dozen suffices.     limit      (n, n), the infinite-width NTK of X.
    widths     of all hidden Dense layers alike (the narrowest, where proportions are fixed), in place of their own widths;
               default chosen by depth and the budget; three or more where the mean depends on the width.
    networks   how many at each width, an int or one per width; default: the number at which a pilot run predicts that a
               limit wrong by 2 % is detected, within a budget of about 15 s on two cores.
    alpha      probability of rejecting a right limit.
    progress   called with the fraction done, 0…1, from this thread; an exception raised there, or Ctrl-C, ends the run.
    threads    default as for kernels: the processors, or fewer by OMP_NUM_THREADS or threadpoolctl.
    The result depends on the seed, not on `threads`. One hidden layer without normalisation: the mean is exact at every width.
    Otherwise the bias of order 1/n is extrapolated away, see `extrapolation.endpoints`.
    Source: Jacot et al. 2018, arXiv 1806.07572; finite-width corrections: Hanin & Nica 2019, arXiv 1909.05989.
    Raises InvalidInput, naming the argument.
    """
    X, K = _read(X, limit)
    plan = Plan(trace(layers, X.shape[1], finite=True), len(X))
    sizes = _widths(widths, plan)
    if not 0 < alpha < 1:
        raise InvalidInput(f"alpha is {alpha!r}; pass a chance of a false alarm between 0 and 1, such as 1e-4")
    if threads is not None:
        threads = as_count(threads, "threads", 1)
    statistics = statistics_of(K)
    pilots, seeds = (s.spawn(len(sizes)) for s in np.random.SeedSequence(as_count(seed, "seed")).spawn(2))
    inputs = compact(X)

    if networks is None:
        # The pilot decides only the number of networks, and is not used again: stopping on its own data would be biased.
        pilot = [moments(plan.graph, inputs, n, PILOT, s, statistics, threads) for n, s in zip(sizes, pilots)]
        counts = _needed(sizes, plan, pilot, alpha)
    else:
        counts = _counts(networks, len(sizes))

    watch = progress or watcher()
    work = [count * plan.work(n) for n, count in zip(sizes, counts)]
    finished = 0.0

    def done(n: int) -> Callable[[int], None]:
        def report(number: int) -> None:
            nonlocal finished
            finished += number * plan.work(n)
            if watch:
                watch(min(1.0, finished / sum(work)))

        return report

    found = [
        moments(plan.graph, inputs, n, count, s, statistics, threads, done(n))
        for n, count, s in zip(sizes, counts, seeds)
    ]
    taken = tuple(m.count * FAMILY for m in found)
    return Comparison(K, plan.exact, sizes, taken, tuple(found), alpha)


@dataclass(frozen=True)
class Plan:
    """The graph and the number of inputs, which decide how many networks of which widths are sampled."""

    graph: Graph
    inputs: int

    @cached_property
    def widths(self) -> Widths:
        return Widths(self.graph)

    @cached_property
    def normalised(self) -> bool:
        return any(node.word in ("normalised", "centred") for node in self.graph.nodes)

    @property
    def exact(self) -> bool:
        """True if the mean of empirical kernels is the limit at every width, as for independent units of one hidden layer."""
        return self.graph.depth <= 1 and not self.normalised

    @cached_property
    def _squares(self) -> float:
        """Entries of the matrices between hidden layers, over width²."""
        ratio = self.widths.ratio
        return float(sum(ratio[node.place] * ratio[node.inputs[0]] for node in between_hidden(self.widths)))

    @cached_property
    def _units(self) -> float:
        """The number of units for which anything is computed, over the width; a bias and a sum cost little."""
        last = self.widths.group[self.graph.nodes[-1].place]
        hidden = (n for n in self.graph.nodes if self.widths.group[n.place] != last or self.widths.wide_output)
        return float(sum(self.widths.ratio[n.place] for n in hidden if n.word not in ("constant", "join", "scaled")))

    def work(self, width: int) -> float:
        """Time of one network, up to a factor: its matrices, and the operations for each unit and input."""
        return width * (self._squares * width + 8.0 * self._units * self.inputs) + 1

    def affordable(self, widths: Sequence[int]) -> bool:
        """True if the pilot and the least number of networks fit into the budget."""
        return (PILOT + LEAST) * sum(self.work(n) for n in widths) <= BUDGET

    @property
    def _least(self) -> int:
        """The least width whose kernels have an expansion in 1/width that three terms describe."""
        least = max(8, 2 * self.graph.depth)
        made = {node.place: node for node in self.graph.nodes}
        read = [made[node.inputs[0]] for node in self.graph.of("normalised")]
        if any(not node.gaussian for node in read):
            # All units of ReLU are 0 with probability 2^−width, and 0/0 is no number; at 64 this does not occur.
            return max(64, least)
        # 1/(mean of n squares) has mean 1/(1 − 2/n) times its limit: the terms of its expansion fall slowly at 8.
        return 2 * least if read else least

    def default_widths(self) -> tuple[int, ...]:
        """The widest networks of which enough can be sampled within the budget; the narrowest choice if none can."""
        # The expansion is in depth/width (Hanin & Nica 2019): even the narrowest keeps that at 1/2 or below. Twice as
        # wide would cost twice the time for the same standard error, and the allowance for bias is already 0.03 %.
        narrowest = -(-self._least // self.widths.step) * self.widths.step
        choices = [tuple(narrowest * ratio**k for k in range(3)) for ratio in RATIOS]
        return next((sizes for sizes in choices if self.affordable(sizes)), choices[-1])


RATIOS = (4, 2)  # of the next width to the one before


def _needed(widths: tuple[int, ...], plan: Plan, pilot: Sequence[Moments], alpha: float) -> tuple[int, ...]:
    """Networks at each width for the least work in which the scale detects an error of PLANTED almost surely.

    Its standard error is required to be PLANTED/(critical + 6): a limit wrong by PLANTED is then 6 standard errors past the
    critical value, which leaves 3 for the allowance for bias and misses one time in a thousand.
    """
    weights = np.abs(endpoints(widths, plan.exact)).max(axis=0)
    spread = weights * np.sqrt([m.variance[-1] * FAMILY for m in pilot])  # per network
    cost = np.sqrt([plan.work(n) for n in widths])
    target = PLANTED / (norm.isf(alpha / 4) + 6)
    # Lagrange: Σ spread²/count = target² with least Σ cost² count gives count ∝ spread/cost.
    counts = np.maximum(spread / cost * (spread @ cost) / target**2, LEAST)
    share = min(1.0, BUDGET / float(counts @ cost**2))
    return tuple(max(LEAST, int(count * share)) for count in counts)


def _widths(widths: Sequence[int] | None, plan: Plan) -> tuple[int, ...]:
    if widths is None:
        return plan.default_widths()
    sizes = tuple(as_count(n, "widths", 1) for n in (widths if isinstance(widths, Iterable) else (widths,)))
    if any(n >= m for n, m in pairwise(sizes)):
        raise InvalidInput(f"widths are {sizes}; pass them in increasing order, none twice")
    least = 1 if plan.exact else 3
    if len(sizes) < least:
        raise InvalidInput(
            f"widths has {len(sizes)} entries, too few to take out the bias of order 1/width; "
            f"pass {least} or more, such as (16, 64, 256)"
        )
    return sizes


def _counts(networks: int | Sequence[int], n_widths: int) -> tuple[int, ...]:
    counts = tuple(networks) if isinstance(networks, Iterable) else (networks,) * n_widths
    if len(counts) != n_widths:
        raise InvalidInput(
            f"networks has {len(counts)} entries for {n_widths} widths; pass one integer or one for each"
        )
    return tuple(as_count(count, "networks", 2 * FAMILY) for count in counts)


def _read(X: ArrayLike, limit: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    X, K = (as_double(array, name) for array, name in ((X, "X"), (limit, "limit")))
    if K.shape != (len(X), len(X)):
        raise InvalidInput(f"limit has shape {K.shape}; pass the kernel of X with itself, of shape {(len(X), len(X))}")
    if not np.allclose(K, K.T, rtol=0, atol=1e-9 * np.diag(K).max()):
        raise InvalidInput("limit is not symmetric; pass the kernel of X with itself")
    if not (np.diag(K) > 0).any():
        raise InvalidInput(
            "limit has no positive number on its diagonal; pass the kernel of X with itself, of a network with a layer that is "
            "trained"
        )
    return X, K
