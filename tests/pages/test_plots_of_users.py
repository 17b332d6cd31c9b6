"""Plots that users call: their lines hold the numbers of the functions, and wrong input is named."""

import re
import sys

import numpy as np
import pytest

pytest.importorskip("matplotlib")
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

import ntk_symbolic as ns
from ntk_symbolic.documents import plots
from ntk_symbolic.pages.activation_page import KINDS

X = np.linspace(-1, 1, 7)[:, None]
Y = np.sin(3 * X[:, 0])


@pytest.fixture
def ax():
    return Figure().subplots()


def curves(ax: Axes) -> dict:
    return {line.get_label(): line.get_xydata() for line in ax.get_lines()}


def test_the_curves_of_a_network_are_its_kernels_at_every_angle(ax):
    net = ns.mlp(2, "gelu", 1.5, 0.1)
    assert net.plot(ax=ax) is ax
    drawn = curves(ax)
    assert set(drawn) == {"NNGP", "NTK"}
    cosine, ntk = drawn["NTK"][30]
    x = np.sqrt(2) * np.array([[1.0, 0.0], [cosine, np.sqrt(1 - cosine**2)]])
    assert ntk == pytest.approx(net.ntk(x)[0, 1], rel=1e-12)
    assert list(curves(net.plot(get="nngp", ax=Figure().subplots()))) == ["NNGP"]


def test_with_inputs_a_network_shows_its_matrix(ax):
    net, data = ns.mlp(1, "erf"), np.random.default_rng(0).standard_normal((6, 3))
    (image,) = (child for child in net.plot(data, ax=ax).get_children() if isinstance(child, AxesImage))
    np.testing.assert_allclose(np.asarray(image.get_array()), net.ntk(data))
    assert ax.get_title() == "NTK matrix"


@pytest.mark.parametrize("kind", KINDS)
def test_an_activation_has_every_plot_of_its_page(kind):
    axes = ns.activation("gelu").plot(kind)
    assert isinstance(axes, Axes) and axes.get_xlabel() and axes.get_title()
    plt.close("all")


def test_the_dual_kernels_drawn_are_those_that_are_evaluated(ax):
    phi = ns.activation("erf")
    phi.plot("dual", ax)
    drawn = curves(ax)["κ"]
    np.testing.assert_allclose(drawn[:, 1], phi.dual(1.0, 1.0, drawn[:, 0]), rtol=1e-12)


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_a_fit_of_one_feature_shows_data_prediction_and_two_deviations(ax, get):
    fit = ns.mlp(1, "erf", 1.5, 0.1).fit(X, Y, ridge=1e-2, get=get)
    fit.plot(ax)
    x, mean = curves(ax)["prediction"].T
    expected, std = fit.predict(x[:, None], return_std=True)
    np.testing.assert_allclose(mean, expected)
    (band,) = ax.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.max() == pytest.approx((expected + 2 * std).max())
    np.testing.assert_allclose(curves(ax)["data"], np.column_stack([X[:, 0], Y]))


def test_a_comparison_draws_the_kernels_at_each_width(ax):
    found = ns.mlp(1, "relu").compare(np.eye(3), widths=(8, 16), networks=200)
    assert found.plot(ax) is ax
    assert "1 / width" in ax.get_xlabel()


def test_a_fit_in_a_notebook_names_its_network_and_its_numbers():
    fit = ns.mlp(1, "erf").fit(X, Y, ridge=0.25)
    shown = fit._repr_html_()
    assert "activation(&#x27;erf&#x27;)" in shown and "0.25" in shown and "NTK" in shown
    assert not re.search(r"<script|href=", shown)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: ns.mlp(1).plot(ax=3), "ax is int: pass the Axes of a figure"),
        (lambda: ns.activation("relu").plot("kernel"), "kind is 'kernel': pass 'phi', 'dual'"),
        (lambda: ns.mlp(1).plot(get="nkt"), "get is 'nkt'"),
        (
            lambda: ns.mlp(1).fit(np.eye(3), [1.0, 2.0, 3.0]).plot(),
            "one feature and one target, and this fit has 3 and 1",
        ),
    ],
    ids=["ax", "kind", "get", "features"],
)
def test_wrong_input_is_named(call, words):
    with pytest.raises(ns.InvalidInput, match=words):
        call()


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    with pytest.raises(ns.InvalidInput, match=r"pip install .ntk_symbolic\[report\]"):
        ns.mlp(1).plot()


def test_another_variance_than_1_is_in_the_title(ax):
    """E exp(u²)² is infinite at variance 1/4 and above, so its kernels are drawn below."""
    assert "variance" in ns.activation("exp(u**2)").plot("dual", ax).get_title()
    assert "variance" not in ns.activation("erf").plot("dual", Figure().subplots()).get_title()
    with pytest.raises(ns.InvalidInput, match="kind is"):
        ns.activation("erf").plot([])  # type: ignore[arg-type]
