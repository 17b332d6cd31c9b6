"""What users hand in: SymPy expressions, never text, which SymPy would run as code."""

from __future__ import annotations

from typing import Any

from sympy import SympifyError, sympify

from ..errors import IllFormed


def given(value: Any, whose: str) -> Any:
    """The value as a SymPy object. Raises IllFormed for text, collections and what SymPy does not know."""
    if isinstance(value, (str, bytes, list, tuple, dict, set)):
        raise IllFormed(f"{whose}: a SymPy expression is needed, not {value!r}")
    try:
        return sympify(value)
    except (SympifyError, TypeError) as trouble:
        raise IllFormed(f"{whose}: a SymPy expression is needed, not {type(value).__name__}") from trouble
