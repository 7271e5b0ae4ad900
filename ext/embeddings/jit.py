"""Skip-gram with negative sampling, the fast loop: does what ``reference.py`` does, row by row.

    V words, T tokens, D dimension, STRIDE D rounded up to 16 floats, ROWS = negative + 1

What makes it fast, and nothing else does:

* ``ROWS``, ``STRIDE`` and ``WINDOW`` are numbers in the compiled code, and every loop over rows is written
  out (``unroll.py``), so the dots of one example sit in registers and each value of ``v`` is loaded once
  for all of them;
* the rows of v' are first copied to ``scratch``: one small array at constant offsets, so LLVM sees that
  nothing overlaps, and all cache misses of the example are under way together;
* float32 throughout, ``fastmath`` (a dot product may be summed in any order), unsigned 64-bit indices (no
  test for negative ones), rows padded with zeros to whole vector registers;
* ``nogil``: Python threads run it side by side on the same arrays without a lock ("Hogwild!", Niu et al.
  2011).
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from numba import njit

from .tables import MIN_RATE, SIGMOID_BINS, SIGMOID_RANGE, sigmoid_table, stride
from .unroll import registers, unroll, unrolled

ZERO, ONE = np.float32(0), np.float32(1)
U0, U1, U16 = np.uint64(0), np.uint64(1), np.uint64(16)
LOW_BITS, LOW_RANGE = np.uint64(0xFFFF), np.float32(65536)
MULTIPLIER, INCREMENT = np.uint64(25214903917), np.uint64(11)  # the generator of word2vec.c (and of drand48)
MAX_SENTENCE = 1000  # kept words; longer sentences are cut, as in word2vec.c

COMPILE = {"nogil": True, "fastmath": True, "error_model": "numpy", "boundscheck": False}
SIGMOID = sigmoid_table()
BINS_PER_UNIT = np.float32(SIGMOID_BINS / (2 * SIGMOID_RANGE))
ROWS = STRIDE = WINDOW = 0  # filled in by `kernel`
CACHE = False  # filled in by `unrolled`


@njit(**COMPILE, cache=CACHE)
def sigmoid(x):
    """Look sigma(x) up; beyond the table, take its end: clamped, never skipped."""
    # calling e^x instead costs a tenth of the speed
    if x >= SIGMOID_RANGE:
        return SIGMOID[SIGMOID_BINS - 1]
    if x <= -SIGMOID_RANGE:
        return SIGMOID[0]
    # the & keeps even a NaN inside the table: a diverged run must end in an error message, not in a crash
    return SIGMOID[np.int64((x + SIGMOID_RANGE) * BINS_PER_UNIT) & (SIGMOID_BINS - 1)]


@njit(**COMPILE, cache=CACHE)
def read_sentence(tokens, position, stop, keep, random, sentence):
    """Fill ``sentence`` with the next one, frequent words thinned out; return (length, position, random)."""
    length = 0
    while position < stop and length < MAX_SENTENCE:
        word = tokens[position]
        position += 1
        if word == 0:  # </s>
            break
        random = random * MULTIPLIER + INCREMENT
        if np.float32(random & LOW_BITS) / LOW_RANGE <= keep[word]:
            sentence[length] = word
            length += 1
    return length, position, random


@njit(**COMPILE, cache=CACHE)
def train_pair(context, centre, random, rate, v, vp, noise, scratch):
    """One example: the context word's v learns to tell the centre word's v' from noise."""
    target = registers(ROWS)
    dot = registers(ROWS)
    push = registers(ROWS)
    mask = np.uint64(noise.shape[0] - 1)  # the table's size is a power of two, so % size is & mask
    words = np.uint64(vp.shape[0]) // np.uint64(STRIDE)

    target[0] = centre
    for d in unroll(1, ROWS):
        random = random * MULTIPLIER + INCREMENT
        target[d] = np.uint64(noise[(random >> U16) & mask])
        if target[d] == U0:  # </s> is never noise
            target[d] = random % (words - U1) + U1

    for d in unroll(ROWS):
        for c in range(STRIDE):
            scratch[d * STRIDE + c] = vp[target[d] * np.uint64(STRIDE) + np.uint64(c)]
    for c in range(STRIDE):
        scratch[ROWS * STRIDE + c] = v[context * np.uint64(STRIDE) + np.uint64(c)]

    for d in unroll(ROWS):
        dot[d] = ZERO
    for c in range(STRIDE):
        x = scratch[ROWS * STRIDE + c]
        for d in unroll(ROWS):
            dot[d] += x * scratch[d * STRIDE + c]

    push[0] = rate * (ONE - sigmoid(dot[0]))
    for d in unroll(1, ROWS):  # noise that hits the centre is skipped
        push[d] = ZERO if target[d] == centre else -rate * sigmoid(dot[d])

    for c in range(STRIDE):
        x = scratch[ROWS * STRIDE + c]
        moved = x
        for d in unroll(ROWS):
            y = scratch[d * STRIDE + c]
            moved += push[d] * y
            scratch[d * STRIDE + c] = y + push[d] * x
        v[context * np.uint64(STRIDE) + np.uint64(c)] = moved

    for d in unroll(ROWS - 1, -1, -1):  # the centre last: noise that hit it holds an unmoved copy
        for c in range(STRIDE):
            vp[target[d] * np.uint64(STRIDE) + np.uint64(c)] = scratch[d * STRIDE + c]
    return random


@njit(**COMPILE, cache=CACHE)
def train_slice(tokens, start, stop, random, v, vp, noise, keep, done, thread, total, alpha):
    """Train on ``tokens[start:stop]``.  Arguments and result as in ``reference.py``."""
    scratch = np.zeros((ROWS + 1) * STRIDE, np.float32)  # copies of the ROWS rows of v', then of v
    sentence = np.empty(MAX_SENTENCE, np.int32)
    while start < stop:
        rate = np.float32(alpha * max(MIN_RATE, 1 - done.sum() / (total + 1)))
        length, position, random = read_sentence(tokens, start, stop, keep, random, sentence)
        for i in range(length):
            centre = np.uint64(sentence[i])
            random = random * MULTIPLIER + INCREMENT
            shrink = np.int64(random % np.uint64(WINDOW))  # so the window is 1 .. WINDOW words, equally often
            for j in range(max(0, i - WINDOW + shrink), min(length, i + WINDOW - shrink + 1)):
                if j != i:
                    random = train_pair(np.uint64(sentence[j]), centre, random, rate, v, vp, noise, scratch)
        done[thread] += position - start
        start = position
    return random


@functools.cache
def kernel(dim: int, window: int, negative: int) -> Callable[..., int]:
    """Compile `train_slice` for these numbers: 2 s, or 0.1 s where a former run has left it on disk."""
    functions = unrolled(
        sigmoid, read_sentence, train_pair, train_slice, STRIDE=stride(dim), ROWS=negative + 1, WINDOW=window
    )
    compiled = functions["train_slice"]

    @functools.wraps(train_slice)
    def run(tokens, start, stop, random, v, vp, *rest):
        return compiled(tokens, start, stop, np.uint64(random), v.reshape(-1), vp.reshape(-1), *rest)

    return run
