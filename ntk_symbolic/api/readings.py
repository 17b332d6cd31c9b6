"""Everything that is read from an expression, kept by its text: the dual, array code, the series, what digits come from."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from ..errors import NoClosedForm
from ..layers.nonlinearity import Reading
from .texts import expression, library_call

if TYPE_CHECKING:
    from ..activations.dual import Dual
    from ..activations.series import Series
    from ..exact.outside import Outside


@cache
def derived(text: str, symbols: tuple[tuple[str, str], ...] = ()) -> Dual:
    from ..activations.dual import derive

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
    from ..activations.codegen import compile_series
    from ..activations.series import Series

    reading = compiled(text)
    return reading if isinstance(reading, Series) else compile_series(expression(text), NoClosedForm(text))


@cache
def compiled(text: str) -> Reading:
    name, parameters = library_call(text)
    if name:
        from ..activations.generated import COMPILED

        reading = COMPILED[name]  # an Integral with parameters is a function of them
        return cast(Any, reading)(*map(float, parameters)) if callable(reading) else reading
    from ..activations.codegen import compile_dual, compile_series

    try:
        return compile_dual(derived(text))
    except NoClosedForm as reason:
        return compile_series(expression(text), reason)


@cache
def compiled_slope(text: str) -> Reading:
    name, parameters = library_call(text)
    if name:
        from ..activations.generated_slopes import COMPILED

        reading = COMPILED[name]
        return cast(Any, reading)(*map(float, parameters)) if callable(reading) else reading
    from ..activations.codegen import compile_series_slope, compile_slope
    from ..activations.integral import Integral
    from ..activations.series import Series

    reading = compiled(text)
    if isinstance(reading, Series):
        return compile_series_slope(expression(text), NoClosedForm(reading.reason))
    return compile_slope(expression(text), isinstance(reading, Integral))


@cache
def pointwise(text: str) -> tuple[Any, Any]:
    if library_call(text)[0]:
        f = compiled(text)
        return f.phi, f.dphi
    from ..activations.codegen import compile_pointwise

    return compile_pointwise(expression(text))
