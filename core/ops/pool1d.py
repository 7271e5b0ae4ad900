"""Pooling of sequences (N, C, L): that of images one pixel high."""

from __future__ import annotations

from typing import Any

from .pool import adaptive_avg_pool2d, adaptive_max_pool2d, avg_pool2d, max_pool2d
from .shape import squeeze, unsqueeze


def _image(name: str, x: Any) -> Any:
    if len(x.shape) != 3:
        raise ValueError(f"{name}: expected sequences (N, C, L), got shape {tuple(x.shape)}")
    return unsqueeze(x, 2)


def _row(value: Any, height: int) -> tuple[int, Any]:
    """Return a size along L, a number or a tuple of one, as that of an image."""
    return height, value[0] if isinstance(value, (tuple, list)) and len(value) == 1 else value


def max_pool1d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Return the largest value of each window: x (N, C, L) -> (N, C, Q); see `max_pool2d`."""
    steps = (_row(kernel_size if stride is None else stride, 1), _row(padding, 0), _row(dilation, 1))
    y = max_pool2d(_image("max_pool1d", x), _row(kernel_size, 1), *steps, ceil_mode, return_indices)
    return (squeeze(y[0], 2), y[1][:, :, 0]) if return_indices else squeeze(y, 2)


def avg_pool1d(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """Return the mean of each window: x (N, C, L) -> (N, C, Q); see `avg_pool2d`."""
    steps = _row(kernel_size if stride is None else stride, 1), _row(padding, 0)
    y = avg_pool2d(_image("avg_pool1d", x), _row(kernel_size, 1), *steps, ceil_mode, count_include_pad)
    return squeeze(y, 2)


def adaptive_avg_pool1d(x: Any, output_size: Any) -> Any:
    """Return the means of Q parts: x (N, C, L) -> (N, C, Q)."""
    return squeeze(adaptive_avg_pool2d(_image("adaptive_avg_pool1d", x), _row(output_size, 1)), 2)


def adaptive_max_pool1d(x: Any, output_size: Any) -> Any:
    """Return the maxima of Q parts: x (N, C, L) -> (N, C, Q)."""
    return squeeze(adaptive_max_pool2d(_image("adaptive_max_pool1d", x), _row(output_size, 1)), 2)
