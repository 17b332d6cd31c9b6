"""Exhaustive lists of cases: some are run every time, the others by `pytest -m sweep` alone, which `.ci/run` calls too."""

from collections.abc import Iterable
from typing import Any

import pytest

# Activations of the library that are evaluated in the same way as another one and whose kernels take seconds
TWINS = {
    "elu": ("selu",),
    "hard_tanh": ("relu6", "hard_sigmoid", "hard_swish", "softshrink"),
    "tanh": ("sigmoid", "arctan", "softsign"),
    "silu": ("softplus", "mish"),
}


def sweep(cases: Iterable[Any], every_time: Iterable[Any]) -> list[Any]:
    """For `parametrize`: all cases, those marked that are not run every time."""
    cases, chosen = list(cases), list(every_time)
    assert chosen and all(case in cases for case in chosen)
    return [case if case in chosen else _swept(case) for case in cases]


def sweep_few(cases: Iterable[Any], seldom: Iterable[Any]) -> list[Any]:
    """For `parametrize`: all cases, those marked that are named."""
    cases, named = list(cases), list(seldom)
    assert all(case in cases for case in named)
    return sweep(cases, [case for case in cases if case not in named])


def sweep_twins(names: Iterable[str]) -> list[Any]:
    """The activations, one of each group with the same evaluation."""
    twins = {twin for several in TWINS.values() for twin in several}
    names = list(names)
    return sweep(names, [name for name in names if name not in twins])


def _swept(case: Any) -> Any:
    return pytest.param(*case if isinstance(case, tuple) else (case,), marks=pytest.mark.sweep)
