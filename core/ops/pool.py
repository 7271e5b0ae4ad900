"""Pooling and its inverse.  Where the windows lie, strided or adaptive, is one object, `Windows`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ext import pool as kernels
from ...ext.pool import adaptive_windows, pool_windows
from ..op import case, is_watched, op
from ..tensor import Tensor, raw
from .index import scatter
from .select import where
from .shape import reshape


@op("y = the largest x of each window")
class max_pool:
    """x (N, C, H, W) -> y (N, C, P, Q); aux: the tap of each window that won.  The first of equals wins."""

    aux = ("tap",)

    def forward(x, *, windows):
        return kernels.max_pool(x, windows)

    def vjp_x(g, tap, windows):  # only the winners count
        return pool_scatter(g, tap, windows=windows)

    def samples(rng):
        x = rng.permutation(60).reshape(1, 2, 5, 6) + rng.normal(size=(1, 2, 5, 6)) / 9
        yield case(x, windows=pool_windows((5, 6), 2, 2))
        yield case(x, windows=pool_windows((5, 6), 3, 2, 1, ceil_mode=True))
        yield case(x, windows=adaptive_windows((5, 6), (2, 4)))

    class fast:
        def serves(g, tap):
            return True

        def vjp_x(g, tap, windows):  # taps of our own need no test
            return kernels.pool_scatter(g, tap, windows, trusted=True)


@op("y at the pixel that each tap names += x, y of zeros: the adjoint of pool_gather")
class pool_scatter:
    def forward(x, tap, *, windows):
        return kernels.pool_scatter(x, tap, windows)

    def vjp_x(g, tap, windows):
        return pool_gather(g, tap, windows=windows)

    def samples(rng):
        windows = pool_windows((4, 4), 3, 1, 1)
        _, tap = kernels.max_pool(rng.normal(size=(2, 1, 4, 4)), windows)
        yield case(rng.normal(size=(2, 1, 4, 4)), tap, windows=windows)


@op("y = the pixel of x that each tap names: the adjoint of pool_scatter")
class pool_gather:
    def forward(x, tap, *, windows):
        return kernels.pool_gather(x, tap, windows)

    def vjp_x(g, tap, windows):
        return pool_scatter(g, tap, windows=windows)

    def samples(rng):
        windows = pool_windows((4, 4), 2, 2)
        _, tap = kernels.max_pool(rng.normal(size=(2, 2, 4, 4)), windows)
        yield case(rng.normal(size=(2, 2, 4, 4)), tap, windows=windows)


@op("y = the mean of each window of x")
class avg_pool:
    def forward(x, *, windows):
        return kernels.avg_pool(x, windows)

    def vjp_x(g, windows):
        return avg_pool_adjoint(g, windows=windows)

    def samples(rng):
        yield case(
            rng.normal(size=(2, 1, 5, 4)), windows=pool_windows((5, 4), 2, 2, 1, count_include_pad=False)
        )
        yield case(rng.normal(size=(1, 2, 5, 4)), windows=adaptive_windows((5, 4), (3, 3)))


@op("each g shared evenly between the pixels of its window: the adjoint of avg_pool")
class avg_pool_adjoint:
    def forward(g, *, windows):
        return kernels.avg_pool_adjoint(g, windows)

    def vjp_g(q, windows):
        return avg_pool(q, windows=windows)

    def samples(rng):
        windows = pool_windows((5, 4), 3, 2, 1)
        yield case(rng.normal(size=(1, 2, *windows.output)), windows=windows)


def max_pool2d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest value of each window: x (N, C, H, W) -> (N, C, P, Q).

    P = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1; rounded up with ceil_mode (Caffe's
    rule; a window must begin inside the image or its left padding).  With return_indices also the winners'
    places, h W + w as int64, as `max_unpool2d` takes them.
    """
    windows = pool_windows(_image("max_pool2d", x), kernel_size, stride, padding, dilation, ceil_mode)
    return _max(x, windows, return_indices)


