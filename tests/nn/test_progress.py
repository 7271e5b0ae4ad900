"""In a pipe a progress bar is a few whole lines, without control characters."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import time
from cutaway.nn import progress
progress.PIPE_SECONDS = 0.05
for _ in progress.progress(range(40), desc="counting", unit="step"):
    time.sleep(0.01)
"""


def test_lines_in_a_pipe():
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    lines = run.stderr.splitlines()
    assert "\r" not in run.stderr
    assert "\x1b" not in run.stderr
    assert 2 <= len(lines) <= 12
    assert all(line.startswith("counting:") and "step" in line for line in lines)
    assert run.stdout == ""
