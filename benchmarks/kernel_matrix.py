"""The time and memory of a kernel matrix relative to the product X Xᵀ that it contains.

    python benchmarks/kernel_matrix.py            about two minutes; see README.md beside this file

Every ratio is a median over pairs measured one after the other within this run: a busy or throttled machine slows both.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

import ntk_symbolic as ns


def seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratio(call: Callable[[], Any], unit: Callable[[], Any], pairs: int) -> tuple[float, float, float]:
    """Medians of time(call), of time(unit), and of their quotients, over interleaved pairs after one call of each."""
    unit(), call()
    measured = [(seconds(unit), seconds(call)) for _ in range(pairs)]
    return (
        statistics.median(y for _, y in measured),
        statistics.median(x for x, _ in measured),
        statistics.median(y / x for x, y in measured),
    )


def resident() -> int:
    """Resident memory of this process in bytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory_rise(call: Callable[[], Any]) -> int:
    """The largest rise of resident memory during a call, sampled every half millisecond.

    Freed memory is returned to the system first, so that the call cannot reuse memory of earlier ones.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    before, peak, stop = resident(), [0], threading.Event()

    def watch() -> None:
        while not stop.is_set():
            peak[0] = max(peak[0], resident())
            time.sleep(0.0005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    result = call()
    peak[0] = max(peak[0], resident())
    stop.set()
    watcher.join()
    del result
    return peak[0] - before


def matrices(n: int, pairs: int) -> None:
    rng = np.random.default_rng(0)
    relu, erf, gelu = (ns.mlp(3, name, 1.4, 0.1) for name in ("relu", "erf", "gelu"))
    both = ("nngp", "ntk")
    cases = [
        ("relu, NTK", relu, "ntk", 784),
        ("relu, NNGP and NTK", relu, both, 784),
        ("relu, NTK, d = 10", relu, "ntk", 10),
        ("erf, NTK", erf, "ntk", 784),
        ("gelu, NTK", gelu, "ntk", 784),
    ]
    print(f"\n3 hidden layers, biases, n = {n}, d = 784, float64; X @ X.T on the same data, all threads, {pairs} pairs")
    print(f"{'kernel':24} {'seconds':>8} {'X @ X.T':>8} {'ratio':>6}   {'rise of memory / output':>23}")
    for name, net, get, d in cases:
        one_matrix(name, net, get, rng.standard_normal((n, d)), pairs)


def one_matrix(name: str, net: ns.Network, get: Any, X: np.ndarray, pairs: int) -> None:
    def kernel() -> Any:
        return net.kernel(X, get=get)

    taken, unit, times = ratio(kernel, lambda: X @ X.T, pairs)
    output = len(X) ** 2 * 8 * (1 if isinstance(get, str) else len(get))
    try:
        rise = f"{memory_rise(kernel) / output:23.2f}"
    except OSError:
        rise = f"{'needs Linux':>23}"
    print(f"{name:24} {taken:8.3f} {unit:8.3f} {times:6.2f}   {rise}", flush=True)


def derivations() -> None:
    """The times of one call each: a second call would measure the cache of SymPy."""
    from ntk_symbolic.activations.derive.dual import a, b, c, derive
    from ntk_symbolic.activations.library import LIBRARY
    from ntk_symbolic.notation.expressions import parse
    from ntk_symbolic.proofs.judges.normal_form import vanishes

    print("\nseconds to derive κ and κ̇ from the expression, and to prove them (Price's theorem; the value at c = 0)")
    for name, item in LIBRARY.items():
        phi = parse(item.text, parameters=item.parameters)
        start = time.perf_counter()
        dual = derive(phi)
        derived = time.perf_counter()
        kappa, mean = dual.kappa.value, dual.mean.value
        price = vanishes(kappa.diff(c) - dual.kappa_dot.value)
        at_zero = vanishes(kappa.subs(c, 0) - mean * mean.subs(a, b))
        judged = time.perf_counter()
        verdict = "proved" if price and at_zero else "NOT PROVED"
        print(f"{name:12} {derived - start:6.2f} {judged - derived:6.2f}   {verdict}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time and memory of kernel matrices, as ratios within one run.")
    parser.add_argument("--rows", type=int, default=4000, help="rows of X (default 4000)")
    parser.add_argument("--pairs", type=int, default=9, help="interleaved pairs (default 9)")
    options = parser.parse_args()
    blas = ", ".join(f"{x['internal_api']} {x['version']}, {x['num_threads']} threads" for x in threadpool_info())
    print(f"ntk_symbolic {ns.__version__}, Python {sys.version.split()[0]}, NumPy {np.__version__} ({blas})")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores")
    matrices(options.rows, options.pairs)
    derivations()


if __name__ == "__main__":
    main()
