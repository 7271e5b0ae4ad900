"""Word classes: K-means on vectors, as ``word2vec -classes`` does it.

V words, D dimension, K classes
"""

from __future__ import annotations

import numpy as np

BLOCK = 4096  # words compared with all classes at a time


def word_classes(matrix: np.ndarray, classes: int, iterations: int = 10) -> np.ndarray:
    """The class of each word, int64 (V,), 0 .. classes - 1.

    Word i begins in class i % classes.  Then, ``iterations`` times: each class's centre is the mean of
    its words, brought to length 1, and each word goes to the class whose centre has the largest dot
    product with it.

    Parameters
    ----------
    matrix : float32 (V, D)
    classes : int
    """
    if not 1 <= classes <= len(matrix):
        raise ValueError(
            f"word_classes: expected 1 to {len(matrix)} classes for so many words, got {classes}"
        )
    label = np.arange(len(matrix)) % classes
    for _ in range(iterations):
        centre = np.zeros((classes, matrix.shape[1]))
        np.add.at(centre, label, matrix)
        length = np.linalg.norm(centre, axis=1, keepdims=True)  # of the sum: the mean's direction is the same
        centre = (centre / np.where(length > 0, length, 1)).astype(np.float32)
        for start in range(0, len(matrix), BLOCK):
            rows = slice(start, start + BLOCK)
            label[rows] = (matrix[rows] @ centre.T).argmax(1)  # (B,D)(D,K) -> (B,K)
    return label
