"""Derivatives of functionals in SymPy notation: read, differentiated, and written back."""
