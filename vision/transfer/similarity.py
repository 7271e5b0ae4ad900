"""How alike two networks see: layer by layer by what they answer, and filter by filter in the first layer.

X (N, C), Y (N, D): answers of two layers to the same N photos, each column less its mean.  Linear centred
kernel alignment (Kornblith et al. 2019, section 3, with HSIC of linear kernels)

    CKA(X, Y) = |Y^T X|_F^2 / (|X^T X|_F |Y^T Y|_F)

is 1 if Y is X turned, mirrored or scaled, and does not change with either; it compares layers of any widths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..networks.classifier import Classifier
from .features import layer_outputs

PIXELS = 4  # maps are averaged to 4 x 4 before they are compared


def cka(x: np.ndarray, y: np.ndarray) -> float:
    """Return the linear CKA of answers x (N, C) and y (N, D), 0 to 1.

    Raises
    ------
    ValueError : for other shapes, or if all rows of one are the same.

    >>> x = np.array([[0.0, 0], [1, 0], [0, 2], [3, 1]])
    >>> round(cka(x, 5 * x @ np.array([[0, 1], [-1, 0]])), 6)
    1.0
    """
    x, y = (np.asarray(each, np.float64) for each in (x, y))
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y):
        raise ValueError(
            f"cka: expected answers (N, C) and (N, D) to the same photos, got {x.shape}, {y.shape}"
        )
    x, y = x - x.mean(0), y - y.mean(0)
    if max(x.shape[1], y.shape[1]) > len(x):  # |Y^T X|^2 = <X X^T, Y Y^T>: the smaller matrices
        k, m = x @ x.T, y @ y.T  # (N,N)
        shared, own = float((k * m).sum()), float(np.linalg.norm(k) * np.linalg.norm(m))
    else:
        shared = float((np.square(y.T @ x)).sum())  # (D,N)(N,C) -> (D,C)
        own = float(np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))
    if not own:
        raise ValueError(
            "cka: expected answers that differ from photo to photo, all rows of one are the same"
        )
    return shared / own


def cka_by_layer(
    one: Classifier, other: Classifier, data: Any, paths: Sequence[str], pixels: int = PIXELS
) -> dict[str, float]:
    """Return the CKA of each layer of two networks of the same kind, by path; data as of `features`."""
    x, y = (layer_outputs(net, data, paths, pixels=pixels) for net in (one, other))
    return {path: cka(x[path], y[path]) for path in paths}


def matched_filters(one: np.ndarray, other: np.ndarray) -> tuple[float, np.ndarray]:
    """Return how alike two sets of filters are when each has the partner that suits it best.

    Parameters
    ----------
    one, other : weights (O, I, K, K) of two first layers.

    Returns
    -------
    (mean, partners) : the mean |cosine| over the best one-to-one pairs (a filter and its negative see the
        same edge), and for each filter of ``one`` the number (O,) of its partner.
    """
    from scipy.optimize import linear_sum_assignment

    if one.shape != other.shape:
        raise ValueError(f"matched_filters: expected weights of one shape, got {one.shape} and {other.shape}")
    flat = [each.reshape(len(each), -1).astype(np.float64) for each in (one, other)]
    unit = [each / np.maximum(np.linalg.norm(each, axis=1, keepdims=True), 1e-12) for each in flat]
    alike = np.abs(unit[0] @ unit[1].T)  # (O,O)
    rows, partners = linear_sum_assignment(-alike)
    return float(alike[rows, partners].mean()), partners
