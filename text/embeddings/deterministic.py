"""Threads without chance: the same vectors at any number of threads.

The text is cut into rounds, and each round into WORKERS slices, or as many as are asked for, whatever the
number of threads.  Each slice is trained on a copy of the vectors as they were at the beginning of the round;
then the changes of all copies are put into the vectors, in the order of the slices.  Threads, or machines
(``mpi/rounds.py``), only decide who reads a slice, not what comes out.

How do W changes become one?  A row that changes seldom should take their sum: that is what reading the slices
one after the other would have done.  A row that changes often is, after each slice, where its gradient
vanishes, and should take their mean.  Between: let one step bring the row a share s nearer to that place.
After c steps, 1 - q of the distance is behind it, q = (1 - s)^c; after W c steps, 1 - q^W.  So the mean
change is to be lengthened by

    (1 - q^W) / (1 - q)

which is W for q near 1 and 1 for q near 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np

from ...ext.embeddings import average_copies

Round = list[tuple[int, int]]

WORKERS = 4
ROUNDS = 200  # of an epoch, at least, if the text is long enough
LONGEST, SHORTEST = 1 << 13, 256  # tokens of a slice: a round has a price, too
CURVATURE = 0.2  # of the loss along a row, times the rate: the share s; measured, as ROUNDS, by what it cost
BLOCK = 4096  # rows at a time


def size_of_slice(tokens_count: int, shortest: int = SHORTEST, workers: int = WORKERS) -> int:
    """Tokens of a slice."""
    return min(max(tokens_count // (workers * ROUNDS), shortest), LONGEST)


def slices(tokens_count: int, shortest: int = SHORTEST, workers: int = WORKERS) -> Iterator[Round]:
    """The rounds of one epoch, each a list of ``workers`` (start, stop); all that they depend on is given.

    >>> list(slices(1030))
    [[(0, 256), (256, 512), (512, 768), (768, 1024)], [(1024, 1030)]]
    """
    size = size_of_slice(tokens_count, shortest, workers)
    for first in range(0, tokens_count, workers * size):
        last = min(first + workers * size, tokens_count)
        yield [(start, min(start + size, last)) for start in range(first, last, size)]


def lengthening(steps: np.ndarray, rate: float, count: int, curvature: float = CURVATURE) -> np.ndarray:
    """(1 - q^W) / (1 - q) for ``count`` copies and rows that a slice changes ``steps`` times, float32.

    >>> lengthening(np.array([0.0, 200, 1e6]), 0.025, 4).round(1)
    array([4. , 1.6, 1. ], dtype=float32)
    """
    log_q = -np.maximum(np.asarray(steps) * rate * curvature, 1e-9)
    return (np.expm1(count * log_q) / np.expm1(log_q)).astype(np.float32)


class Copies:
    """Copies of v and v', and how their changes get into v and v'.

    Parameters
    ----------
    matrices : list of float32 (rows, S)
        v and v', INOUT.
    count : int
        How many copies.
    """

    def __init__(self, matrices: list[np.ndarray], count: int = WORKERS) -> None:
        self.matrices = matrices
        self.copies = [np.repeat(matrix[None], count, 0) for matrix in matrices]  # (W,R,S)
        self._combine = average_copies.chosen()

    def train(
        self,
        parts: Round,
        read: Callable[[int, int, int, list[np.ndarray]], None],
        pool: ThreadPoolExecutor,
    ) -> None:
        """``read(worker, start, stop, [v, v'])`` of each slice; returns when all are done."""
        jobs = [
            pool.submit(read, worker, *part, [copy[worker] for copy in self.copies])
            for worker, part in enumerate(parts)
        ]
        for job in jobs:
            job.result()

    def combine(self, count: int, steps: Sequence[np.ndarray], rate: float, pool: ThreadPoolExecutor) -> None:
        """Put the changes of the first ``count`` copies into v and v'.

        ``steps`` says, for v and v', how often a slice changes each row.
        """
        jobs = []
        for matrix, copies, often in zip(self.matrices, self.copies, steps, strict=True):
            longer = lengthening(often, rate, count) / np.float32(count)
            for i in range(0, len(matrix), BLOCK):
                last = min(i + BLOCK, len(matrix))
                jobs.append(pool.submit(self._combine, matrix, copies, longer, i, last, count))
        for job in jobs:
            job.result()


class Reads(Protocol):
    """What a training has so that its epochs can be read in rounds."""

    options: Any  # of which ``threads``
    done: np.ndarray  # int64, tokens read by each thread

    @property
    def rate(self) -> float:
        """The rate at the present place."""
        ...

    expected_steps: Any  # how often a token, or a line, changes each row of v and of v', on average

    def read(self, stream: int, start: int, stop: int, vectors: Any, done: np.ndarray, /) -> None:
        """Train ``vectors`` on a slice; ``done`` stands for what all threads have read before."""
        ...


def read_in_rounds(
    training: Reads,
    rounds: Iterable[Round],
    copies: Copies,
    tokens_in: Callable[[int, int], int],
    report: Callable[[], None],
) -> None:
    """Read a text once.

    Parameters
    ----------
    rounds : iterable of lists of (start, stop)
        As of `slices`.
    copies : Copies
        Of v and v', which are moved.
    tokens_in : callable
        Tokens between the start of a slice and its end, or another's.
    report : callable
        Called after each round.
    """

    def read(worker: int, start: int, stop: int, vectors: list[np.ndarray]) -> None:
        own = np.array([before])  # a slice sees the rate of its own place, not the others' progress
        training.read(worker, start, stop, vectors, own)

    with ThreadPoolExecutor(training.options.threads) as pool:
        for parts in rounds:
            before = int(training.done.sum())
            copies.train(parts, read, pool)
            length = max(stop - start for start, stop in parts)
            steps = [length * often for often in training.expected_steps]
            copies.combine(len(parts), steps, training.rate, pool)
            training.done[0] += tokens_in(parts[0][0], parts[-1][1])
            report()
