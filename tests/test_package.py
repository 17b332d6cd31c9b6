"""The parts of an installation besides the modules."""

import subprocess
import sys
from importlib.resources import files

import ntk_symbolic


def test_type_checkers_are_told_that_the_package_has_types():
    assert (files("ntk_symbolic") / "py.typed").is_file()


def test_the_package_runs_as_the_command_line():
    ran = subprocess.run(
        [sys.executable, "-m", "ntk_symbolic", "--version"], capture_output=True, text=True, check=True
    )
    assert ntk_symbolic.__version__ in ran.stdout
