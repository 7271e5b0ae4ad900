"""The functional face: PyTorch's names and argument order.  Arrays give arrays, tensors give tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import ShapeError, Tensor, hints, ops
from ..core.errors import message
from ..core.ops import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    avg_pool1d,
    avg_pool2d,
    batch_norm,
    conv2d_weight,
    conv_transpose1d,
    conv_transpose2d,
    elu,
    group_norm,
    hardsigmoid,
    hardswish,
    hardtanh,
    instance_norm,
    interpolate,
    layer_norm,
    local_response_norm,
    max_pool1d,
    max_pool2d,
    max_unpool2d,
    mish,
    prelu,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softsign,
    tanh,
)
from ..core.ops.softmax import nll_loss
from ..core.random import generator
from ..ext.conv import PackedWeights
from .bags import embedding_bag
from .borders import bordered, number, pad
from .cross_entropy import cross_entropy
from .hints import HINTS
from .loss_functions import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    cosine_similarity,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from .squashing import gelu, glu, leaky_relu, log_softmax, logsigmoid, softmax, softplus

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "conv2d_weight",
    "conv_transpose1d",
    "conv_transpose2d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "dropout1d",
    "dropout2d",
    "elu",
    "embedding",
    "embedding_bag",
    "gelu",
    "glu",
    "group_norm",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "log_softmax",
    "logsigmoid",
    "max_pool1d",
    "max_pool2d",
    "max_unpool2d",
    "mish",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    raise AttributeError(hints.missing("cutaway.nn.functional", name, HINTS, __dir__()))


def linear(x: Any, w: Any, b: Any = None) -> Any:
    """Return x w^T + b:  x (..., I), w (O, I), b (O,) -> (..., O)."""
    if x.shape[-1] != w.shape[1]:
        problem = f"x has {x.shape[-1]} features, w (O, I) expects {w.shape[1]}"
        hint = "the layer before it gives another number of features: check its output's shape"
        if x.shape[-1] == w.shape[0]:
            hint = "w looks transposed; try w.T"
        raise ShapeError(message("linear", problem, [("x", x), ("w", w)], hint))
    return ops.linear(x, w, b)


def conv1d(
    x: Any, w: Any, b: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Any:
    """Return the convolution x (N, C, L) * w (K, C / groups, S) + b (K,) -> (N, K, Q); see `conv2d`."""
    stride, dilation = number("stride", stride), number("dilation", dilation)
    if isinstance(padding, str):
        x, padding = bordered("conv1d", x, padding, w.shape[2:], (stride,), (dilation,))
    return ops.conv1d(x, w, b, stride, number("padding", padding), dilation, groups)


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

    P = floor((H + 2 padding - dilation (R - 1) - 1) / stride) + 1; with padding "same" P = H (the stride is
    1), with "valid" there is none.  With relu, max(y, 0) in the same pass.
    """
    if isinstance(padding, str):
        x, padding = bordered("conv2d", x, padding, w.shape[2:], stride, dilation)
    steps = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    if isinstance(w, PackedWeights):
        return ops.conv2d_packed(x, w, b, relu, **steps)
    return (ops.conv2d_relu if relu else ops.conv2d)(x, w, b, **steps)


def dropout(x: Any, p: float = 0.5, training: bool = True, rng: np.random.Generator | None = None) -> Any:
    """Return x with values zeroed with probability p, the rest divided by 1 - p; or x, if not training."""
    if not training or p == 0:
        return x
    return ops.dropout(x, p, generator(rng))


def dropout1d(x: Any, p: float = 0.5, training: bool = True, rng: Any = None) -> Any:
    """Return x (N, C, L) with whole channels zeroed with probability p; see `dropout`."""
    return _dropped_channels("dropout1d", 3, x, p, training, rng)


def dropout2d(x: Any, p: float = 0.5, training: bool = True, rng: Any = None) -> Any:
    """Return x (N, C, H, W) with whole channels zeroed with probability p; see `dropout`."""
    return _dropped_channels("dropout2d", 4, x, p, training, rng)


def _dropped_channels(name: str, rank: int, x: Any, p: float, training: bool, rng: Any) -> Any:
    if len(x.shape) != rank:
        raise ValueError(f"{name}: expected x with {rank} axes (N, C, ...), got shape {tuple(x.shape)}")
    return ops.dropout(x, p, generator(rng), channels=True) if training and p else x


def embedding(index: Any, weight: Any) -> Any:
    """Return the rows of weight (V, D) at the whole numbers index (...): (..., D)."""
    return ops.embedding(weight, index)


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
