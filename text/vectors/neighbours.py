"""Nearest neighbours of very many queries: exact, in blocks, without sorting what cannot be among the best.

The scores of one query with all V words are cut into groups of GROUP.  The best n words are in the n
groups whose best is best: so one fast pass finds each group's largest score, and only n groups are
looked at closely.

    Q queries, V words, D dimension, G groups
"""

from __future__ import annotations

import numpy as np

GROUP = 64
SCORES = 1 << 22  # in memory at a time: 16 MB


def nearest(
    unit: np.ndarray, queries: np.ndarray, n: int, left_out: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The ``n`` rows of ``unit`` with the largest dot product with each query, the best first.

    Parameters
    ----------
    unit : float32 (V, D)
    queries : float32 (Q, D)
    n : int
    left_out : int (Q,), optional
        A row for each query that is not in its answer; -1: none.

    Returns
    -------
    rows : int32 (Q, n)
    scores : float32 (Q, n)

    >>> rows, scores = nearest(np.eye(3, dtype=np.float32), np.array([[1, 2, 0]], np.float32), 2)
    >>> rows, scores
    (array([[1, 0]], dtype=int32), array([[2., 1.]], dtype=float32))
    """
    room = len(unit) - (left_out is not None and bool((left_out >= 0).any()))
    if not 1 <= n <= room:
        raise ValueError(f"nearest: expected n from 1 to {room}, for {len(unit)} words, got {n}")
    groups = max(-(-len(unit) // GROUP), n)
    padded = np.zeros((groups * GROUP, unit.shape[1]), np.float32)
    padded[: len(unit)] = unit
    rows, best = np.empty((len(queries), n), np.int32), np.empty((len(queries), n), np.float32)
    block = max(SCORES // len(padded), 1)
    for i in range(0, len(queries), block):
        some = slice(i, i + block)
        scores = np.asarray(queries[some], np.float32) @ padded.T  # (Q,D)(D,V) -> (Q,V)
        scores[:, len(unit) :] = -np.inf
        if left_out is not None:
            known = np.flatnonzero(left_out[some] >= 0)
            scores[known, left_out[some][known]] = -np.inf
        rows[some], best[some] = _best(scores.reshape(len(scores), groups, GROUP), n)
    return rows, best


def _best(scores: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Places and values of the ``n`` largest of each query's scores (Q, G, GROUP)."""
    tops = scores.max(2)  # (Q,G)
    chosen = np.argpartition(-tops, n - 1, axis=1)[:, :n]
    close = np.take_along_axis(scores, chosen[:, :, None], axis=1).reshape(len(scores), -1)  # (Q, n GROUP)
    place = np.argpartition(-close, n - 1, axis=1)[:, :n]
    value = np.take_along_axis(close, place, axis=1)
    order = np.argsort(-value, axis=1, kind="stable")
    place, value = (np.take_along_axis(each, order, axis=1) for each in (place, value))
    group = np.take_along_axis(chosen, place // GROUP, axis=1)
    return group * GROUP + place % GROUP, value
