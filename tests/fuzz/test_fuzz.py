"""A few damaged files through every reader; ``make fuzz`` takes many.  And does the fuzzer notice?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

if not hasattr(os, "fork"):
    pytest.skip("no processes that can be forked", allow_module_level=True)

RUN = Path(__file__).with_name("run.py")


@pytest.mark.parametrize("half", ["0/2", "1/2"])
def test_damaged_files_are_read_or_refused(half):
    run = subprocess.run(
        [sys.executable, str(RUN), "4", "3", half], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    total = run.stdout.split("total")[1].split()
    assert int(total[0]) > 5, "some damage is harmless"
    assert int(total[1]) > 20, "most is not"


BAD = {
    "read": "lambda path: None",
    "refused": "refuse",
    "other": "lambda path: {}[path]",
    "memory": "lambda path: bytearray(1 << 30)",
    "slow": "lambda path: [None for _ in iter(int, 1)]",
    "crash": f"lambda path: os.kill(os.getpid(), {int(signal.SIGSEGV)})",
}


def test_the_fuzzer_notices(tmp_path):
    program = f"""
import sys; sys.path.insert(0, {str(RUN.parent)!r})
import os, run
from pathlib import Path
from cutaway.core.reading import bad_file
def refuse(path):
    raise bad_file(path, "words", "none")
run.SECONDS = 1.0
path = Path({str(tmp_path / "x")!r}); path.write_bytes(b"content")
for read in ({", ".join(BAD.values())}):
    print(run.read_apart(run.Reader(None, read), path)[0])
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.stdout.split() == list(BAD), run.stderr
