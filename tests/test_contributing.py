"""The examples of CONTRIBUTING.md run, and its commands are those of the README."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import ntk_symbolic as ns

ROOT = Path(__file__).parents[1]


def test_the_examples_of_the_guide_run_in_their_order():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.S))
    scope = {"__name__": "guide"}
    exec(compile(code, "CONTRIBUTING.md", "exec"), scope)
    judge, step = scope["identical"], scope["Step"]
    x, y = scope["symbols"]("x y")
    assert judge(step(x, y, "")) is None and judge(step(x, x, "")).verdict == "proved"


@pytest.mark.parametrize("heading", ["an activation", "a cost", "a theorem", "a layer", "a judge"])
def test_the_guide_shows_how_each_thing_is_added(heading):
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split(f"## Add {heading}: ")[1].split("\n## ")[0]
    assert "```python" in section and "ntk_symbolic/" in section


EXECUTING = {  # each runs text that the package has printed itself, or, in the first, the Python file that a user names
    "checking/checked.py",
    "export/checks.py",
    "activations/code/codegen.py",
    "activations/proof/published.py",
}


def test_text_is_executed_in_the_known_places_alone():
    package = ROOT / "ntk_symbolic"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"(?<![\w.])(eval|exec|parse_expr)\((?!cls)", path.read_text(encoding="utf-8"))
    }
    assert found == EXECUTING


STARTING = {  # processes: this interpreter, that of a peer, a compiler, a browser
    "checking/apart.py",
    "checking/judging.py",
    "documents/pdf.py",
    "export/checks.py",
    "grading/running.py",
}
STARTERS = {f"subprocess.{name}" for name in ("run", "Popen", "call", "check_call", "check_output")}
UNPICKLERS = {"pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.loads", "joblib.load", "shelve.open"}


@cache
def calls():
    """(module, name of the function, named arguments) of every call in the package."""
    package = ROOT / "ntk_symbolic"
    return [
        (
            path.relative_to(package).as_posix(),
            ast.unparse(node.func),
            {k.arg: ast.unparse(k.value) for k in node.keywords},
        )
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


def test_processes_are_started_in_the_known_places_alone():
    found = {where for where, name, _ in calls() if name in STARTERS or name in ("os.system", "os.popen")}
    assert found == STARTING


def test_no_file_is_unpickled():
    assert not [where for where, name, _ in calls() if name in UNPICKLERS]
    read = [(where, named.get("allow_pickle")) for where, name, named in calls() if name in ("np.load", "numpy.load")]
    assert read and all(allowed == "False" for _, allowed in read)


@pytest.mark.parametrize(
    "call",
    [
        lambda text: ns.activation(text),
        lambda text: ns.mlp(1, text),
        lambda text: ns.architecture(text),
        lambda text: ns.functional_derivative(text, "f"),
        lambda text: ns.gateaux(text, text, text),
        lambda text: ns.Dense(W_std=text),
        lambda text: ns.activation("p*u", symbols=(text,)),
        lambda text: ns.activation("u").subs({"p": text}),
    ],
    ids=["activation", "mlp", "architecture", "functional_derivative", "gateaux", "Dense", "symbols", "subs"],
)
def test_a_text_is_refused_where_it_would_do_something(call, tmp_path):
    """`SECURITY.md` says that texts are parsed and never executed; `sympify` would run this one."""
    target = tmp_path / "made"
    with pytest.raises((ns.NTKSymbolicError, TypeError)):
        call(f"__import__('pathlib').Path({str(target)!r}).touch()")
    assert not target.exists()


def test_an_object_whose_text_would_do_something_is_refused(tmp_path):
    target = tmp_path / "made"

    class Given:
        def __str__(self) -> str:
            return f"__import__('pathlib').Path({str(target)!r}).touch()"

    for call in (ns.activation, lambda x: ns.functional_derivative(x, x), lambda x: ns.Dense(W_std=x)):
        with pytest.raises(ns.NTKSymbolicError):
            call(Given())
    assert not target.exists()
