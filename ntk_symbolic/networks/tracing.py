"""The tracer, which turns a network into its graph and checks the conditions of the infinite-width limit.

Units are Gaussian in the limit if they end in fresh weights; summands and factors are independent if each pair of them
ends in weights of which one set does not occur in the other. An unmet condition of a word raises InvalidInput, naming the
layer and the remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from typing import Any

from ..errors import InvalidInput
from ..inputs import as_count, as_scalar
from .graph import INPUT, Graph, Node
from .words import Gain, Layer, Share, Words

ENDS = "layers must start and end with Dense: serial(Dense(), Relu(), Dense())"

# words whose means follow from those they read
PASSING = ("join", "product", "concat", "scaled", "normalised", "dropped")


@dataclass(frozen=True)
class Term:
    """A Gaussian on which units depend: its fresh weights are `front`, and it depends on all of `weights`."""

    front: int
    weights: frozenset[int]

    def independent(self, other: Term) -> bool:
        """True if one of the two has mean 0 given all other weights: they are uncorrelated, and Gaussian, in the limit."""
        return self.front not in other.weights or other.front not in self.weights


@dataclass(frozen=True)
class Facts:
    """The known properties of the units of one place.

    gaussian   Gaussian in the limit, given the layers before.   affine   a sum of fresh linear maps, as an output must be
    alike      all have one distribution, unlike those of two concatenated branches
    centred    their common mean is 0.   level   the mean of each is 0, a stronger property if they are not alike
    terms   the Gaussians of which they are functions.   width   their number, if known
    depth      the number of linear maps before them
    """

    gaussian: bool
    affine: bool
    alike: bool
    centred: bool
    level: bool
    terms: tuple[Term, ...]
    width: int | None
    depth: int

    @property
    def weights(self) -> frozenset[int]:
        return frozenset().union(*(term.weights for term in self.terms))

    def independent(self, other: Facts) -> bool:
        return all(p.independent(q) for p in self.terms for q in other.terms)


@dataclass(frozen=True, eq=False)
class Place:
    """Units of one tracer, as a rule holds them. zero: the gain of a bias of 0, which is in the graph unless it is added to
    other units; `number` is then the place of the units that it resembles."""

    number: int
    tracer: Tracer
    zero: Gain | None = None


GAUSSIAN = Facts(True, True, True, True, True, (Term(-1, frozenset({-1})),), None, 1)


@lru_cache(maxsize=512)
def trace(layer: Layer, features: int | None = None, biases: bool = False, finite: bool = False) -> Graph:
    """The graph of a network on inputs of this many features.

    biases   True if the graph includes biases of 0, for derivatives by them.
    finite   True if the graph includes `centred` for a mean that is 0 in the limit only: sampled units have another mean.
    Raises InvalidInput, naming the layer and the remedy, if there is no limit or no network from inputs to outputs.
    """
    tracer = Tracer(Facts(False, False, True, False, False, (), features, 0), biases, finite)
    out = tracer.apply(layer, Place(INPUT, tracer))
    if out.number == INPUT or not tracer.facts[out.number].affine:
        raise InvalidInput(ENDS)
    return Graph(tuple(_with_means(tracer.nodes[: out.number])), tracer.facts[out.number].depth - 1)


def check(layer: Layer) -> None:
    """Raises InvalidInput for a fragment that no network can contain; it is traced on separate Gaussian units."""
    tracer = Tracer(GAUSSIAN, False)
    tracer.apply(layer, Place(INPUT, tracer))


def block(layer: Layer) -> Graph:
    """The graph of a fragment that maps Gaussian units of mean 0 to such units. Raises InvalidInput."""
    tracer = Tracer(GAUSSIAN, False)
    last = tracer.apply(layer, Place(INPUT, tracer)).number
    facts = tracer.facts[last]
    if last == INPUT or not (facts.gaussian and facts.centred):
        raise InvalidInput("a repeated block must end in Gaussian units: end it with Dense, as serial(Relu(), Dense())")
    return Graph(tuple(_with_means(tracer.nodes[:last])), facts.depth - 1)


class Tracer:
    """The `Words` that record themselves as nodes."""

    def __init__(self, first: Facts, biases: bool, finite: bool = False) -> None:
        self.facts: list[Facts] = [first]
        self.nodes: list[Node] = []
        self.biases, self.finite, self.fresh, self.linears, self.layer = biases, finite, 0, 0, "the network"

    def __getattr__(self, word: str) -> Any:
        if word.startswith("_"):
            raise AttributeError(word)
        known = ", ".join(name for name in vars(Words) if not name.startswith("_"))
        raise InvalidInput(f"the rule of {self.layer} has K.{word}, which is no word of layers: use one of {known}")

    def apply(self, layer: Layer, x: Place) -> Place:
        with self._named(layer):
            name = self.layer
            out = self._held(layer.rule(self, x))
            _require_frozen(layer, name)  # last, so that an error names a part before the whole
            return out

    def linear(self, x: Place, gain: Gain, width: int | None = None) -> Place:
        x = self._held(x)
        self._require_gain(gain)
        before = self.facts[x.number]
        self.linears += 1
        self.layer = f"Dense layer {self.linears}"  # for the rest of this rule
        if gain.fan_in is not None:
            gain = replace(gain, fan_in=before.width or 0)
        term = self._term(before)
        facts = Facts(True, True, True, True, True, (term,), width, before.depth + 1)
        return self._add("linear", (x,), gain, facts, width)

    def constant(self, like: Place, gain: Gain) -> Place:
        like = self._held(like)
        self._require_gain(gain)
        trained = gain.fan_in and gain.rate  # it starts at 0, and its tangent kernel is not 0
        if not gain.std and not self.biases and not trained:
            return Place(like.number, self, gain)
        return self._constant(like, gain)

    def _constant(self, like: Place, gain: Gain) -> Place:
        before = self.facts[like.number]
        facts = Facts(True, True, True, True, True, (self._term(None),), before.width, before.depth)
        return self._add("constant", (like,), gain, facts)

    def join(self, *summands: Place) -> Place:
        places = [x for x in summands if not isinstance(x, Place) or x.zero is None] or summands[:1]
        places = self._several(places)
        if len(places) == 1:
            return places[0]
        facts = self._together(places, "the summands", "sum")
        means = sum(not each.centred for each in facts)
        self._require_alike([each for each in facts if not each.level], "sum", "both have means")
        return self._add(
            "join",
            places,
            means > 1,
            Facts(
                all(each.gaussian for each in facts),
                all(each.affine for each in facts),
                all(each.alike for each in facts),
                not means,
                all(each.level for each in facts),
                tuple(term for each in facts for term in each.terms),
                self._width(facts),
                max(each.depth for each in facts),
            ),
        )

    def product(self, *factors: Place) -> Place:
        factors = self._several(factors)
        if len(factors) == 1:
            return factors[0]
        facts = self._together(factors, "the factors", "product")
        self._require_alike(facts, "product", "they are multiplied unit by unit")
        terms = tuple(term for each in facts for term in each.terms)
        alike, level = all(each.alike for each in facts), any(each.level for each in facts)
        centred, depth = any(each.centred for each in facts), max(each.depth for each in facts)
        known = Facts(False, False, alike, centred, level, terms, self._width(facts), depth)
        return self._add("product", factors, None, known)

    def concat(self, branches: tuple[Place, ...], shares: tuple[int, ...]) -> Place:
        branches = self._several(branches)
        if len(shares) != len(branches):
            raise InvalidInput(f"{self.layer} has {len(shares)} shares for {len(branches)} branches: pass one for each")
        shares = tuple(as_count(share, f"a share of {self.layer}", 1) for share in shares)
        if len(branches) == 1:
            return branches[0]
        facts = [self._inner(x) for x in branches]
        terms = tuple(term for each in facts for term in each.terms)
        centred, level = all(each.centred for each in facts), all(each.level for each in facts)
        depth = max(each.depth for each in facts)
        total = sum(shares)
        argument = tuple(Share(Fraction(share, total)) for share in shares)
        return self._add("concat", branches, argument, Facts(False, False, False, centred, level, terms, None, depth))

    def scaled(self, x: Place, factor: float) -> Place:
        x, factor = self._held(x), as_scalar(factor, f"the factor of {self.layer}", minimum=float("-inf"))
        return x if factor == 1 else self._add("scaled", (x,), factor, self._inner(x))

    def elementwise(self, x: Place, phi: Any) -> Place:
        x = self._held(x)
        if not isinstance(phi, Layer) or isinstance(phi, type):
            raise InvalidInput(
                f"the activation of {self.layer} is {phi!r}: pass one such as Relu() or activation('erf(u)')"
            )
        facts = self._inner(x)
        if not facts.gaussian:
            before = self.nodes[x.number - 1].layer
            raise InvalidInput(
                f"{self.layer} follows {before}, whose units are not Gaussian in the limit: put a Dense between them"
            )
        return self._add(
            "elementwise", (x,), phi, replace(facts, gaussian=False, affine=False, centred=False, level=False)
        )

    def centred(self, x: Place) -> Place:
        x = self._held(x)
        facts = self._inner(x)
        if facts.centred and not self.finite:
            return x
        return self._add("centred", (x,), None, replace(facts, centred=True, level=facts.alike))

    def normalised(self, x: Place, eps: float = 0.0) -> Place:
        x, eps = self._held(x), as_scalar(eps, f"eps of {self.layer}")
        return self._add("normalised", (x,), eps, replace(self._inner(x), affine=False))

    def dropped(self, x: Place, keep: float) -> Place:
        x, keep = self._held(x), as_scalar(keep, f"keep of {self.layer}")
        if not 0 < keep <= 1:
            raise InvalidInput(f"keep of {self.layer} is {keep}: pass a share of units above 0 and at most 1")
        facts = replace(self._inner(x), gaussian=False, affine=False)
        return x if keep == 1 else self._add("dropped", (x,), keep, facts)

    def _add(self, word: str, inputs: Sequence[Place], argument: Any, facts: Facts, width: int | None = None) -> Place:
        place = len(self.facts)
        read = tuple(x.number for x in inputs)
        node = Node(word, place, read, argument, self.layer, self.linears, facts.gaussian, width=width)
        self.nodes.append(node)
        self.facts.append(facts)
        return Place(place, self)

    def _held(self, x: Any) -> Place:
        """Units of this network; a bias of 0 among them is added to the graph. Raises InvalidInput for anything else."""
        if not isinstance(x, Place) or x.tracer is not self:
            what = "units of another network" if isinstance(x, Place) else repr(x)
            raise InvalidInput(
                f"the rule of {self.layer} has {what} where units belong: pass on and return what a word made of its own x, "
                "such as K.scaled(x, 0.5)"
            )
        return x if x.zero is None else self._constant(Place(x.number, self), replace(x.zero, rate=0.0))

    def _several(self, places: Sequence[Place]) -> tuple[Place, ...]:
        if not places:
            raise InvalidInput(f"the rule of {self.layer} sums, multiplies or concatenates nothing: pass units")
        return tuple(self._held(x) for x in places)

    def _require_gain(self, gain: Gain) -> None:
        if not isinstance(gain, Gain):
            raise InvalidInput(
                f'the gain of {self.layer} is {gain!r}: pass one such as Dense(W_std=0.9).gain("weights") of ntk_symbolic'
            )
        for name in ("std", "rate"):
            as_scalar(getattr(gain, name), f"{name} in the gain of {self.layer}")

    def _term(self, before: Facts | None) -> Term:
        self.fresh += 1
        return Term(self.fresh, (before.weights if before else frozenset()) | {self.fresh})

    def _inner(self, x: Place) -> Facts:
        """The facts of units. Raises InvalidInput for the inputs of the network."""
        if x.number == INPUT and not self.facts[INPUT].depth:
            raise InvalidInput(f"{self.layer} meets the inputs, and {ENDS}")
        return self.facts[x.number]

    def _together(self, places: Sequence[Place], what: str, word: str) -> list[Facts]:
        facts = [self._inner(x) for x in places]
        for one, other in combinations(facts, 2):
            if not one.independent(other):
                raise InvalidInput(
                    f"{what} of {self.layer} depend on one another, since the same weights end in both: end one of them "
                    f"with a Dense, or write the {word} of functions of the same units as one activation, such as u + sin(u)"
                )
        return facts

    def _require_alike(self, facts: Sequence[Facts], word: str, why: str) -> None:
        """Raises InvalidInput if units of two distributions meet others of two: the kernels do not state which meet."""
        if sum(not each.alike for each in facts) > 1:
            raise InvalidInput(
                f"two branches of the {word} of {self.layer} are concatenations, and {why}: end one of them with a Dense, or "
                f"concatenate the {word}s"
            )

    def _width(self, facts: Sequence[Facts]) -> int | None:
        widths = {each.width for each in facts if each.width}
        if len(widths) > 1:
            found = " and ".join(map(str, sorted(widths)))
            raise InvalidInput(f"the branches of {self.layer} have {found} units: give their last Dense one width")
        return next(iter(widths), None)

    @contextmanager
    def _named(self, layer: Layer) -> Iterator[None]:
        before, self.layer = self.layer, getattr(layer, "label", type(layer).__name__)
        try:
            yield
        finally:
            self.layer = before


def _require_frozen(layer: Layer, name: str) -> None:
    """Raises InvalidInput for a mutable layer: graphs are cached by their layers, and a change would leave old kernels."""
    kind = type(layer)
    frozen = getattr(kind, "__dataclass_params__", None) is not None and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    changing = kind.__hash__ is object.__hash__ and getattr(layer, "__dict__", None) and not frozen
    try:
        hash(layer)
    except TypeError:
        changing = True
    if changing:
        raise InvalidInput(
            f"{name} is a layer that can change, or is not hashable: write its class under @dataclass(frozen=True), with "
            "numbers, texts, tuples and layers as its fields"
        )


def _with_means(nodes: list[Node]) -> list[Node]:
    """The nodes with `mean` set for units whose mean is needed by `centred` or by sums of several units with means."""
    needed: set[int] = set()
    out = []
    for node in reversed(nodes):
        mean = node.place in needed
        if node.word == "centred" or (node.word == "join" and node.argument) or (mean and node.word in PASSING):
            needed.update(node.inputs)
        out.append(replace(node, mean=mean))
    return out[::-1]
