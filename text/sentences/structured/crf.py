"""A conditional random field over a chain: labels of a sequence, each beside the next.

T places, K labels, V features

    p(y | x) = 1/Z exp( sum_t e_t(y_t) + sum_t s(y_t, y_t+1) )          e_t = W x_t + b

forwards   a_t(k) = e_t(k) + ln sum_j exp( a_t-1(j) + s(j, k) )         ln Z = lse a_T
backwards  c_t(j) = ln sum_k exp( s(j, k) + e_t+1(k) + c_t+1(k) )       p(y_t = k) = exp( a_t + c_t - ln Z )

Source: Lafferty, McCallum & Pereira, "Conditional random fields" (ICML 2001), section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np


class Chain(NamedTuple):
    """ln Z, p(y_t) (T, K) and p(y_t, y_t+1) (T - 1, K, K): of a model, or the aim of one."""

    log_z: float
    nodes: np.ndarray
    pairs: np.ndarray


def forward_backward(e: np.ndarray, s: np.ndarray) -> Chain:
    """Return what is exact of a chain with scores e (T, K) and s, (K, K) or (T - 1, K, K), of steps.

    >>> chain = forward_backward(np.log([[1.0, 3.0]]), np.zeros((2, 2)))
    >>> round(float(np.exp(chain.log_z)), 6), chain.nodes.round(2).tolist()
    (4.0, [[0.25, 0.75]])
    """
    steps = np.broadcast_to(s, (max(len(e) - 1, 0), e.shape[1], e.shape[1]))
    a, c = np.array(e, float), np.zeros(e.shape)
    for t in range(1, len(e)):
        a[t] += lse(a[t - 1][:, None] + steps[t - 1], 0)
    for t in range(len(e) - 2, -1, -1):
        c[t] = lse(steps[t] + (e[t + 1] + c[t + 1])[None], 1)
    log_z = float(lse(a[-1], 0))
    pairs = np.exp(a[:-1, :, None] + steps + (e + c)[1:, None, :] - log_z)
    return Chain(log_z, np.exp(a + c - log_z), pairs)


def viterbi(e: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Return the most probable labels, (T,)."""
    steps = np.broadcast_to(s, (max(len(e) - 1, 0), e.shape[1], e.shape[1]))
    best, back = np.array(e[0], float), []
    for t in range(1, len(e)):
        ways = best[:, None] + steps[t - 1]
        back.append(ways.argmax(0))
        best = ways.max(0) + e[t]
    labels = [int(best.argmax())]
    for before in reversed(back):
        labels.append(int(before[labels[-1]]))
    return np.array(labels[::-1])


def given_labels(y: np.ndarray, classes: int) -> Chain:
    """Return known labels (T,) as an aim: zeros and ones."""
    one = np.eye(classes)[y]
    return Chain(0.0, one, one[:-1, :, None] * one[1:, None, :])


class LinearChainCRF:
    """Labels of sequences from sparse rows of features, learnt by L-BFGS.

    Parameters
    ----------
    penalty : of |W|^2 / 2 and |s|^2 / 2

    Attributes
    ----------
    weights_ : (V, K), bias_ : (K,), steps_ : (K, K)
    """

    weights_: np.ndarray
    bias_: np.ndarray
    steps_: np.ndarray

    def __init__(self, penalty: float = 1.0, max_iter: int = 100) -> None:
        if not penalty > 0 or max_iter < 1:
            raise ValueError(
                f"LinearChainCRF: penalty is above 0, max_iter from 1 on, got {penalty!r}, {max_iter!r}"
            )
        self.penalty, self.max_iter = penalty, max_iter

    def fit(self, rows: Sequence[Any], aims: Sequence[Chain]) -> LinearChainCRF:
        """Learn from sequences of rows (T, V) and what their labels are, or should be in the mean."""
        from scipy.optimize import minimize
        from scipy.sparse import csr_array, vstack

        whole: Any = csr_array(vstack(list(rows)))
        classes = aims[0].nodes.shape[1]
        shapes = (whole.shape[1], classes), (classes,), (classes, classes)
        cuts = np.cumsum([int(np.prod(shape)) for shape in shapes])
        ends = np.cumsum([each.shape[0] for each in rows])[:-1]
        aim = np.concatenate([each.nodes for each in aims])
        aim_steps = sum((each.pairs.sum(0) for each in aims), np.zeros(shapes[2]))

        def objective(w: np.ndarray) -> tuple[float, np.ndarray]:
            weights, bias, steps = (
                part.reshape(s) for part, s in zip(np.split(w, cuts[:2]), shapes, strict=True)
            )
            scores = whole @ weights + bias
            chains = [forward_backward(e, steps) for e in np.split(scores, ends)]
            loss = sum(chain.log_z for chain in chains) - (aim * scores).sum() - (aim_steps * steps).sum()
            wrong = np.concatenate([chain.nodes for chain in chains]) - aim
            by_steps = sum((chain.pairs.sum(0) for chain in chains), np.zeros(shapes[2])) - aim_steps
            gradient = [
                whole.T @ wrong + self.penalty * weights, wrong.sum(0), by_steps + self.penalty * steps
            ]  # fmt: skip
            squares = (weights**2).sum() + (steps**2).sum()
            return float(loss + self.penalty / 2 * squares), np.concatenate([g.ravel() for g in gradient])

        self.objective_ = objective
        start = np.zeros(cuts[-1])
        found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": self.max_iter})
        parts = np.split(found.x, cuts[:2])
        self.weights_, self.bias_, self.steps_ = (p.reshape(s) for p, s in zip(parts, shapes, strict=True))
        return self

    def scores(self, rows: Any) -> np.ndarray:
        """Return e of a sequence, (T, K)."""
        return rows @ self.weights_ + self.bias_

    def predict(self, rows: Any) -> np.ndarray:
        """Return the most probable labels of a sequence, (T,)."""
        return viterbi(self.scores(rows), self.steps_)


def lse(x: np.ndarray, axis: int) -> np.ndarray:
    """ln sum exp along an axis."""
    top = x.max(axis, keepdims=True)
    return np.log(np.exp(x - top).sum(axis)) + top.squeeze(axis)
