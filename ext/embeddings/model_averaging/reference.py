"""Putting copies of vectors together: the specification of ``jit.py``.  ``text/embeddings/deterministic.py``
and ``text/embeddings/thread_copies.py`` say what for.

W copies, R rows, S row length, N threads
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..tables import MIN_RATE

LEAST = 1e-9  # pull: of none, f would be 0 / 0


class Meeting(NamedTuple):
    """The copies of a thread, and when which of their rows meet: see ``text/embeddings/thread_copies.py``."""

    shared: np.ndarray  # float32 (R, S), the copy of thread 0
    own: np.ndarray  # float32 (R, S), the thread's
    before: np.ndarray  # float32 (R, S): what both were when they met last
    rows: np.ndarray  # int64 (R,): the tiers, one after the other
    often: np.ndarray  # float64 (R,): how often a token of text moves each of these rows
    edges: np.ndarray  # int64 (tiers + 1,): where each tier begins in ``rows``
    read: np.ndarray  # float64 (N,): tokens read by each thread
    own_in: np.ndarray  # float64 (N, tiers): of these, what was in the thread's rows when they met last
    others_in: np.ndarray  # float64 (N, tiers): and what others had read that was in the shared rows then
    meetings: np.ndarray  # int64 (N,): how often each has met
    period: int  # tokens between two meetings
    curvature: float  # times the rate: the pull of one step


def train_apart(
    loop: Callable[..., int],
    meeting: Meeting,
    tokens: np.ndarray,
    start: int,
    stop: int,
    random: int,
    v: np.ndarray,
    vp: np.ndarray,
    tables: tuple[Any, ...],
    more: tuple[Any, ...],
    keep: np.ndarray,
    done: np.ndarray,
    thread: int,
    total: int,
    alpha: float,
) -> int:
    """As `reference.train_slice`, which is the ``loop``, with a meeting after each period.

    What others have read is looked up once a period, not for each sentence; ``vp`` is ``meeting.own``.
    """
    while start < stop:
        end = min(start + meeting.period, stop)
        progress = np.array([done.sum()])
        random = loop(tokens, start, end, random, v, vp, tables, more, keep, progress, 0, total, alpha)
        done[thread] += end - start
        meeting.read[thread] += end - start
        meeting.meetings[thread] += 1
        turn = int(meeting.meetings[thread])
        rate = alpha * max(MIN_RATE, 1 - done.sum() / (total + 1))
        put_together(meeting, thread, (turn & -turn).bit_length(), rate)  # 1 2 1 3 1 2 1 4 ...
        start = end
    return random


def put_together(meeting: Meeting, thread: int, count: int, rate: float) -> None:
    """The rows of the first ``count`` tiers, or of all, meet; ``meeting`` may be a plain tuple."""
    shared, thread_own, before, rows, often, edges, read, own_in, others_in, _, _, curvature = meeting
    if thread == 0:
        return
    pull = rate * curvature
    for tier in range(min(count, len(edges) - 1)):
        some = slice(edges[tier], edges[tier + 1])
        own, others = own_in[thread, tier], others_in[thread, tier]
        own_now = read[thread]
        others_now = read[0] + own_in[:, tier].sum() - own
        pulls = pull * (others_now - others), pull * (own_now - own)
        meet(shared, thread_own, before, rows[some], often[some], *pulls)
        own_in[thread, tier], others_in[thread, tier] = own_now, others_now


def combine(
    old: np.ndarray, copies: np.ndarray, longer: np.ndarray, first: int, last: int, ways: int
) -> None:
    """Move the rows ``first`` to ``last`` by the sum of the ways of the first copies, times ``longer``.

    Parameters
    ----------
    old : float32 (R, S), INOUT
        Where the copies began; afterwards, where they begin next.
    copies : float32 (W, R, S), INOUT
        Afterwards equal to ``old``.
    longer : float32 (R,), IN
    ways : int
        Copies that were moved: the first so many.
    """
    rows = slice(first, last)
    way = (copies[:ways, rows] - old[rows]).sum(0)  # (W,R,S) -> (R,S)
    old[rows] += way * longer[rows, None]
    copies[:, rows] = old[rows]


def meet(
    shared: np.ndarray,
    own: np.ndarray,
    before: np.ndarray,
    rows: np.ndarray,
    often: np.ndarray,
    others_pull: float,
    own_pull: float,
) -> None:
    """Two copies of some rows become one: what both were, and a share of each one's way.

    A pull x leaves e^-x of the way to where a row is drawn.  What pulls a and b leave of it together is e^-(a
    + b), and of two copies that have both arrived each should count by its steps.  So the shares are

        f(a) / f(a + b) and f(b) / f(a + b),   f(x) = x / (1 - e^-x):   1 for a small x, x for a large one

    Parameters
    ----------
    shared, own, before : float32 (R, S), INOUT
        The copies, and what both were when they met last; the rows that meet are equal afterwards.
    rows : int64 (n,), IN
        No row twice.
    often : float64 (n,), IN
        How often a token of text moves each of them.
    others_pull, own_pull : float
        The pull, for a row that each token moves, of all that others have read since then, and of what was
        read with ``own``.
    """

    def f(pull: np.ndarray) -> np.ndarray:
        return pull / (1 - np.exp(-pull))

    a, b = (np.maximum(often * pull, LEAST)[:, None] for pull in (others_pull, own_pull))
    old = before[rows]  # (n,S)
    way = f(a) / f(a + b) * (shared[rows] - old) + f(b) / f(a + b) * (own[rows] - old)
    shared[rows] = own[rows] = before[rows] = old + way
