"""The parts of an installation besides the modules."""

import contextlib
import subprocess
import sys
import tarfile
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

import ntk_symbolic

ROOT = Path(__file__).parents[1]


def test_type_checkers_are_told_that_the_package_has_types():
    assert (files("ntk_symbolic") / "py.typed").is_file()


def test_the_package_runs_as_the_command_line():
    ran = subprocess.run(
        [sys.executable, "-m", "ntk_symbolic", "--version"], capture_output=True, text=True, check=True
    )
    assert ntk_symbolic.__version__ in ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names in a wheel built from this source."""
    builder = pytest.importorskip("hatchling.build", reason="the build backend is not installed")
    target = tmp_path_factory.mktemp("wheel")
    with contextlib.chdir(ROOT):
        name = builder.build_wheel(str(target))
    with zipfile.ZipFile(target / name) as archive:
        yield {info.filename: info.file_size for info in archive.infolist()}


def test_a_wheel_holds_the_package_with_its_grammars_and_its_font_and_nothing_else(wheel):
    for needed in ("py.typed", "notation/grammar.lark", "notation/architecture.lark", "documents/assets/math.woff2"):
        assert f"ntk_symbolic/{needed}" in wheel
    assert all(name.startswith(("ntk_symbolic/", "ntk_symbolic-")) for name in wheel)
    assert {name for name in wheel if name.endswith(".py")} == {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "ntk_symbolic").rglob("*.py")
    }
    assert sum(wheel.values()) < 4e6


def test_a_source_distribution_can_be_tested_and_read(tmp_path):
    builder = pytest.importorskip("hatchling.build", reason="the build backend is not installed")
    with contextlib.chdir(ROOT):
        name = builder.build_sdist(str(tmp_path))
    with tarfile.open(tmp_path / name) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    pages = {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE", "docs/conf.py", "pyproject.toml"}
    assert pages | {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")} <= found
    assert not [name for name in found if "__pycache__" in name or name.startswith((".venv", "docs/_build"))]
