"""The losses of the functional face.

``reduction`` is "mean", "sum" or "none".  x and target have one shape where nothing else is said: (N, 1)
against (N,) would silently compare all with all.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import ShapeError, Tensor, ops
from ..core.errors import message
from ..core.tensor import raw


def mse_loss(x: Any, target: Any, reduction: str = "mean") -> Any:
    """Return the squared error (x - target)^2."""
    difference = aligned("mse_loss", x, target)
    return reduced(difference * difference, reduction)


def l1_loss(x: Any, target: Any, reduction: str = "mean") -> Any:
    """Return the absolute error |x - target|."""
    return reduced(ops.abs(aligned("l1_loss", x, target)), reduction)


def huber_loss(x: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Return d^2 / 2 of the error d up to delta, beyond it delta (|d| - delta / 2) (Huber 1964)."""
    if not delta > 0:
        raise ValueError(f"huber_loss: expected delta > 0, got {delta}")
    d = aligned("huber_loss", x, target)
    inner = ops.clip(d, low=-delta, high=delta)
    return reduced(inner * (d - 0.5 * inner), reduction)


def smooth_l1_loss(x: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    """Return the Huber loss of delta = beta divided by beta, |d| for beta = 0 (Girshick 2015, eq. 3)."""
    if beta == 0:
        return l1_loss(x, target, reduction)
    return huber_loss(x, target, reduction, beta) / beta


def binary_cross_entropy(x: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    """Return -t log x - (1 - t) log(1 - x) of probabilities x; no logarithm counts below -100.

    Scores before the sigmoid keep their digits with `binary_cross_entropy_with_logits`.

    Raises
    ------
    ValueError : if an x is no probability.
    """
    aligned("binary_cross_entropy", x, target)
    values = np.asarray(raw(x))
    if not ((values >= 0) & (values <= 1)).all():
        hint = "pass them through sigmoid, or take binary_cross_entropy_with_logits"
        raise ValueError(
            message("binary_cross_entropy", "expected probabilities in [0, 1]", [("x", x)], hint)
        )
    each = ops.probability_cross_entropy_each(x, target)
    return reduced(each if weight is None else each * _factor(weight, x), reduction)


def binary_cross_entropy_with_logits(
    x: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Any:
    """Return -p t log s(x) - (1 - t) log(1 - s(x)), s the sigmoid; neither large nor small x lose digits.

    Parameters
    ----------
    weight : a factor of each loss, broadcast.
    pos_weight : p, the factor of the positive part, one a class (the last axis), broadcast.
    """
    if isinstance(weight, str):  # (x, target, "sum") is understood, too
        weight, reduction = None, weight
    aligned("binary_cross_entropy_with_logits", x, target)
    if pos_weight is None:
        each = ops.binary_cross_entropy_each(x, target)
    else:
        each = _factor(pos_weight, x) * target * ops.softplus(-x) + (1 - target) * ops.softplus(x)
    return reduced(each if weight is None else each * _factor(weight, x), reduction)


def _factor(weight: Any, x: Any) -> Any:
    """Return a weight in the type of x, which alone decides about that of the loss."""
    return weight if isinstance(weight, Tensor) else np.asarray(weight, x.dtype)


def kl_div(x: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Any:
    """Return t (log t - x), the divergence of probabilities t from log-probabilities x.

    Summed over the classes it is Kullback and Leibler's (1951): reduction "batchmean" sums all and divides by
    the first axis; "mean" divides by the number of values.  With log_target, target is log t.
    """
    if reduction not in ("mean", "batchmean", "sum", "none"):
        raise ValueError(
            f"kl_div: expected reduction 'mean', 'batchmean', 'sum' or 'none', got {reduction!r}"
        )
    aligned("kl_div", x, target)
    each = ops.exp(target) * (target - x) if log_target else ops.xlogy(target, target) - target * x
    return ops.sum(each) / x.shape[0] if reduction == "batchmean" else reduced(each, reduction)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """Return <x1, x2> / (|x1| |x2|) along ``dim``; no length counts below eps."""
    lengths = [ops.maximum(ops.norm2(each, axis=dim), eps) for each in (x1, x2)]
    return ops.sum(x1 * x2, axis=dim) / (lengths[0] * lengths[1])


def cosine_embedding_loss(x1: Any, x2: Any, target: Any, margin: float = 0.0, reduction: str = "mean") -> Any:
    """Return 1 - cos of pairs that belong together (target 1), max(0, cos - margin) of others (target -1).

    x1, x2 (N, D) and target (N,), or (D,) and one number.
    """
    labels = np.asarray(raw(target))
    if (
        tuple(x1.shape) != tuple(x2.shape)
        or len(x1.shape) not in (1, 2)
        or labels.shape != tuple(x1.shape[:-1])
    ):
        shown = [("x1", x1), ("x2", x2), ("target", target)]
        raise ShapeError(message("cosine_embedding_loss", "expected x1, x2 (N, D) and target (N,)", shown))
    if not np.isin(labels, (1, -1)).all():
        raise ValueError("cosine_embedding_loss: expected targets 1 (together) and -1 (apart)")
    squares = [ops.sum(each * each, axis=-1) + 1e-12 for each in (x1, x2)]  # PyTorch's, finite at 0
    cosine = ops.sum(x1 * x2, axis=-1) / ops.sqrt(squares[0] * squares[1])
    return reduced(ops.where(labels == 1, 1 - cosine, ops.relu(cosine - margin)), reduction)


def aligned(name: str, x: Any, target: Any) -> Any:
    """Return x - target, refusing to broadcast."""
    shape = tuple(np.shape(target.data if isinstance(target, Tensor) else target))
    if tuple(x.shape) != shape:
        shown, hint = [("x", x), ("target", target)], "reshape or squeeze one of them"
        raise ShapeError(message(name, "expected x and target of one shape", shown, hint))
    return x - target


def reduced(each: Any, reduction: str) -> Any:
    """Return the losses, their mean, or their sum."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"expected reduction 'mean', 'sum' or 'none', got {reduction!r}")
    return each if reduction == "none" else ops.mean(each) if reduction == "mean" else ops.sum(each)
