"""The best labels of one line, from its bytes: the specification of ``one_line.py``.

What ``text/labeller.py`` does with many lines at once, step by step for one: words, rows, their mean h, a score for
each label, the best of them.  A program that asks line by line would otherwise wait for the making of arrays.

    R rows of v, L labels, D dimension, k labels asked for
"""

from __future__ import annotations

import numpy as np

from .lines_reference import Kinds, read_line
from .words_reference import read_words

FLOOR = 1e-5  # added to a probability before its logarithm is taken, as in fastText
NEW_WORD = -1
SIGMOID_RANGE = 8  # of fastText's table


def predict_line(
    text: np.ndarray,
    words: tuple[np.ndarray, ...],
    count: int,
    kinds: Kinds,
    v: np.ndarray,
    vp: np.ndarray,
    sigmoid: np.ndarray,
    least: np.float32,
    chosen: np.ndarray,
    log_p: np.ndarray,
) -> tuple[int, int]:
    """Write the best labels and log(p + FLOOR) of each, best first.

    Parameters
    ----------
    text : uint8, IN
        One line, with its end.
    words : tuple, INOUT
        ``(slots, hashes, ends, letters)`` of `read_words`; ``count`` words are known.
    v, vp : float32 (R, D), (L, D), IN
    sigmoid : float32, IN
        Empty: softmax over the labels.  Else each label for itself, looked up in these bins of +-SIGMOID_RANGE.
    least : float32
        Labels with a smaller log(p + FLOOR) are left out.
    chosen, log_p : int64 (k,), float32 (k,), OUT

    Returns
    -------
    found, count : int
        How many labels; 0 for a line without rows, and NEW_WORD if the line has a word that was not known.
        The words that are known now.
    """
    slots, hashes, ends, letters = words
    tokens = np.empty(len(text), np.int32)
    position, written, now = read_words(text, 0, tokens, slots, hashes, ends, letters, count)
    if now > count or position < len(text):
        return NEW_WORD, now
    inputs, _ = read_line(tokens[:written], kinds)
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
    order = len(logs) - 1 - np.argsort(-logs[::-1], kind="stable")  # of equal labels the last is best
    found = int((logs[order[: len(chosen)]] >= least).sum())
    chosen[:found], log_p[:found] = order[:found], logs[order[:found]]
    return found, count
