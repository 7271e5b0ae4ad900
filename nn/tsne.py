"""t-SNE (van der Maaten & Hinton 2008): a map on which neighbours stay neighbours.

Q vectors, D dimension.  p_ij says how near two of them are in D dimensions, q_ij how near on the map:

    p_j|i  =  exp(-d_ij^2 b_i) / sum over k of the same        b_i so that p_.|i has the asked perplexity
    p_ij   =  (p_j|i + p_i|j) / 2Q                             eq. 1 and section 3.1
    q_ij   =  n_ij / sum over all pairs of n,   n_ij = 1 / (1 + |y_i - y_j|^2)          eq. 4
    J      =  sum p_ij log(p_ij / q_ij)
    dJ/dy_i = 4 sum over j of (p_ij - q_ij) n_ij (y_i - y_j)                            eq. 5

All pairs are held, so memory grows with Q^2: some thousand vectors.
"""

from __future__ import annotations

import numpy as np

from .pca import pca

MOST = 8000  # vectors: four matrices of 256 MB
EXAGGERATION, EARLY = 12.0, 250  # p is larger in the first steps, so that groups form (section 3.4)
MOMENTUM = (0.5, 0.8)  # early, later
BISECTIONS = 50


def tsne(matrix: np.ndarray, perplexity: float = 30.0, steps: int = 500) -> np.ndarray:
    """Return a map of the rows of a matrix.

    It begins with the two principal components, so the same matrix gives the same map.

    Parameters
    ----------
    matrix : (Q, D), Q at most 8000; for words, rows of unit length
    perplexity : float
        How many neighbours a vector cares about, in effect; below Q / 3.
    steps : int
        Of gradient descent.

    Returns
    -------
    float32 (Q, 2)

    Raises
    ------
    ValueError
        if there are too few or too many rows, or all are equal, or one is not finite.
    """
    x = np.ascontiguousarray(matrix, np.float32)
    if x.ndim != 2 or not 3 * perplexity < len(x) <= MOST:
        raise ValueError(
            f"tsne: expected more than {3 * perplexity:.0f} rows (3 times the perplexity) and at most "
            f"{MOST}\n"
            f"    came: {x.shape}\n"
            "    hint: a smaller perplexity, or the commonest words only"
        )
    if not np.isfinite(x).all() or (x == x[0]).all():
        problem = "all rows are equal" if np.isfinite(x).all() else "a row is not finite"
        raise ValueError(f"tsne: expected rows that differ, each of finite numbers; {problem}")
    p = joint(x, perplexity)
    y = pca(x)[0].astype(np.float32)
    y *= np.float32(1e-4) / y[:, 0].std()  # section 3.4
    rate = np.float32(max(len(x) / EXAGGERATION / 4, 50))  # Belkina et al. 2019
    velocity, gain = np.zeros_like(y), np.ones_like(y)
    for step in range(steps):
        early = step < min(EARLY, steps // 2)
        slope = gradient(p * np.float32(EXAGGERATION) if early else p, y)
        same = np.sign(slope) == np.sign(velocity)
        gain = np.maximum(np.where(same, gain * 0.8, gain + 0.2), 0.01).astype(np.float32)  # Jacobs 1988
        velocity = np.float32(MOMENTUM[not early]) * velocity - rate * gain * slope
        y += velocity
        y -= y.mean(0)
    return y


def joint(x: np.ndarray, perplexity: float) -> np.ndarray:
    """Return p (Q, Q) of the rows of x (Q, D): symmetric, 0 on the diagonal, its sum 1."""
    distance = squared_distances(x)
    p = np.empty_like(distance)
    for i, row in enumerate(distance):
        others = np.delete(row, i)
        p[i] = np.insert(conditional(others - others.min(), perplexity), i, 0)
    return ((p + p.T) / (2 * len(x))).astype(np.float32)


def conditional(distance: np.ndarray, perplexity: float) -> np.ndarray:
    """Return p_.|i for the squared distances (Q - 1,) from one row; b is found by bisection."""
    low, high, wanted = -30.0, 30.0, np.log(perplexity)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        p = np.exp(-np.minimum(distance.astype(np.float64) * np.exp(middle), 700))
        p /= p.sum()
        entropy = -(p * np.log(np.maximum(p, 1e-300))).sum()
        low, high = (middle, high) if entropy > wanted else (low, middle)
    return p


def gradient(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return dJ/dy (Q, 2): eq. 5, with sum over j of c_ij (y_i - y_j) = y_i sum c_ij - (c y)_i."""
    near = 1 / (1 + squared_distances(y))
    np.fill_diagonal(near, 0)
    pull = (p - near / near.sum()) * near
    return 4 * (pull.sum(1, keepdims=True) * y - pull @ y)


def squared_distances(x: np.ndarray) -> np.ndarray:
    """Return |x_i - x_j|^2 = |x_i|^2 - 2 x_i x_j + |x_j|^2, (Q, Q)."""
    square = (x * x).sum(1)
    return np.maximum(square[:, None] - 2 * (x @ x.T) + square, 0)
