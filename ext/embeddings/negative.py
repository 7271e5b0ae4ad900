"""Negative sampling, compiled: does what ``negative_reference.py`` does, row by row.

One example is ROWS = negative + 1 rows of v', copied to ``scratch`` together with h.  `step` then touches
nothing else: one small array at constant offsets, so LLVM sees that nothing overlaps, the ROWS dots sit in
registers, each number of h is loaded once for all of them, and all cache misses are under way together.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .compiled import COMPILE, INCREMENT, MULTIPLIER, ONE, ZERO, sigmoid
from .unroll import registers, unroll

U0, U1, U16 = np.uint64(0), np.uint64(1), np.uint64(16)
FIXED = 0  # 1: v' does not move
ROWS = STRIDE = H = ERROR = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**COMPILE, cache=CACHE)
def draw(random, vp, tables, target):
    """Draw the noise words target[1:] (ROWS - 1)."""
    noise = tables[0]
    mask = np.uint64(noise.shape[0] - 1)  # the table's size is a power of two, so % size is & mask
    words = np.uint64(vp.shape[0]) // np.uint64(STRIDE)
    for d in range(1, ROWS):
        random = random * MULTIPLIER + INCREMENT
        drawn = np.uint64(noise[(random >> U16) & mask])
        target[d] = drawn if drawn != U0 else random % (words - U1) + U1  # </s> is never noise
    return random


@njit(**COMPILE, cache=CACHE)
def fetch(first, target, vp, scratch):
    """Copy the rows of target[first:] (ROWS - first) of v' to scratch."""
    for d in range(first, ROWS):
        row = target[d] * np.uint64(STRIDE)
        for c in range(STRIDE):
            scratch[d * STRIDE + c] = vp[row + np.uint64(c)]


@njit(**COMPILE, cache=CACHE)
def step(rate, target, scratch):
    """One step up J: scratch holds h and the rows; moves the rows and writes the error."""
    dot = registers(ROWS)
    push = registers(ROWS)
    for d in unroll(ROWS):
        dot[d] = ZERO
    for c in range(STRIDE):
        x = scratch[H + c]
        for d in unroll(ROWS):
            dot[d] += x * scratch[d * STRIDE + c]

    push[0] = rate * (ONE - sigmoid(dot[0]))
    for d in unroll(1, ROWS):  # noise that hits the word is skipped
        push[d] = ZERO if target[d] == target[0] else -rate * sigmoid(dot[d])

    for c in range(STRIDE):
        x = scratch[H + c]
        error = ZERO
        for d in unroll(ROWS):
            y = scratch[d * STRIDE + c]
            error += push[d] * y
            scratch[d * STRIDE + c] = y + push[d] * x
        scratch[ERROR + c] = error


@njit(**COMPILE, cache=CACHE)
def store(first, target, vp, scratch):
    """Write the rows target[first:] back, the word's last: noise that hit it is an unmoved copy."""
    for d in range(ROWS - 1, first - 1, -1):
        row = target[d] * np.uint64(STRIDE)
        for c in range(STRIDE):
            vp[row + np.uint64(c)] = scratch[d * STRIDE + c]


@njit(**COMPILE, cache=CACHE)
def learn(word, random, rate, vp, tables, target, scratch):
    """One example: the h in scratch learns to tell ``word``'s v' from noise; writes the error there."""
    target[0] = word
    random = draw(random, vp, tables, target)
    fetch(0, target, vp, scratch)
    step(rate, target, scratch)
    if not FIXED:
        store(0, target, vp, scratch)
    return random


@njit(**COMPILE, cache=CACHE)
def learn_wide(word, random, rate, vp, tables, target, scratch):
    """`learn` for rows too long to be copied: they are read and moved where they are; scratch holds the pushes."""
    target[0] = word
    random = draw(random, vp, tables, target)
    for d in range(ROWS):
        row = target[d] * np.uint64(STRIDE)
        dot = ZERO
        for c in range(STRIDE):
            dot += scratch[H + c] * vp[row + np.uint64(c)]
        scratch[d] = rate * (ONE - sigmoid(dot)) if d == 0 else -rate * sigmoid(dot)
        if d > 0 and target[d] == word:
            scratch[d] = ZERO
    for c in range(STRIDE):
        scratch[ERROR + c] = ZERO
    for d in range(ROWS - 1, -1, -1):
        row = target[d] * np.uint64(STRIDE)
        push = scratch[d]
        moves = push
        for e in range(d):  # of a word drawn twice the first one's step stays
            moves = ZERO if target[e] == target[d] else moves
        for c in range(STRIDE):
            y = vp[row + np.uint64(c)]
            scratch[ERROR + c] += push * y
            if not FIXED:
                vp[row + np.uint64(c)] = y + moves * scratch[H + c]
    return random
