"""Hierarchical softmax, compiled: does what ``tree_reference.py`` does, ROWS nodes of a way at a time.

A way is filled up to whole blocks of ROWS = `huffman.BLOCK` nodes with a free row, which is pushed by 0.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .compiled import COMPILE, ONE, ZERO, sigmoid
from .unroll import registers, unroll

FIXED = 0  # 1: v' does not move
ROWS = STRIDE = H = ERROR = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**COMPILE, cache=CACHE)
def learn(word, random, rate, vp, tables, target, scratch):
    """One example: the h in scratch learns the decisions on the way to ``word``; writes the error there."""
    row = registers(ROWS)
    dot = registers(ROWS)
    push = registers(ROWS)
    starts, nodes, codes = tables
    free = np.int32(vp.shape[0] // STRIDE - 1)
    for c in range(STRIDE):
        scratch[ERROR + c] = ZERO
    for at in range(starts[word], starts[word + np.uint64(1)], ROWS):
        for d in unroll(ROWS):
            row[d] = np.uint64(nodes[at + d]) * np.uint64(STRIDE)
            dot[d] = ZERO
            for c in range(STRIDE):
                scratch[d * STRIDE + c] = vp[row[d] + np.uint64(c)]
        for c in range(STRIDE):
            x = scratch[H + c]
            for d in unroll(ROWS):
                dot[d] += x * scratch[d * STRIDE + c]
        for d in unroll(ROWS):
            push[d] = rate * (ONE - np.float32(codes[at + d]) - sigmoid(dot[d]))
            if nodes[at + d] == free:
                push[d] = ZERO
        for c in range(STRIDE):
            x = scratch[H + c]
            error = scratch[ERROR + c]
            for d in unroll(ROWS):
                y = scratch[d * STRIDE + c]
                error += push[d] * y
                scratch[d * STRIDE + c] = y + push[d] * x
            scratch[ERROR + c] = error
        if not FIXED:
            for d in unroll(ROWS):
                for c in range(STRIDE):
                    vp[row[d] + np.uint64(c)] = scratch[d * STRIDE + c]
    return random
