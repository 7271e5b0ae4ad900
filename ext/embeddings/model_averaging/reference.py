"""Copies of vectors become one: the specification of ``jit.py``.

``text/embeddings/deterministic.py``, ``text/embeddings/thread_copies.py`` and, of several machines,
``text/embeddings/mpi/rounds.py`` and ``text/embeddings/mpi/frequent.py`` say what for.

    W copies, R rows, S row length, N threads
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..tables import linear_rate

LEAST_DRIFT = 1e-9  # of none, f would be 0 / 0


class AveragingState(NamedTuple):
    """The copies of a thread, and when which rows are averaged: see ``text/embeddings/thread_copies.py``."""

    shared: np.ndarray  # float32 (R, S), the copy of thread 0
    own: np.ndarray  # float32 (R, S), the thread's
    before: np.ndarray  # float32 (R, S): what both were when they were averaged last
    rows: np.ndarray  # int64 (R,): the tiers, one after the other
    step_rate: np.ndarray  # float64 (R,): how often a token of text moves each of these rows
    edges: np.ndarray  # int64 (tiers + 1,): where each tier begins in ``rows``
    read: np.ndarray  # float64 (N,): tokens read by each thread
    own_in: np.ndarray  # float64 (N, tiers): of these, what was in the thread's rows at the last average
    others_in: np.ndarray  # float64 (N, tiers): and what others had read that was in the shared rows then
    turns: np.ndarray  # int64 (N,): how often each thread has averaged
    period: int  # tokens between two averages
    curvature: float  # times the rate: the drift of one step


def train_and_average(
    loop: Callable[..., int],
    state: AveragingState,
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
    """The ``loop``, a ``train_slice`` as of ``word2vec/reference.py``, with an average after each period.

    What others have read is looked up once a period, not for each sentence; ``vp`` is ``state.own``.
    """
    while start < stop:
        end = min(start + state.period, stop)
        progress = np.array([done.sum()])
        random = loop(tokens, start, end, random, v, vp, tables, more, keep, progress, 0, total, alpha)
        done[thread] += end - start
        state.read[thread] += end - start
        state.turns[thread] += 1
        turn = int(state.turns[thread])
        rate = linear_rate(alpha, done.sum() / (total + 1))
        average(state, thread, (turn & -turn).bit_length(), rate)  # 1 2 1 3 1 2 1 4 ...
        start = end
    return random


def average(state: AveragingState, thread: int, tiers: int, rate: float) -> None:
    """Average the rows of the first ``tiers``, or of all; ``state`` may be a plain tuple."""
    shared, own, before, rows, step_rate, edges, read, own_in, others_in, _, _, curvature = state
    if thread == 0:
        return
    drift = rate * curvature
    for tier in range(min(tiers, len(edges) - 1)):
        some = slice(edges[tier], edges[tier + 1])
        own_last, others_last = own_in[thread, tier], others_in[thread, tier]
        own_now = read[thread]
        others_now = read[0] + own_in[:, tier].sum() - own_last
        drifts = drift * (others_now - others_last), drift * (own_now - own_last)
        average_rows(shared, own, before, rows[some], step_rate[some], *drifts)
        own_in[thread, tier], others_in[thread, tier] = own_now, others_now


def average_copies(
    old: np.ndarray, copies: np.ndarray, longer: np.ndarray, first: int, last: int, count: int
) -> None:
    """Move the rows ``first`` to ``last`` by the sum of what moved the first copies, times ``longer``.

    Parameters
    ----------
    old : float32 (R, S), INOUT
        Where the copies began; afterwards, where they begin next.
    copies : float32 (W, R, S), INOUT
        Afterwards equal to ``old``.
    longer : float32 (R,), IN
    count : int
        Copies that were moved: the first so many.
    """
    rows = slice(first, last)
    delta = (copies[:count, rows] - old[rows]).sum(0)  # (W,R,S) -> (R,S)
    old[rows] += delta * longer[rows, None]
    copies[:, rows] = old[rows]


def average_rows(
    shared: np.ndarray,
    own: np.ndarray,
    before: np.ndarray,
    rows: np.ndarray,
    step_rate: np.ndarray,
    others_drift: float,
    own_drift: float,
) -> None:
    """Two copies of some rows become one: what both were, and a share of what moved each.

    A drift x leaves e^-x of the distance to where a row is drawn.  Drifts a and b leave e^-(a + b) of it
    together, and of two copies that have both arrived each should count by its steps.  So the shares are

        f(a) / f(a + b) and f(b) / f(a + b),   f(x) = x / (1 - e^-x):   1 for a small x, x for a large one

    Parameters
    ----------
    shared, own, before : float32 (R, S), INOUT
        The copies, and what both were when they were averaged last; afterwards these rows of them are equal.
    rows : int64 (n,), IN
        No row twice.
    step_rate : float64 (n,), IN
        How often a token of text moves each of them.
    others_drift, own_drift : float
        The drift, for a row that each token moves, of all that others have read since then, and of what was
        read with ``own``.
    """

    def f(drift: np.ndarray) -> np.ndarray:
        return drift / (1 - np.exp(-drift))

    a, b = (np.maximum(step_rate * drift, LEAST_DRIFT)[:, None] for drift in (others_drift, own_drift))
    old = before[rows]  # (n,S)
    delta = f(a) / f(a + b) * (shared[rows] - old) + f(b) / f(a + b) * (own[rows] - old)
    shared[rows] = own[rows] = before[rows] = old + delta


def moved_rows(old: np.ndarray, copy: np.ndarray, rows: np.ndarray) -> int:
    """Which rows of a copy are no longer those of ``old``.

    Parameters
    ----------
    old, copy : float32 (R, S), IN
    rows : int32 (R,), OUT
        The rows that were moved, in order, at its beginning.

    Returns
    -------
    int
        How many there are.
    """
    moved = np.flatnonzero((copy != old).any(1))
    rows[: len(moved)] = moved
    return len(moved)


def meet_rows(
    own: np.ndarray,
    before: np.ndarray,
    rows: np.ndarray,
    seen: np.ndarray,
    moved: np.ndarray,
    longer: np.ndarray,
) -> None:
    """Put what moved some rows on all ranks into a copy that may have gone on since it was looked at.

    Parameters
    ----------
    own, before : float32 (R, S), INOUT
        The copy, and what all ranks' copies were when they met last; afterwards, what they are now.
    rows : int64 (n,), IN
        No row twice.
    seen : float32 (n, S), IN
        The rows of ``own`` whose way from ``before`` is in ``moved``: what was added to them since stays.
    moved : float32 (n, S), IN
        The sum of all ranks' ways.
    longer : float32 (n,), IN
        Each is to be multiplied by this.
    """
    new = before[rows] + longer[:, None] * moved
    own[rows] += new - seen
    before[rows] = new
