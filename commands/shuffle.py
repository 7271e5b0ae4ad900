"""Shuffle the cells on standard input; the flags are those of GloVe's tool.

cutaway shuffle < cooccurrence.bin > cooccurrence.shuf.bin
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from .flags import Flag, accept, asks_for_help, parse

SUMMARY = "GloVe, 3: shuffle the cells"
FLAGS = (
    Flag("verbose", 2, "0 is silent"),
    Flag("memory", 4.0, "gigabytes to use, about"),
    Flag("array-size", None, "cells in memory at a time (from -memory)", int),
    Flag("temp-file", "temp_shuffle", "temporary files are in the folder of this name"),
    Flag("seed", 1, "of the order; 0: the time"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    accept(parser, FLAGS)


def run(arguments: argparse.Namespace) -> int:
    from ..text.glove import cells

    if asks_for_help(arguments, needs_flags=False):
        return 0
    flags = parse(arguments.flags, FLAGS)
    total = cells.shuffle(
        sys.stdin.buffer,
        sys.stdout.buffer,
        seed_of(flags["seed"]),
        flags["array-size"] or cells.in_memory(flags["memory"]),
        str(Path(flags["temp-file"]).parent),
    )
    if flags["verbose"]:
        print(f"{total:,} cells", file=sys.stderr)
    return 0


def seed_of(seed: int) -> int:
    """0 stands for the time, as in the C tools."""
    return seed or time.time_ns()
