"""The nearest of 256 centroids: the specification of ``jit.py``.

N points, K centroids, D dimension
"""

from __future__ import annotations

import numpy as np


def nearest_centroid(x: np.ndarray, centroids: np.ndarray, codes: np.ndarray) -> None:
    """The number of the centroid nearest to each point; of equally near ones the first.

    Parameters
    ----------
    x, centroids : float32 (N, D), (K, D), IN
    codes : uint8 (N,), OUT
    """
    for n, point in enumerate(x):
        codes[n] = np.argmin(((centroids - point) ** 2).sum(1))  # (K,D) -> (K)
