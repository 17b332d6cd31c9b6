"""The derivation of a dual kernel written out and judged, and closed forms as a paper prints them."""
