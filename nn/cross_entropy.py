"""Cross-entropy with class numbers or probabilities as targets, and with smoothed labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import ShapeError, ops
from ..core.errors import message
from ..core.tensor import raw, values_of
from .loss_functions import reduced


def cross_entropy(
    x: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Return the cross-entropy between scores x (N, K, ...) and targets.

    Parameters
    ----------
    target : class numbers (N, ...), see `core.ops.softmax`; or probabilities of the shape of x.
    weight : (K,) factor of each class.
    ignore_index : class numbers of this value count for nothing.
    reduction : "mean" (over the weights of what is not ignored; of probabilities over N and pixels), "sum" or
        "none".
    label_smoothing : e: the target is 1 - e for its class, and e / K more for each (Szegedy et al. 2016,
        section 7).

    Raises
    ------
    ShapeError : if the shapes do not fit, or a target is no class.
    """
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy: expected label_smoothing in [0, 1], got {label_smoothing}")
    x = x if hasattr(x, "shape") else np.asarray(x)
    values = np.asarray(raw(target))
    if values.dtype.kind == "f":
        if values.shape != tuple(x.shape) or len(x.shape) < 2:
            raise _no_classes(x, values)
        return _of_probabilities(x, target, weight, reduction, label_smoothing)
    plain = ops.cross_entropy(x, values, weight, ignore_index, reduction)
    if not label_smoothing:
        return plain
    weight = values_of(weight, "cross_entropy, weight of the classes")
    each = -ops.log_softmax(x, axis=1)
    each = each if weight is None else each * _by_class(weight, x)
    kept = values != ignore_index
    smooth = ops.where(kept, ops.sum(each, axis=1), 0)
    if reduction == "none":
        return (1 - label_smoothing) * plain + label_smoothing / x.shape[1] * smooth
    total = ops.sum(smooth)
    if reduction == "mean":
        count = kept.sum() if weight is None else np.asarray(raw(weight))[values[kept]].sum()
        total = total / float(count) if count else total * 0.0
    return (1 - label_smoothing) * plain + label_smoothing / x.shape[1] * total


def divisor(target: Any, weight: Any = None, ignore_index: int = -100) -> float:
    """Return what "mean" divides by: the number, or the sum of weights, of class numbers that count.

    >>> divisor(np.array([0, 1, 1, -100]), [0.5, 2.0])
    4.5
    """
    values = np.asarray(raw(target))
    if values.dtype.kind == "f":
        return float(values.size // max(values.shape[1], 1))
    kept = values[values != ignore_index]
    return float(kept.size if weight is None else np.asarray(raw(weight))[kept].sum())


def _of_probabilities(x: Any, target: Any, weight: Any, reduction: str, smoothing: float) -> Any:
    if smoothing:
        target = target * (1 - smoothing) + smoothing / x.shape[1]
    each = target * ops.log_softmax(x, axis=1)
    if weight is not None:
        each = each * _by_class(values_of(weight, "cross_entropy, weight of the classes"), x)
    return reduced(-ops.sum(each, axis=1), reduction)


def _by_class(weight: Any, x: Any) -> np.ndarray:
    if np.shape(weight) != (x.shape[1],):
        problem = f"expected one weight a class, shape ({x.shape[1]},), got {np.shape(weight)}"
        raise ShapeError(message("cross_entropy", problem, [("x", x)]))
    return np.asarray(weight).astype(x.dtype).reshape(-1, *(1,) * (len(x.shape) - 2))


def _no_classes(x: Any, target: np.ndarray) -> ShapeError:
    """Return the error for targets of floats that are no probabilities."""
    whole = bool((target == np.round(target)).all())
    if len(x.shape) < 2:
        hint = "x (N, K) has a score for each of K classes; for two classes and one score take "
        hint += "binary_cross_entropy_with_logits"
    elif whole and target.shape == (x.shape[0], *x.shape[2:]):
        hint = "they look like class numbers: target.long(), or astype(numpy.int64)"
    else:
        hint = f"class numbers 0 to {x.shape[1] - 1} are whole numbers; numbers to be met are for mse_loss"
    problem = f"expected class numbers (N, ...) or probabilities {tuple(x.shape)}, got {target.dtype} targets"
    return ShapeError(message("cross_entropy", problem, [("x", x), ("target", target)], hint))
