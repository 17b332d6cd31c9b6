"""Plots fit into pages of any colour and width, several at a time."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from ntk_symbolic.documents.plots import (
    Drawing,
    _robust,
    convergence,
    eigenvalues,
    heatmap,
    learning,
    profile,
    spectrum,
)

RHO = np.linspace(-1, 1, 21)
WIDTHS = np.array([64, 128, 256, 1024])


def drawn() -> dict[str, Drawing]:
    return {
        "convergence": convergence(WIDTHS, 1 + 1 / WIDTHS, 1 / WIDTHS, 1.0, 1.001, 0.01, title="Towards <∞>"),
        "convergence without extrapolation": convergence(WIDTHS, 1 + 1 / WIDTHS, 1 / WIDTHS, 1.0),
        "profile": profile(RHO, {"κ": RHO**2, "κ̇": 2 * RHO}),
        "heatmap": heatmap(np.outer(RHO, RHO), "Signed"),
        "heatmap of groups": heatmap(np.outer(RHO, RHO), "Groups", [("cat", 10), ("dog", 11)]),
        "spectrum": spectrum(RHO[-5:] ** 2, "Spectrum", "k", "height"),
        "eigenvalues": eigenvalues({"NTK": RHO**2, "NNGP": RHO}, "Eigenvalues"),
        "learning": learning(np.array([10, 20]), {"NTK": (RHO[:2], 0 * RHO[:2])}, "accuracy", "Learning"),
        "heatmap of one entry": heatmap(np.ones((1, 1)), "One"),
        "oblong heatmap": heatmap(np.ones((2, 40)), "Oblong"),
    }


PLOTS = {name: drawing.svg() for name, drawing in drawn().items()}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_an_svg_element_with_a_title_a_role_and_no_size_of_its_own(name):
    root = ET.fromstring(PLOTS[name])
    assert root.tag == "svg"
    assert root.get("role") == "img"
    assert root.find("title") is not None
    assert "viewBox" in root.attrib
    assert {"width", "height"}.isdisjoint(root.attrib)


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_takes_its_ink_from_the_page_and_brings_no_style_for_it(name):
    svg = PLOTS[name]
    assert "currentColor" in svg
    assert "#010203" not in svg
    assert not re.search(r"fill: #(000000|ffffff)|stroke: #(000000|ffffff)", svg)
    assert all(mark not in svg for mark in ("<style", "<metadata", "<!DOCTYPE", "<?xml", "http", "xlink"))


def test_the_ids_of_several_plots_never_meet_and_every_reference_is_met():
    ids = [name for svg in PLOTS.values() for name in re.findall(r'\bid="([^"]*)"', svg)]
    assert len(ids) == len(set(ids))
    for svg in PLOTS.values():
        wanted = set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', svg))
        assert {one or other for one, other in wanted} <= set(re.findall(r'\bid="([^"]*)"', svg))


def test_words_stay_words():
    assert "infinite width" in PLOTS["convergence"]
    assert "Towards &lt;∞&gt;" in PLOTS["convergence"]
    assert "κ" in PLOTS["profile"]


def test_a_heatmap_carries_its_picture_inside():
    assert "data:image/png;base64," in PLOTS["heatmap"]


def test_the_same_data_give_the_same_picture():
    def without_numbers(svg: str) -> str:
        return re.sub(r"plot\d+-", "", svg)

    again = {name: drawing.svg() for name, drawing in drawn().items()}
    assert {k: without_numbers(v) for k, v in again.items()} == {k: without_numbers(v) for k, v in PLOTS.items()}


def test_colours_are_those_of_most_entries():
    """One entry of 1e6 beside the diagonal, and a large diagonal, leave the others their differences."""
    K = np.linspace(1, 2, 900).reshape(30, 30) + 1e3 * np.eye(30)
    K[0, 1] = 1e6
    assert _robust(K) == pytest.approx((1, 2), abs=0.02)
    assert _robust(np.ones((3, 3))) == (1, 1)
    assert _robust(np.array([[2.0]])) == (2, 2)
    assert "cat" in PLOTS["heatmap of groups"] and "row, by target" in PLOTS["heatmap of groups"]


@pytest.mark.parametrize(
    "name, words",
    [
        ("profile", ["ρ", "κ, κ̇"]),
        ("heatmap", ["row", "column"]),
        ("spectrum", ["k", "height"]),
        ("eigenvalues", ["number of the eigenvalue", "eigenvalue"]),
        ("learning", ["training rows", "accuracy, held out"]),
        ("convergence", ["1 / width", "kernel"]),
    ],
)
def test_axes_say_what_they_show(name, words):
    assert all(f">{word}<" in PLOTS[name] for word in words)
