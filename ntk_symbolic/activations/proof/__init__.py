"""The derivation of a dual kernel, written out and checked, and closed forms in the notation of papers."""
