"""The order of the package: each room imports only from rooms below it, and files do not import each other in circles.

The order is that of the table in docs/architecture.md. Imports inside functions count, those for type checkers alone do not.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "ntk_symbolic"


@cache
def sources() -> dict[str, str]:
    """The text of each module, by its name without that of the package; a room is the name of its `__init__`."""
    found = {}
    for path in (ROOT / PACKAGE).rglob("*.py"):
        parts = path.relative_to(ROOT / PACKAGE).with_suffix("").parts
        found[".".join(parts)] = path.read_text(encoding="utf-8")
    return found


def house(kind: str) -> list[str]:
    """The rooms, highest first: the names before the first word of prose in each row of the table of this kind."""
    table = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.search(rf"^\| {kind} \|.*?\n\n", table, re.M | re.S)
    assert rows, f"docs/architecture.md has no table of each {kind}"
    cells = (line.split("|")[1] for line in rows[0].splitlines()[2:] if line)
    return [name.removesuffix(".py").rstrip("/") for cell in cells for name in re.findall(r"`([\w./]+)`", cell)]


def rooms() -> list[str]:
    return house("package")


def inside(package: str, graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """The imports among the modules of one package, by their names within it."""
    start = f"{package}."
    return {
        one.removeprefix(start): {other.removeprefix(start) for other in others if other.startswith(start)}
        for one, others in graph.items()
        if one.startswith(start)
    }


def room(module: str) -> str:
    return module.split(".")[0]


def imports(module: str, source: str, known: set[str]) -> Iterator[str]:
    """The modules of the package that this one imports, wherever in it."""
    here = [PACKAGE, *module.split(".")[:-1]]
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            waiting += node.orelse
            continue
        waiting += ast.iter_child_nodes(node)
        wanted: list[str] = []
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*here[: len(here) - node.level + 1], *filter(None, [node.module])] if node.level else [node.module]
            wanted = [".".join([*base, alias.name]) for alias in node.names]
        elif isinstance(node, ast.Call) and node.args and _called(node) == "import_module":
            name = node.args[0]
            if isinstance(name, ast.Constant):
                wanted = [".".join(here) + name.value if name.value.startswith(".") else name.value]
        for name in wanted:
            if name == PACKAGE or name.startswith(f"{PACKAGE}."):
                found = _file(name.split(".")[1:], known)
                if found != module:
                    yield found


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _file(parts: list[str], known: set[str]) -> str:
    """The module itself, or the one that defines the last name: the root of the package where there is no other."""
    for name in (".".join(parts), ".".join([*parts, "__init__"]), ".".join(parts[:-1])):
        if name in known:
            return name
    return ".".join([*parts[:-1], "__init__"])


@cache
def graph() -> dict[str, set[str]]:
    """The imports of each module of the package."""
    return {name: set(imports(name, text, set(sources()))) for name, text in sources().items()}


def graph_with(seeded: dict[str, str]) -> dict[str, set[str]]:
    """The same with modules that are added, or replaced."""
    known = {*sources(), *seeded}
    return graph() | {name: set(imports(name, text, known)) for name, text in seeded.items()}


def climbs(graph: dict[str, set[str]], order: list[str]) -> list[str]:
    """The imports that go to a room above. The root of the package is above all; the command line may be started from it."""
    rank = {name: n for n, name in enumerate(["__main__", "__init__", *order])}
    return [
        f"{one} imports {other}"
        for one, others in sorted(graph.items())
        for other in sorted(others)
        if room(one) != room(other) and rank[room(one)] > rank[room(other)]
    ]


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Files that import each other; [] if there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return found.args[1]
    return []


def walks(source: str) -> list[str]:
    """Where the layers of a network are taken for alternating Dense and φ: every second one, or half of them."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            every, what = node.slice.step, node.value
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.Mod):
            every, what = node.right, node.left
        else:
            continue
        if isinstance(every, ast.Constant) and every.value == 2 and re.search(r"layers\b", ast.unparse(what)):
            found.append(ast.unparse(node))
    return found


