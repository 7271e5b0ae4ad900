"""How good borders are: the measures of the pixels near a border alone, for narrower and wider bands.

Kohli et al. 2009, section 5 (the "trimap"); Chen et al. 2015, Fig. 7.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .metrics import ConfusionMatrix

WIDTHS = (1, 2, 3, 5, 8, 12, 20)


class Trimap:
    """Confusion matrices of the pixels at most so far from a border of the truth.

    Parameters
    ----------
    classes : as of `ConfusionMatrix`.
    widths : of the bands, pixels.

    Examples
    --------
    >>> curve = Trimap(2, widths=(1, 3))
    >>> curve.update(np.array([[0, 0, 0, 1, 1, 1]]), np.array([[0, 0, 1, 1, 1, 1]])).pixel_accuracy()
    [0.5, 0.8333333333333334]
    """

    def __init__(self, classes: int | Sequence[str], widths: Sequence[int] = WIDTHS, ignore_index: int = 255):
        names = classes if isinstance(classes, int) else list(classes)
        self.widths, self.ignore_index = tuple(widths), ignore_index
        self.matrices = [ConfusionMatrix(names, ignore_index) for _ in widths]

    def update(self, truth: Any, prediction: Any) -> Trimap:
        """Add one image, (H, W) each; returns self."""
        truth, prediction = np.asarray(truth), np.asarray(prediction)
        far = border_distance(truth, self.ignore_index)
        for width, matrix in zip(self.widths, self.matrices, strict=True):
            band = far <= width
            matrix.update(truth[band], prediction[band])
        return self

    def pixel_accuracy(self) -> list[float]:
        """Share of right pixels in each band."""
        return [matrix.pixel_accuracy for matrix in self.matrices]

    def mean_iou(self) -> list[float]:
        """Mean Jaccard measure of each band."""
        return [matrix.mean_iou() for matrix in self.matrices]


def border_distance(truth: np.ndarray, ignore_index: int = 255) -> np.ndarray:
    """Distance of each pixel to the nearest one of another class, float (H, W); infinite without a border.

    A pixel beside the border has 1.  What is void makes no border.
    """
    from scipy.ndimage import distance_transform_edt

    truth = np.asarray(truth)
    edge = np.zeros(truth.shape, bool)
    for axis in (0, 1):
        a, b = (np.take(truth, range(first, truth.shape[axis] - 1 + first), axis=axis) for first in (0, 1))
        differs = (a != b) & (a != ignore_index) & (b != ignore_index)
        for first in (0, 1):
            where = [slice(None), slice(None)]
            where[axis] = slice(first, truth.shape[axis] - 1 + first)
            edge[tuple(where)] |= differs
    if not edge.any():
        return np.full(truth.shape, np.inf)
    return np.asarray(distance_transform_edt(~edge)) + 1
