"""The site is made from the verdicts of the judges at build time."""

import inspect
import re
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from sympy import Symbol

from ntk_symbolic.pages.graph import alone, around, graph, in_order
from ntk_symbolic.pages.theorem_page import NotProved, theorem_page
from ntk_symbolic.proofs.derivation import Hypothesis
from ntk_symbolic.proofs.mutation.harness import Outcome, Score, Trial
from ntk_symbolic.proofs.theorem import Theorem, theorem

DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS / "_extensions"))

import api  # noqa: E402
import generated  # noqa: E402
import whole  # noqa: E402

a, b = Symbol("a", real=True), Symbol("b", real=True)
REAL = Hypothesis("$a$ and $b$ are real", source="Dedekind 1872")


@theorem(source="school")
def a_sum_is_not_its_squares():
    """Squares of a sum, in one direction

    Here b is a.
    """
    yield (a + a) ** 2
    yield 4 * a**2, "the sum first"


@theorem(source="school <1>", hypotheses=[REAL], counterexamples=[a_sum_is_not_its_squares])
def square_of_a_sum():
    """The square of a sum

    It is known.
    """
    yield (a + b) ** 2
    yield a**2 + 2 * a * b + b**2, "the binomial formula", "Here $n = 2$."


@theorem(source="school", uses=[square_of_a_sum])
def square_of_a_difference():
    """The square of a difference"""
    yield (a - b) ** 2
    yield a**2 - 2 * a * b + b**2, "the sum of a and −b"


@theorem(source="a slip")
def wrong():
    """The square of a sum, as one would like it"""
    yield (a + b) ** 2
    yield a**2 + 2 * a * b + b**2, "the binomial formula"
    yield a**2 + a * b + b**2, "a factor lost"


KNOWN = {t.name: t for t in (square_of_a_sum, square_of_a_difference)}


def page(of: Theorem, score: Score | None = None) -> dict[str, str]:
    made = theorem_page(of, KNOWN, "#line-{}".format, score)
    return {"": made.head, "title": made.title, **dict(made.parts)}


# Unproved derivations


def test_a_wrong_theorem_fails_the_build(tmp_path):
    with pytest.raises(NotProved, match=r"wrong: step 2, a factor lost, is refuted"):
        generated.write_theorems({**KNOWN, "wrong": wrong}, tmp_path)
    assert not (tmp_path / "theorems" / "wrong.md").exists()


@pytest.mark.parametrize("role", ["uses", "counterexamples"])
def test_so_does_one_that_rests_on_a_wrong_theorem_or_shows_one(role):
    with pytest.raises(NotProved, match="a factor lost"):
        page(replace(square_of_a_difference, **{role: (wrong,)}))


def test_so_does_a_hypothesis_left_out():
    from ntk_symbolic.theorems.cost_dynamics import cost_dynamics

    assert page(cost_dynamics)
    with pytest.raises(NotProved, match="no hypothesis grants Fubini"):
        page(replace(cost_dynamics, hypotheses=tuple(h for h in cost_dynamics.hypotheses if "Fubini" not in h.grants)))


@pytest.mark.parametrize("outcome", [Outcome.SURVIVED, Outcome.DISPUTED])
def test_so_do_judges_that_let_a_mutant_pass(outcome):
    trial = Trial("square-of-a-sum", 1, "right", "sign", "sign of b", outcome)
    with pytest.raises(NotProved, match="sign of b"):
        page(square_of_a_sum, Score("square-of-a-sum", (trial,)))
    with pytest.raises(NotProved, match="no mutant"):
        page(square_of_a_sum, Score("square-of-a-sum", ()))


# Proved derivations


def test_a_page_says_what_is_claimed_assumed_done_and_by_whom_it_was_judged():
    shown = page(square_of_a_sum)
    assert shown["title"] == "Square of a sum"
    assert "The square of a sum" in shown[""]
    assert "It is known." in shown[""]
    assert "school &lt;1&gt;" in shown[""]
    assert "Dedekind 1872" in shown["Hypotheses"]
    assert "the binomial formula" in shown["Derivation"]
    assert "✓ proved" in shown["Derivation"]
    assert "the sum first" in shown["Why the hypotheses are needed"]


def test_the_mutants_are_counted_and_those_as_true_as_the_original_are_explained():
    trials = (
        Trial("square-of-a-sum", 1, "right", "sign", "sign of b", Outcome.REJECTED),
        Trial("square-of-a-sum", 1, "left", "order", "a <-> b", Outcome.EQUIVALENT, reason="a sum has no order"),
    )
    shown = page(square_of_a_sum, Score("square-of-a-sum", trials, sample=2))["Tests of the judges"]
    assert "2 mutants (at most 2 of each line): 1 rejected" in shown
    assert "a &lt;-&gt; b" in shown
    assert "a sum has no order" in shown


def test_every_step_leads_to_its_line_of_the_code():
    shown = page(square_of_a_sum)["Derivation"]
    (address,) = re.findall(r'href="#(line-\d+)"', shown)
    line = re.search(rf'<span id="{address}">(.*?)\n', generated.listing(square_of_a_sum))
    assert line is not None
    assert "the binomial formula" in re.sub(r"<[^>]+>", "", line[1])


