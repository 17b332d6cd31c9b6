"""Costs ℓ(f, y), each one expression; their slopes are derived, and the usual closed forms are judged.

>>> from ntk_symbolic.costs import LIBRARY
>>> LIBRARY["mean_squared_error"].expr, LIBRARY["mean_squared_error"].slope
((f - y)**2/2, f - y)
"""

from .library import LIBRARY, Item

__all__ = ["LIBRARY", "Item"]
