"""Tests run programs under ``mpiexec``: what several ranks need, and what they printed.

Programs are started, never forked: a forked process with threads of OpenMP or Numba may hang.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import cutaway
import pytest

BESIDE = str(Path(sys.executable).parent)
MPIEXEC = shutil.which("mpiexec", path=os.pathsep.join([BESIDE, os.environ.get("PATH", "")]))
needs_mpi = pytest.mark.skipif(
    MPIEXEC is None or importlib.util.find_spec("mpi4py") is None, reason="pip install 'cutaway[mpi]'"
)
SECONDS = 240  # a hang is a failure
PREPARED = """
import os
from mpi4py import MPI
comm = MPI.COMM_WORLD
def say(*words):  # a line in one piece: those of several ranks do not mix
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())
"""


def run(ranks: int, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    """``mpiexec -n RANKS python COMMAND``; ``more`` are variables of the environment."""
    told = [str(MPIEXEC), "-n", str(ranks), sys.executable, *command]
    environment = {**os.environ, "CUTAWAY_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", **more}
    parent = str(Path(cutaway.__file__).parent.parent)
    return subprocess.run(
        told, capture_output=True, text=True, timeout=SECONDS, env=environment, cwd=parent, check=False
    )


def program(ranks: int, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program, written into ``folder``, that finds ``comm``, ``folder`` and ``say(words)``."""
    path = folder / "program.py"
    path.write_text(PREPARED + f"folder = {str(folder)!r}\n" + textwrap.dedent(code), encoding="utf-8")
    return run(ranks, str(path))


def succeeded(done: subprocess.CompletedProcess[str]) -> str:
    """What a run printed; an AssertionError with all that it said if it failed."""
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
