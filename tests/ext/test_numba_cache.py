"""Kernels run where nothing can be written, and one line says why each process compiles anew."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import cutaway

# Numba asks for a folder by writing a file to it: only folders for temporary files let it.
READ_ONLY = """
import errno, sys, tempfile
write = tempfile.TemporaryFile
def refuse(*arguments, dir=None, **options):
    if "cutaway-numba-" not in str(dir):
        raise PermissionError(errno.EACCES, "read-only", dir)
    return write(*arguments, dir=dir, **options)
tempfile.TemporaryFile = refuse
"""
TRAIN = """
from cutaway import text
from cutaway.ext import numba_cache
model = text.Word2Vec(dim=4, min_count=1, epochs=1, threads=1).fit([["a", "b"]] * 20)
assert len(model.vectors.words) == 2
import os; print(os.environ["NUMBA_CACHE_DIR"]); print(numba_cache.why_not_kept())
"""


def run(script: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    blocked = tmp_path / "file"
    blocked.write_text("")
    environment = {**os.environ, "HOME": str(blocked), "XDG_CACHE_HOME": str(blocked)}
    environment.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-c", script]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)


def test_read_only_installation_and_no_home(tmp_path):
    done = run(READ_ONLY + TRAIN, tmp_path)
    folder, why = done.stdout.split("\n")[:2]
    assert "neither the installation nor the home folder" in why
    assert done.stderr.count("compiled kernels are not kept") == 1
    assert not Path(folder).exists()  # gone with the process


def test_the_doctor_says_it(tmp_path):
    done = run(READ_ONLY + "from cutaway.__main__ import main; main(['doctor'])", tmp_path)
    assert "note: compiled kernels are not kept" in done.stdout
    assert done.stderr.startswith("cutaway: compiled kernels are not kept")
    assert len(done.stderr.splitlines()) == 1


def test_every_compiled_function_asks_for_the_folder_first():
    """Numba's `njit` is imported in one place."""
    root = Path(cutaway.__file__).parent
    importers = [
        path.relative_to(root).as_posix()
        for path in sorted((root / "ext").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "numba"
        if any(name.name in ("njit", "jit", "vectorize", "guvectorize") for name in node.names)
    ]
    assert importers == ["ext/numba_cache.py"]
