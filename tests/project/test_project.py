"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import cutaway
import pytest

ROOT = Path(cutaway.__file__).parent
ROOMS = ("core", "ext", "nn", "text", "vision", "lessons", "commands")
MAY_IMPORT = {
    "ext": set(),
    "core": {"ext"},
    "nn": {"core", "ext"},
    "text": {"core", "nn", "ext"},
    "vision": {"core", "nn"},
    "lessons": {"core", "ext", "nn", "text", "vision"},
    "commands": {"core", "ext", "nn", "text", "vision", "lessons"},
}
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
MODULES = sorted(
    info.name for info in pkgutil.walk_packages([str(ROOT)], "cutaway.") if info.name.split(".")[1] in ROOMS
)


def test_importing_is_light():
    heavy = ("numba", "scipy", "matplotlib", "PIL", "tqdm", "jinja2")
    program = f"import sys, cutaway; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_point_one_way(room):
    for path in (ROOT / room).rglob("*.py"):
        depth = len(path.relative_to(ROOT).parts) - 1
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == depth + 1 and node.module:
                target = node.module.split(".")[0]
                assert target == room or target in MAY_IMPORT[room] or target not in ROOMS, (
                    f"{path.relative_to(ROOT)}:{node.lineno} imports {target}"
                )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_idea(path):
    assert path.read_text(encoding="utf-8").count("\n") <= 300, "is it one idea?"
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "what is it about?"


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert failed == 0


def test_public_names_exist():
    for package in (cutaway, *(importlib.import_module(f"cutaway.{room}") for room in ROOMS)):
        for name in getattr(package, "__all__", ()):
            assert hasattr(package, name), f"{package.__name__}.{name}"


def test_the_readme_example_prints_what_it_says():
    """The first ```python block of the README is run; the block after it is its output."""
    import contextlib
    import io
    import re

    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("installed without its sources")
    program, output = re.search(
        r"```python\n(.*?)```\n+```text\n(.*?)```", readme.read_text(encoding="utf-8"), re.S
    ).groups()
    assert len(program.strip().splitlines()) <= 15
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, "README.md", "exec"), {})
    assert printed.getvalue().strip() == output.strip()


def test_the_op_of_the_documentation_works():
    import re

    from cutaway.core.op import REGISTRY

    page = ROOT / "docs" / "custom-op.md"
    if not page.exists():
        pytest.skip("installed without its sources")
    names: dict = {}
    before = set(REGISTRY)
    try:
        for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S):
            exec(compile(block.replace("print(", "report = ("), "custom-op.md", "exec"), names)
        assert names["report"].verdict == "pass"
    finally:
        for name in set(REGISTRY) - before:
            del REGISTRY[name]
