"""Counting which words stand near which, in as much memory as is given.

text  ->  pairs of frequent words: a table in memory           ->  cells, sorted by word and context
          other pairs: runs on disk, each sorted and summed        (the table and the runs, merged)
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import numpy as np

from ...core.files import replacing
from ...ext import dispatch
from ...ext.embeddings.cooccurrence.reference import cooccurrences
from ..corpus.token_ids import checked
from .cells import CELL, in_memory, shuffle
from .merge_runs import BLOCK, merge, read_run

GIGABYTE = 1 << 30
SHARE = 0.85  # of the memory is meant for the two large arrays, as in GloVe's tool
TABLE_SHARE = 0.5  # of that, for the table; pairs get a sixth of a cell's 16 bytes, in 8
MAX_SCALE = 1 << 24  # window 18: sums up to half a billion
MAX_WORDS, MAX_WINDOW = 1 << 27, 1000  # what a key of ext/embeddings/cooccurrence/jit.py can hold


class PairCounter:
    """Counts the pairs of a text that comes in pieces.

    Parameters
    ----------
    words : int
        Words of the vocabulary, ``</s>`` included.
    window : int
        Words to the left that count.
    symmetric : bool
        Also those to the right.
    weighted : bool
        A pair at distance d counts 1/d, not 1.
    memory : float
        Gigabytes, about.
    max_product : int, optional
        Pairs whose rows' product is at most this go to the table; by default what ``memory`` allows.
    overflow : int, optional
        Other pairs kept in memory before they are sorted; by default what ``memory`` allows.
    folder : str, optional
        Of the temporary file; by default the system's.
    scale : int
        What all x are multiplied by: with `whole` they are whole numbers, and their sums exact.
    """

    def __init__(
        self,
        words: int,
        window: int = 15,
        symmetric: bool = True,
        weighted: bool = True,
        memory: float = 4.0,
        max_product: int | None = None,
        overflow: int | None = None,
        folder: str | None = None,
        scale: int = 1,
    ) -> None:
        if not 2 <= words <= MAX_WORDS or not 1 <= window <= MAX_WINDOW:
            raise ValueError(
                f"cooccurrence: expected 2 to {MAX_WORDS:,} words and a window of 1 to {MAX_WINDOW}, got "
                f"{words:,} and {window}"
            )
        if not memory > 0:
            raise ValueError(f"cooccurrence: memory is a positive number of gigabytes, got {memory}")
        cells = SHARE * memory * GIGABYTE / CELL.itemsize
        product = max_product if max_product is not None else _largest_product(cells, words)
        self.window, self.symmetric = window, symmetric
        self.weighted, self.scale = weighted, scale
        self.weight = scale / np.maximum(np.arange(window + 1.0), 1) if weighted else np.ones(window + 1)
        self.widths = np.minimum(product // np.maximum(np.arange(words), 1), words - 1)
        self.widths[0] = 0
        self.starts = np.cumsum(self.widths) - self.widths - 1  # subtle: -1, since contexts count from 1
        self.dense = np.zeros(self.widths.sum())
        room = int(overflow if overflow is not None else cells / 6)
        self.keys = np.empty(max(room, 4 * window), np.uint64)
        self.filled = 0
        self.runs: list[tuple[int, int]] = []  # where each begins in the file, and its cells
        self.file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  see `close`

    def add(self, tokens: np.ndarray) -> None:
        """Count a piece of text: int32, whole sentences, each ended by a 0."""
        tokens = checked("cooccurrence", tokens, len(self.widths))
        position = 0
        while position < len(tokens):
            position, self.filled = self._count(tokens, position)
            if position < len(tokens):
                self._put_down()

    def _count(self, tokens: np.ndarray, position: int) -> tuple[int, int]:
        if dispatch.in_charge() == "reference":
            return self._count_by_the_reference(tokens)
        from ...ext.embeddings.cooccurrence.jit import count_pairs

        places = (self.weight, self.starts, self.widths, self.dense, self.keys, self.filled)
        return count_pairs(tokens, position, len(tokens), self.window, self.symmetric, *places)

    def _count_by_the_reference(self, tokens: np.ndarray) -> tuple[int, int]:
        """Everything becomes one run."""
        x = cooccurrences(tokens, self.window, self.symmetric, self.weighted)
        if x:
            cells = np.array([(*pair, value) for pair, value in sorted(x.items())], CELL)
            if self.scale > 1:
                cells["x"] = np.rint(cells["x"] * self.scale)
            self._write(cells)
        return len(tokens), 0

    def _put_down(self) -> None:
        """Sort the pairs written down so far, and put them on disk as cells."""
        from ...ext.embeddings.cooccurrence.jit import DISTANCE_BITS, WORD_BITS

        keys = self.keys[: self.filled]
        keys.sort()
        pairs = keys >> DISTANCE_BITS
        first = np.flatnonzero(np.r_[True, pairs[1:] != pairs[:-1]][: len(pairs)])
        cells = np.empty(len(first), CELL)
        cells["word"] = pairs[first] >> WORD_BITS
        cells["context"] = pairs[first] & ((1 << WORD_BITS) - 1)
        distance = (keys & ((1 << DISTANCE_BITS) - 1)).astype(np.int16)
        cells["x"] = np.add.reduceat(self.weight[distance], first) if len(first) else 0
        self._write(cells)
        self.filled = 0

    def _write(self, cells: np.ndarray) -> None:
        if len(cells):
            self.runs.append((self.file.tell(), len(cells)))
            self.file.write(cells.data)

    def cells(self) -> Iterator[np.ndarray]:
        """All cells, sorted by word and context, a block at a time; afterwards the counter is spent."""
        if self.filled:
            self._put_down()
        self.keys = self.keys[:0]
        runs = [read_run(self.file, *run) for run in self.runs]
        yield from merge([self._table(), *runs])
        self.close()

    def close(self) -> None:
        """Let go of the temporary file."""
        self.file.close()

    def _table(self) -> Iterator[np.ndarray]:
        """The cells of the table that are not 0, some rows at a time."""
        word, last = 1, len(self.widths)
        while word < last:
            stop = max(word + 1, int(np.searchsorted(self.starts, self.starts[word] + BLOCK)))
            first = self.starts[word] + 1
            x = self.dense[first : self.starts[stop - 1] + 1 + self.widths[stop - 1]]
            found = np.flatnonzero(x)
            if len(found):
                cells = np.empty(len(found), CELL)
                cells["word"] = np.repeat(np.arange(word, stop), self.widths[word:stop])[found]
                cells["context"] = found + first - self.starts[cells["word"]]
                cells["x"] = x[found]
                yield cells
            word = stop

    def write(self, target: IO) -> int:
        """Write all `cells`; returns how many there are."""
        total = 0
        for cells in self.cells():
            target.write(cells.data)
            total += len(cells)
        return total


def whole(window: int, weighted: bool) -> int:
    """The least number whose quotients by 1 .. window are whole, if sums of them can be exact; else 1.

    A sum of float64 is exact below 2^53, so with a window of 15 up to 25 billion pairs side by side.

    >>> whole(4, weighted=True), whole(4, weighted=False), whole(100, weighted=True)
    (12, 1, 1)
    """
    least = math.lcm(*range(1, window + 1)) if weighted else 1
    return least if least <= MAX_SCALE else 1


def _largest_product(cells: float, words: int) -> int:
    """The limit i j <= n for which the table has no more than its share of ``cells``.

    Some n (log n + 0.154) pairs of whole numbers have a product up to n (Dirichlet), fewer in ``words`` rows.
    """
    room = TABLE_SHARE * 2 * cells
    low, high = 1, words * words
    ranks = np.arange(1, words)
    while low < high:
        middle = (low + high + 1) // 2
        if np.minimum(middle // ranks, words - 1).sum() <= room:
            low = middle
        else:
            high = middle - 1
    return low


def write_shuffled(
    counter: PairCounter, pieces: Iterable[np.ndarray], path: Path, seed: int, memory: float
) -> None:
    """Count the pieces of a text, and write the cells to ``path`` in random order."""
    folder = str(path.parent)
    with closing(counter), tempfile.TemporaryFile(dir=folder) as in_order:
        for tokens in pieces:
            counter.add(tokens)
        counter.write(in_order)
        in_order.seek(0)
        with replacing(path) as file:
            shuffle(in_order, file, seed, in_memory(memory), folder)
