"""The permutohedral lattice in Numba.  n points, d features, K values, m vertices; see ``reference.py``.

The vertices stand in a hash table while the lattice is built, once.  To filter, each vertex gathers from its
points (so two threads never write one row, and sums have one order), and all K values of a row go together.
"""

from __future__ import annotations

import numpy as np

from ..memory import empty
from ..numba_cache import njit
from ..threads import parallel

ROWS = 4096  # of a task
FIRST = 1 << 12  # places in the hash table to begin with; a power of two


def permutohedral_lattice(features):
    """features (n,d) float64 IN; returns (corners, weights, neighbours, starts, points, shares)."""
    n, d = features.shape
    corners, weights = np.empty((n, d + 1), np.int32), np.empty((n, d + 1), np.float32)
    lengths = (d + 1) * np.sqrt(2 / 3) / np.sqrt(np.arange(1, d + 1) * np.arange(2, d + 2))
    keys, table, m = _place(features, lengths, corners, weights)
    neighbours = np.zeros((d + 1, m + 1, 2), np.int32)
    parallel(_meet, d + 1, keys, table, m, neighbours)
    starts = np.zeros(m + 2, np.int32)
    points, shares = np.empty(n * (d + 1), np.int32), np.empty(n * (d + 1), np.float32)
    _list(corners, weights, starts, points, shares)
    return corners, weights, neighbours, starts, points, shares


