"""The report is one self-contained page, states how it was made, and fails when a verdict fails."""

import re
from html import escape
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sweeps import sweep, sweep_few

pytest.importorskip("matplotlib")

from ntk_symbolic.api import Network, architecture
from ntk_symbolic.cli import main
from ntk_symbolic.errors import NTKSymbolicError
from ntk_symbolic.files import sha256_of
from ntk_symbolic.finite.network import FiniteNetwork
from ntk_symbolic.reports.dataset import load
from ntk_symbolic.reports.prediction import predict, rbf_kernels
from ntk_symbolic.reports.report import report_html
from ntk_symbolic.reports.study import Missing, OneNetwork, Settings, study

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 3))


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def saved(X, y=None, **more):
    """Settings for arrays, written to files first."""
    np.save("X.npy", X)
    if y is None:
        return Settings("X.npy", depth=1, **more)
    np.save("y.npy", y)
    return Settings("X.npy", "y.npy", depth=1, **more)


def loaded(X, y=None, task="auto"):
    settings = saved(X, y)
    return load(settings.data, settings.target, task=task)


@pytest.fixture(scope="module")
def digits():
    pytest.importorskip("sklearn")
    return study(Settings(max_rows=150, depth=1))


@pytest.fixture(scope="module")
def html(digits):
    return report_html(digits)


# ── The page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_needs_nothing_else(html):
    assert "<script" not in html
    assert not re.search(r'src="(?!data:)', html)
    links = re.findall(r'<(\w+) [^>]*href="(?!#|data:)([^"]*)', html)
    assert {tag for tag, _ in links} == {"a"} and all(to.startswith("https://arxiv.org/abs/") for _, to in links)
    assert html.count("http") == len(links), "papers are linked, and nothing is fetched"
    assert html.count("<svg") == 6  # profile, two kernels, eigenvalues, convergence, learning curve
    assert html.count('<article class="derivation">') == 2
    assert "<details open" not in html


def test_the_contents_lead_to_every_section(html):
    anchors = re.findall(r'<section id="(\w+)">\n<h2>(.*?)</h2>', html)
    assert re.findall(r'<li><a href="#(\w+)">(.*?)</a></li>', html) == anchors
    assert len(anchors) == html.count("<h2>")


def test_classes_are_named_on_the_axes_and_the_kernels_are_explained(html):
    assert html.count("row, by target") == 2 and "span 98 % of the off-diagonal entries" in html
    assert "covariance is the <b>NNGP</b>" in html and "neural tangent kernel, the <b>NTK</b>" in html
    assert r"\sqrt" not in html and "accuracy, held out" in html


def test_the_page_says_how_it_was_made(digits, html):
    for told in (
        "ntk-symbolic report --activation relu --depth 1",
        "--max-rows 150 --seed 0",
        dict(digits.data.digests)["data"],
        "150 rows of 1797, drawn at random",
        np.__version__,
    ):
        assert told in html


def test_the_same_command_writes_the_same_page(digits, html):
    assert report_html(study(digits.settings)) == html


def test_a_digest_is_that_of_the_file():
    assert loaded(X).digests == (("data", sha256_of("X.npy")),)


