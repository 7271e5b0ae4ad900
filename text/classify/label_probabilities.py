"""What the labels' scores make of a line, as fastText computes it: probabilities, the k best, the threshold.

fastText ranks by log(p + 1e-5) and prints e to that: a certain label is printed as 1.00001, and so
it is here.

    N lines, L labels, D dimension
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...ext.embeddings.classifier.predict_line_reference import FLOOR, SIGMOID_RANGE

SIGMOID_BINS = 512  # the original's table: its predictions are to come out equal
_bins = np.arange(SIGMOID_BINS + 1, dtype=np.float32) * 2 * SIGMOID_RANGE / SIGMOID_BINS - SIGMOID_RANGE
SIGMOID = (1 / (1 + np.exp(-_bins.astype(np.float64)))).astype(np.float32)


class Predictions(NamedTuple):
    """The best labels of each line, best first; line n has the first ``counts[n]`` of its k."""

    labels: np.ndarray  # int64 (N, k)
    probabilities: np.ndarray  # float32 (N, k)
    counts: np.ndarray  # int64 (N,)


def log_probabilities(
    h: np.ndarray, output: np.ndarray, loss: str, tree: tuple[np.ndarray, ...] = ()
) -> np.ndarray:
    """log(p + 1e-5) of every label, float32 (N, L).

    Parameters
    ----------
    h : float32 (N, D)
    output : float32 (L, D)
        v' of the labels, or of the tree's nodes.
    loss : {"softmax", "ns", "ova", "hs"}
    tree : tuple, for "hs"
        `huffman.label_tree`.
    """
    scores = h @ output.T  # (N,D)(D,L) -> (N,L)
    if loss == "softmax":
        scores = np.exp(scores - scores.max(1, keepdims=True))
        p = scores / scores.sum(1, keepdims=True)
    elif loss == "hs":
        return _tree_log_probabilities(scores, tree)
    else:
        p = sigmoid(scores)
    return np.log(p.astype(np.float64) + FLOOR).astype(np.float32)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """The original's table of 512 bins; 0 and 1 outside of it."""
    inside = np.clip(np.nan_to_num(x), -SIGMOID_RANGE, SIGMOID_RANGE)
    looked_up = SIGMOID[((inside + SIGMOID_RANGE) * (SIGMOID_BINS / SIGMOID_RANGE / 2)).astype(np.int64)]
    return np.where(x > SIGMOID_RANGE, 1, np.where(x < -SIGMOID_RANGE, 0, looked_up)).astype(np.float32)


def _tree_log_probabilities(scores: np.ndarray, tree: tuple[np.ndarray, ...]) -> np.ndarray:
    """The logarithms of the decisions on each label's path, added up."""
    starts, nodes, codes = tree
    yes = (1 / (1 + np.exp(-scores.astype(np.float64)))).astype(np.float32)  # (N,L): of each node
    logs = np.log(np.stack([1 - yes, yes]).astype(np.float64) + FLOOR)  # (2,N,L)
    labels = range(len(starts) - 1)
    paths = [slice(starts[label], starts[label + 1]) for label in labels]
    return np.stack([logs[codes[path], :, nodes[path]].sum(0) for path in paths], 1).astype(np.float32)


def best(log_p: np.ndarray, k: int, threshold: float) -> Predictions:
    """The k most probable labels of each line that reach the threshold; k = -1 is all of them."""
    labels = log_p.shape[1]
    if k == 0 or k < -1:
        raise ValueError(f"predict: k is a number of labels, at least 1, or -1 for all, got {k}")
    k = labels if k == -1 else min(k, labels)
    backwards = log_p[:, ::-1]  # of equal labels the last is best, as in the original
    if k == 1:
        order = backwards.argmax(1)[:, None]
    else:
        order = np.argpartition(-backwards, k - 1, axis=1)[:, :k]
        first = np.lexsort((order, -np.take_along_axis(backwards, order, 1)))
        order = np.take_along_axis(order, first, 1)
    order = labels - 1 - order
    chosen = np.take_along_axis(log_p, order, 1)
    enough = chosen >= np.float32(np.log(threshold + FLOOR))
    return Predictions(order, np.exp(chosen), enough.sum(1))
