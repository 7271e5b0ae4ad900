"""Counting which words stand near which, compiled: does what ``reference.py`` does, in two ways.

Pairs of frequent words, i j <= limit, occur so often that each has a place in a table (``dense``).  The other
pairs are written down one by one, as numbers that sort by i, then j, then distance:

    key = i << 37 | j << 10 | d
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit

WORD_BITS, DISTANCE_BITS = 27, 10
WORD_SHIFT, CONTEXT_SHIFT = np.uint64(WORD_BITS + DISTANCE_BITS), np.uint64(DISTANCE_BITS)


@njit(cache=True)
def pair_key(word, context, distance):
    return np.uint64(word) << WORD_SHIFT | np.uint64(context) << CONTEXT_SHIFT | np.uint64(distance)


@njit(nogil=True, cache=True)
def count_pairs(tokens, start, stop, window, symmetric, weight, starts, widths, dense, keys, filled):
    """Count the pairs whose second word is in ``tokens[start:stop]``, until ``keys`` is full.

    Parameters
    ----------
    tokens : int32 (T,), IN
    weight : float64 (window + 1,), IN
        What a pair at each distance counts.
    starts, widths : int64 (V,), IN
        The pair i, j with j <= widths[i] has the place ``dense[starts[i] + j]``.
    dense : float64, INOUT
    keys : uint64 (K,), INOUT
        The first ``filled`` are taken.

    Returns
    -------
    position, filled : int
        Where to go on.
    """
    begin = start
    while begin > 0 and start - begin < window and tokens[begin - 1] != 0:
        begin -= 1
    for at in range(start, stop):
        word = np.int64(tokens[at])
        if word == 0:
            begin = at + 1
            continue
        if filled + 2 * window > keys.shape[0]:
            return at, filled
        for near in range(at - 1, max(begin, at - window) - 1, -1):
            left = np.int64(tokens[near])
            distance = at - near
            if word <= widths[left]:  # then left <= widths[word], too
                dense[starts[left] + word] += weight[distance]
                if symmetric:
                    dense[starts[word] + left] += weight[distance]
            else:
                keys[filled] = pair_key(left, word, distance)
                filled += 1
                if symmetric:
                    keys[filled] = pair_key(word, left, distance)
                    filled += 1
    return stop, filled
