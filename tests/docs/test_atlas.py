"""The atlas shows the measured errors, and a wrong kernel stops the build."""

import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import mpmath
import pytest
from sweeps import TWINS, sweep, sweep_few, sweep_twins
from sympy import lambdify

pytest.importorskip("matplotlib")

from ntk_symbolic import activation
from ntk_symbolic.activations.code.generated import COMPILED
from ntk_symbolic.activations.derive.normal import phi2
from ntk_symbolic.activations.form.variables import a, b, c
from ntk_symbolic.activations.library import LIBRARY
from ntk_symbolic.activations.numbers.compiled import Compiled
from ntk_symbolic.activations.numbers.series import Series

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_extensions"))

import atlas

FILED = sorted({row["activation"] for row in atlas._rows("atlas.json")})
OUTSIDE = sorted({row["activation"] for row in atlas._rows("outside.json")})
FUNCTIONS = [{"Phi2": phi2}, "mpmath"]
references = cache(atlas.references)


def known(name):
    return references()[atlas._expression(name)]


def test_every_activation_has_values_on_file():
    assert {atlas._expression(name) for name in LIBRARY} <= {atlas._expression(name) for name in (*FILED, *OUTSIDE)}


# hard_tanh takes 6 s, elu is read by integrals too
@pytest.mark.parametrize(
    "name", sweep_few(FILED, [name for name in FILED if name in (*TWINS["elu"], "hard_tanh", *TWINS["hard_tanh"])])
)
def test_the_values_on_file_are_those_of_the_closed_form(name):
    """Quadrature against derivation, at 60 digits, to the 25 digits on file: two independent computations. The 20 digits of
    duals.json are compared in activations/test_duals.py.

    1e-23 of the larger of |κ| and √(κ_aa κ_bb). With Φ₂ in it the formula is a limit at c² = ab, and cancels all digits at
    large variance.
    """
    phi, short = activation(name), _short(name)
    forms = [(phi.dual_expr, "kappa")] + ([] if phi.jumps else [(phi.dual_dot_expr, "kappa_dot")])
    with mpmath.workdps(60):
        for form, kind in forms:
            exact, read = lambdify((a, b, c), form, FUNCTIONS), atlas.KERNELS[kind][0]
            for at in (at for at in known(name) if at not in short):
                if len(str(getattr(at, kind))) < 20 or getattr(at, kind) is None:
                    continue  # zeros, and what exceeds floats
                A, B, C = map(mpmath.mpf, (at.a, at.b, at.c))
                if phi._dual.by_integrals and (max(A, B) > 10 or C * C > 0.99 * A * B):
                    continue
                filed, value = mpmath.mpf(getattr(at, kind)), mpmath.re(exact(A, B, C))
                diagonals = [read(phi, x, x, x)[0] if phi._dual.by_integrals else exact(x, x, x) for x in (at.a, at.b)]
                assert abs(filed - value) <= 1e-23 * max(abs(value), abs(mpmath.sqrt(diagonals[0] * diagonals[1]))), at


def _short(name):
    """Those of duals.json, with 20 digits."""
    rows = atlas._rows("duals.json")
    return [atlas._reference(row) for row in rows if atlas._expression(row["expr"]) == atlas._expression(name)]


@pytest.mark.parametrize("name", sweep_twins(FILED))
def test_floats_agree_with_the_values_on_file(name):
    """3e-14; the largest error found is 1.9e-14, of selu's slope at variance 2²⁰."""
    for found in atlas.compare(activation(name), known(name)):
        assert found is None or (found.error < 3e-14 and found.bound is None)


@pytest.mark.parametrize("name", sweep(OUTSIDE, ["tanh"]))
def test_without_a_closed_form_what_is_proved_is_told(name):
    for found in atlas.compare(activation(name), known(name)):
        assert found.values == len(known(name))
        assert 0 < found.error < found.bound < 2e-4
        assert f"≤ {atlas.rounded_up(found.bound)}".replace("-", "−") in found.shown


