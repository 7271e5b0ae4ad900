"""Threads without chance: the same vectors at any number of threads.

The text is cut into rounds, and each round into WORKERS slices, whatever the number of threads.  Each slice
is trained on a copy of the vectors as they were at the beginning of the round; then the ways that the copies
went are put together, in the order of the slices.  Threads only decide who runs a slice, not what comes out.

How are W ways put together?  A row that is seldom moved should take the sum of its ways: that is what reading
the slices one after the other would have done.  A row that is moved often has arrived, in each slice, where it
is drawn to, and should take their mean.  Between: let one step lead a share s of the way to where the row is
drawn.  After c steps, 1 - q of the way is behind, q = (1 - s)^c; after W c steps, 1 - q^W.  So the mean way is
to be lengthened by (1 - q^W) / (1 - q), which is W for q -> 1 and 1 for q -> 0.
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
LONGEST, SHORTEST = 1 << 13, 256  # tokens of a slice: putting rows together has a price, too
CURVATURE = 0.2  # of the loss along a row, times the rate: the share s; measured, as ROUNDS, by what it cost
BLOCK = 4096  # rows put together at a time


def slices(tokens_count: int, shortest: int = SHORTEST) -> Iterator[Round]:
    """The rounds of one epoch, each a list of WORKERS (start, stop); they depend on nothing but the length.

    >>> list(slices(1030))
    [[(0, 256), (256, 512), (512, 768), (768, 1024)], [(1024, 1030)]]
    """
    size = min(max(tokens_count // (WORKERS * ROUNDS), shortest), LONGEST)
    parts = [(start, min(start + size, tokens_count)) for start in range(0, tokens_count, size)]
    for i in range(0, len(parts), WORKERS):
        yield parts[i : i + WORKERS]


def lengthening(steps: np.ndarray, rate: float, ways: int, curvature: float = CURVATURE) -> np.ndarray:
    """(1 - q^W) / (1 - q) for rows that a slice moves ``steps`` times, float32.

    >>> lengthening(np.array([0.0, 200, 1e6]), 0.025, 4).round(1)
    array([4. , 1.6, 1. ], dtype=float32)
    """
    log_q = -np.maximum(np.asarray(steps) * rate * curvature, 1e-9)
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
        self.copies = [np.repeat(matrix[None], WORKERS, 0) for matrix in matrices]  # (W,R,S)
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

    def combine(self, ways: int, steps: Sequence[np.ndarray], rate: float, pool: ThreadPoolExecutor) -> None:
        """Put the first ``ways`` copies together.

        ``steps`` says, for v and v', how often a slice moves each row.
        """
        jobs = []
        for matrix, copies, often in zip(self.matrices, self.copies, steps, strict=True):
            longer = lengthening(often, rate, ways) / np.float32(ways)
            for i in range(0, len(matrix), BLOCK):
                last = min(i + BLOCK, len(matrix))
                jobs.append(pool.submit(self._combine, matrix, copies, longer, i, last, ways))
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

    expected_steps: Any  # how often a token, or a line, moves each row of v and of v', on average

    def read(self, stream: int, start: int, stop: int, vectors: Any, done: np.ndarray, /) -> None:
        """Train ``vectors`` on a slice; ``done`` stands for what all threads have read before."""
        ...


def read_in_rounds(
    training: Reads,
    rounds: Iterable[Round],
    matrices: list[np.ndarray],
    tokens_in: Callable[[int, int], int],
    look: Callable[[], None],
) -> None:
    """Read a text once.

    Parameters
    ----------
    rounds : iterable of lists of (start, stop)
        As of `slices`.
    matrices : list of float32 (rows, S)
        v and v', INOUT.
    tokens_in : callable
        Tokens between the start of a slice and its end, or another's.
    look : callable
        Called after each round.
    """
    copies = Copies(matrices)

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
            look()
