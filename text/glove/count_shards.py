"""Counting on several ranks: each counts its own shard, then each cell goes to the rank that holds its word.

    rank q      tokens  ->  cells, sorted by word and context  ->  to the ranks r of their word parts

    rank r      a run of cells from each q  ->  merged, equal pairs added  ->  a file for each word part

A shard ends where a sentence ends, so no pair is lost.  Sums are exact, whatever the shards are: 1/d is
counted as the whole number L/d, and divided by L at the end (`cooccurrence.whole`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np

from ...core.ranks import together
from . import part_files
from .cells import CELL, in_memory
from .cooccurrence import PairCounter
from .merge_runs import merge, read_run
from .ring import Ring

PIECE = 1 << 16  # cells that a rank sends at a time: 1 MB, so no count of bytes comes near 2^31


def write_parts(
    counter: PairCounter, pieces: Iterable[np.ndarray], folder: Path, ring: Ring, seed: int, memory: float
) -> None:
    """Count this rank's tokens, and write the files of its parts (``part_files.py``) from all ranks' cells.

    What fails on one rank is raised on all.
    """
    scratch = str(folder)
    with ExitStack() as stack:
        stack.enter_context(closing(counter))
        with together(ring.comm):
            runs = [stack.enter_context(tempfile.TemporaryFile(dir=scratch)) for _ in range(ring.size)]
            for tokens in pieces:
                counter.add(tokens)
        _exchange(counter.cells(), ring, runs)
        with together(ring.comm):
            merged = merge([read_run(run, 0, run.tell() // CELL.itemsize) for run in runs])
            parts = {part: stack.enter_context(tempfile.TemporaryFile(dir=scratch)) for part in ring.mine}
            for cells in _pieces(merged):
                cells["x"] /= counter.scale
                _append(cells, ring.part(cells["word"]), parts)
            for part, source in parts.items():
                part_files.write(source, part, folder, ring, seed, max(in_memory(memory) // 4, 1))


def _exchange(cells: Iterator[np.ndarray], ring: Ring, runs: Sequence[IO]) -> None:
    """Send each cell to the rank that holds its word; what rank q sends becomes ``runs[q]``, in its order."""
    comm, pieces = ring.comm, _pieces(cells)
    if comm is None:
        for piece in pieces:
            runs[0].write(piece.data)
        return
    while True:
        with together(comm):
            piece = next(pieces, None)
        if not comm.allreduce(piece is not None):
            return
        piece = np.empty(0, CELL) if piece is None else piece
        owner = ring.owners[ring.part(piece["word"])]
        outgoing = piece[np.argsort(owner, kind="stable")]
        going = np.bincount(owner, minlength=ring.size) * CELL.itemsize
        coming = np.empty_like(going)
        comm.Alltoall(going, coming)
        incoming = np.empty(coming.sum() // CELL.itemsize, CELL)
        comm.Alltoallv([outgoing.view(np.uint8), going], [incoming.view(np.uint8), coming])
        with together(comm):
            _append(incoming, np.repeat(np.arange(ring.size), coming // CELL.itemsize), runs)


def _pieces(cells: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """The same cells, `PIECE` at a time: a message, and a call, costs something however short it is."""
    waiting: list[np.ndarray] = []
    for some in chain(cells, [None]):
        waiting += [] if some is None else [some]
        if waiting and (some is None or sum(map(len, waiting)) >= PIECE):
            joined, waiting = np.concatenate(waiting), []
            yield from (joined[i : i + PIECE] for i in range(0, len(joined), PIECE))


def _append(cells: np.ndarray, which: np.ndarray, files: Mapping[int, IO] | Sequence[IO]) -> None:
    """Write each cell to the file that ``which`` names, in their order."""
    cells, counts = cells[np.argsort(which, kind="stable")], np.bincount(which, minlength=1)
    ends = np.cumsum(counts)
    for number in np.flatnonzero(counts).tolist():
        files[number].write(cells[ends[number] - counts[number] : ends[number]].data)
