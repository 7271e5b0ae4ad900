"""The full softmax, compiled: does what ``reference.py`` does, in two passes over all words."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..codegen.settings import INNER, ZERO

FIXED = 0  # 1: v' does not move
STRIDE = H = ERROR = REST = 0  # filled in by `unrolled`: see `compiled.layout`
FIRST = 1  # row 0 is ``</s>``, no word; labels begin at 0
CACHE = False


@njit(**INNER, cache=CACHE)
def learn(word, random, rate, vp, tables, target, scratch):
    """One example: the h in scratch learns that ``word`` is more probable; writes grad_h there."""
    words = vp.shape[0] // STRIDE
    largest = np.float32(-np.inf)
    for w in range(FIRST, words):
        score = ZERO
        for c in range(STRIDE):
            score += vp[w * STRIDE + c] * scratch[H + c]
        scratch[REST + w] = score
        largest = max(largest, score)
    total = ZERO
    for w in range(FIRST, words):
        scratch[REST + w] = np.exp(scratch[REST + w] - largest)  # the largest is e^0, so nothing overflows
        total += scratch[REST + w]

    for c in range(STRIDE):
        scratch[ERROR + c] = ZERO
    for w in range(FIRST, words):
        step_size = -rate * scratch[REST + w] / total
        if np.uint64(w) == word:
            step_size += rate
        for c in range(STRIDE):
            y = vp[w * STRIDE + c]
            scratch[ERROR + c] += step_size * y
            if not FIXED:
                vp[w * STRIDE + c] = y + step_size * scratch[H + c]
    return random
