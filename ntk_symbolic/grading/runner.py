"""The process that calls a kernel: self-contained, since its interpreter may have neither this package nor its Python.

Reads a job, calls the kernel for each case and group of inputs, and writes each result as a line of JSON as soon as it is
there, so that a crash or the end of the time loses only what is missing.
"""

import importlib
import json
import sys
from contextlib import suppress
from pathlib import Path
from runpy import run_path


def main(job_path, results_path):
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    sys.path[0] = str(Path.cwd())  # in place of the folder of this script, whose files are no modules for others
    with Path(results_path).open("w", encoding="utf-8") as results:

        def write(record):
            results.write(json.dumps(record) + "\n")
            results.flush()

        try:
            import numpy as np

            kernel = loaded(job["target"])
        except Exception as trouble:
            write({"fatal": said(trouble)})
            return
        write({"python": sys.version.split()[0], "versions": versions(job["packages"])})
        inputs = [
            [None if rows is None else np.array(rows, dtype=np.float64) for rows in pair] for pair in job["inputs"]
        ]
        for number, case in enumerate(job["cases"]):
            for group, (X, Y) in enumerate(inputs):
                record = {"case": number, "group": group}
                write({**record, **called(np, kernel, X, Y, case)})


def loaded(target):
    """The callable of "MODULE:CALLABLE" or "FILE.py:CALLABLE"."""
    module, _, name = target.rpartition(":")
    if module.endswith(".py"):
        found = run_path(module, run_name="graded")[name]
    else:
        found = getattr(importlib.import_module(module), name)
    if not callable(found):
        raise TypeError(f"{target} is not callable")
    return found


def versions(packages):
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for package in packages:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def called(np, kernel, X, Y, case):
    shape = [len(X), len(X if Y is None else Y)]
    try:
        # copies: a kernel that writes into its arguments spoils no later call
        value = np.asarray(kernel(X.copy(), None if Y is None else Y.copy(), **case))
        if value.dtype.kind not in "fiu":
            return {"error": f"returned an array of {value.dtype}, in place of floats"}
        if list(value.shape) != shape:
            return {"error": f"returned the shape {value.shape} for {shape[0]} and {shape[1]} rows"}
        return {"values": value.astype(np.float64).tolist(), "dtype": str(value.dtype)}
    except NotImplementedError as absent:
        return {"absent": str(absent) or "not implemented"}
    except Exception as trouble:
        return {"error": said(trouble)}


def said(trouble):
    lines = str(trouble).strip().splitlines()
    return f"{type(trouble).__name__}: {lines[0] if lines else ''}"[:300]


if __name__ == "__main__":
    main(*sys.argv[1:])