def test_what_a_file_imports_is_folded_and_no_line_is_lost():
    shown = generated.listing(square_of_a_sum)
    folded, _, rest = shown.partition("</details>")
    assert "import re" in re.sub(r"<[^>]+>", "", folded)
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert re.findall(r'<span id="line-(\d+)"', shown) == [str(n) for n in range(1, len(source) + 1)]
    assert "the binomial formula" in re.sub(r"<[^>]+>", "", rest)


def test_a_sample_of_mutants_is_the_same_ones_every_time_and_few_of_them():
    twice = [generated.sampled_score(square_of_a_sum) for _ in range(2)]
    assert twice[0] == twice[1]
    assert twice[0].passed
    lines = sum(1 for trial in twice[0].trials if trial.line)
    assert 0 < lines <= generated.LINES * generated.SAMPLE


def test_a_theorem_that_is_gone_leaves_no_page(tmp_path):
    (tmp_path / "theorems").mkdir()
    (tmp_path / "theorems" / "gone.md").write_text("# Gone")
    generated.write_theorems({**KNOWN, generated.FLAGSHIP: square_of_a_sum}, tmp_path)
    pages = [
        p.stem for p in (tmp_path / "theorems").glob("*.md") if not p.stem.startswith("_")
    ]  # _… are parts of pages
    assert sorted(pages) == sorted({*KNOWN, generated.FLAGSHIP})


# The graph

USES = {"a": [], "b": ["a"], "c": ["a", "b"], "d": ["a"], "e": ["c", "d"], "f & g": ["e", "a"], "alone": []}


def drawn(uses: dict[str, list[str]], marked: str = "") -> ET.Element:
    return ET.fromstring(graph(uses, marked=marked))


def test_the_graph_has_a_box_for_each_theorem_and_no_edge_that_follows_from_others():
    svg = drawn(USES, marked="b")
    assert [text.text for text in svg.iter("text")] == list(USES)
    assert len(list(svg.iter("path"))) == 6  # a–b, b–c, a–d, c–e, d–e, e–f
    assert [link.get("href") for link in svg.iter("a") if link.get("class")] == ["b.html"]


def test_every_arrow_has_a_head_at_the_box_it_leads_to():
    svg = drawn(USES)
    heads = [tuple(map(float, head.get("points", "").split()[0].split(","))) for head in svg.iter("polygon")]
    boxes = [tuple(float(r.get(k, "")) for k in ("x", "y", "height")) for r in svg.iter("rect")]
    ends = {(round(x), round(y + height / 2)) for x, y, height in boxes}
    assert len(heads) == 6
    assert set(heads) <= ends


def test_the_list_leads_from_what_is_used_to_what_uses_it():
    order = in_order(USES)
    assert sorted(order) == sorted(USES)
    assert all(order.index(used) < order.index(name) for name in USES for used in USES[name])
    assert alone(USES) == ["alone"]


def test_no_two_boxes_of_the_graph_touch():
    boxes = [tuple(float(r.get(k, "")) for k in ("x", "y", "width", "height")) for r in drawn(USES).iter("rect")]
    for n, (x, y, w, h) in enumerate(boxes):
        for x_, y_, w_, h_ in boxes[:n]:
            assert x + w <= x_ or x_ + w_ <= x or y + h <= y_ or y_ + h_ <= y


def test_the_part_around_a_theorem_is_what_it_rests_on_and_what_rests_on_it():
    assert set(around(USES, "d")) == {"a", "d", "e", "f & g"}
    assert around(USES, "alone") == {"alone": []}


# The reference


def test_every_public_name_has_one_place_in_the_reference():
    """By value: what `ntk_symbolic` and `ntk_symbolic.calculus` both export is shown once."""
    shown = [entry.value for entries in api.reference().values() for entry in entries]
    for name in api.MODULES:
        for public in sys.modules[name].__all__:
            value = getattr(sys.modules[name], public)
            if not public.startswith("_") and value is not sys.modules.get(f"{name}.{public}"):  # a module has a page
                assert sum(value is other for other in shown) == 1, public


@pytest.mark.parametrize("task", api.TASKS, ids=lambda task: task.name)
def test_a_page_of_the_reference_has_a_part_for_each_of_its_names(task):
    page = api.api_page(task)
    for entry in api.reference()[task.name]:
        assert re.search(rf"^:+\{{py:\w+\}} {re.escape(entry.address)}\b", page, re.MULTILINE), entry.address
    assert " at 0x" not in page


@pytest.mark.parametrize("task", api.TASKS, ids=lambda task: task.name)
def test_no_argument_is_set_as_prose(task):
    """Its name stands in <dt>, and what continues its meaning is no paragraph, which would begin in mid-sentence."""
    page = api.api_page(task)
    described = 0
    for entry in api.reference()[task.name]:
        for value in (entry.value, *(member for _, member in entry.members)):
            names = api._parameters(value) if inspect.isfunction(value) or inspect.isclass(value) else ()
            lines = [m[1] for m in re.finditer(r"^(\w+) {2,}\S", inspect.getdoc(value) or "", re.MULTILINE)]
            for name in set(lines) & set(names):
                described += 1
                assert f"<dt>{name}</dt>" in page, (entry.address, name)
    assert described or task.name in ("derivations", "errors")
    assert not re.search(r"</dl>\n<p>[a-z]", page)


