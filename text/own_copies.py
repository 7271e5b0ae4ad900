"""A v' for each thread, put together now and then, so that threads do not wait for each other's rows.

Every example moves rows of v'.  If two threads share them, half of the rows that one needs were moved last by the
other and may still lie in its core's cache; fetching them from there took up to half of the time.  So thread 0
works on the model's v', and each other thread on a copy.  When it meets the model's, both get

    before + share * ((model's - before) + (own - before)),        before: what both were when they met last

where a row that is moved seldom takes the sum of the ways, as if the threads had shared it, and one that is moved
often about their mean (``rounds.py`` has the reason).

After each `period` the NEAR rows that move most meet, every second time twice as many, every fourth time four times
as many: 1 2 1 4 1 2 1 8 ... times NEAR.  The frequency of words falls about as 1 / rank (Zipf's law), so all
rows make about as many steps alone.
"""

from __future__ import annotations

import numpy as np

from ..ext.embeddings import combiner
from ..ext.embeddings.tables import zeros
from .rounds import lengthening

NEAR = 128
MEETINGS = 100  # of a thread in one epoch, at least, if the text is long enough
LONGEST, SHORTEST = 1 << 11, 256  # tokens between two meetings: some 2 ms; to meet has a price, too
CURVATURE = 0.05  # as in ``rounds.py``, for copies that meet more often: with its 0.2 the tree loses a point
LARGEST = 1 << 28  # bytes of all copies: where they would take more, threads share v'


def period(tokens_count: int, threads: int) -> int:
    """Tokens that a thread reads between two meetings."""
    return min(max(tokens_count // (threads * MEETINGS), SHORTEST), LONGEST)


class OwnCopies:
    """The threads' v' during one epoch.

    Parameters
    ----------
    shared : float32 (V, S), INOUT
        The model's v': thread 0 moves it, the others meet it.
    threads : int
    steps : float64 (V,)
        How often a thread moves each row between two meetings, on average.

    Attributes
    ----------
    own : list of float32 (V, S)
        What each thread moves; the same array for all if copies would take too much memory.
    """

    def __init__(self, shared: np.ndarray, threads: int, steps: np.ndarray) -> None:
        self.own, self.before = [shared] * threads, [shared] * threads
        if threads > 1 and 2 * (threads - 1) * shared.nbytes <= LARGEST:
            for thread in range(1, threads):
                self.own[thread], self.before[thread] = _copy(shared), _copy(shared)
        self.order = np.argsort(-steps, kind="stable")
        tier = np.maximum(np.ceil(np.log2((np.arange(len(steps)) + 1) / NEAR)), 0)
        self.steps = steps[self.order] * 2**tier  # of the rows in this order, from meeting to meeting
        self.meetings = [0] * threads
        self._meet = combiner().meet

    def meet(self, thread: int, rate: float) -> None:
        """The rows whose turn it is: called by each thread after each `period`."""
        self.meetings[thread] += 1
        turn = self.meetings[thread] & -self.meetings[thread]  # the largest power of two that divides it
        self._put_together(thread, NEAR * turn, rate)

    def finish(self, rate: float) -> None:
        """All rows of all threads: called when they have ended."""
        for thread in range(len(self.own)):
            self._put_together(thread, len(self.order), rate)

    def _put_together(self, thread: int, count: int, rate: float) -> None:
        shared, own = self.own[0], self.own[thread]
        if own is not shared:
            ways, steps = len(self.own), self.steps[:count]
            others, all_of_them = (lengthening(steps, rate, n, CURVATURE) for n in (ways - 1, ways))
            share = all_of_them / (others + np.float32(1))
            self._meet(shared, own, self.before[thread], self.order[:count], share)


def _copy(matrix: np.ndarray) -> np.ndarray:
    """A copy whose rows begin at cache lines, too."""
    copy = zeros(*matrix.shape)
    copy[...] = matrix
    return copy
