"""Losses of scores (N, K, H, W) against masks (N, H, W) of class numbers; void, 255, counts for nothing.

With a = softmax of the scores over the classes, and y the true class:

    pixel cross-entropy   L = - sum_pixels w log a_y            (the lecture's slide lacks the minus sign)
    Dice                  L = 1 - mean_k 2 sum a_k [y=k] / (sum a_k + sum [y=k])     (Milletari et al. 2016)
    focal                 L = - sum_pixels (1 - a_y)^gamma log a_y                   (Lin et al. 2017, eq. 4)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core import ops
from ...core.tensor import raw
from ...nn import functional as F

VOID = 255


def pixel_cross_entropy(
    scores: Any, masks: Any, weight: Any = None, pixel_weights: Any = None, reduction: str = "mean"
) -> Any:
    """Return the cross-entropy of all pixels that are not void.

    Parameters
    ----------
    weight : (K,) factor of each class.
    pixel_weights : (N, H, W) factor of each pixel, such as `border_weights`.
    reduction : "mean" over the weights of what counts, or "sum" as on the slide.

    Raises
    ------
    ValueError : another reduction, or all pixels are void with "mean".
    """
    if reduction not in ("mean", "sum"):
        raise ValueError(f"pixel_cross_entropy: expected reduction 'mean' or 'sum', got {reduction!r}")
    masks = np.asarray(raw(masks))
    if pixel_weights is None:
        return F.cross_entropy(scores, masks, weight, ignore_index=VOID, reduction=reduction)
    each = F.cross_entropy(scores, masks, weight, ignore_index=VOID, reduction="none")
    factors = np.asarray(raw(pixel_weights), each.dtype) * (masks != VOID)
    total = ops.sum(each * factors)
    if reduction == "sum":
        return total
    if weight is not None:
        factors = factors * np.asarray(raw(weight))[np.where(masks == VOID, 0, masks)]
    return total / _positive(factors.sum(), "pixel_cross_entropy")


def dice_loss(scores: Any, masks: Any, background: bool = True, smooth: float = 1.0) -> Any:
    """Return 1 minus the mean soft Dice measure of the classes, over the whole batch.

    Parameters
    ----------
    background : False leaves class 0 out of the mean.
    smooth : is added to both sums, pixels: a class that is neither there nor predicted has Dice 1.
    """
    masks = np.asarray(raw(masks))
    counts = (masks != VOID)[:, None]
    truth = (masks[:, None] == np.arange(scores.shape[1])[None, :, None, None]) & counts
    chance = ops.softmax(scores, axis=1) * counts.astype(scores.dtype)
    both = ops.sum(chance * truth.astype(scores.dtype), axis=(0, 2, 3))
    sizes = ops.sum(chance, axis=(0, 2, 3)) + truth.sum((0, 2, 3)).astype(scores.dtype)
    dice = (2 * both + smooth) / (sizes + smooth)
    return 1 - ops.mean(dice if background else dice[1:])


def focal_loss(scores: Any, masks: Any, gamma: float = 2.0, weight: Any = None) -> Any:
    """Return the mean focal loss of the pixels that are not void: those that are easy count less.

    Parameters
    ----------
    gamma : 0 is the cross-entropy; else from 1 on, where the gradient of a pixel that is right is finite.
    weight : (K,) factor of each class.
    """
    if gamma != 0 and not gamma >= 1:
        raise ValueError(f"focal_loss: expected gamma 0, or from 1 on, got {gamma}")
    masks = np.asarray(raw(masks))
    counts = masks != VOID
    each = F.cross_entropy(scores, masks, None, ignore_index=VOID, reduction="none")  # -log a_y
    factors = counts.astype(each.dtype)
    if weight is not None:
        factors = factors * np.asarray(raw(weight), each.dtype)[np.where(counts, masks, 0)]
    each = (1 - ops.exp(-each)) ** gamma * each if gamma else each
    return ops.sum(each * factors) / _positive(factors.sum(), "focal_loss")


def _positive(total: float, asked_by: str) -> float:
    if not total > 0:
        raise ValueError(f"{asked_by}: no pixel counts: all are void, or of weight 0")
    return float(total)
