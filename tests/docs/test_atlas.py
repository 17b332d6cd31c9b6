"""The atlas says what was measured, and a wrong kernel stops it."""

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import mpmath
import pytest
from sympy import lambdify

pytest.importorskip("matplotlib")

from ntk_symbolic import activation
from ntk_symbolic.activations.compiled import Compiled
from ntk_symbolic.activations.dual import a, b, c
from ntk_symbolic.activations.generated import COMPILED
from ntk_symbolic.activations.library import LIBRARY

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_extensions"))

import atlas

FILED = sorted({row["activation"] for row in atlas._rows("atlas.json")})
references = cache(atlas.references)


def known(name):
    return references()[str(activation(name).expr)]


@pytest.mark.parametrize("name", FILED)
def test_the_values_on_file_are_those_of_the_closed_form(name):
    """Quadrature against derivation, at 60 digits, to the 25 digits on file: two ways that share nothing.

    1e-23 (1e-18 for the 20 digits of duals.json) of the larger of |κ| and √(κ_aa κ_bb).
    """
    phi = activation(name)
    forms = [(phi.dual_expr, "kappa")] + ([] if phi.compiled.jumps else [(phi.dual_dot_expr, "kappa_dot")])
    with mpmath.workdps(60):
        for form, kind in forms:
            exact = lambdify((a, b, c), form, "mpmath")
            for at in known(name):
                if len(str(getattr(at, kind))) < 20 or getattr(at, kind) is None:
                    continue  # zeros, and what exceeds floats
                A, B, C = map(mpmath.mpf, (at.a, at.b, at.c))
                filed, value = mpmath.mpf(getattr(at, kind)), mpmath.re(exact(A, B, C))
                digits = 1e-18 if at in _short(name) else 1e-23
                assert abs(filed - value) <= digits * max(
                    abs(value), abs(mpmath.sqrt(exact(A, A, A) * exact(B, B, B)))
                ), at


def _short(name):
    """Those of duals.json, with 20 digits."""
    return [atlas._reference(row) for row in atlas._rows("duals.json") if row["expr"] == str(activation(name).expr)]


@pytest.mark.parametrize("name", FILED)
def test_floats_agree_with_the_values_on_file(name):
    """1e-13; the slope of cos at small variances is a difference of exponentials and keeps 1.3e-11."""
    allowed = (1e-13, 2e-11) if name == "cos" else (1e-13, 1e-13)
    for error, limit in zip(atlas.largest_errors(activation(name), known(name)), allowed):
        assert error is None or error < limit


@pytest.mark.parametrize("wrong", ["kappa", "kappa_dot"])
def test_a_kernel_that_is_off_in_the_tenth_digit_stops_the_build(wrong, monkeypatch):
    right = COMPILED["gelu"]
    assert isinstance(right, Compiled) and right.even is not None
    slightly = replace(right.even, **{wrong: lambda *at: (1 + 1e-9) * getattr(right.even, wrong)(*at)})
    monkeypatch.setitem(COMPILED, "gelu", replace(right, even=slightly))
    from ntk_symbolic.api import _compiled

    _compiled.cache_clear()
    try:
        with pytest.raises(atlas.Wrong, match="gelu: " + {"kappa": "κ is", "kappa_dot": "κ̇ is"}[wrong]):
            atlas.table(["gelu"])
    finally:
        _compiled.cache_clear()


def test_the_table_tells_what_was_compared_and_what_was_not(monkeypatch):
    table = atlas.table(["relu", "sign"])
    assert table.count("<tr>") == 3
    assert f"{len(known('relu'))}</td>" in table
    assert "–" in table  # sign has no slope on the diagonal
    monkeypatch.setattr(atlas, "references", dict)
    assert "not compared" in atlas.table(["relu"])


def test_a_page_for_each_activation_and_none_for_one_that_is_gone(tmp_path):
    (tmp_path / "atlas").mkdir()
    (tmp_path / "atlas" / "forgotten.md").write_text("# forgotten\n")
    atlas.write_atlas(tmp_path, ["step", "identity"])
    assert sorted(path.name for path in (tmp_path / "atlas").iterdir()) == ["_table.html", "identity.md", "step.md"]
    page = (tmp_path / "atlas" / "step.md").read_text(encoding="utf-8")
    assert page.startswith("# step\n")
    assert "## What depth makes of it" in page
    assert "<svg" in page


def test_most_of_the_library_is_compared():
    assert sum(bool(references().get(str(activation(name).expr))) for name in LIBRARY) > len(LIBRARY) / 2