@pytest.fixture(scope="module")
def worded(tmp_path_factory):
    """One page with words of every kind: a word a class."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("words"))
        return report_html(study(saved(X, np.array(WORDS)[np.arange(len(X)) % len(WORDS)])))


WORDS = ["a $x$ b", "<b>", "`code`", "it's & so"]


@pytest.mark.parametrize("word", WORDS)
def test_users_words_are_shown_as_they_are(word, worded):
    html = worded
    assert word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#x27;") in html


# ── Verdicts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_right_report_has_only_good_findings(digits):
    words = ["agrees to 9 digits", "agrees", "proved", "agrees", "measured"]
    assert [f.verdict for f in digits.findings] == words
    assert all(f.good for f in digits.findings)


def test_a_kernel_wrong_by_two_percent_fails_the_report(monkeypatch):
    right = Network.ntk
    monkeypatch.setattr(Network, "ntk", lambda self, X, Y=None: 1.02 * right(self, X, Y))
    saved(X)
    result = CliRunner().invoke(main, ["report", "--data", "X.npy", "--depth", "1"])
    assert result.exit_code == 1
    assert "disagrees" in result.stdout


def test_a_wrong_gradient_fails_the_cost_dynamics(monkeypatch):
    right = FiniteNetwork.gradient

    def wrong(self, X, residual):
        return tuple(1.01 * d if d.ndim == 2 else d for d in right(self, X, residual))

    monkeypatch.setattr(FiniteNetwork, "gradient", wrong)
    found = study(saved(X)).findings[3]
    assert (found.verdict, found.good) == ("disagrees", False)


def test_a_jump_has_no_tangent_kernel_and_the_report_says_why():
    done = study(saved(X, X[:, 0] > 0, activation="sign"))
    html = report_html(done)
    assert isinstance(done.ntk, Missing)
    assert all(f.good for f in done.findings)
    assert html.count("there is no NTK") >= 3
    assert html.count("<svg") == 3  # the profile, the NNGP matrix and its eigenvalues


# tanh is smooth; √|u| has κ and no κ̇; the last one jumps
@pytest.mark.parametrize("name", sweep(["tanh", "sqrt(Abs(u))", "sign(u)*exp(-u**4)"], ["tanh", "sign(u)*exp(-u**4)"]))
def test_every_activation_has_a_report_with_bounds_instead_of_a_closed_form(name):
    done = study(saved(X[:12], activation=name))
    html = report_html(done)
    first = done.findings[0]
    assert isinstance(done.derivations[0], Missing) and done.derivations[0].excused
    assert first.verdict == "bounded" and "no closed form: the factor" in first.found
    assert all(f.good for f in done.findings)
    assert "error at most" in html and "How this page was made" in html
    assert isinstance(done.ntk, Missing) == (name[0] == "s")


@pytest.mark.parametrize("name, said", [("tan(u)", "pole at u = 1.5708"), ("log(u)", "not real at u < 0")])
def test_what_has_no_kernel_has_no_report(name, said):
    with pytest.raises(NTKSymbolicError, match=said):
        study(saved(X[:12], activation=name))


def test_the_cost_is_confirmed_on_two_outputs_or_more(digits):
    for targets in (None, X[:, 0], X):
        network = study(saved(X, targets)).network
        assert isinstance(network, OneNetwork)
        assert network.outputs >= 2
    assert isinstance(digits.network, OneNetwork)
    assert digits.network.outputs == 10


# ── Any data ─────────────────────────────────────────────────────────────────────────────────────────────────────────

CLASSES = RNG.integers(0, 3, 40)
ODD = {
    "one row": (X[:1], CLASSES[:1]),
    "three rows": (X[:3], CLASSES[:3]),
    "one feature": (X[:, :1], X[:, 0]),
    "many features": (RNG.standard_normal((12, 200)), CLASSES[:12]),
    "the same row": (np.ones((20, 2)), CLASSES[:20]),
    "duplicates": (np.repeat(X[:5], 8, axis=0), CLASSES),
    "one class": (X, np.zeros(40, dtype=int)),
    "one value": (X, np.ones(40)),
    "a value seen in training alone": (X, (np.random.default_rng(0).permutation(40).argsort() == 39) * 1.0),
    "as many classes as rows": (X, np.arange(40)),
    "huge numbers": (1e300 * X, 1e300 * X[:, 0]),
    "tiny numbers": (1e-310 * X, 1e-310 * X[:, 0]),
}


ALIKE = ("three rows", "one feature", "tiny numbers", "duplicates", "one value", "a value seen in training alone")


@pytest.mark.parametrize("name", sweep_few(ODD, ALIKE))
def test_odd_data_make_a_page(name):
    done = study(saved(*ODD[name]))
    assert "How this page was made" in report_html(done)
    assert all(f.good for f in done.findings)


def test_without_a_scale_nothing_can_be_checked_and_the_exit_code_says_so():
    done = study(saved(np.zeros((12, 2)), b_std=0.0))
    assert [f.verdict for f in done.findings[1::2]] == ["undecided", "undecided"]
    assert not all(f.good for f in done.findings)


# ── Targets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "cells, measure",
    [
        (["3", "7"], "accuracy"),
        (["label", "3", "7"], "accuracy"),
        (["cat", "dog"], "accuracy"),
        (["3.0", "7.5"], "R²"),
        (["price", "3e0", "7e0"], "R²"),
    ],
    ids=str,
)
def test_integers_and_text_are_classes_and_floats_are_numbers(cells, measure):
    np.savetxt("X.csv", X, delimiter=",")
    values = cells[-2:]
    Path("y.csv").write_text("\n".join([*cells[:-2], *(values[int(x > 0)] for x in X[:, 0])]))
    data = load("X.csv", "y.csv")
    assert predict(data, {}, seed=0).measure == measure


def table_of(labels):
    """A CSV with a header, three features and a column of labels."""
    rows = [",".join([*map(str, x), str(label)]) for x, label in zip(X, labels, strict=True)]
    Path("table.csv").write_text("\n".join(["a,b,c,kind", *rows]) + "\n")


def test_the_target_may_be_a_column_of_the_data():
    labels = ["cat" if x > 0 else "dog" for x in X[:, 0]]
    table_of(labels)
    Path("X.csv").write_text("\n".join(",".join(map(str, x)) for x in X))
    Path("y.csv").write_text("\n".join(labels))
    by_column, by_file = load("table.csv", "kind"), load("X.csv", "y.csv")
    np.testing.assert_array_equal(by_column.X, by_file.X)
    assert by_column.targets is not None and by_file.targets is not None
    np.testing.assert_array_equal(by_column.targets.values, by_file.targets.values)
    assert by_column.targets.labels == ("cat", "dog")
    np.testing.assert_array_equal(load("table.csv", "a", drop=("kind",)).X[:, 0], load("X.csv").X[:, 1])
    assert "--drop kind" in Settings("table.csv", "a", drop=("kind",)).command()
    with pytest.raises(NTKSymbolicError, match=r"no column 'kin'; did you mean 'kind'\?"):
        load("table.csv", "kin")


def test_a_label_that_occurs_once_in_the_first_row_is_no_header():
    labels = ["once", *["cat", "dog"] * 19, "cat"]
    Path("X.csv").write_text("\n".join(",".join(map(str, x)) for x in X))
    Path("y.csv").write_text("\n".join(labels))
    targets = load("X.csv", "y.csv").targets
    assert targets is not None and targets.labels == ("cat", "dog", "once")


def test_data_that_tell_nothing_and_classes_that_are_numbers_are_noted_on_the_page():
    constant = loaded(np.ones((40, 3)), CLASSES)
    assert "nothing can be learnt" in constant.notes[0]
    assert "nothing can be learnt" in report_html(study(saved(np.ones((40, 3)), CLASSES)))
    assert loaded(np.hstack([X, np.ones((40, 1))])).notes == ("1 of 4 features are constant and carry no information",)
    assert loaded(X, X[:, 0], task="classes").notes == (
        "40 classes for 40 rows: if the targets are numbers, pass --task numbers",
    )
    assert loaded(X, CLASSES).notes == ()


def test_the_learning_curve_ends_at_the_score_of_the_table(digits):
    found = digits.prediction
    assert found.sizes[:3] == (20, 50, 120)
    for curve, result in zip(found.curves, found.results, strict=True):
        assert curve.kernel == result.kernel
        assert curve.means[-1] == pytest.approx(result.score) and curve.spreads[-1] == 0
        assert curve.means[0] < curve.means[-1]
    few = predict(loaded(X, CLASSES), {}, seed=0)
    assert few.sizes == few.curves == ()


def test_networks_too_deep_for_the_time_of_a_report_are_not_sampled():
    done = study(saved(X[:12]).__class__("X.npy", depth=60))
    assert isinstance(done.comparison, Missing) and done.comparison.excused
    assert "net.compare(X, widths=" in done.comparison.reason


def test_without_targets_the_section_says_why_it_is_missing():
    done = study(saved(X))
    assert isinstance(done.prediction, Missing)
    assert "--target y.npy" in report_html(done)


def test_a_task_can_be_named():
    targets = loaded(X, CLASSES.astype(float), task="classes").targets
    assert targets is not None
    assert targets.labels == ("0.0", "1.0", "2.0")


# ── Held out is held out ─────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_held_out_do_not_change_the_scale():
    y = X[:, 0] * X[:, 1]
    data = loaded(X, y)
    held = np.random.default_rng(0).permutation(len(X))[: data.held_out]
    other, targets = X.copy(), y.copy()
    other[held], targets[held] = other[held] + 5, targets[held] - 7
    changed = loaded(other, targets)
    assert data.targets is not None
    assert changed.targets is not None
    np.testing.assert_array_equal(data.X[data.train], changed.X[data.train])
    np.testing.assert_array_equal(data.targets.values[data.train], changed.targets.values[data.train])


def test_targets_held_out_change_the_score_alone():
    y = X[:, 0] * X[:, 1]
    before = predict(loaded(X, y), {}, seed=0).results[0]
    y[np.random.default_rng(0).permutation(len(X))[:8]] += 1
    after = predict(loaded(X, y), {}, seed=0).results[0]
    np.testing.assert_array_equal(before.predicted, after.predicted)
    assert before.score != after.score


def test_a_kernel_that_knows_the_answer_wins_over_one_that_knows_nothing():
    data = loaded(X, (X[:, 0] > 0).astype(int))
    assert data.targets is not None
    told = data.targets.values @ data.targets.values.T
    oracle, noise, _ = predict(data, {"oracle": {"": told}, "noise": {"": np.eye(40)}}, seed=0).results
    assert oracle.score == 1.0
    assert noise.score < 1.0


def test_the_baseline_is_the_rbf_kernel():
    data = loaded(X)
    name, K = next(iter(rbf_kernels(data).items()))
    Z = data.X[data.train]
    squared = ((Z[:, None] - Z[None]) ** 2).sum(axis=-1)
    median = np.median(np.sqrt(squared[np.triu_indices(len(Z), 1)]))
    assert name == "width 0.25 × median"
    np.testing.assert_allclose(K[data.train, data.train], np.exp(-squared / (2 * (median / 4) ** 2)), atol=1e-12)


# ── At the terminal ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_piped_output_is_plain_and_tells_the_subsampling():
    np.savetxt("X.csv", X, delimiter=",")
    result = CliRunner().invoke(main, ["report", "--data", "X.csv", "--depth", "1", "--max-rows", "30"])
    assert result.exit_code == 0
    assert "\x1b" not in result.output
    assert "30 rows of 40, drawn at random; 3 features (seed 0)" in result.stdout
    assert [line.split(":")[0] for line in result.stderr.splitlines()][:3] == [
        "reading the data",
        "deriving the dual kernel",
        "evaluating the kernels",
    ]
    assert sorted(path.name for path in Path().iterdir()) == ["X.csv", "report.html"]


def test_quiet_prints_nothing():
    saved(X)
    result = CliRunner().invoke(main, ["report", "--data", "X.npy", "--depth", "1", "--quiet", "-o", "out.html"])
    assert (result.exit_code, result.output) == (0, "")
    assert Path("out.html").exists()


TEXT = """dense(W_std=1.4) residual(relu dense(b_std=0.3)) layernorm 'cos(2*u)' layernorm
repeat(60, dense relu) dense"""  # so deep that no networks are sampled


def test_a_report_of_any_network_names_it_and_every_activation():
    done = study(saved(X[:12], arch=TEXT))
    html = report_html(done)
    assert [f.claim for f in done.findings[:2]] == ["dual kernel of relu derived", "dual kernel of cos(2*u) derived"]
    assert done.settings.network == TEXT and escape(TEXT) in html
    assert "--arch" in done.settings.command() and "--depth" not in done.settings.command()
    np.testing.assert_array_equal(done.ntk.matrix, architecture(TEXT).ntk(done.data.X))
    assert html.count("of the recursion are those of") == 2 and "at the variance" in html
