"""Derivatives of functionals in SymPy notation: read, differentiated, and written back."""

from . import of_definitions  # assigns the densities of `Variation`

__all__ = ["of_definitions"]
