"""Up-sampling to any size (also a smaller one), nearest and bilinear, and the adjoints.

N batch, C channels, H W image, P Q output.  Both are linear maps, the same one along rows and columns; an
adjoint takes g (N, C, P, Q) and the image's size (H, W):

    <g, upsample(x, (P, Q))>  =  <upsample_adjoint(g, (H, W)), x>

Start with reference.py; axis.py has the rules that say between which pixels an output lies.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..dispatch import Kernel
from ..memory import empty
from .axis import Axis, linear_axis, nearest_axis, stamped_axis

__all__ = [
    "stamp2d",
    "stamp2d_adjoint",
    "upsample_bilinear2d",
    "upsample_bilinear2d_adjoint",
    "upsample_nearest2d",
    "upsample_nearest2d_adjoint",
]

_nearest = Kernel("upsample_nearest2d", __name__)
_nearest_adjoint = Kernel("upsample_nearest2d_adjoint", __name__)
_bilinear = Kernel("upsample_bilinear2d", __name__)
_bilinear_adjoint = Kernel("upsample_bilinear2d_adjoint", __name__)


def upsample_nearest2d(x: np.ndarray, size: Any, scale: Any = None) -> np.ndarray:
    """Return y (N, C, P, Q), (P, Q) = size: each pixel a copy of x (N, C, H, W) at floor(p H / P).

    scale: a number or (rows, columns), where the exact factor matters: floor(p / scale) instead.
    """
    op = "upsample_nearest2d"
    return _run(
        _nearest, op, "x", x, size, lambda image, output: _nearest_axes(image, output, _scales(op, scale))
    )


def upsample_nearest2d_adjoint(g: np.ndarray, size: Any, scale: Any = None) -> np.ndarray:
    """Return dx (N, C, H, W), (H, W) = size: each g (N, C, P, Q) added to the pixel that was copied."""
    op = "upsample_nearest2d_adjoint"
    return _run(
        _nearest_adjoint,
        op,
        "g",
        g,
        size,
        lambda output, image: _nearest_axes(image, output, _scales(op, scale)),
    )


def upsample_bilinear2d(
    x: np.ndarray, size: Any, align_corners: bool = False, scale: Any = None
) -> np.ndarray:
    """Return y (N, C, P, Q), (P, Q) = size: each pixel a mean of the four next to it in x (N, C, H, W).

    scale: a number or (rows, columns), where the exact factor matters; without it, it is P / H.
    """
    op = "upsample_bilinear2d"
    return _run(
        _bilinear,
        op,
        "x",
        x,
        size,
        lambda image, output: _linear_axes(image, output, align_corners, _scales(op, scale)),
    )


def upsample_bilinear2d_adjoint(
    g: np.ndarray, size: Any, align_corners: bool = False, scale: Any = None
) -> np.ndarray:
    """Return dx (N, C, H, W), (H, W) = size: each g (N, C, P, Q) shared between its four pixels."""
    op = "upsample_bilinear2d_adjoint"
    return _run(
        _bilinear_adjoint,
        op,
        "g",
        g,
        size,
        lambda output, image: _linear_axes(image, output, align_corners, _scales(op, scale)),
    )


def stamp2d(x: np.ndarray, lines: Any, size: Any, stride: Any, padding: Any = 0) -> np.ndarray:
    """Return y (N, C, P, Q), (P, Q) = size: each pixel of x stamps u v^T on its plane; overlaps add.

    y[n,c,p,q] = sum over h,w of x[n,c,h,w] u[p + padding - h stride] v[the same for q]

    x (N, C, H, W); lines: u (R,) and v (S,), each at most two strides long, so that no more than two pixels
    meet along an axis.  It is the transposed convolution with weights u v^T on the diagonal, with R + S
    multiply-adds for a stamp.
    """
    op = "stamp2d"
    return _run(
        _bilinear, op, "x", x, size, lambda image, output: _stamps(op, image, output, lines, stride, padding)
    )


def stamp2d_adjoint(g: np.ndarray, lines: Any, size: Any, stride: Any, padding: Any = 0) -> np.ndarray:
    """Return dx (N, C, H, W), (H, W) = size: each pixel gathers g (N, C, P, Q) where it stamped."""
    op = "stamp2d_adjoint"
    return _run(
        _bilinear_adjoint,
        op,
        "g",
        g,
        size,
        lambda output, image: _stamps(op, image, output, lines, stride, padding),
    )


def _run(kernel: Kernel, op: str, name: str, source: np.ndarray, size: Any, axes: Any) -> np.ndarray:
    (source,) = geometry.floats(op, **{name: source})
    N, C, *given = geometry.axes(op, name, source, "N,C,H,W" if name == "x" else "N,C,P,Q")
    wanted = geometry.pair(op, "size", size, 1)
    if min(given) < 1:
        raise ValueError(f"{op}: {name} has no pixels: shape {source.shape}")
    rows, cols = axes(tuple(given), wanted)
    target = empty((N, C, *wanted), source.dtype)
    if target.size:
        kernel(source, target, rows, cols)
    return target


def _scales(op: str, scale: Any) -> tuple[float | None, float | None]:
    if scale is None:
        return None, None
    rows, cols = scale if isinstance(scale, (tuple, list)) else (scale, scale)
    if not (0 < rows < float("inf") and 0 < cols < float("inf")):
        raise ValueError(f"{op}: scale must be positive, got {scale!r}")
    return float(rows), float(cols)


def _nearest_axes(image: geometry.Pair, output: geometry.Pair, scales: Any) -> list[Axis]:
    return [nearest_axis(image[i], output[i], scales[i]) for i in range(2)]


def _linear_axes(image: geometry.Pair, output: geometry.Pair, align_corners: bool, scales: Any) -> list[Axis]:
    return [linear_axis(image[i], output[i], bool(align_corners), scales[i]) for i in range(2)]


def _stamps(
    op: str, image: geometry.Pair, output: geometry.Pair, lines: Any, stride: Any, padding: Any
) -> list[Axis]:
    steps, border = geometry.pair(op, "stride", stride, 1), geometry.pair(op, "padding", padding, 0)
    for line, step in zip(lines, steps, strict=True):
        if len(line) > 2 * step:
            raise ValueError(
                f"{op}: expected lines of at most two strides, got {len(line)} numbers, stride {step}"
            )
    return [stamped_axis(image[i], output[i], np.asarray(lines[i]), steps[i], border[i]) for i in range(2)]
