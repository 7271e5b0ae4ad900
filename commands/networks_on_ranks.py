"""Commands that train a network: under ``mpiexec`` all ranks train it together."""

from __future__ import annotations

import argparse
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..core import ranks


def rank_arguments(parser: argparse.ArgumentParser) -> None:
    """--mpi and --sync-batch-norm."""
    parser.add_argument(
        "--mpi",
        type=int,
        choices=(0, 1),
        default=1,
        help="0: under mpiexec each process works alone, in place of all together (default: 1)",
    )
    parser.add_argument(
        "--sync-batch-norm",
        action="store_true",
        help="under mpiexec: mean and variance over the batches of all ranks, not of each rank's own",
    )


def ranks_of(arguments: argparse.Namespace) -> Any:
    """The communicator of the ranks that are to train together, or None; says who is who.

    All must have been given the same arguments.
    """
    comm = ranks.world(bool(arguments.mpi))
    if comm is not None:
        ranks.introduce(comm)
        for name, value in vars(arguments).items():
            if not callable(value):
                ranks.expect_same(comm, **{f"option_{name}": value})
    return comm


def expect_same_files(comm: Any, folder: str | os.PathLike, files: Iterable[Path]) -> None:
    """`RankError` on every rank unless the files of the folder have the same names and sizes on all."""
    if comm is None:
        return
    check, count = 0, 0
    with ranks.together(comm):
        for path in files:
            told = f"{os.path.relpath(path, folder)} {path.stat().st_size}\n"
            check, count = zlib.crc32(told.encode("utf-8", "surrogateescape"), check), count + 1
    ranks.expect_same(comm, number_of_files=count, names_and_sizes_of_the_files=f"check sum {check:08x}")