def adaptive_max_pool2d(x: Any, output_size: Any, return_indices: bool = False) -> Any:
    """Return the largest value of each of P x Q parts of x (N, C, H, W).

    Part p covers the rows floor(p H / P) to ceil((p + 1) H / P).
    """
    return _max(x, adaptive_windows(_image("adaptive_max_pool2d", x), output_size), return_indices)


def _max(x: Any, windows: Any, return_indices: bool) -> Any:
    if not return_indices and not is_watched(x):  # nobody asks which pixel it was
        try:
            y, _ = kernels.max_pool(raw(x), windows, taps=False)
        except (ValueError, TypeError):
            return max_pool(x, windows=windows)  # which explains what is wrong
        return max_pool.record((y, None), x, windows=windows)
    if not return_indices:
        return max_pool(x, windows=windows)
    y, tap = max_pool.compute(raw(x), windows=windows)
    return max_pool.record((y, tap), x, windows=windows), kernels.tap_to_index(tap, windows)


def avg_pool2d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """Return the mean of each window: x (N, C, H, W) -> (N, C, P, Q); padding counts by default."""
    windows = pool_windows(
        _image("avg_pool2d", x), kernel_size, stride, padding, 1, ceil_mode, count_include_pad
    )
    return avg_pool(x, windows=windows)


def adaptive_avg_pool2d(x: Any, output_size: Any) -> Any:
    """Return the mean of each of P x Q parts of x; output_size is P or (P, Q), None keeps a size."""
    return avg_pool(x, windows=adaptive_windows(_image("adaptive_avg_pool2d", x), output_size))


def max_unpool2d(
    x: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """Return x (N, C, P, Q) put back where `max_pool2d(..., return_indices=True)` took it, zeros elsewhere.

    They are the switches of Zeiler & Fergus 2014.  output_size (H, W) is (P - 1) stride - 2 padding + kernel
    unless given.  Where windows overlapped and chose one pixel twice, the last value stands.
    """
    indices = np.asarray(raw(indices))
    if tuple(indices.shape) != tuple(x.shape):
        shapes = f"x has shape {tuple(x.shape)}, indices {indices.shape}"
        raise ValueError(f"max_unpool2d: expected one index a value, {shapes}")
    kernel, step, border = (
        np.broadcast_to(v, 2) for v in (kernel_size, kernel_size if stride is None else stride, padding)
    )
    natural = [(n - 1) * s - 2 * b + k for n, k, s, b in zip(x.shape[2:], kernel, step, border, strict=True)]
    H, W = (int(n) for n in (natural if output_size is None else tuple(output_size)[-2:]))
    if indices.size and not (indices.min() >= 0 and indices.max() < H * W):
        reach = f"indices run from {indices.min()} to {indices.max()}, the output has {H} x {W} pixels"
        raise ValueError(f"max_unpool2d: {reach}; pass output_size")
    N, C = x.shape[:2]
    flat = indices.reshape(N, C, -1)
    where_to = (np.arange(N * C)[:, None] * (H * W) + flat.reshape(N * C, -1)).ravel()
    last = np.empty(N * C * H * W, np.intp)
    last[where_to] = np.arange(where_to.size)
    stands = (last[where_to] == np.arange(where_to.size)).reshape(flat.shape)
    y = scatter(where(stands, reshape(x, shape=flat.shape), 0), flat, axis=2, shape=(N, C, H * W))
    return reshape(y, shape=(N, C, H, W))


def _image(name: str, x: Any) -> tuple[int, int]:
    if not isinstance(x, (Tensor, np.ndarray)) or len(x.shape) != 4:
        raise ValueError(
            f"{name}: expected an image batch (N, C, H, W), got {getattr(x, 'shape', type(x).__name__)}"
        )
    return tuple(x.shape[2:])