FRAGMENT = re.compile(
    r"(What|Whatever|Which|Who|Whoever|Where|When|Whether|How|Why|That|Of|As|But|So"
    r"|Is|Are|Was|Were|Do|Does|Has|Have|Can|May|Must)\b"
)


def fragments(source: str) -> list[str]:
    """The first lines of docstrings that begin with a clause or a question in place of a noun or a verb."""
    found = []
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        for statement in body if isinstance(body, list) else ():
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                first = str(statement.value.value).strip().partition("\n")[0]
                if FRAGMENT.match(first):
                    found.append(first)
    return found


KINDS = {f"activations.numbers.{name.lower()}": name for name in ("Compiled", "Integral", "Series")}
READING = "layers.reading"
"""The module that may tell kinds of compiled activations apart."""


def kinds(module: str, source: str) -> set[str]:
    """What a module calls the classes of compiled activations: SymPy has an Integral of its own, and pages a Series."""
    here = [PACKAGE, *module.split(".")[:-1]]
    found = {name for home, name in KINDS.items() if home == module}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            base = [*here[: len(here) - node.level + 1], *filter(None, [node.module])] if node.level else [node.module]
            home = ".".join(filter(None, base)).removeprefix(f"{PACKAGE}.")
            found |= {alias.asname or alias.name for alias in node.names if KINDS.get(home) == alias.name}
            found |= {
                f"{alias.asname or alias.name}.{KINDS[one]}"
                for alias in node.names
                if (one := f"{home}.{alias.name}") in KINDS
            }
    return found


def told_apart(module: str, source: str) -> list[str]:
    """Where a module asks of which kind a compiled activation is: isinstance, issubclass, type(x) is …, a case of match."""
    found, names = [], kinds(module, source)
    for node in ast.walk(ast.parse(source)):
        asked: list[ast.AST] = []
        if isinstance(node, ast.Call) and _called(node) in ("isinstance", "issubclass"):
            asked = [*node.args[1:]]
        elif isinstance(node, ast.Compare) and "type(" in ast.unparse(node):
            asked = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchClass):
            asked = [node.cls]
        if names & {ast.unparse(x) for part in asked for x in ast.walk(part)}:
            found.append(ast.unparse(node))
    return found


def test_the_table_of_rooms_names_every_room_once():
    found = {room(name) for name in sources()} - {"__init__", "__main__"}
    assert sorted(rooms()) == sorted(found)


def test_no_room_imports_from_a_room_above():
    """So there is no circle between rooms either."""
    assert climbs(graph(), rooms()) == []


def test_the_table_of_activations_names_every_folder_once_and_every_module_within():
    named = inside("activations", graph())
    assert sorted(house("folder")) == sorted({room(name) for name in named} - {"__init__"})
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    for folder in house("folder"):
        row = next(line for line in text.splitlines() if line.startswith((f"| `{folder}/` |", f"| `{folder}` |")))
        modules = {name.split(".")[1] for name in named if room(name) == folder and "." in name} - {"__init__"}
        assert modules <= {*re.findall(r"`(\w+)`", row)}, folder


def test_no_folder_of_activations_imports_from_one_above():
    assert climbs(inside("activations", graph()), house("folder")) == []


def test_an_import_that_goes_up_among_folders_is_found():
    seeded = graph_with({"activations.form.seeded": "def f():\n    from ..derive.dual import derive"})
    assert climbs(inside("activations", seeded), house("folder")) == ["form.seeded imports derive.dual"]


def test_files_import_each_other_in_no_circle():
    assert circle(graph()) == []


def test_one_module_alone_tells_kinds_of_compiled_activations_apart():
    found = {name for name, text in sources().items() if told_apart(name, text)}
    assert found == {READING}
    for home, name in KINDS.items():
        assert f"\nclass {name}" in sources()[home]


