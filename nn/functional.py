"""The functional face: PyTorch's names and argument order.  Arrays give arrays, tensors give tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import ShapeError, Tensor, ops
from ..core.errors import message
from ..core.ops import elu, gelu, relu, sigmoid, softplus, tanh
from ..core.ops.conv import conv1d, conv2d_weight, conv_transpose2d
from ..core.ops.normalise import batch_norm, local_response_norm
from ..core.ops.pool import (
    adaptive_avg_pool2d,
    adaptive_max_pool2d,
    avg_pool2d,
    max_pool2d,
    max_unpool2d,
)
from ..core.ops.softmax import cross_entropy, nll_loss
from ..core.ops.upsample import interpolate
from ..core.random import generator

__all__ = [
    "adaptive_avg_pool2d",
    "adaptive_max_pool2d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "conv2d_weight",
    "conv_transpose2d",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "interpolate",
    "l1_loss",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "max_pool2d",
    "max_unpool2d",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]


def linear(x: Any, w: Any, b: Any = None) -> Any:
    """Return x w^T + b:  x (..., I), w (O, I), b (O,) -> (..., O)."""
    if x.shape[-1] != w.shape[1]:
        problem = f"x has {x.shape[-1]} features, w (O, I) expects {w.shape[1]}"
        hint = "the layer before it gives another number of features: check its output's shape"
        if x.shape[-1] == w.shape[0]:
            hint = "w looks transposed; try w.T"
        raise ShapeError(message("linear", problem, [("x", x), ("w", w)], hint))
    return ops.linear(x, w, b)


def conv2d(
    x: Any,
    w: Any,
    b: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    *,
    relu: bool = False,
) -> Any:
    """Return the convolution x (N, C, H, W) * w (K, C / groups, R, S) + b (K,) -> (N, K, P, Q).

    P = floor((H + 2 padding - dilation (R - 1) - 1) / stride) + 1.  With relu, max(y, 0) in the same pass.
    """
    convolve = ops.conv2d_relu if relu else ops.conv2d
    return convolve(x, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups)


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """Return x where x > 0, else negative_slope x."""
    return ops.leaky_relu(x, slope=negative_slope)


def logsigmoid(x: Any) -> Any:
    """Return log(1 / (1 + exp(-x))), accurate where the sigmoid rounds to 0 or 1."""
    return -ops.softplus(-x)


def softmax(x: Any, dim: int = -1) -> Any:
    """Return exp(x) / sum exp(x) along ``dim``."""
    return ops.softmax(x, axis=dim)


def log_softmax(x: Any, dim: int = -1) -> Any:
    """Return x - log sum exp(x) along ``dim``."""
    return ops.log_softmax(x, axis=dim)


def dropout(x: Any, p: float = 0.5, training: bool = True, rng: np.random.Generator | None = None) -> Any:
    """Return x with values zeroed with probability p, the rest divided by 1 - p; or x, if not training."""
    if not training or p == 0:
        return x
    return ops.dropout(x, p, generator(rng))


def embedding(index: Any, weight: Any) -> Any:
    """Return the rows of weight (V, D) at the whole numbers index (...): (..., D)."""
    return ops.embedding(weight, index)


def pad(x: Any, width: tuple[int, ...], mode: str = "constant") -> Any:
    """Return x with a border of ``width`` (left, right, top, bottom, ...), the last axis first.

    Its mode is "constant" (zeros) or "reflect".
    """
    if len(width) % 2:
        raise ValueError(f"pad: expected pairs (before, after) for the last axes, got {len(width)} numbers")
    pairs = [(width[i], width[i + 1]) for i in range(0, len(width), 2)][::-1]
    return ops.pad(x, pairs, "zero" if mode == "constant" else mode)


def one_hot(index: Any, num_classes: int) -> np.ndarray:
    """Return 1 at the class, 0 elsewhere: (...) whole numbers in [0, K) -> (..., K) float32."""
    index = np.asarray(index.data if isinstance(index, Tensor) else index)
    if index.size and (index.dtype.kind not in "iu" or index.min() < 0 or index.max() >= num_classes):
        reach = f"got {index.dtype} from {index.min()} to {index.max()}"
        raise ValueError(f"one_hot: expected whole numbers in [0, {num_classes}), {reach}")
    return (index[..., None] == np.arange(num_classes)).astype(np.float32)


def normalize(x: Any, p: float = 2, dim: int = 1, eps: float = 1e-12) -> Any:
    """Return x divided by its p-norm along ``dim``, or by eps if that is larger."""
    return x / ops.maximum(ops.norm(x, p, axis=dim, keepdims=True), eps)


def mse_loss(x: Any, target: Any, reduction: str = "mean") -> Any:
    """Return the squared error (x - target)^2."""
    difference = _aligned("mse_loss", x, target)
    return _reduced(difference * difference, reduction)


def l1_loss(x: Any, target: Any, reduction: str = "mean") -> Any:
    """Return the absolute error |x - target|."""
    return _reduced(ops.abs(_aligned("l1_loss", x, target)), reduction)


def binary_cross_entropy_with_logits(x: Any, target: Any, reduction: str = "mean") -> Any:
    """Return -t log s(x) - (1 - t) log(1 - s(x)), s the sigmoid; neither large nor small x lose digits."""
    _aligned("binary_cross_entropy_with_logits", x, target)
    return _reduced(ops.binary_cross_entropy_each(x, target), reduction)


def _aligned(name: str, x: Any, target: Any) -> Any:
    """Return x - target, refusing to broadcast: (N, 1) against (N,) would silently compare all with all."""
    shape = tuple(np.shape(target.data if isinstance(target, Tensor) else target))
    if tuple(x.shape) != shape:
        shown, hint = [("x", x), ("target", target)], "reshape or squeeze one of them"
        raise ShapeError(message(name, "expected x and target of one shape", shown, hint))
    return x - target


def _reduced(each: Any, reduction: str) -> Any:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"expected reduction 'mean', 'sum' or 'none', got {reduction!r}")
    return each if reduction == "none" else ops.mean(each) if reduction == "mean" else ops.sum(each)
