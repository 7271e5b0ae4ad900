"""A v' for each thread, put together now and then, so that threads do not wait for each other's rows.

Every example moves rows of v'.  If two threads share them, half of the rows that one needs were moved last by
the other and may still lie in its core's cache; fetching them from there took up to half of the time.  So
thread 0 works on the model's v', and each other thread on a copy.  When it meets the model's, both get

    before + share * (model's - before) + own share * (own - before),      before: what both were when they met last

where a row that is moved seldom takes the sum of the ways, as if the threads had shared it, and one that
is moved often their mean, by the tokens that were read with each: a thread that was kept waiting has
little to say (``ext/embeddings/model_averaging/reference.py``).

After each period the NEAR rows that move most meet, every second time twice as many, every fourth time four
times as many: 1 2 1 4 1 2 1 8 ... times NEAR.  The frequency of words falls about as 1 / rank (Zipf's law),
so all rows make about as many steps alone.
"""

from __future__ import annotations

import numpy as np

from ...ext.embeddings import average
from ...ext.embeddings.model_averaging.reference import AveragingState
from ...ext.embeddings.tables import zeros

NEAR = 64  # rows that meet each time
CURVATURE = (
    0.05  # as in ``deterministic.py``, for copies that meet more often: with its 0.2 the tree loses a point
)
# rate times rows moved between two averagings of a thread; every 2,048 tokens cost FastText half a point
DRIFT = 1500
LONGEST, SHORTEST = 1 << 12, 256  # tokens between them: some 2 ms; to meet has a price, too
AVERAGINGS = 100  # of a thread in one epoch, at least: where the text is too short for them, threads share v'
LARGEST = 1 << 28  # bytes of all copies: where they would take more, threads share v'


def pay(shared: np.ndarray, threads: int, tokens_count: int) -> bool:
    """Whether threads should have copies: there are several, there is room, and the text is long enough."""
    is_long = tokens_count >= threads * AVERAGINGS * SHORTEST
    return threads > 1 and is_long and 2 * (threads - 1) * shared.nbytes <= LARGEST


class ThreadCopies:
    """The threads' v' during one epoch.

    Parameters
    ----------
    shared : float32 (V, S), INOUT
        The model's v': thread 0 moves it, the others meet it.
    threads : int
    step_rate : float64 (V,)
        How often a token of text moves each row, on average.
    tokens_count : int
        Tokens of the text.
    rate : float
        The largest learning rate.

    Attributes
    ----------
    own : list of float32 (V, S)
        What each thread moves.
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
        edges = np.array([0, *(NEAR << tier for tier in range(64) if NEAR << tier < len(rows)), len(rows)])
        read, met = np.zeros(threads), np.zeros(threads, np.int64)
        own_in, others_in = np.zeros((2, threads, len(edges) - 1))
        when = rows, step_rate[rows], edges, read, own_in, others_in, met, period, CURVATURE
        self.states = [
            AveragingState(shared, *copies, *when) for copies in zip(self.own, before, strict=True)
        ]

    def finish(self, rate: float) -> None:
        """All rows of all threads meet: called when they have ended."""
        for thread, state in enumerate(self.states):
            average(tuple(state), thread, len(state.edges), rate)


def _copy(matrix: np.ndarray) -> np.ndarray:
    """A copy whose rows begin at cache lines, too."""
    copy = zeros(*matrix.shape)
    copy[...] = matrix
    return copy
