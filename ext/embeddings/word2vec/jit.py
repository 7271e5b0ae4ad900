"""The loop of word2vec over a text, compiled: does what ``reference.py`` does, in the same order.

    V words, R rows of v, T tokens, D dimension, STRIDE D rounded up to 16 floats

The functions here are written once for all models: ``predict`` calls the ``learn`` of the chosen output layer
and ``train_slice`` the ``train_sentence`` of the chosen architecture, which `kernel` binds to these names.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..codegen.settings import COMPILE, INCREMENT, INLINE, INNER, MULTIPLIER, ONE, ZERO, linear_rate
from ..codegen.simd import LANES, fma, load, store
from ..negative_sampling.jit import learn

LOW_BITS, LOW_RANGE = np.uint64(0xFFFF), np.float32(65536)
MAX_SENTENCE = 1000  # kept words; longer sentences are cut, as in word2vec.c
STRIDE = H = ERROR = WINDOW = SUBWORDS = ROWS = 0  # filled in by `unrolled`: see `compiled.layout`
CACHE = False


@njit(**INNER, cache=CACHE)
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


@njit(**INLINE, cache=CACHE)
def draw_window(i, length, random):
    """The places [first, last) of the window round place ``i``; returns (first, last, random)."""
    random = random * MULTIPLIER + INCREMENT
    reach = WINDOW - np.int64(random % np.uint64(WINDOW))  # so it is 1 .. WINDOW words, equally often
    return max(0, i - reach), min(length, i + reach + 1), random


@njit(**INLINE, cache=CACHE)
def add_rows(word, inputs, count, subwords):
    """Append the rows of v that make up ``word`` to ``inputs``; return the new count."""
    if SUBWORDS:
        starts, rows = subwords
        for at in range(starts[word], starts[word + 1]):
            inputs[count] = np.uint64(rows[at])
            count += 1
        return count
    inputs[count] = np.uint64(word)
    return count + 1


@njit(**INLINE, cache=CACHE)
def add_window(i, first, last, sentence, inputs, subwords):
    """The rows of v of the places [first, last) but ``i``, to ``inputs``; returns how many."""
    count = 0
    for j in range(first, last):
        if j != i:
            count = add_rows(sentence[j], inputs, count, subwords)
    return count


@njit(**INLINE, cache=CACHE)
def gather(inputs, count, v, scratch):
    """h = mean of ``count`` rows of v, to scratch."""
    share = ONE / np.float32(count)
    first = np.int64(inputs[0]) * STRIDE
    for c in range(0, STRIDE, LANES):
        h = load(v, first + c)
        for k in range(1, count):
            h = fma(ONE, load(v, np.int64(inputs[k]) * STRIDE + c), h)
        store(scratch, H + c, fma(share, h, ZERO))


@njit(**INLINE, cache=CACHE)
def spread(inputs, count, v, scratch):
    """Add the whole grad_h to each of these rows of v."""
    for k in range(count):
        row = np.int64(inputs[k]) * STRIDE
        for c in range(0, STRIDE, LANES):
            store(v, row + c, fma(ONE, load(v, row + c), load(scratch, ERROR + c)))


@njit(**INNER, cache=CACHE)
def skipgram(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """Each context word alone predicts the centre."""
    for i in range(length):
        first, last, random = draw_window(i, length, random)
        for j in range(first, last):
            if j != i:
                count = add_rows(sentence[j], inputs, 0, subwords)
                gather(inputs, count, v, scratch)
                random = learn(np.uint64(sentence[i]), random, rate, vp, tables, target, scratch)
                spread(inputs, count, v, scratch)
    return random


@njit(**INNER, cache=CACHE)
def cbow(sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch):
    """All context words together predict the centre."""
    for i in range(length):
        first, last, random = draw_window(i, length, random)
        if last - first > 1:
            count = add_window(i, first, last, sentence, inputs, subwords)
            gather(inputs, count, v, scratch)
            random = learn(np.uint64(sentence[i]), random, rate, vp, tables, target, scratch)
            spread(inputs, count, v, scratch)
    return random


train_sentence = skipgram  # or another, which `kernel` binds to this name


@njit(**COMPILE, cache=CACHE)
def train_slice(
    tokens, start, stop, random, v, vp, tables, subwords, keep, done, thread, total, alpha, longest, scratch
):
    """Train on ``tokens[start:stop]``.  Arguments and result as in ``reference.py``; v and v' are flat.

    ``longest`` is the most rows of v that a word has; ``scratch`` is laid out by `compiled.layout`.
    """
    target = np.zeros(4 * WINDOW * ROWS, np.uint64)  # for two windows: see ``lookahead_jit.py``
    inputs = np.empty(2 * WINDOW * longest, np.uint64)
    sentence = np.empty(MAX_SENTENCE, np.int32)
    while start < stop:
        rate = np.float32(linear_rate(alpha, done.sum() / (total + 1)))
        length, position, random = read_sentence(tokens, start, stop, keep, random, sentence)
        random = train_sentence(
            sentence, length, random, rate, v, vp, tables, subwords, inputs, target, scratch
        )
        done[thread] += position - start
        start = position
    return random
