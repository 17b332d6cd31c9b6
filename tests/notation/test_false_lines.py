"""Lines that were once proved and are false, and right ones beside them, as files: one derivation each."""

from pathlib import Path

import pytest
from sweeps import sweep_few

from ntk_symbolic.errors import IllFormed
from ntk_symbolic.notation.derivations import read
from ntk_symbolic.notation.markdown import blocks
from ntk_symbolic.proofs.derivation import Verdict

HERE = Path(__file__).parent
FALSE, TRUE = (sorted((HERE / name).glob("*.md")) for name in ("false", "true"))


def verdict(path: Path) -> Verdict | None:
    """The verdict; None for text that the parser refuses."""
    (block,) = blocks(path.read_text(encoding="utf-8"))
    try:
        return read(block).judged().verdict
    except IllFormed:
        return None


# The derivative of what jumps is integrated: one of three takes its 5 s every time. Poles are also in
# test_where_a_line_is_read.py.
SELDOM = (
    "pole_of_a_composition",
    "principal_value",
    "fundamental_theorem_across_the_jump_of_a_product",
    "fundamental_theorem_across_the_jump_of_a_slope",
)
LONG = ("entropy_along_heat_flow",)


@pytest.mark.parametrize(
    "path", sweep_few(FALSE, [HERE / "false" / f"{name}.md" for name in SELDOM]), ids=lambda path: path.stem
)
def test_it_is_not_proved_and_judges_agree(path):
    assert verdict(path) in (Verdict.REFUTED, Verdict.UNDECIDED, None)


@pytest.mark.parametrize(
    "path", sweep_few(TRUE, [HERE / "true" / f"{name}.md" for name in LONG]), ids=lambda path: path.stem
)
def test_it_is_proved(path):
    assert verdict(path) is Verdict.PROVED
