"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import cutaway
import pytest

ROOT = Path(cutaway.__file__).parent
ROOMS = ("core", "ext", "nn", "text", "vision", "lessons", "commands")
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
SOURCES = sorted(
    path
    for room in ROOMS
    for kind in ("py", "pyx", "pxi", "c", "h")
    for path in (ROOT / room).rglob(f"*.{kind}")
    if not path.name.startswith("_kernels.c")  # Cython wrote it
)
MOST_LINES, MOST_COLUMNS = 250, 110
MODULES = sorted(
    info.name for info in pkgutil.walk_packages([str(ROOT)], "cutaway.") if info.name.split(".")[1] in ROOMS
)


def test_importing_is_light():
    heavy = ("numba", "scipy", "matplotlib", "PIL", "tqdm", "jinja2")
    program = f"import sys, cutaway; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_one_idea(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MOST_LINES, "is it one idea?"
    wide = [number for number, line in enumerate(lines, start=1) if len(line) > MOST_COLUMNS]
    assert not wide, f"more than {MOST_COLUMNS} columns"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_what_it_is_about(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_files_that_prose_names_exist():
    """``name.py`` in a docstring or comment is a file beside or below it, or a path from the room or the root."""
    missing = []
    for path in SOURCES:
        for name in re.findall(r"``([\w/]+\.(?:py|c|h|html))``", path.read_text(encoding="utf-8")):
            homes = [ROOT, *(each for each in path.parents if ROOT in each.parents)]
            if not any((home / name).exists() for home in homes) and not any(path.parent.rglob(name)):
                missing.append(f"{path.relative_to(ROOT)}: {name}")
    assert missing == []


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_public_names_exist():
    for package in (cutaway, *(importlib.import_module(f"cutaway.{room}") for room in ROOMS)):
        for name in getattr(package, "__all__", ()):
            assert hasattr(package, name), f"{package.__name__}.{name}"


def test_the_readme_example_prints_what_it_says():
    """The first ```python block of the README is run; the block after it is its output."""
    import contextlib
    import io

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
