"""Threads that never meet: cells of a matrix, cut so that no two at work share a row or a column.

Words are partitioned into PARTS parts, by their row modulo PARTS.  The cells of word part a and context
part b form a block.  In stratum r, the blocks (a, a + r) for all a have no word and no context in
common, so threads may train them side by side: the result is that of one thread, bit for bit, whatever
the number of threads (Gemulla et al. 2011, "Large-scale matrix factorization with distributed
stochastic gradient descent").

      b  0 1 2 3
    a 0  . + * o        a stratum is a diagonal: all the cells marked * together, then all those marked o
      1  o . + *
      2  * o . +
      3  + * o .
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

PARTS = 8  # so up to 8 threads are of use; a power of two, at most 16
LAST = np.uint8(PARTS - 1)  # & LAST is % PARTS, in a tenth of the time


def order(word: np.ndarray, context: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort cells by stratum and part; within a block their order stays.

    Returns
    -------
    order : int64 (N,)
    bounds : int64 (PARTS * PARTS + 1,)
        Block k, of stratum k // PARTS, is ``order[bounds[k]:bounds[k + 1]]``.

    >>> order(np.array([1, 2, 1]), np.array([2, 2, 1]))[0].tolist()
    [2, 1, 0]
    """
    row, column = word.astype(np.uint8), context.astype(np.uint8)  # modulo 256, a multiple of PARTS
    block = (column - row & LAST) * np.uint8(PARTS) + (row & LAST)
    counts = np.bincount(block, minlength=PARTS * PARTS)
    return np.argsort(block, kind="stable"), np.concatenate([[0], np.cumsum(counts)])


def blocks(cells: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each array of cells in `order`, with its bounds."""
    for some in cells:
        places, bounds = order(some["word"], some["context"])
        yield some[places], bounds


def run(train: Callable[[int, int], float], bounds: np.ndarray, pool: ThreadPoolExecutor) -> float:
    """``train(first, last)`` of each block, stratum by stratum; returns the sum of what it returns."""
    total = 0.0
    for stratum in range(0, PARTS * PARTS, PARTS):
        places = bounds[stratum : stratum + PARTS + 1].tolist()
        total += sum(pool.map(train, places[:-1], places[1:]))
    return total
