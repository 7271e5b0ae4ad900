"""The cells of a `Ring` on disk: a file for each word part, which any rank may hold.

    part-07.cells    the cells (``cells.py``) whose word is of part 7, stratum after stratum, those of a
                     stratum in random order

The order depends on the cells and the seed alone, not on how many ranks there are.  So a stopped run goes on
with any number of them, and reads what others have written.

P parts
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from ...core.files import replacing
from ...core.reading import bad_file
from . import cells
from .cells import CELL
from .merge_runs import read_run
from .ring import Ring


def path_of(folder: str | os.PathLike, part: int) -> Path:
    """Where the cells of a word part are."""
    return Path(folder) / f"part-{part:02}.cells"


def are_there(folder: str | os.PathLike, ring: Ring) -> bool:
    """Whether all ranks find the files of their parts."""
    found = all(path_of(folder, part).exists() for part in ring.mine)
    return found if ring.comm is None else all(ring.comm.allgather(found))


def write(source: IO, part: int, folder: Path, ring: Ring, seed: int, length: int) -> None:
    """Write the file of a part.

    Parameters
    ----------
    source : file
        Its cells, sorted by word and context.
    length : int
        Cells in memory at a time: a larger part is read again for each range of strata that fits.
    """
    total = source.tell() // CELL.itemsize
    counts = np.zeros(ring.parts, np.int64)
    for some in read_run(source, 0, total):
        counts += np.bincount(ring.stratum(some["word"], some["context"]), minlength=ring.parts)
    with replacing(path_of(folder, part)) as target:
        first = 0
        while first < ring.parts:
            fitting = int(np.searchsorted(np.cumsum(counts[first:]), length, side="right"))
            last = first + max(fitting, 1)
            _write_strata(source, target, total, range(first, last), [seed, part], ring)
            first = last


def _write_strata(source: IO, target: IO, total: int, strata: range, seed: list[int], ring: Ring) -> None:
    """Write the cells of some strata: of each all those in ``source``, in random order."""
    found = []
    for some in read_run(source, 0, total):
        s = ring.stratum(some["word"], some["context"])
        found.append(some[(s >= strata.start) & (s < strata.stop)])
    block = np.concatenate(found) if found else np.empty(0, CELL)
    del found
    s = ring.stratum(block["word"], block["context"])
    block = block[np.argsort(s, kind="stable")]
    bounds = np.searchsorted(np.sort(s), [*strata, strata.stop]).tolist()
    for stratum, first, last in zip(strata, bounds[:-1], bounds[1:], strict=True):
        np.random.default_rng([*seed, stratum]).shuffle(block[first:last])
    target.write(block.data)


class PartFiles:
    """The files of the parts that a rank holds, looked through once, so that training may trust them.

    Parameters
    ----------
    folder : path
    ring : Ring
    words : int
        Of the vocabulary, without ``</s>``.

    Attributes
    ----------
    counts : int64 (P, P)
        Cells of word part a in stratum s; 0 where another rank holds a.
    digest : int
        Of all their cells, in whatever order: digests of ranks add up, modulo 2^64.

    Raises
    ------
    FileError
        A file's size is no multiple of 16, it has cells of other parts or in another order, or of words that
        are not in the vocabulary: names the byte.
    """

    def __init__(self, folder: str | os.PathLike, ring: Ring, words: int) -> None:
        self.folder, self.ring, self.words = folder, ring, words
        self.counts = np.zeros((ring.parts, ring.parts), np.int64)
        self.digest = 0
        for part in ring.mine:
            self._look_through(part)
        self.starts = np.cumsum(self.counts, axis=1) - self.counts

    def read(self, part: int, stratum: int) -> Iterator[np.ndarray]:
        """The cells of a block, some at a time."""
        length, start = int(self.counts[part, stratum]), int(self.starts[part, stratum])
        if length:
            yield from cells.read(path_of(self.folder, part), self.words, first=start, length=length)

    def _look_through(self, part: int) -> None:
        path, before, reached = path_of(self.folder, part), 0, 0
        if path.stat().st_size == 0:  # words of this part met nobody
            return
        for some in cells.read(path, self.words):
            s = self.ring.stratum(some["word"], some["context"])
            good = (self.ring.part(some["word"]) == part) & (np.diff(s, prepend=reached) >= 0)
            if not good.all():
                bad = int(np.argmin(good))
                word, context, _ = some[bad].item()
                expected = f"a word of part {part} of {self.ring.parts}, and no earlier stratum than before"
                came = f"word {word} and context {context}"
                raise bad_file(path, expected, came, (before + bad) * CELL.itemsize)
            self.counts[part] += np.bincount(s, minlength=self.ring.parts)
            self.digest = (self.digest + digest(some)) % (1 << 64)
            before, reached = before + len(some), int(s[-1])


def digest(some: np.ndarray) -> int:
    """A sum over cells, modulo 2^64, that another x, or another pair, changes.

    >>> a, b = np.array([(1, 2, 3.0)], CELL), np.array([(2, 1, 0.5)], CELL)
    >>> digest(np.concatenate([b, a])) == (digest(a) + digest(b)) % 2**64
    True
    """
    pair = some["word"].astype(np.uint64) << np.uint64(32) | some["context"].astype(np.uint64)
    x = some["x"].astype(np.float32).view(np.uint32).astype(np.uint64)  # as training sees it
    mixed = (pair * np.uint64(0x9E3779B97F4A7C15)) ^ x  # odd: no two pairs become one
    mixed = (mixed ^ mixed >> np.uint64(29)) * np.uint64(0xBF58476D1CE4E5B9)
    return int((mixed ^ mixed >> np.uint64(32)).sum(dtype=np.uint64))