def permutohedral_filter(values, out, lattice, before, after):
    """values (n,K), before (n,), after (n,) float32 IN, lattice IN; out (n,K) float32 OUT."""
    corners, weights, neighbours, starts, points, shares = lattice
    (n, size), rows = corners.shape, len(starts) - 1
    vertices, blurred = (empty((rows, values.shape[1]), np.float32) for _ in range(2))
    tasks = -(-rows // ROWS)
    parallel(_splat, tasks, values, before, starts, points, shares, vertices)
    for axis in range(size):
        parallel(_blur, tasks, vertices, neighbours[axis], blurred)
        vertices, blurred = blurred, vertices
    parallel(_slice, -(-n // ROWS), vertices, corners, weights, after, out)


@njit(cache=True, nogil=True)
def _hash(key):
    h = np.uint64(0)
    for each in key:
        h = (h + np.uint64(np.int64(each))) * np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth)
        h ^= h >> np.uint64(29)
    return h


@njit(cache=True, nogil=True)
def _find(key, keys, table):
    """Where in the table this vertex is, or the free place where it would be; 0 is free."""
    d, mask = len(key), len(table) - 1
    place = np.int64(_hash(key) & np.uint64(mask))
    while table[place]:
        row, j = table[place], 0
        while j < d and keys[row, j] == key[j]:
            j += 1
        if j == d:
            break
        place = (place + 1) & mask
    return place


@njit(cache=True, nogil=True)
def _grow(keys, m):
    """Twice the room: (keys, table)."""
    larger = np.empty((2 * len(keys), keys.shape[1]), np.int32)
    larger[: m + 1] = keys[: m + 1]
    table = np.zeros(4 * len(keys), np.int32)
    for row in range(1, m + 1):
        table[_find(larger[row], larger, table)] = row
    return larger, table


@njit(cache=True, nogil=True)
def _place(features, lengths, corners, weights):
    """features (n,d) IN, corners and weights (n,d+1) OUT; returns keys (at least m+1, d), table, m."""
    n, d = features.shape
    keys, table, m = np.empty((FIRST // 2, d), np.int32), np.zeros(FIRST, np.int32), 0
    above, corner = np.empty(d + 1), np.empty(d + 1, np.int64)
    rank, share, key = np.empty(d + 1, np.int64), np.empty(d + 2), np.empty(d, np.int32)
    for i in range(n):
        behind, excess = 0.0, 0
        for j in range(d, -1, -1):
            scaled = features[i, j - 1] * lengths[j - 1] if j else 0.0
            at = behind - j * scaled
            behind += scaled
            corner[j] = np.int64(np.floor(at / (d + 1) + 0.5)) * (d + 1)
            above[j] = at - corner[j]
            excess += corner[j]
            rank[j] = 0
        excess //= d + 1
        for j in range(d):
            for l in range(j + 1, d + 1):
                if above[j] < above[l]:
                    rank[j] += 1
                else:
                    rank[l] += 1
        share[:] = 0
        for j in range(d + 1):
            rank[j] += excess
            step = (d + 1) * (int(rank[j] < 0) - int(rank[j] > d))
            rank[j] += step
            corner[j] += step
            part = (above[j] - step) / (d + 1)
            share[d - rank[j]] += part
            share[d + 1 - rank[j]] -= part
        share[0] += 1 + share[d + 1]
        for k in range(d + 1):
            for j in range(d):  # the last coordinate follows from the others
                key[j] = corner[j] + k - (d + 1 if rank[j] > d - k else 0)
            place = _find(key, keys, table)
            if not table[place]:
                if m + 1 == len(keys):
                    keys, table = _grow(keys, m)
                    place = _find(key, keys, table)
                m += 1
                table[place] = m
                keys[m] = key
            corners[i, k], weights[i, k] = table[place], share[k]
    return keys, table, m


@njit(cache=True, nogil=True)
def _meet(axis, keys, table, m, neighbours):
    """neighbours (d+1,m+1,2) OUT along one axis; 0 where there is none."""
    d = keys.shape[1]
    key = np.empty(d, np.int32)
    for v in range(1, m + 1):
        for side in range(2):
            sign = 1 - 2 * side
            for j in range(d):
                key[j] = keys[v, j] + (sign * d if j == axis else -sign)
            neighbours[axis, v, side] = table[_find(key, keys, table)]


@njit(cache=True, nogil=True)
def _list(corners, weights, starts, points, shares):
    """corners, weights (n,d+1) IN; starts (m+2,) INOUT zeros, points, shares (n(d+1),) OUT."""
    n, size = corners.shape
    for i in range(n):
        for c in range(size):
            starts[corners[i, c] + 1] += 1
    for v in range(1, len(starts)):
        starts[v] += starts[v - 1]
    following = starts.copy()
    for i in range(n):
        for c in range(size):
            place = following[corners[i, c]]
            points[place], shares[place] = i, weights[i, c]
            following[corners[i, c]] += 1


@njit(cache=True, nogil=True)
def _splat(task, values, before, starts, points, shares, vertices):
    """values (n,K), before (n,), starts, points, shares IN; vertices (m+1,K) OUT, the rows of this task."""
    K = values.shape[1]
    for v in range(task * ROWS, min((task + 1) * ROWS, len(vertices))):
        row = vertices[v]
        row[:] = 0
        for e in range(starts[v], starts[v + 1]):
            w, point = shares[e] * before[points[e]], values[points[e]]
            for k in range(K):
                row[k] += w * point[k]


@njit(cache=True, nogil=True)
def _blur(task, vertices, neighbours, blurred):
    """vertices (m+1,K), neighbours (m+1,2) IN; blurred (m+1,K) OUT, the rows of this task."""
    half = np.float32(0.5)
    for v in range(task * ROWS, min((task + 1) * ROWS, len(vertices))):
        row, one, other = vertices[v], vertices[neighbours[v, 0]], vertices[neighbours[v, 1]]
        target = blurred[v]
        for k in range(vertices.shape[1]):
            target[k] = row[k] + half * (one[k] + other[k])


@njit(cache=True, nogil=True)
def _slice(task, vertices, corners, weights, after, out):
    """vertices (m+1,K), corners and weights (n,d+1), after (n,) IN; out (n,K) OUT, the rows of this task."""
    for i in range(task * ROWS, min((task + 1) * ROWS, len(out))):
        row = out[i]
        row[:] = 0
        for c in range(corners.shape[1]):
            w, vertex = after[i] * weights[i, c], vertices[corners[i, c]]
            for k in range(out.shape[1]):
                row[k] += w * vertex[k]
