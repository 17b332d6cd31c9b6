"""Derivatives of functionals that are written in SymPy: read, differentiated, and written back."""
