"""A network as a program: the reading that writes a call of a rule for every word."""

from __future__ import annotations

from functools import reduce
from typing import Any

from ..networks.graph import Graph, Node
from ..networks.words import Gain
from .duals import dual_rule
from .languages import Call, Language
from .rules import MEANS, MOMENTS, MOMENTS_OF_NUMBERS, RULES, TANGENT, Rule, needed


class Calls:
    """The reading that writes calls. `body` holds (name, expression, comment) for each place, `duals` the rule of each φ."""

    name, remedy = "source code", "net.kernel answers in numbers"

    def __init__(self, graph: Graph, tangent: bool) -> None:
        self.tangent = tangent
        self.means = any(node.mean for node in graph.of("elementwise"))
        self.body: list[tuple[str, str, str]] = [("p0", "", "")]
        self.duals: dict[Any, Rule] = {}

    def linear(self, node: Node, p: str) -> str:
        return self._placed(node, f"linear({p}, {self._gains(node.argument)})", node.layer)

    def constant(self, node: Node, p: str) -> str:
        return self._placed(node, f"constant({p}, {self._gains(node.argument)})", node.layer)

    def join(self, node: Node, *summands: str) -> str:
        if not node.argument:
            return self._placed(node, reduce("add({}, {})".format, summands))
        parts = [f"centre({p})" for p in summands]  # the means add up in one unit of their own
        whole = reduce("add({}, {})".format, summands)
        return self._placed(node, f"add({reduce('add({}, {})'.format, parts)}, means({whole}))", "with their means")

    def product(self, node: Node, *factors: str) -> str:
        return self._placed(node, reduce("product({}, {})".format, factors))

    def concat(self, node: Node, *branches: str) -> str:
        parts = [f"share({p}, {float(share.exact)!r})" for p, share in zip(branches, node.argument, strict=True)]
        return self._placed(node, reduce("add({}, {})".format, parts))

    def scaled(self, node: Node, p: str) -> str:
        return self._placed(node, f"scale({p}, {float(node.argument)!r})")

    def elementwise(self, node: Node, p: str) -> str:
        phi = node.argument
        if phi not in self.duals:
            name = _named(phi)
            taken = [rule.name for rule in self.duals.values()]
            if name in taken:
                name += f"_{len(taken) + 1}"
            self.duals[phi] = dual_rule(phi, name, self.tangent, self.means)
        return self._placed(node, f"{self.duals[phi].name}({p})", node.layer)

    def centred(self, node: Node, p: str) -> str:
        return self._placed(node, f"centre({p})", node.layer)

    def normalised(self, node: Node, p: str) -> str:
        return self._placed(node, f"normalise({p}, {float(node.argument)!r})", node.layer)

    def dropped(self, node: Node, p: str) -> str:
        return self._placed(node, f"drop({p}, {float(node.argument)!r}, same)", node.layer)

    def _gains(self, gain: Gain) -> str:
        square = repr(float(gain.square()))
        if not self.tangent:
            return f"{square}, 0.0"
        if gain.fan_in == 0:  # of the inputs, in standard parameterisation
            return f"{square}, {float(gain.rate)!r}*d"
        return f"{square}, {float(gain.tangent())!r}"

    def _placed(self, node: Node, text: str, says: str = "") -> str:
        name = f"p{node.place}"
        self.body.append((name, text, says))
        return name


def _named(phi: Any) -> str:
    """The name of the rule of an activation."""
    return f"phi_{phi.name}" if phi.name else "phi"


def network_program(graph: Graph, get: tuple[str, ...], language: Language) -> str:
    """The code of a network's kernels. Raises NoClosedForm."""
    tangent = "ntk" in get
    reading = Calls(graph, tangent)
    last = graph.run(reading, "p0")
    fields = (*MOMENTS, *(TANGENT if tangent else ()), *(MEANS if reading.means else ()))
    start = {"C": "inputs(d, x, y)", "Julia": "inputs(x, y)"}.get(language.title, "inputs(X, Y)")
    body = (("p0", start, ""), *reading.body[1:])
    returns = tuple((kind, "ntk" if kind == "ntk" else "c") for kind in get)
    call = Call(get[0] if len(get) == 1 else "kernels", returns, body, any(True for _ in graph.of("dropped")), last)
    own = list(reading.duals.values())
    calls = " ".join([*(text for _, text, _ in body), *(text for rule in own for text in rule.texts), "nonzero( root("])
    rules = [*needed(RULES, calls), *own]
    return _whole(language, fields, rules, language.call(call, fields))


def dual_program(phi: Any, language: Language) -> tuple[str, tuple[str, ...]]:
    """The code of κ, and of κ̇ unless φ jumps, as functions of a, b, c; and their names. Raises NoClosedForm."""
    tangent = not phi.jumps
    rule = dual_rule(phi, _named(phi), tangent, False)
    fields = (*MOMENTS, *(TANGENT if tangent else ()))
    names = (("kappa", "c"), *((("kappa_dot", "ntk"),) if tangent else ()))
    calls = " ".join([*rule.texts, "moments("])
    rules = [*needed((*RULES, *MOMENTS_OF_NUMBERS), calls), rule]
    return _whole(language, fields, rules, language.duals(names, rule.name)), tuple(name for name, _ in names)


def _whole(language: Language, fields: tuple[str, ...], rules: list[Rule], end: str) -> str:
    parts = [language.opening(fields), *(language.rule(rule, fields) for rule in rules), end]
    gap = "\n\n" if language.comment == "//" or language.title == "Julia" else "\n\n\n"
    return gap.join(parts) + "\n"
