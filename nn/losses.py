"""Losses as modules."""

from __future__ import annotations

from typing import Any

from . import functional as F
from .module import Module


class CrossEntropyLoss(Module):
    """Cross-entropy of scores (N, K, ...) and class numbers (N, ...); see `functional.cross_entropy`."""

    def __init__(self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"):
        super().__init__()
        self.register_buffer("weight", weight)
        self.ignore_index, self.reduction = ignore_index, reduction

    def forward(self, x: Any, target: Any) -> Any:
        return F.cross_entropy(x, target, self.weight, self.ignore_index, self.reduction)


class _Pairwise(Module):
    def __init__(self, reduction: str = "mean"):
        super().__init__()
        self.reduction = reduction


class MSELoss(_Pairwise):
    """(x - target)^2."""

    def forward(self, x: Any, target: Any) -> Any:
        return F.mse_loss(x, target, self.reduction)


class L1Loss(_Pairwise):
    """|x - target|."""

    def forward(self, x: Any, target: Any) -> Any:
        return F.l1_loss(x, target, self.reduction)


class BCEWithLogitsLoss(_Pairwise):
    """Binary cross-entropy of scores before the sigmoid."""

    def forward(self, x: Any, target: Any) -> Any:
        return F.binary_cross_entropy_with_logits(x, target, self.reduction)