def test_the_classes_that_calls_return_are_in_the_reference():
    """Every class that a public function or method is annotated to return."""
    documented = {entry.name for entries in api.reference().values() for entry in entries}
    returned = set()
    for entry in (entry for entries in api.reference().values() for entry in entries):
        for value in (entry.value, *(getattr(member, "fget", member) for _, member in entry.members)):
            said = str(getattr(value, "__annotations__", {}).get("return", ""))
            returned |= set(re.findall(r"\b[A-Z]\w+", said))
    ours = {
        "Activation",
        "ActivationReport",
        "Comparison",
        "Derivation",
        "KernelRegression",
        "Network",
        "SampledNetwork",
    }
    assert ours | {"FunctionalDerivative"} <= returned
    assert returned - documented <= FOREIGN | ALIASES


FOREIGN = {
    "Any",
    "Basic",
    "Array",
    "Axes",
    "Callable",
    "Eq",
    "Expr",
    "Float",
    "Iterator",
    "Matrix",
    "NDArray",
    "None",
    "Sequence",
    "Symbol",
}
ALIASES = {"Chain", "Judge", "Line", "Weights"}  # of tuples and functions, and what only `theorem` takes


def test_the_table_of_the_reference_has_every_task():
    listed = re.findall(r"^api/(\S+)$", (DOCS / "api.md").read_text(encoding="utf-8"), re.M)
    assert listed == [task.name for task in api.TASKS]


def test_a_public_name_without_a_docstring_fails_the_build():
    with pytest.raises(api.Undocumented, match=r"silent\.f"):
        api._entry("silent.f", lambda: None)


def test_a_public_name_of_no_task_fails_the_build():
    with pytest.raises(api.Undocumented, match=r"belongs to no page"):
        api._task_of("ntk_symbolic.stray", re.compile)


def test_a_docstring_is_set_in_its_shape_and_never_obeyed():
    shown = api.docstring_html(
        "What `it` is, a < b *not emphasised*.\n\nX   (n, d)\nY   (m, d),\nand more.\nRaises one.\n\n>>> 1 + 1\n2"
    )
    assert "a &lt; b *not emphasised*" in shown
    assert "<dt>X</dt><dd>(n, d)</dd>" in shown
    assert "<p>Raises one.</p>" in shown
    assert "&gt;&gt;&gt; " in shown


DESCRIBED = """A sum.

x     where: a symbol. A sample X[n] stands for the empirical
      measure.   y   another.
wrt   the density
theta the parameters
bound also return
see   what follows
theta is not described here.
"""


def test_an_argument_goes_on_below_itself_and_its_name_may_reach_its_meaning():
    shown = api.docstring_html(DESCRIBED, ["x", "y", "wrt", "theta", "bound"])
    assert "<dt>x</dt><dd>where: a symbol. A sample X[n] stands for the empirical measure.   y   another.</dd>" in shown
    assert re.findall("<dt>(.*?)</dt>", shown) == ["x", "wrt", "theta", "bound", "see"]
    assert "<p>theta is not described here.</p>" in shown


# The whole


def site(tmp_path: Path, **pages: str) -> list[str]:
    for name, body in pages.items():
        (tmp_path / f"{name}.html").write_text(f"<html><body>{body}</body></html>", encoding="utf-8")
    return list(whole.faults(tmp_path))


def cell(*outputs: str) -> str:
    return f'<div class="cell_output docutils container">{"".join(outputs)}</div>'


STREAM = '<div class="output stream highlight-myst-ansi">by the chain rul</div>'


def test_an_output_in_pieces_is_refused(tmp_path):
    stderr = STREAM.replace("stream", "stderr")
    assert site(tmp_path, one=cell(STREAM, stderr) + cell(STREAM, '<div class="output text_plain">1</div>')) == []
    (fault,) = site(tmp_path, one=cell(STREAM, STREAM))
    assert "in pieces" in fault


def test_a_site_whose_links_lead_somewhere_is_whole(tmp_path):
    assert site(tmp_path, one='<a href="two.html#x">to</a> <a href="https://arxiv.org">out</a>', two='<p id="x">') == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "fetches https://cdn"),
        ('<link rel="stylesheet" href="//fonts.example/x.css">', "fetches //fonts"),
        ('<a href="three.html">to</a>', "three.html, which does not exist"),
        ('<a href="#y">to</a>', "#y, which does not exist"),
    ],
)
def test_a_dead_link_or_something_fetched_from_elsewhere_is_a_fault(tmp_path, body, fault):
    (found,) = site(tmp_path, one=body)
    assert fault in found


def test_a_style_that_fetches_is_a_fault(tmp_path):
    (tmp_path / "x.css").write_text("@font-face { src: url(https://fonts.example/x) }")
    assert site(tmp_path) == ["x.css fetches an external resource"]
