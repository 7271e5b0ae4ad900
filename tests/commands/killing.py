"""A training command that is killed once its first checkpoint is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cutaway.nn import checkpoint


def kill_at_the_first_checkpoint(module: str, every: int, command: list[str], out: Path) -> int:
    """Run a command with a checkpoint after so many steps, and kill it; return the steps it had made."""
    program = (
        f"import cutaway.commands.{module} as c, cutaway.__main__ as m\n"
        f"c.CHECKPOINT_STEPS = {every}\nm.main({[*command, '--out', str(out)]!r})"
    )
    run = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL, env=dict(os.environ))
    place, deadline = out / "checkpoint.safetensors", time.monotonic() + 60
    while not place.exists() and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    run.send_signal(signal.SIGKILL)
    run.wait()
    return int(checkpoint.load(place)[1]["step"])
