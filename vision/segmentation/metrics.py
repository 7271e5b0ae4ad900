"""How good a segmentation is, read off one confusion matrix of the whole data set.

M[k, j] counts pixels of true class k that were called j.  With TP_k = M_kk:

    pixel accuracy              sum_k M_kk / sum M
    class accuracy              A_k = TP_k / (TP_k + FN_k)
    Jaccard                     J_k = TP_k / (TP_k + FP_k + FN_k)
    Dice                        D_k = 2 TP_k / (2 TP_k + FP_k + FN_k) = 2 J_k / (1 + J_k)
    frequency weighted Jaccard  sum_k f_k J_k,   f_k = (TP_k + FN_k) / sum M

Means over images of the same numbers are other numbers; PASCAL VOC's are these (VOCevalseg.m).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core import Tensor

ABSENT = ("skip", "nan", "zero", "one")


class ConfusionMatrix:
    """An accumulated confusion matrix.

    Parameters
    ----------
    classes : number of classes K, or their names.
    ignore_index : true labels of this value count for nothing (255: void in PASCAL VOC).

    Attributes
    ----------
    counts : (K, K) int64; rows are the truth.
    """

    def __init__(self, classes: int | list[str] | tuple[str, ...], ignore_index: int = 255):
        self.names = [str(i) for i in range(classes)] if isinstance(classes, int) else list(classes)
        self.ignore_index = ignore_index
        self.counts = np.zeros((len(self.names),) * 2, np.int64)

    def update(self, truth: Any, prediction: Any) -> ConfusionMatrix:
        """Add the pixels of one image or batch: two arrays of whole numbers of one shape; returns self.

        Raises
        ------
        ValueError : if the shapes differ, or a label is no class.
        """
        truth, prediction = (
            np.asarray(each.data if isinstance(each, Tensor) else each) for each in (truth, prediction)
        )
        if truth.shape != prediction.shape:
            raise ValueError(
                f"confusion matrix: truth has shape {truth.shape}, the prediction {prediction.shape}; "
                "resize the prediction to the truth"
            )
        kept = truth != self.ignore_index
        t, p = truth[kept].astype(np.int64), prediction[kept].astype(np.int64)
        k = len(self.names)
        for name, values in (("truth", t), ("prediction", p)):
            if values.size and not (values.min() >= 0 and values.max() < k):
                bad = values[(values < 0) | (values >= k)][0]
                hint = f"; void pixels need ignore_index={bad}" if name == "truth" else ""
                raise ValueError(
                    f"confusion matrix: the {name} has label {bad}, there are {k} classes, 0 to {k - 1}{hint}"
                )
        self.counts += np.bincount(k * t + p, minlength=k * k).reshape(k, k)
        return self

    def __add__(self, other: ConfusionMatrix) -> ConfusionMatrix:
        both = ConfusionMatrix(self.names, self.ignore_index)
        both.counts = self.counts + other.counts
        return both

    @property
    def pixel_accuracy(self) -> float:
        """Share of the pixels that are right; NaN if there are none."""
        total = self.counts.sum()
        return float(np.trace(self.counts) / total) if total else float("nan")

    def class_accuracy(self) -> np.ndarray:
        """Share of each true class' pixels that are right; NaN for classes that do not occur."""
        return _ratio(np.diag(self.counts), self.counts.sum(1))

    def jaccard(self, absent: str = "skip") -> np.ndarray:
        """Jaccard measure (intersection over union) of each class.

        A class in neither truth nor prediction is 0/0: NaN ("skip" and "nan"), or 0 or 1 as `absent` says.
        A class that is predicted but never true has 0 in any case.
        """
        if absent not in ABSENT:
            raise ValueError(f"jaccard: expected absent to be one of {ABSENT}, got {absent!r}")
        union = self.counts.sum(0) + self.counts.sum(1) - np.diag(self.counts)
        scores = _ratio(np.diag(self.counts), union)
        return scores if absent in ("skip", "nan") else np.where(union == 0, float(absent == "one"), scores)

    def mean_iou(self, absent: str = "skip") -> float:
        """Mean of `jaccard`: "skip" leaves absent classes out (FCN's score.py), "nan" gives NaN if there is
        one (the VOC devkit).
        """
        scores = self.jaccard(absent)
        if absent == "skip":
            scores = scores[~np.isnan(scores)]
        return float(scores.mean()) if scores.size else float("nan")

    def dice(self) -> np.ndarray:
        """Dice measure of each class."""
        scores = self.jaccard()
        return 2 * scores / (1 + scores)

    def frequency_weighted_iou(self) -> float:
        """Jaccard measures weighted by how often each class is true."""
        frequency = self.counts.sum(1) / max(self.counts.sum(), 1)
        present = frequency > 0
        return float((frequency[present] * self.jaccard()[present]).sum()) if present.any() else float("nan")

    def __str__(self) -> str:
        width = max(len(name) for name in (*self.names, "mean over 00 classes"))
        scores = self.jaccard()
        lines = [
            f"{name:<{width}}  {'absent' if np.isnan(score) else f'{score:6.3f}'}"
            for name, score in zip(self.names, scores, strict=True)
        ]
        present = int((~np.isnan(scores)).sum())
        lines.append(f"{f'mean over {present} classes':<{width}}  {self.mean_iou():6.3f}")
        lines.append(f"{'pixel accuracy':<{width}}  {self.pixel_accuracy:6.3f}")
        return "\n".join(lines)


def _ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a / b, NaN where b is 0."""
    return np.divide(a, b, out=np.full(a.shape, np.nan), where=b != 0)


def pixel_accuracy(truth: Any, prediction: Any, ignore_index: int = 255) -> float:
    """Return the share of right pixels: (1/n) sum_i [y_i = a_i]."""
    return _matrix(truth, prediction, None, ignore_index).pixel_accuracy


def jaccard(
    truth: Any, prediction: Any, classes: int | None = None, ignore_index: int = 255, absent: str = "skip"
) -> np.ndarray:
    """Return the Jaccard measure of each class: sum [y=k][a=k] / sum max([y=k], [a=k]).

    >>> jaccard([2, 1, 0, 0], [2, 1, 0, 1], 3)
    array([0.5, 0.5, 1. ])
    """
    return _matrix(truth, prediction, classes, ignore_index).jaccard(absent)


def _matrix(truth: Any, prediction: Any, classes: int | None, ignore_index: int) -> ConfusionMatrix:
    truth, prediction = np.asarray(truth), np.asarray(prediction)
    if classes is None:
        labels = np.concatenate([truth[truth != ignore_index].ravel(), prediction.ravel()])
        classes = int(labels.max(initial=0)) + 1
    return ConfusionMatrix(classes, ignore_index).update(truth, prediction)
