"""Kernels of compiled activations in numbers: integrals, series and their bounds, without SymPy."""