def test_one_module_alone_asks_numpy_for_rules_of_gauss():
    asked = {name for name, text in sources().items() if re.search(r"leggauss|hermegauss|hermgauss|laggauss", text)}
    assert asked == {"gauss"}


def test_no_reading_takes_layers_for_alternating_dense_and_activation():
    assert {name: found for name, text in sources().items() if (found := walks(text))} == {}


@pytest.mark.parametrize(
    ("module", "source", "said"),
    [
        ("proofs.seeded", "def html():\n    from ..pages.blocks import to_html", "proofs.seeded imports pages.blocks"),
        ("proofs.judges.seeded", "from ...pages import blocks", "proofs.judges.seeded imports pages.blocks"),
        ("layers.seeded", "import ntk_symbolic.api.networks", "layers.seeded imports api.networks"),
        ("layers.seeded", "from ..api import Network", "layers.seeded imports api.__init__"),
        ("layers.seeded", "from .. import __version__", "layers.seeded imports __init__"),
        ("layers.seeded", "import_module('ntk_symbolic.cli.kernel')", "layers.seeded imports cli.kernel"),
        ("errors", "if TYPE_CHECKING:\n    pass\nelse:\n    from .inputs import as_count", "errors imports inputs"),
        ("errors", "if not TYPE_CHECKING:\n    from .inputs import as_count", "errors imports inputs"),
    ],
)
def test_an_import_that_goes_up_is_found(module, source, said):
    assert climbs(graph_with({module: source}), rooms()) == [said]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "from ..activations.numbers.series import Series\nisinstance(f, (int, Series))",
            "isinstance(f, (int, Series))",
        ),
        (
            "from ..activations.numbers.integral import Integral as I\nisinstance(f, I | None)",
            "isinstance(f, I | None)",
        ),
        (
            "from ..activations.numbers import compiled\nisinstance(f, compiled.Compiled)",
            "isinstance(f, compiled.Compiled)",
        ),
        ("from ntk_symbolic.activations.numbers.series import Series\ntype(f) is Series", "type(f) is Series"),
        ("from ..activations.numbers.series import Series\nmatch f:\n    case Series(): pass", "Series()"),
    ],
)
def test_a_question_for_the_kind_of_a_compiled_activation_is_found(source, said):
    assert told_apart("infinite.seeded", source) == [said]


def test_integrals_of_sympy_are_another_kind():
    assert told_apart("proofs.seeded", "from sympy import Integral\nisinstance(e, Integral)") == []


def test_an_import_for_type_checkers_alone_is_none():
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..pages.blocks import Block"
    assert list(imports("proofs.seeded", source, set(sources()))) == []


def test_a_circle_of_files_is_found():
    seeded = {"costs.one": "from .two import f", "costs.two": "def f():\n    from . import one"}
    assert {*circle(graph_with(seeded))} == {*seeded}


@pytest.mark.parametrize("walk", ["net.layers[1::2]", "layers[::2]", "len(self.layers) // 2", "(len(layers) - 1) % 2"])
def test_a_walk_over_alternating_layers_is_found(walk):
    assert walks(f"def read(layers):\n    return {walk}") == [walk]


def test_docstrings_begin_with_a_noun_or_a_verb():
    """Fragments and questions, such as "What a judge says" and "Is it 0?", do not name the thing that they describe."""
    assert {name: found for name, text in sources().items() if (found := fragments(text))} == {}


@pytest.mark.parametrize(
    ("docstring", "found"),
    [
        ("What a judge says.", 1),
        ("Of a sum.", 1),
        ("Is it 0?\n\n    More.", 1),
        ("Where it is cut.", 1),
        ("A judge.", 0),
        ("Officers of the watch.", 0),
        ("True if it is 0.", 0),
    ],
)
@pytest.mark.parametrize("place", ['"""{}"""', 'def f():\n    """{}"""', 'class C:\n    x = 1\n    """{}"""'])
def test_a_docstring_that_begins_with_a_fragment_is_found(docstring, found, place):
    assert len(fragments(place.format(docstring))) == found
