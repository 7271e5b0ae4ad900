"""Pooling: the maximum or the average over windows, and the linear maps that carry gradients back.

N batch, C channels, H W image, P Q output, S width of the window.  A max-pooling remembers for each output
its `tap`, the number i * S + j of the winner within the window: one byte instead of an eight-byte index.
With the taps fixed, pooling is linear, and its two directions are each other's adjoints:

    <g, pool_gather(x, tap)>  =  <pool_scatter(g, tap), x>

`Windows` say where the windows lie; strided and adaptive pooling differ in nothing else.
Start with reference.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..dispatch import Kernel
from ..memory import empty
from .windows import Windows, adaptive_windows, pool_windows

__all__ = [
    "Windows",
    "adaptive_avg_pool2d",
    "adaptive_max_pool2d",
    "adaptive_windows",
    "avg_pool",
    "avg_pool2d",
    "avg_pool_adjoint",
    "max_pool",
    "max_pool2d",
    "pool_gather",
    "pool_scatter",
    "pool_windows",
    "tap_to_index",
]

_max_pool2d = Kernel("max_pool2d", __name__)
_pool_scatter = Kernel("pool_scatter", __name__)
_pool_gather = Kernel("pool_gather", __name__)
_avg_pool2d = Kernel("avg_pool2d", __name__)
_avg_pool2d_adjoint = Kernel("avg_pool2d_adjoint", __name__)


def max_pool2d(
    x: np.ndarray,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Return (y, tap) of x (N, C, H, W): the maximum of each window (N, C, P, Q), and which tap it is.

    Padding never wins; the first of equals wins; a NaN wins over everything.
    """
    return max_pool(x, pool_windows(_image("max_pool2d", x), kernel, stride, padding, dilation, ceil_mode))


def avg_pool2d(
    x: np.ndarray,
    kernel: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> np.ndarray:
    """Return the average of each window of x (N, C, H, W) -> (N, C, P, Q); padding counts as 0."""
    return avg_pool(
        x, pool_windows(_image("avg_pool2d", x), kernel, stride, padding, 1, ceil_mode, count_include_pad)
    )


def adaptive_max_pool2d(x: np.ndarray, size: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return (y, tap) with y (N, C, P, Q), (P, Q) = size, whatever the size of x (N, C, H, W)."""
    return max_pool(x, adaptive_windows(_image("adaptive_max_pool2d", x), size))


def adaptive_avg_pool2d(x: np.ndarray, size: Any) -> np.ndarray:
    """Return the averages of (P, Q) = size parts of x (N, C, H, W) -> (N, C, P, Q)."""
    return avg_pool(x, adaptive_windows(_image("adaptive_avg_pool2d", x), size))


def max_pool(x: np.ndarray, windows: Windows, taps: bool = True) -> tuple[np.ndarray, Any]:
    """Return (y, tap) of x (N, C, H, W) for these windows; without taps (y, None), in a third of the time."""
    (x,) = geometry.floats("max_pool", x=x)
    shape = _planes("max_pool", "x", x, windows.size, windows.output)
    y, tap = empty(shape, x.dtype), empty(shape, windows.tap_type) if taps else None
    if y.size:
        _max_pool2d(x, y, tap, windows)
    return y, tap


def pool_scatter(g: np.ndarray, tap: np.ndarray, windows: Windows, trusted: bool = False) -> np.ndarray:
    """Return dx (N, C, H, W), the adjoint of `pool_gather`: each g (N, C, P, Q) added at its tap.

    trusted : the taps come from `max_pool` with these windows, so they are not looked at one by one.
    """
    (g,) = geometry.floats("pool_scatter", g=g)
    dx = empty(_planes("pool_scatter", "g", g, windows.output, windows.size), g.dtype)
    if dx.size:
        _pool_scatter(g, _checked_tap("pool_scatter", tap, g.shape, windows, trusted), dx, windows)
    return dx


def pool_gather(x: np.ndarray, tap: np.ndarray, windows: Windows) -> np.ndarray:
    """Return y (N, C, P, Q): the pixels of x (N, C, H, W) that the taps name.  Adjoint of `pool_scatter`."""
    (x,) = geometry.floats("pool_gather", x=x)
    y = empty(_planes("pool_gather", "x", x, windows.size, windows.output), x.dtype)
    if y.size:
        _pool_gather(x, _checked_tap("pool_gather", tap, y.shape, windows), y, windows)
    return y


def avg_pool(x: np.ndarray, windows: Windows) -> np.ndarray:
    """Return the averages (N, C, P, Q) of x (N, C, H, W) over these windows."""
    (x,) = geometry.floats("avg_pool", x=x)
    y = empty(_planes("avg_pool", "x", x, windows.size, windows.output), x.dtype)
    if y.size:
        _avg_pool2d(x, y, windows)
    return y


def avg_pool_adjoint(g: np.ndarray, windows: Windows) -> np.ndarray:
    """Return dx (N, C, H, W), the adjoint of `avg_pool`: each g (N, C, P, Q) shared evenly by its window."""
    (g,) = geometry.floats("avg_pool_adjoint", g=g)
    dx = empty(_planes("avg_pool_adjoint", "g", g, windows.output, windows.size), g.dtype)
    if dx.size:
        _avg_pool2d_adjoint(g, dx, windows)
    return dx


def tap_to_index(tap: np.ndarray, windows: Windows) -> np.ndarray:
    """Return the tapped pixels as PyTorch's indices h * W + w (N, C, P, Q), int64."""
    i, j = np.divmod(tap.astype(np.int64), windows.cols.taps)
    h = windows.rows.table[:, 0][:, None] + i * windows.rows.step
    w = windows.cols.table[:, 0] + j * windows.cols.step
    return h * windows.size[1] + w


def _image(op: str, x: Any) -> geometry.Pair:
    geometry.floats(op, x=x[:0] if isinstance(x, np.ndarray) and x.ndim else x)
    _, _, H, W = geometry.axes(op, "x", x, "N,C,H,W")
    return H, W


def _planes(
    op: str, name: str, array: np.ndarray, expected: geometry.Pair, other: geometry.Pair
) -> tuple[int, ...]:
    """Check the last two axes and return the shape with the other ones."""
    N, C, *size = geometry.axes(op, name, array, "N,C,H,W" if name == "x" else "N,C,P,Q")
    if tuple(size) != expected:
        raise ValueError(
            f"{op}: the windows are made for {name} of {expected[0]} x {expected[1]} pixels, "
            f"got {size[0]} x {size[1]}"
        )
    return N, C, *other


def _checked_tap(
    op: str, tap: Any, shape: tuple[int, ...], windows: Windows, trusted: bool = False
) -> np.ndarray:
    """Check taps before a kernel trusts them: a wrong one would address memory outside the image."""
    tap = np.asarray(tap)
    if tap.shape != shape or tap.dtype != windows.tap_type:
        raise ValueError(
            f"{op}: tap must be {np.dtype(windows.tap_type)} of shape {shape}, "
            f"as max_pool gives it; got {tap.dtype} {tap.shape}"
        )
    if trusted:
        return np.ascontiguousarray(tap)
    i, j = np.divmod(tap, tap.dtype.type(windows.cols.taps))
    (_, top, bottom, _), (_, left, right, _) = windows.rows.table.T, windows.cols.table.T
    if ((i < top[:, None]) | (i >= bottom[:, None]) | (j < left) | (j >= right)).any():
        raise ValueError(f"{op}: tap names pixels outside the image: it belongs to other windows")
    return np.ascontiguousarray(tap)
