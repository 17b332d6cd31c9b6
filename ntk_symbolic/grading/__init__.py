"""Kernels of any callable, graded by certified values: how many digits of each entry are right."""
