"""Emitted code run against values of many digits, before anybody sees it.

NumPy code runs in this process: it is printed from parsed expressions and numbers, and no text of a user's gets into it. C is
compiled and run, PyTorch, JAX and Julia run in a process of their own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from ..errors import InvalidInput, NTKSymbolicError
from ..exact.readings import dual_values, kernels
from ..networks.graph import Graph

FEATURES, DIGITS = 3, 20
RANDOM = 3  # of the inputs
GENERIC, CLOSE = 1e-9, 1e-6  # errors above which the code is wrong; the header states those that are measured
SECONDS = 300
ON_ROWS, ON_NUMBERS = "on inputs whose entries are about 1", "at variances about 1"


@dataclass(frozen=True)
class Checked:
    """The run of emitted code against values of 20 digits: largest errors, relative to √(K(x,x) K(x',x')).

    against   the program that ran it, "" where it is not on this machine.   missing   that program, if so.
    generic, close   the errors at random pairs; at equal, nearly equal, parallel, antipodal and zero ones.
    """

    against: str
    missing: str
    generic: float
    close: float

    def __str__(self) -> str:
        said = f"error {self.generic:.1g} at generic pairs, {self.close:.1g} at parallel, antipodal, nearly equal and zero ones"
        if not self.against:
            return f"not run here: no {self.missing}; the same formulas in NumPy: {said}"
        return f"run with {self.against} against {DIGITS} digits: {said}"


@dataclass(frozen=True)
class Points:
    """Inputs, the true values there, their scales, which of them are generic, and the inputs in words."""

    arguments: tuple[np.ndarray, ...]
    values: np.ndarray  # (kinds, …)
    scales: np.ndarray
    generic: np.ndarray
    on: str


def rows() -> np.ndarray:
    """Generic inputs, and those at which formulas lose digits: equal, antipodal, parallel, nearly equal, zero."""
    rng = np.random.default_rng(20)
    X = rng.standard_normal((RANDOM, FEATURES)) * np.array([[0.4], [0.7], [1.0]])
    near = rng.standard_normal((2, FEATURES)) * np.array([[1e-8], [0.1]])
    return np.concatenate([X, [-X[0], 1.7 * X[1], X[2] + near[0], near[1] - X[2], 0 * X[0]]])


def of_network(graph: Graph, get: tuple[str, ...]) -> Points:
    """Every pair of `rows`. Raises InvalidInput where K leaves the range of numbers, and what exact values raise."""
    X = rows()
    try:
        found = kernels(graph, X, None, get, DIGITS)
    except InvalidInput:  # a normalisation of the zero vector is 0/0
        X = X[:-1]
        found = kernels(graph, X, None, get, DIGITS)
    values = np.array([_floats(matrix) for matrix in found])
    diagonal = np.array([np.diag(matrix) for matrix in values])
    scales = np.sqrt(diagonal[:, :, None]) * np.sqrt(diagonal[:, None, :])
    n = np.arange(len(X))
    return Points((X,), values, scales, (n[:, None] < RANDOM) & (n < RANDOM) & (n[:, None] != n), ON_ROWS)


def of_dual(phi: Any, names: Sequence[str]) -> Points:
    """κ and κ̇ at covariances of every correlation; a generic one is below 0.95 in size."""
    rho = np.array([-1.0, -0.8, -0.3, 0.0, 0.05, 0.6, 0.9, 1 - 1e-9])
    a, b = (np.repeat(x, len(rho)) for x in ((0.4, 1.3), (1.1, 1.3)))
    c = np.sqrt(a * b) * np.tile(rho, 2) * (1 - 1e-15)  # rounding must not leave c² > a b
    a, b, c = (
        np.append(x, end)
        for x, end in ((a, (1.3, 1.3, 0.0, 0.0)), (b, (1.3, 1.3, 0.0, 1.1)), (c, (1.3, -1.3, 0.0, 0.0)))
    )
    variances = np.unique(np.concatenate([a, b]))
    values, scales = [], []
    for dot in range(len(names)):
        values.append(_floats(dual_values(phi._exact, bool(dot), (a, b, c), DIGITS)))
        own = np.sqrt(_floats(dual_values(phi._exact, bool(dot), (variances, variances, variances), DIGITS)))
        scales.append(own[np.searchsorted(variances, a)] * own[np.searchsorted(variances, b)])
    generic = np.append(np.abs(np.tile(rho, 2)) < 0.95, [False] * 4)
    return Points((a, b, c), np.array(values), np.array(scales), generic, ON_NUMBERS)


def _floats(numbers: np.ndarray) -> np.ndarray:
    return np.array(numbers, dtype=np.float64)


def errors(found: np.ndarray, points: Points) -> tuple[float, float]:
    """The largest errors at generic points and at the others. Raises NTKSymbolicError where the code is wrong."""
    if found.shape != points.values.shape:
        raise NTKSymbolicError(f"export: the code returns shape {found.shape} in place of {points.values.shape}")
    off = np.abs(found - points.values) / np.where(points.scales > 0, points.scales, 1.0)
    off = np.where(np.isnan(off), np.inf, off)
    generic = float(np.max(off[:, points.generic]))
    close = float(np.max(off[:, ~points.generic]))
    if not (generic <= GENERIC and close <= CLOSE):
        where = np.unravel_index(np.argmax(off), off.shape)
        raise NTKSymbolicError(
            f"export: the code gives {found[where]:.17g} where the value is {points.values[where]:.17g}; nothing is written. "
            "Pass a network with fewer layers or smaller W_std, or use net.kernel"
        )
    return generic, close


# ---- programs ----------------------------------------------------------------------------------------------------------


def in_numpy(code: str, names: Sequence[str], points: Points) -> np.ndarray:
    scope: dict[str, Any] = {}
    exec(compile(code, "<exported code>", "exec"), scope)
    with np.errstate(all="ignore"):
        return _stacked([scope[name](*points.arguments) for name in names])


def _stacked(results: list[Any]) -> np.ndarray:
    out = results[0] if len(results) == 1 and isinstance(results[0], tuple) else results
    return np.array([np.asarray(x, dtype=np.float64) for x in out])


def run(form: str, code: str, names: Sequence[str], points: Points) -> tuple[np.ndarray, str] | None:
    """The values, and the program that computed them; None where it is not on this machine."""
    if form == "numpy":
        return in_numpy(code, names, points), f"NumPy {np.__version__}"
    if form == "c":
        return _compiled(code, names, points)
    if form == "julia":
        return _in_julia(code, names, points)
    return _in_python(form, code, names, points)


PROGRAMS = {"numpy": "NumPy", "c": "C compiler (cc)", "julia": "Julia", "torch": "PyTorch", "jax": "JAX"}

_PYTHON = """
import json, sys
import numpy as np
import {form} as library
given = json.load(sys.stdin)
scope = {{}}
exec(compile(given["code"], "<exported code>", "exec"), scope)
arguments = [{loaded} for x in given["arguments"]]
found = [scope[name](*arguments) for name in given["names"]]
found = found[0] if isinstance(found[0], tuple) else found
print(json.dumps({{"version": library.__version__, "values": [np.asarray(x, dtype=float).tolist() for x in found]}}))
"""
_LOADED = {"torch": "library.tensor(x, dtype=library.float64)", "jax": "np.array(x)"}


def _in_python(form: str, code: str, names: Sequence[str], points: Points) -> tuple[np.ndarray, str] | None:
    if find_spec(form) is None:
        return None
    given = {"code": code, "names": list(names), "arguments": [x.tolist() for x in points.arguments]}
    program = _PYTHON.format(form=form, loaded=_LOADED[form])
    path = os.pathsep.join(filter(None, sys.path))
    said = _said([sys.executable, "-c", program], json.dumps(given), {"JAX_ENABLE_X64": "1", "PYTHONPATH": path})
    answer = json.loads(said)
    return np.array(answer["values"], dtype=np.float64), f"{PROGRAMS[form]} {answer['version']}"


def _compiled(code: str, names: Sequence[str], points: Points) -> tuple[np.ndarray, str] | None:
    compiler = which("cc")
    if compiler is None:
        return None
    if len(points.arguments) == 1:
        call, reads = _c_network(names, points.arguments[0])
    else:
        call, reads = _c_dual(names, points.arguments)
    with TemporaryDirectory() as folder:
        source, program = Path(folder, "exported.c"), Path(folder, "exported")
        source.write_text(
            f"{code}\n#include <stdio.h>\n{reads}\nint main(void) {{\n{call}\nreturn 0;\n}}\n", encoding="utf-8"
        )
        _said([compiler, "-std=c99", "-O2", "-ffp-contract=off", "-o", str(program), str(source), "-lm"], "")
        said = _said([str(program)], "")
    return _numbers(said, points), f"{_version(compiler)}"


@cache
def _version(compiler: str) -> str:
    return _said([compiler, "--version"], "").splitlines()[0]


def _numbers(said: str, points: Points) -> np.ndarray:
    """A line for each point, a number for each kind."""
    lines = [[float(x) for x in line.split()] for line in said.splitlines()]
    return np.array(lines).T.reshape(points.values.shape)


def _listed(x: np.ndarray) -> str:
    return ", ".join(map(repr, x.ravel().tolist()))


def _c_network(names: Sequence[str], X: np.ndarray) -> tuple[str, str]:
    n, d = X.shape
    reads = f"static const double X[{n}][{d}] = {{{', '.join('{' + _listed(x) + '}' for x in X)}}};"
    if names == ["kernels"]:
        does = f'double one, two; kernels({d}, X[i], X[j], &one, &two); printf("%.17g %.17g\\n", one, two);'
    else:
        does = f'printf("%.17g\\n", {names[0]}({d}, X[i], X[j]));'
    return f"for (int i = 0; i < {n}; i++) for (int j = 0; j < {n}; j++) {{ {does} }}", reads


def _c_dual(names: Sequence[str], arguments: tuple[np.ndarray, ...]) -> tuple[str, str]:
    size = arguments[0].size
    reads = "\n".join(
        f"static const double {name}[{size}] = {{{_listed(x)}}};" for name, x in zip("ABC", arguments, strict=True)
    )
    signs, calls = " ".join(["%.17g"] * len(names)), ", ".join(f"{name}(A[i], B[i], C[i])" for name in names)
    return f'for (int i = 0; i < {size}; i++) printf("{signs}\\n", {calls});', reads


def _in_julia(code: str, names: Sequence[str], points: Points) -> tuple[np.ndarray, str] | None:
    program = which("julia")
    if program is None:
        return None
    if len(points.arguments) == 1:
        X = points.arguments[0]
        lines = "; ".join(" ".join(map(repr, x.tolist())) for x in X)
        does = (
            f"K = {names[0]}([{lines}])\nfor i in axes(K, 1), j in axes(K, 2)\n    println(join(K[i, j], ' '))\nend\n"
        )
    else:
        loaded = ", ".join(f"[{_listed(x)}]" for x in points.arguments)
        calls = ", ' ', ".join(f"{name}(a, b, c)" for name in names)
        does = f"for (a, b, c) in zip({loaded})\n    println({calls})\nend\n"
    with TemporaryDirectory() as folder:
        source = Path(folder, "exported.jl")
        source.write_text(f"{code}\n{does}", encoding="utf-8")
        said = _said([program, "--startup-file=no", str(source)], "")
    return _numbers(said, points), _version(program)


def _said(command: list[str], given: str, extra: dict[str, str] | None = None) -> str:
    """The output of a program. Raises NTKSymbolicError where it fails."""
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=SECONDS, env=os.environ | (extra or {})
        )
    except (OSError, subprocess.TimeoutExpired) as trouble:
        raise NTKSymbolicError(f"export: {name} did not run the code ({trouble}); nothing is written") from None
    if done.returncode:
        last = re.sub(r"\s+", " ", done.stderr.strip()[-300:])
        raise NTKSymbolicError(f"export: {name} refuses the code, which is a defect of this program: {last}")
    return done.stdout