@pytest.mark.parametrize("wrong", ["kappa", "kappa_dot"])
def test_a_kernel_that_is_off_in_the_tenth_digit_stops_the_build(wrong, monkeypatch):
    right = COMPILED["gelu"]
    assert isinstance(right, Compiled) and right.even is not None
    slightly = replace(right.even, **{wrong: lambda *at: (1 + 1e-9) * getattr(right.even, wrong)(*at)})
    monkeypatch.setitem(COMPILED, "gelu", replace(right, even=slightly))
    from ntk_symbolic.api.readings import reading

    reading.cache_clear()
    try:
        with pytest.raises(atlas.Wrong, match="gelu: " + {"kappa": "κ is", "kappa_dot": "κ̇ is"}[wrong]):
            atlas.table(["gelu"])
    finally:
        reading.cache_clear()


@pytest.mark.parametrize("kind", ["kappa", "kappa_dot"])
@pytest.mark.parametrize("name", ["gelu", "tanh"])
def test_a_value_on_file_that_is_wrong_in_the_tenth_digit_stops_the_build(name, kind):
    at = known(name)[1]
    moved = mpmath.nstr(mpmath.mpf(getattr(at, kind)) * (1 + mpmath.mpf(2e-9)), 20)
    with pytest.raises(atlas.Wrong, match=f"{name}: {atlas.KERNELS[kind][1]} is off"):
        atlas.compare(activation(name), [replace(at, **{kind: moved})])


def test_a_bound_that_is_too_small_stops_the_build(monkeypatch):
    """The error is less than a tenth of one that is mostly missing terms."""
    at = [at for at in known("softsign") if at.c == 0.999]
    assert atlas.compare(activation("softsign"), at)[1].error < 1e-7
    bounded = Series.bounded

    def tenth(*arguments):
        value, bound = bounded(*arguments)
        return value, bound / 10

    monkeypatch.setattr(Series, "bounded", tenth)
    with pytest.raises(atlas.Wrong, match=r"softsign: κ.* is off by .* its proved bound"):
        atlas.compare(activation("softsign"), at)


def test_a_number_that_is_none_is_no_agreement():
    """max() passes over nan: each value is judged on its own. Beyond floats, diagonals included, there is nothing to judge."""
    at = atlas.Reference(0.5, 0.5, 0.25, "0.1", "0.1")
    with pytest.raises(atlas.Wrong):
        atlas.compare(activation("relu"), [replace(at, kappa="nan"), *known("relu")])
    assert atlas._found(activation("exp"), "kappa", atlas.Reference(1e6, 1e6, -1e6, "1.0", "1.0")) is None


def test_the_table_tells_what_was_compared(monkeypatch):
    table = atlas.table(["relu", "sign", "softsign"])
    assert table.count("<tr>") == 4
    assert f"{len(known('relu'))}</td>" in table
    assert "–" in table  # sign has no slope on the diagonal
    assert "none" in table and "≤" in table
    monkeypatch.setattr(atlas, "references", dict)
    with pytest.raises(atlas.Wrong, match="nothing in"):
        atlas.table(["relu"])


def test_a_page_for_each_activation_and_none_for_one_that_is_gone(tmp_path):
    (tmp_path / "atlas").mkdir()
    (tmp_path / "atlas" / "forgotten.md").write_text("# forgotten\n")
    atlas.write_atlas(tmp_path, map(atlas.entry, ["step", "identity"]))
    written = ["_contents.md", "_gallery.html", "_table.html", "identity.md", "step.md"]
    assert sorted(path.name for path in (tmp_path / "atlas").iterdir()) == written
    gallery = (tmp_path / "atlas" / "_gallery.html").read_text(encoding="utf-8")
    assert gallery.count('class="thumbnail"') == 4  # φ and κ of each
    assert re.search(r"atlas/step\s+atlas/identity", (tmp_path / "atlas" / "_contents.md").read_text(encoding="utf-8"))
    page = (tmp_path / "atlas" / "step.md").read_text(encoding="utf-8")
    assert page.startswith("# step\n")
    assert "## Fixed points in depth" in page
    assert "<svg" in page
