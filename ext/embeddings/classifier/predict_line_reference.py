"""The best labels of one line, from its bytes: the specification of ``predict_line_jit.py``.

What ``text/classify/predictor.py`` does with many lines at once, step by step for one: words, rows, their
mean h, a score for each label, the best of them.  A program that asks line by line would otherwise wait for
the making of arrays.

    R rows of v, L labels, D dimension, k labels asked for
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..word_table.reference import read_words
from .reference import Kinds, read_line

FLOOR = 1e-5  # added to a probability before its logarithm is taken, as in fastText
NEW_WORD = -1
SIGMOID_RANGE = 8  # of fastText's table


def predict_line(
    text: bytes, count: int, model: tuple[Any, ...], threshold: float, k: int, best: np.ndarray
) -> tuple[int, int]:
    """Write the best labels and log(p + FLOOR) of each, best first.

    Parameters
    ----------
    text : bytes, IN
        One line, with its end.
    count : int
        Words that are known.
    model : tuple, INOUT
        ``slots, hashes, ends, letters`` of `read_words`, ``label, starts, rows, ngram, buckets`` of `Kinds`;
        v float32 (R, D) and v' float32 (L, D); and the bins of +-SIGMOID_RANGE, float32, in which the score
        of each label for itself is looked up, or none: softmax over the labels.  One tuple, not NamedTuples:
        for each of these Numba would take half as long as for a line.
    threshold : float
        Labels less probable are left out.
    k : int
        Labels, at most.
    best : float64 (k or more, 2), OUT
        A label's number, and the logarithm.

    Returns
    -------
    found, count : int
        How many labels; 0 for a line without rows, and NEW_WORD if the line has a word that was not known.
        The words that are known now.
    """
    slots, hashes, ends, letters, label, starts, rows, ngram, buckets, v, vp, sigmoid = model
    letter = np.frombuffer(text, np.uint8)
    tokens = np.empty(len(text), np.int32)
    position, written, now = read_words(letter, 0, tokens, slots, hashes, ends, letters, count)
    if now > count or position < len(text):
        return NEW_WORD, now
    inputs, _ = read_line(tokens[:written], Kinds(label, hashes, starts, rows, ngram, buckets))
    if not inputs:
        return 0, count
    score = vp @ v[inputs].mean(0)  # (L,D)(D) -> (L)
    if len(sigmoid):
        place = (np.clip(score, -SIGMOID_RANGE, SIGMOID_RANGE) + SIGMOID_RANGE) * (len(sigmoid) - 1)
        p = sigmoid[(place / (2 * SIGMOID_RANGE)).astype(np.int64)]
        p = np.where(np.abs(score) > SIGMOID_RANGE, score > 0, p)
    else:
        p = np.exp(score - score.max())
        p = p / p.sum()
    logs = np.log(p.astype(np.float64) + FLOOR).astype(np.float32)
    order = (len(logs) - 1 - np.argsort(-logs[::-1], kind="stable"))[:k]  # of equal labels the last
    found = int((logs[order] >= np.float32(np.log(threshold + FLOOR))).sum())
    best[:found, 0], best[:found, 1] = order[:found], logs[order[:found]]
    return found, count


def line_predictor(*arguments: Any) -> Callable[..., tuple[int, int]]:
    """`predict_line`, for arguments of any types."""
    del arguments
    return predict_line
