"""Make ntk_symbolic/documents/assets/math.woff2 from STIX Two Math; run at release time only.

    npm pack @fontsource/stix-two-math && tar xzf fontsource-stix-two-math-*.tgz
    pip install fonttools brotli
    python tools/subset_font.py package/files/stix-two-math-latin-400-normal.woff2

The source font is not kept in the repository; its licence (OFL-1.1) lies beside the subset.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset

TARGET = Path(__file__).parent.parent / "ntk_symbolic/documents/assets/math.woff2"

TEXT = "".join(map(chr, range(0x20, 0x7F)))
GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρςστυφχψωϑϕϖϱϵ"
# Browsers draw <mi>x</mi> with the letters of the mathematical alphabets, which no text node holds
ITALIC = [*range(0x1D434, 0x1D468), 0x210E, 0x1D6A4, 0x1D6A5, *range(0x1D6E2, 0x1D71C)]
BOLD = [*range(0x1D400, 0x1D434), *range(0x1D6A8, 0x1D6E2), *range(0x1D7CE, 0x1D7D8)]
BOLD_ITALIC = [*range(0x1D468, 0x1D49C), *range(0x1D71C, 0x1D756)]
SCRIPT = [*range(0x1D49C, 0x1D4B6), *map(ord, "ℬℰℱℋℐℒℳℛℓ")]
DOUBLE_STRUCK = [*range(0x1D538, 0x1D552), *map(ord, "ℂℍℕℙℚℝℤ"), 0x1D7D9]
# Radicals, integrals and brackets are drawn only from their operators, or vanish silently
OPERATORS = "√∛∫∬∭∮∑∏∐()[]{}|‖⟨⟩⌊⌋⌈⌉∣∥∂∇∞±∓×÷·⋅∘∗⊗⊕⊙∧∨∩∪¬∀∃∄∅∈∉∋⊂⊃⊆⊇≈≃≅≡≠≤≥≪≫∼∝≜≔≺≻≼≽⪯⪰⊤⊥−∖′″‴⁗"
ARROWS = "←→↔↑↓↦⇐⇒⇔⟵⟶⟷⟸⟹⟺⟼↪"
MARKS = "…⋯⋮⋱†‡§¶°ˆ˜˙¨¯‾ˇ´ˋ˘→⃗\u0302\u0303\u0304\u0305\u0307\u0308\u0332\u20d7⏞⏟⏜⏝ℏℑℜı\u00a0\u2009\u2061\u2062\u2063–—"


def main(source: str) -> None:
    options = subset.Options(flavor="woff2", layout_features=["*"], hinting=False, notdef_outline=True)
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(
        text=TEXT + GREEK + OPERATORS + ARROWS + MARKS,
        unicodes=[*ITALIC, *BOLD, *BOLD_ITALIC, *SCRIPT, *DOUBLE_STRUCK],
    )
    missing = sorted(subsetter.unicodes_requested - set(font.getBestCmap()))
    subsetter.subset(font)
    subset.save_font(font, str(TARGET), options)
    print(f"{TARGET}: {TARGET.stat().st_size} bytes; not in the source: {' '.join(f'U+{c:04X}' for c in missing)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
