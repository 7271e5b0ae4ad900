"""Threads without chance: the same vectors at any number of threads.

The text is cut into rounds, and each round into WORKERS slices, whatever the number of threads.  Each slice is
trained on a copy of the vectors as they were at the beginning of the round; then the ways that the copies went
are put together, in the order of the slices.  Threads only decide who runs a slice, not what comes out.

How are W ways put together?  A row that is seldom moved should take the sum of its ways: that is what reading
the slices one after the other would have done.  A row that is moved often has arrived, in each slice, where it
is drawn to, and should take their mean.  Between: let one step lead a share s of the way to where the row is
drawn.  After c steps, 1 - q of the way is behind, q = (1 - s)^c; after W c steps, 1 - q^W.  So the mean way is
to be lengthened by (1 - q^W) / (1 - q), which is W for q -> 1 and 1 for q -> 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

WORKERS = 4
ROUNDS = 24  # of an epoch, at least, if the text is long enough
LONGEST, SHORTEST = 1 << 18, 256  # tokens of a slice: putting rows together has a price, too
CURVATURE = 1.0  # of the loss along a row, times the rate: the share s; |h|^2 / 4 with |h| about 2
BLOCK = 4096  # rows put together at a time


def slices(tokens_count: int) -> Iterator[list[tuple[int, int]]]:
    """The rounds of one epoch, each a list of WORKERS (start, stop); they depend on nothing but the length.

    >>> list(slices(2050))[-1]
    [(2048, 2050)]
    """
    size = min(max(tokens_count // (WORKERS * ROUNDS), SHORTEST), LONGEST)
    parts = [(start, min(start + size, tokens_count)) for start in range(0, tokens_count, size)]
    for i in range(0, len(parts), WORKERS):
        yield parts[i : i + WORKERS]


def lengthening(steps: np.ndarray, rate: float, ways: int) -> np.ndarray:
    """(1 - q^W) / (1 - q) for rows that a slice moves ``steps`` times, float32.

    >>> lengthening(np.array([0.0, 10, 1e6]), 0.025, 4).round(1)
    array([4. , 2.9, 1. ], dtype=float32)
    """
    log_q = -np.maximum(np.asarray(steps) * rate * CURVATURE, 1e-9)
    return (np.expm1(ways * log_q) / np.expm1(log_q)).astype(np.float32)


class Copies:
    """WORKERS copies of v and v', and the way back to one.

    Parameters
    ----------
    matrices : list of float32 (rows, S)
        v and v', INOUT.
    """

    def __init__(self, matrices: list[np.ndarray]) -> None:
        self.matrices = matrices
        self.copies = [[matrix.copy() for matrix in matrices] for _ in range(WORKERS)]

    def train(
        self,
        parts: list[tuple[int, int]],
        read: Callable[[int, int, int, list[np.ndarray]], None],
        pool: ThreadPoolExecutor,
    ) -> None:
        """``read(worker, start, stop, [v, v'])`` of each slice; returns when all are done."""
        jobs = [pool.submit(read, w, *part, self.copies[w]) for w, part in enumerate(parts)]
        for job in jobs:
            job.result()

    def combine(self, ways: int, steps: list[np.ndarray], rate: float, pool: ThreadPoolExecutor) -> None:
        """Put the first ``ways`` copies together; ``steps`` says for v and v' how often a slice moves each row."""
        jobs = []
        for m, matrix in enumerate(self.matrices):
            longer = lengthening(steps[m], rate, ways) / np.float32(ways)
            for i in range(0, len(matrix), BLOCK):
                rows = slice(i, i + BLOCK)
                jobs.append(pool.submit(self._combine_rows, m, rows, longer[rows, None], ways))
        for job in jobs:
            job.result()

    def _combine_rows(self, m: int, rows: slice, longer: np.ndarray, ways: int) -> None:
        old = self.matrices[m][rows]
        way = self.copies[0][m][rows] - old
        for copy in self.copies[1:ways]:
            way += copy[m][rows] - old
        old += way * longer
        for copy in self.copies:
            copy[m][rows] = old
