"""The nearest of the centroids, compiled: does what ``reference.py`` does.

The centroids lie side by side, so a vector register holds one number of sixteen of them.  The
smallest distance is found first and then the first centroid that has it: two passes without a branch,
which an argmin has.
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit


@njit(nogil=True, fastmath=True, error_model="numpy", cache=True)
def nearest_centroid(x, centroids, codes):
    """Arguments as in ``reference.py``."""
    columns = np.full((x.shape[1], 256), np.inf, np.float32)  # (D, 256)
    columns[:, : centroids.shape[0]] = centroids.T
    distance = np.empty(256, np.float32)
    bits = distance.view(
        np.int32
    )  # no distance is negative, so its bits order as it does; integers have a vector min
    for n in range(x.shape[0]):
        for k in range(256):
            delta = columns[0, k] - x[n, 0]
            distance[k] = delta * delta
        for d in range(1, x.shape[1]):
            value, column = x[n, d], columns[d]
            for k in range(256):
                delta = column[k] - value
                distance[k] += delta * delta
        smallest = bits[0]
        for k in range(256):
            smallest = min(smallest, bits[k])
        first = np.int32(255)  # of NaN none is nearest
        for k in range(256):
            first = min(first, np.int32(k) | (np.int32(bits[k] > smallest) * np.int32(255)))
        codes[n] = first
