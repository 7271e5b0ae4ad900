"""The loss of a recipe, and what it divides by: by that ranks weigh their parts of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .losses import VOID, dice_loss, focal_loss, pixel_cross_entropy
from .recipes import Recipe


class RecipeLoss:
    """The loss of scores and targets (N, H, W), or with border weights (N, 2, H, W).

    Parameters
    ----------
    weight : (K,) factor of each class.
    """

    def __init__(self, recipe: Recipe, weight: np.ndarray | None = None):
        self.recipe, self.weight = recipe, weight

    def __call__(self, scores: Any, targets: Any) -> Any:
        recipe = self.recipe
        masks, pixel_weights = self._parts(scores, targets)
        if recipe.loss == "dice":
            return dice_loss(scores, masks)
        if recipe.loss == "focal":
            return focal_loss(scores, masks, weight=self.weight)
        value = pixel_cross_entropy(scores, masks, self.weight, pixel_weights, recipe.reduction)
        return value + dice_loss(scores, masks) if recipe.loss.endswith("dice") else value

    def normaliser(self, scores: Any, targets: Any) -> float | None:
        """Return the weights of the pixels that count; None for a sum; for Dice, no mean, the images."""
        if self.recipe.loss == "dice":
            return len(targets)
        if self.recipe.reduction == "sum" and self.recipe.loss != "focal":
            return None
        masks, pixel_weights = self._parts(scores, targets)
        counts = (masks != VOID).astype(np.float64)
        if pixel_weights is not None and self.recipe.loss != "focal":
            counts *= pixel_weights
        if self.weight is not None:
            counts *= np.asarray(self.weight)[np.where(masks == VOID, 0, masks)]
        return float(counts.sum())

    def _parts(self, scores: Any, targets: Any) -> tuple[Any, Any]:
        """Return masks and weights of pixels, or None."""
        masks, pixel_weights = targets, None
        if self.recipe.border:
            masks, pixel_weights = targets[:, 0].astype(np.int64), targets[:, 1]
        if scores.shape[2:] != masks.shape[1:]:  # without padding: the middle of the mask
            masks, pixel_weights = (_middle(each, scores.shape[2:]) for each in (masks, pixel_weights))
        return masks, pixel_weights


def _middle(array: np.ndarray | None, size: Sequence[int]) -> Any:
    if array is None:
        return None
    top, left = ((n - m) // 2 for n, m in zip(array.shape[1:], size, strict=True))
    return array[:, top : top + size[0], left : left + size[1]]
