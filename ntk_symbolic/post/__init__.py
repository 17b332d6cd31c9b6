"""The source post, "Deriving the Neural Tangent Kernel", line by line: its equations, and its slips."""

from .equations import Equation, Statement, equations
from .slips import FoundBy, Slip, slips

__all__ = ["Equation", "FoundBy", "Slip", "Statement", "equations", "slips"]
