"""Cached results for the text of an expression: the dual, array code, the series and the source of digits."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ..errors import NoClosedForm
from ..layers.reading import Reading, reading_of
from .texts import expression, library_call

if TYPE_CHECKING:
    from ..activations.derive.dual import Dual
    from ..activations.numbers.series import Series
    from ..exact.outside import Outside


@cache
def derived(text: str, symbols: tuple[tuple[str, str], ...] = ()) -> Dual:
    from ..activations.derive.dual import derive

    return derive(expression(text, symbols))


@cache
def exactly_read(text: str) -> Dual | Outside:
    from ..exact.outside import Outside

    try:
        return derived(text)
    except NoClosedForm:
        return Outside(expression(text), series(text))


@cache
def series(text: str) -> Series:
    from ..activations.code.codegen import compile_series

    f = reading(text)
    return compile_series(expression(text), NoClosedForm(text)) if f.closed else f.compiled


@cache
def reading(text: str) -> Reading:
    name, parameters = library_call(text)
    if name:
        from ..activations.code.generated import COMPILED

        return _named(COMPILED[name], parameters)
    from ..activations.code.codegen import compile_dual, compile_series

    try:
        return reading_of(compile_dual(derived(text)))
    except NoClosedForm as reason:
        return reading_of(compile_series(expression(text), reason))


@cache
def slope(text: str) -> Reading:
    name, parameters = library_call(text)
    if name:
        from ..activations.code.generated_slopes import COMPILED

        return _named(COMPILED[name], parameters)
    from ..activations.code.codegen import compile_series_slope, compile_slope

    f = reading(text)
    if not f.closed:
        return reading_of(compile_series_slope(expression(text), NoClosedForm(series(text).reason)))
    return reading_of(compile_slope(expression(text), by_integrals=not f.portable))


def _named(compiled: Any, parameters: tuple[str, ...]) -> Reading:
    """The reading for parameters given by name; an Integral with parameters is a function of them."""
    values = tuple(map(float, parameters))
    code: Any = compiled(*values) if callable(compiled) else compiled
    return reading_of(code, values)


@cache
def pointwise(text: str) -> tuple[Any, ...]:
    """φ and φ' as functions of an array namespace and an array."""
    name, parameters = library_call(text)
    if name:
        compiled, values = reading(text).compiled, tuple(map(float, parameters))
        both = (compiled.phi, compiled.dphi)
        return tuple(lambda xp, u, f=f: f(xp, u, *values) for f in both)
    from ..activations.code.codegen import compile_pointwise

    return compile_pointwise(expression(text))
