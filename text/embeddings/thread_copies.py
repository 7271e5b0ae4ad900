"""A v' for each thread, averaged now and then, so that threads do not wait for each other's rows.

Every example changes rows of v'.  If two threads share them, half of the rows that one needs were changed
last by the other and may still lie in its core's cache; fetching them from there took up to half of the time.
So thread 0 works on the model's v', and each other thread on a copy.  When the two are averaged, both become

    before + share * (model's - before) + own share * (own - before)

where before is what both were after their last average.  A row that changes seldom takes
the sum of the two changes, as if the threads had shared it, and one that changes often
their mean, weighted by the tokens that were read with each: a thread that was kept waiting
counts little (``ext/embeddings/model_averaging/reference.py``).

After each period the TIER rows that change most are averaged, every second time twice as many, every fourth
time four times as many: 1 2 1 4 1 2 1 8 ... times TIER.  The frequency of words falls about as 1 / rank
(Zipf's law), so all rows make about as many steps between two averages.
"""

from __future__ import annotations

import numpy as np

from ...ext.embeddings import average
from ...ext.embeddings.model_averaging.reference import AveragingState
from ...ext.embeddings.tables import zeros

TIER = 64  # rows that are averaged each time
# as in ``deterministic.py``, for copies that are averaged more often: with its 0.2 the tree loses a point
CURVATURE = 0.05
# rate times rows changed between two averagings of a thread; every 2,048 tokens cost FastText half a point
DRIFT = 1500
LONGEST, SHORTEST = 1 << 12, 256  # tokens between them: some 2 ms; an average has a price, too
AVERAGINGS = 100  # of a thread in one epoch, at least: where the text is too short for them, threads share v'
LARGEST = 1 << 28  # bytes of all copies: where they would take more, threads share v'


def worthwhile(shared: np.ndarray, threads: int, tokens_count: int) -> bool:
    """Whether threads should have copies: there are several, there is room, and the text is long enough."""
    is_long = tokens_count >= threads * AVERAGINGS * SHORTEST
    return threads > 1 and is_long and 2 * (threads - 1) * shared.nbytes <= LARGEST


class ThreadCopies:
    """The threads' v' during one epoch.

    Parameters
    ----------
    shared : float32 (V, S), INOUT
        The model's v': thread 0 changes it, the others are averaged with it.
    threads : int
    step_rate : float64 (V,)
        How often a token of text changes each row, on average.
    tokens_count : int
        Tokens of the text.
    rate : float
        The largest learning rate.

    Attributes
    ----------
    own : list of float32 (V, S)
        What each thread changes.
    states : list of AveragingState
        What the loop over the text needs besides, for each thread.
    """

    def __init__(
        self, shared: np.ndarray, threads: int, step_rate: np.ndarray, tokens_count: int, rate: float
    ) -> None:
        longest = max(SHORTEST, min(tokens_count // (threads * AVERAGINGS), LONGEST))
        period = int(np.clip(DRIFT / (step_rate.sum() * rate), SHORTEST, longest))
        self.own, before = ([shared, *(_copy(shared) for _ in range(1, threads))] for _ in range(2))
        rows = np.argsort(-step_rate, kind="stable")
        edges = np.array([0, *(TIER << tier for tier in range(64) if TIER << tier < len(rows)), len(rows)])
        read, turns = np.zeros(threads), np.zeros(threads, np.int64)
        own_in, others_in = np.zeros((2, threads, len(edges) - 1))
        when = rows, step_rate[rows], edges, read, own_in, others_in, turns, period, CURVATURE
        self.states = [
            AveragingState(shared, *copies, *when) for copies in zip(self.own, before, strict=True)
        ]

    def finish(self, rate: float) -> None:
        """Average all rows of all threads: called when they have ended."""
        for thread, state in enumerate(self.states):
            average(tuple(state), thread, len(state.edges), rate)


def _copy(matrix: np.ndarray) -> np.ndarray:
    """A copy whose rows begin at cache lines, too."""
    copy = zeros(*matrix.shape)
    copy[...] = matrix
    return copy
