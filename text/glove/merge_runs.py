"""Merging runs of cells that are sorted by word and context, larger together than memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

import numpy as np

from .cells import CELL

BLOCK = 1 << 16  # cells of each run in memory


def read_run(file: IO, start: int, length: int) -> Iterator[np.ndarray]:
    """The run of ``length`` cells that begins at byte ``start``, a block at a time."""
    for i in range(0, length, BLOCK):
        file.seek(start + i * CELL.itemsize)
        yield np.frombuffer(file.read(min(BLOCK, length - i) * CELL.itemsize), CELL)


def merge(runs: list[Iterator[np.ndarray]]) -> Iterator[np.ndarray]:
    """Merge sorted runs of cells into one; cells of the same pair are added.

    Of each run a block is at hand.  All that is not above the smallest of the blocks' last cells is complete.
    """
    heads = [(next(run, None), run) for run in runs]
    while heads := [(block, run) for block, run in heads if block is not None]:
        bound = min(_keys(block[-1:])[0] for block, _ in heads)
        taken, rest = [], []
        for block, run in heads:
            cut = int(np.searchsorted(_keys(block), bound, side="right"))
            taken.append(block[:cut])
            rest.append((block[cut:] if cut < len(block) else next(run, None), run))
        heads = rest
        yield _summed(np.concatenate(taken))


def _keys(cells: np.ndarray) -> np.ndarray:
    return cells["word"].astype(np.int64) << 32 | cells["context"]


def _summed(cells: np.ndarray) -> np.ndarray:
    cells = cells[np.argsort(_keys(cells), kind="stable")]
    keys = _keys(cells)
    first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    summed = cells[first]
    summed["x"] = np.add.reduceat(cells["x"], first)
    return summed
