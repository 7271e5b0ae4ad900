"""The full softmax, compiled: does what ``reference.py`` does, in two passes over all words."""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.settings import INNER, ZERO
from ..codegen.sizes import sizes


@njit(**INNER)
def learn(word, random, rate, vp, tables, target, scratch):
    """One example: the h in scratch learns that ``word`` is more probable; writes grad_h there."""
    words = vp.shape[0] // sizes.stride
    largest = np.float32(-np.inf)
    for w in range(sizes.first_word, words):
        score = ZERO
        for c in range(sizes.stride):
            score += vp[w * sizes.stride + c] * scratch[sizes.h + c]
        scratch[sizes.rest + w] = score
        largest = max(largest, score)
    total = ZERO
    for w in range(sizes.first_word, words):
        # the largest is e^0, so nothing overflows
        scratch[sizes.rest + w] = np.exp(scratch[sizes.rest + w] - largest)
        total += scratch[sizes.rest + w]

    for c in range(sizes.stride):
        scratch[sizes.grad_h + c] = ZERO
    for w in range(sizes.first_word, words):
        step_size = -rate * scratch[sizes.rest + w] / total
        if np.uint64(w) == word:
            step_size += rate
        for c in range(sizes.stride):
            y = vp[w * sizes.stride + c]
            scratch[sizes.grad_h + c] += step_size * y
            if not sizes.fixed:
                vp[w * sizes.stride + c] = y + step_size * scratch[sizes.h + c]
    return random
