"""The step of GloVe, in the paper's letters: the specification of ``jit.py``.

X_ij says how often word j stands near word i.  The vectors w and c (the paper's w~) are to make small

    J = 1/2 sum_ij f(X_ij) (w_i . c_j + b_i + b'_j - log X_ij)^2           (Pennington et al. 2014, eq. 8)

    f(x) = min(1, (x / x_max)^alpha)                                       (eq. 9)

A bias is a number of the row like any other: with [w_i, b_i, 1] and [c_j, 1, b'_j] the bracket is one dot
product less log X.  The gradient, with e = w_i . c_j - log X_ij, and the step of AdaGrad (Duchi et al. 2011):

    dJ/dw_i = f e c_j,     dJ/dc_j = f e w_i

    w -= eta g / sqrt(G),  then  G += (eta g)^2,  G = 1 at first

G of the two constant ones is so large that they never move.

    N cells of X, V words, S row length (D + 2, padded with zeros)
"""

from __future__ import annotations

import numpy as np

from ..tables import stride

FROZEN = np.float32(1e30)  # G of a number that is to stay as it is


def weight(x: np.ndarray, x_max: float, alpha: float) -> np.ndarray:
    """f of eq. 9: rare pairs, which are mostly noise, count less; none counts more than 1."""
    return np.minimum(1, (x / np.asarray(x_max, x.dtype)) ** np.asarray(alpha, x.dtype))


def first_values(words: int, dim: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """w, c and their G, float32 (V, S): numbers and biases uniform in +-1/(2 (D + 1)), as in the C tool."""
    rng, shape = np.random.default_rng(seed), (words, stride(dim + 2))
    w, c = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    w_squares, c_squares = np.ones(shape, np.float32), np.ones(shape, np.float32)
    for matrix, squares, bias, one in ((w, w_squares, dim, dim + 1), (c, c_squares, dim + 1, dim)):
        numbers = [*range(dim), bias]
        matrix[:, numbers] = (rng.random((words, dim + 1), np.float32) - 0.5) / (dim + 1)
        matrix[:, one], squares[:, one] = 1, FROZEN
    return w, c, w_squares, c_squares


def train_cells(
    word: np.ndarray,
    context: np.ndarray,
    log_x: np.ndarray,
    weight: np.ndarray,
    first: int,
    last: int,
    w: np.ndarray,
    c: np.ndarray,
    w_squares: np.ndarray,
    c_squares: np.ndarray,
    eta: float,
    clip: float,
) -> float:
    """One step for each of the cells ``first`` to ``last``, in turn.

    Parameters
    ----------
    word, context : int32 (N,), IN
        Rows of w and of c.
    log_x, weight : float32 (N,), IN
        log X and f(X).
    w, c : float32 (V, S), INOUT
    w_squares, c_squares : float32 (V, S), INOUT
        G, the sum of the squared steps so far.
    eta : float
        The rate.
    clip : float
        No component of a gradient counts more.

    Returns
    -------
    float
        Their part of J, each before its own step.
    """
    cost = 0.0
    for k in range(first, last):
        cost += update(word[k], context[k], log_x[k], weight[k], w, c, w_squares, c_squares, eta, clip)
    return cost


def update(i, j, log_x, weight, w, c, w_squares, c_squares, eta, clip) -> float:
    """One step of AdaGrad for a cell; returns its part of J before the step."""
    error = w[i] @ c[j] - log_x
    to_w = eta * np.clip(weight * error * c[j], -clip, clip)
    to_c = eta * np.clip(weight * error * w[i], -clip, clip)
    w[i] -= to_w / np.sqrt(w_squares[i])
    c[j] -= to_c / np.sqrt(c_squares[j])
    w_squares[i] += to_w * to_w
    c_squares[j] += to_c * to_c
    return 0.5 * float(weight * error * error)
