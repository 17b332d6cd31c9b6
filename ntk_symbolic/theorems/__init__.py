"""Theorems, one per file; a file in this folder is registered by its existence."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..proofs.theorem import Theorem


@cache
def all_theorems() -> dict[str, Theorem]:
    """Every theorem by its name, the name of its file: `theorems/cost_dynamics.py` holds cost-dynamics."""
    names = sorted(module.name for module in iter_modules(__path__))
    found = {name.replace("_", "-"): getattr(import_module(f"{__name__}.{name}"), name, None) for name in names}
    return {name: theorem for name, theorem in found.items() if theorem is not None}
