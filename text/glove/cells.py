"""Cells of the co-occurrence matrix on disk, as GloVe's tools write them: 16 bytes each.

    int32 word, int32 context (rows of the vocabulary, from 1), float64 x; little-endian

A file may be larger than memory: it is read in blocks, and shuffled in two passes over temporary files.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np

from ...core.errors import FileError
from ...core.reading import bad_file

CELL = np.dtype([("word", "<i4"), ("context", "<i4"), ("x", "<f8")])
MOST = 1e30  # as a float32 it has a logarithm
BLOCK = 1 << 18  # cells read at a time: 4 MB stay in the cache


def count(path: str | os.PathLike) -> int:
    """Cells in a file; FileError if its size is no multiple of 16, or if it is empty."""
    size = Path(path).stat().st_size
    if size == 0 or size % CELL.itemsize:
        place = size - size % CELL.itemsize
        came = f"{size - place} and the end of the file"
        raise bad_file(path, f"a cell of {CELL.itemsize} bytes", came, place)
    return size // CELL.itemsize


def fingerprint(path: str | os.PathLike) -> str:
    """How many cells, and a CRC of the first of them: enough to notice that it is another file."""
    with open(path, "rb") as file:
        return f"{count(path)}-{zlib.crc32(file.read(1 << 16)):08x}"


def read(
    path: str | os.PathLike, words: int, block: int = BLOCK, first: int = 0, length: int | None = None
) -> Iterator[np.ndarray]:
    """The cells of a file, a block at a time; or ``length`` of them, from ``first`` on.

    Raises
    ------
    FileError
        A word that is not in 1 .. ``words``, or an x that is not positive and finite; names the byte.
    """
    last = count(path) if length is None else first + length
    with open(path, "rb") as file:
        file.seek(first * CELL.itemsize)
        while first < last:
            cells = np.fromfile(file, CELL, min(block, last - first))
            if not len(cells):
                came = "the end of the file"
                raise bad_file(path, f"{last - first:,} cells more", came, first * CELL.itemsize)
            _check(cells, words, path, first)
            first += len(cells)
            yield cells


def _check(cells: np.ndarray, words: int, path: str | os.PathLike, before: int) -> None:
    sides = [cells[side].copy() for side in ("word", "context")]  # contiguous: four times as fast
    x = cells["x"].copy()
    ids_fit = all(side.min() >= 1 and side.max() <= words for side in sides)
    if not (ids_fit and x.min() > 0 and x.max() <= MOST):
        good = (x > 0) & (x <= MOST)
        for side in sides:
            good &= (side >= 1) & (side <= words)
        bad = int(np.argmin(good))
        word, context, x = cells[bad].item()
        raise bad_file(
            path,
            f"two of the {words:,} words and how often they met",
            f"{word}, {context}, {x!r}",
            (before + bad) * CELL.itemsize,
            hint="is it a file of cells, and of this vocabulary?",
        )


def in_memory(gigabytes: float) -> int:
    """Cells that can be shuffled, in place, in so much memory."""
    return max(int(0.95 * gigabytes * (1 << 30)) // CELL.itemsize, 2)


def shuffle(source: IO, target: IO, seed: int = 1, length: int = 1 << 26, folder: str | None = None) -> int:
    """Write the cells of ``source`` in random order; returns how many there were.

    What fits into memory is shuffled there.  Of a larger file, each ``length`` cells are shuffled and put
    on disk; then a part of each of these pieces is taken, and these parts are shuffled together: as in
    GloVe's own tool.

    Parameters
    ----------
    seed : int
    length : int
        Cells in memory at a time.
    folder : str, optional
        Of the temporary file; by default the system's.
    """
    rng, sizes = np.random.default_rng(seed), []
    if source.seekable():
        here, end = source.tell(), source.seek(0, os.SEEK_END)
        source.seek(here)
        length = min(length, (end - here) // CELL.itemsize + 1)
    with tempfile.TemporaryFile(dir=folder) as beside:
        while True:
            piece = _next(source, length)
            rng.shuffle(piece)
            if not sizes and len(piece) < length:
                target.write(piece.data)
                return len(piece)
            beside.write(piece.data)
            sizes.append(len(piece))
            if len(piece) < length:
                break
            del piece  # subtle: before the next is read, or there are two; and so below
        del piece
        parts = np.linspace(0, sizes, len(sizes) + 1).astype(np.int64)  # of each piece, where its parts begin
        starts = np.cumsum([0, *sizes[:-1]])
        for first, last in pairwise(parts):
            taken = _gather(beside, starts + first, last - first)
            rng.shuffle(taken)
            target.write(taken.data)
            del taken
    return sum(sizes)


def _next(source: Any, length: int) -> np.ndarray:
    """The next cells of a file or a pipe, at most ``length``."""
    cells = np.empty(length, CELL)  # costs nothing until it is written to
    room, filled = cells.view(np.uint8), 0
    while more := source.readinto(room[filled : filled + (1 << 24)].data):
        filled += more
    if filled % CELL.itemsize:
        raise FileError(
            f"cells: expected {CELL.itemsize} bytes each, the input ends {filled % CELL.itemsize} bytes into "
            "one\n"
            "    hint: was it cut off?"
        )
    return cells[: filled // CELL.itemsize]


def _gather(file: Any, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Parts of a file of cells, one after the other."""
    cells = np.empty(lengths.sum(), CELL)
    ends = np.cumsum(lengths)
    for start, length, end in zip(starts.tolist(), lengths.tolist(), ends.tolist(), strict=True):
        file.seek(start * CELL.itemsize)
        file.readinto(cells[end - length : end].view(np.uint8).data)
    return cells
