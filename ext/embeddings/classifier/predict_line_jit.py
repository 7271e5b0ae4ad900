"""The best labels of one line, compiled: does what ``predict_line_reference.py`` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import typeof

from ...numba_cache import njit
from ..word_table.jit import read_words
from .jit import read_line
from .predict_line_reference import FLOOR, NEW_WORD, SIGMOID_RANGE

ZERO, ONE = np.float32(0), np.float32(1)
RANGE = np.float32(SIGMOID_RANGE)


@njit(nogil=True, fastmath=True, boundscheck=False, cache=True)
def score_labels(inputs, count, v, vp, p):
    """The mean of these rows of v, times each row of v'."""
    h = np.zeros(v.shape[1], np.float32)
    for k in range(count):
        row = v[inputs[k]]
        for c in range(v.shape[1]):
            h[c] += row[c]
    for label in range(vp.shape[0]):
        row, dot = vp[label], ZERO
        for c in range(v.shape[1]):
            dot += row[c] * h[c]
        p[label] = dot / np.float32(count)


@njit(nogil=True, boundscheck=False, cache=True)
def make_probabilities(p, sigmoid):
    """Scores to probabilities, in place."""
    if sigmoid.shape[0] > 0:
        for label in range(p.shape[0]):
            place = (min(max(p[label], -RANGE), RANGE) + RANGE) * np.float32(sigmoid.shape[0] - 1)
            inside = sigmoid[np.int64(place / (RANGE + RANGE))]
            p[label] = ONE if p[label] > RANGE else ZERO if p[label] < -RANGE else inside
        return
    largest, total = p.max(), ZERO
    for label in range(p.shape[0]):
        p[label] = np.exp(p[label] - largest)
        total += p[label]
    for label in range(p.shape[0]):
        p[label] /= total


@njit(nogil=True, boundscheck=False, cache=True)
def predict_line(text, count, model, threshold, k, best):
    """Arguments and results as in ``predict_line_reference.py``."""
    slots, hashes, ends, letters, label, starts, rows, ngram, buckets, v, vp, sigmoid = model
    tokens = np.empty(len(text), np.int32)
    position, written, now = read_words(text, 0, tokens, slots, hashes, ends, letters, count)
    if now > count or position < len(text):
        return NEW_WORD, now
    room = written * ngram
    for at in range(written):
        room += starts[tokens[at] + 1] - starts[tokens[at]]
    inputs, labels = np.empty(room, np.uint64), np.empty(written, np.int32)
    kinds = (label, hashes, starts, rows, ngram, buckets)
    taken, _ = read_line(tokens, 0, written, kinds, inputs, labels)
    if taken == 0:
        return 0, count
    p = np.empty(vp.shape[0], np.float32)
    score_labels(inputs, taken, v, vp, p)
    make_probabilities(p, sigmoid)
    least = np.float32(np.log(threshold + FLOOR))
    found = 0
    while found < min(k, p.shape[0]):
        chosen = p.shape[0] - 1  # of equal labels the last is best
        for n in range(p.shape[0] - 2, -1, -1):
            if p[n] > p[chosen]:
                chosen = n
        log_p = np.float32(np.log(np.float64(p[chosen]) + FLOOR))
        if log_p < least or p[chosen] < ZERO:
            break
        best[found, 0], best[found, 1] = chosen, log_p
        p[chosen] = -ONE  # taken
        found += 1
    return found, count


def line_predictor(*arguments: Any) -> Callable[..., tuple[int, int]]:
    """`predict_line` for arguments of these types; Numba would look at them in each call, a seventh
    of the time.
    """
    return predict_line.compile(tuple(typeof(each) for each in arguments))
