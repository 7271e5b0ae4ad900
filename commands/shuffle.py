"""Shuffle the cells on standard input; the flags are those of GloVe's tool.

cutaway shuffle < cooccurrence.bin > cooccurrence.shuf.bin
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from .flags import Flag, tool

SUMMARY = "GloVe, 3: shuffle the cells"
FLAGS = (
    Flag("verbose", 2, "0 is silent"),
    Flag("memory", 4.0, "gigabytes to use, about"),
    Flag("array-size", None, "cells in memory at a time (from -memory)", int),
    Flag("temp-file", "temp_shuffle", "temporary files are in the folder of this name"),
    Flag("seed", 1, "of the order; 0: the time"),
)


def shuffle(flags: dict[str, Any]) -> None:
    from ..text.glove import cells

    total = cells.shuffle(
        sys.stdin.buffer,
        sys.stdout.buffer,
        seed_of(flags["seed"]),
        flags["array-size"] or cells.in_memory(flags["memory"]),
        str(Path(flags["temp-file"]).parent),
    )
    if flags["verbose"]:
        print(f"{total:,} cells", file=sys.stderr)


def seed_of(seed: int) -> int:
    """0 stands for the time, as in the C tools."""
    return seed or time.time_ns()


add_arguments, run = tool(FLAGS, shuffle, needs_flags=False)
