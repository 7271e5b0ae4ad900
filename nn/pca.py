"""Vectors on paper, of words or of images: the plane in which they differ most.

Q vectors, D dimension
"""

from __future__ import annotations

import numpy as np


def pca(matrix: np.ndarray, components: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Principal components by the singular value decomposition.

    With x the rows less their mean and x = U S W^T, the rows of W^T are the directions of largest variance,
    and U S are the coordinates along them.  Each direction's sign is chosen so that its largest entry is
    positive: a picture is the same in every run.

    Parameters
    ----------
    matrix : (Q, D)
    components : int

    Returns
    -------
    coordinates : float64 (Q, components)
    explained : float64 (components,)
        Share of the variance along each.
    """
    x = np.asarray(matrix, np.float64)
    if x.ndim != 2 or not 1 <= components <= min(x.shape):
        raise ValueError(
            f"pca: expected 1 to {min(x.shape, default=0)} components of a matrix (Q, D)\n"
            f"    came: {components} of {x.shape}"
        )
    left, scale, right = np.linalg.svd(x - x.mean(0), full_matrices=False)  # (Q,M) (M) (M,D)
    sign = np.sign(right[np.arange(len(right)), np.abs(right).argmax(1)])
    variance = scale**2
    return (left * scale * sign)[:, :components], (variance / (variance.sum() or 1))[:components]
