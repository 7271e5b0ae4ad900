"""Paragraph vectors, compiled: does what ``reference.py`` does."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..codegen.settings import COMPILE, INNER, ONE, linear_rate
from ..negative_sampling.jit import learn
from ..word2vec.jit import MAX_SENTENCE, draw_window, read_sentence, skipgram, spread

STRIDE = PIECE = DIM = H = ERROR = WINDOW = ROWS = 0  # filled in by `unrolled`; PIECE: row length of v and d
FIXED = 0  # 1: only the documents move
CACHE = False


@njit(**INNER, cache=CACHE)
def pv_dm(sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch):
    """The document and all context words together predict the centre."""
    for i in range(length):
        first, last, random = draw_window(i, length, random)
        for c in range(STRIDE):
            scratch[H + c] = d[row + np.uint64(c)]
        count = 0
        for j in range(first, last):
            if j != i:
                inputs[count] = np.uint64(sentence[j])
                place = inputs[count] * np.uint64(STRIDE)
                count += 1
                for c in range(STRIDE):
                    scratch[H + c] += v[place + np.uint64(c)]
        share = ONE / np.float32(count + 1)
        for c in range(STRIDE):
            scratch[H + c] *= share
        random = learn(np.uint64(sentence[i]), random, rate, vp, tables, target, scratch)
        for c in range(STRIDE):
            d[row + np.uint64(c)] += scratch[ERROR + c]
        if not FIXED:
            spread(inputs, count, v, scratch)
    return random


@njit(**INNER, cache=CACHE)
def pv_dm_concat(sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch):
    """The same, but every place of the window has its own DIM numbers of h."""
    for i in range(length):
        count = 0
        for j in range(i - WINDOW, i + WINDOW + 1):
            if j != i:
                inside = j >= 0 and j < length
                inputs[count] = np.uint64(sentence[j]) * np.uint64(PIECE) if inside else np.uint64(0)
                count += 1
        for c in range(DIM):
            scratch[H + c] = d[row + np.uint64(c)]
        for k in range(count):
            for c in range(DIM):
                scratch[H + (k + 1) * DIM + c] = v[inputs[k] + np.uint64(c)]
        random = learn(np.uint64(sentence[i]), random, rate, vp, tables, target, scratch)
        for c in range(DIM):
            d[row + np.uint64(c)] += scratch[ERROR + c]
        if not FIXED:
            for k in range(count):
                for c in range(DIM):
                    v[inputs[k] + np.uint64(c)] += scratch[ERROR + (k + 1) * DIM + c]
    return random


@njit(**INNER, cache=CACHE)
def pv_dbow(sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch):
    """The document predicts each of its words; its vector stays at hand."""
    for c in range(STRIDE):
        scratch[H + c] = d[row + np.uint64(c)]
    for i in range(length):
        random = learn(np.uint64(sentence[i]), random, rate, vp, tables, target, scratch)
        for c in range(STRIDE):
            scratch[H + c] += scratch[ERROR + c]
    for c in range(STRIDE):
        d[row + np.uint64(c)] = scratch[H + c]
    return random


@njit(**INNER, cache=CACHE)
def pv_dbow_words(sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch):
    """The same; then the words of the document learn by skip-gram."""
    random = pv_dbow(sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch)
    return skipgram(sentence, length, random, rate, v, vp, tables, (), inputs, target, scratch)


train_document = pv_dm  # or another, which `document_loop` binds to this name


@njit(**COMPILE, cache=CACHE)
def train_slice(
    tokens, start, stop, random, v, vp, tables, documents, keep, done, thread, total, alpha, scratch
):
    """Arguments and result as in ``reference.py``; v, v' and d are flat."""
    target = np.zeros(ROWS, np.uint64)
    inputs = np.empty(2 * WINDOW, np.uint64)
    sentence = np.empty(MAX_SENTENCE, np.int32)
    starts, d = documents
    document = np.searchsorted(starts, start, side="right") - 1
    while start < stop:
        rate = np.float32(linear_rate(alpha, done.sum() / (total + 1)))
        length, position, random = read_sentence(tokens, start, stop, keep, random, sentence)
        row = np.uint64(document) * np.uint64(PIECE)
        random = train_document(
            sentence, length, row, random, rate, v, vp, d, tables, inputs, target, scratch
        )
        document += tokens[position - 1] == 0
        done[thread] += position - start
        start = position
    return random
