"""Normalisation of each example by itself: its groups of values are the channels of a batch of one."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .normalise import batch_norm_train
from .shape import reshape


def _standardised(x: Any, groups: int, eps: float) -> Any:
    """Return (x - mean) / sqrt(var + eps), mean and variance of each of the equal parts of x."""
    flat = reshape(x, shape=(1, groups, prod(x.shape) // max(groups, 1)))
    y = batch_norm_train(flat, np.ones(groups, x.dtype), np.zeros(groups, x.dtype), eps=eps)
    return reshape(y, shape=tuple(x.shape))


def _scaled(y: Any, weight: Any, bias: Any) -> Any:
    y = y if weight is None else y * weight
    return y if bias is None else y + bias


def layer_norm(x: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Return x normalised over its last axes, those of ``normalized_shape`` (Ba et al. 2016, eq. 3 and 4).

    y = weight (x - mean) / sqrt(var + eps) + bias, weight and bias of ``normalized_shape`` or None.

    Raises
    ------
    ValueError : if the last axes of x have another shape.
    """
    last = (normalized_shape,) if np.ndim(normalized_shape) == 0 else tuple(normalized_shape)
    cut = len(x.shape) - len(last)
    if cut < 0 or not last or tuple(x.shape[cut:]) != last:
        raise ValueError(f"layer_norm: expected x (..., {', '.join(map(str, last))}), got {tuple(x.shape)}")
    return _scaled(_standardised(x, prod(x.shape[:cut]), eps), weight, bias)


def group_norm(x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Return x (N, C, ...) normalised over each of so many groups of channels (Wu & He 2018, eq. 1 to 6).

    weight and bias (C,) or None.
    """
    if len(x.shape) < 2 or num_groups < 1 or x.shape[1] % num_groups:
        expected = f"x (N, C, ...) with C a multiple of {num_groups} groups"
        raise ValueError(f"group_norm: expected {expected}, got shape {tuple(x.shape)}")
    across = (-1, *(1,) * (len(x.shape) - 2))
    weight, bias = (None if each is None else reshape(each, shape=across) for each in (weight, bias))
    return _scaled(_standardised(x, x.shape[0] * num_groups, eps), weight, bias)


def instance_norm(x: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Return x (N, C, ...) with each channel of each example normalised (Ulyanov et al. 2016, eq. 2).

    Raises
    ------
    ValueError : for a single value a channel: it has no variance.
    """
    if len(x.shape) < 3 or prod(x.shape[2:]) == 1:
        raise ValueError(
            f"instance_norm: expected x (N, C, ...), several values a channel, got {tuple(x.shape)}"
        )
    return group_norm(x, x.shape[1], weight, bias, eps)
