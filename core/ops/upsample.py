"""Up-sampling (and down-sampling) of images: linear maps, each with its adjoint."""

from __future__ import annotations

import math
from typing import Any

from ...ext import upsample as kernels
from ..op import case, op


@op("y_pq = x at the pixel that (p, q) falls into: replication")
class upsample_nearest:
    """x (N, C, H, W) -> y (N, C, P, Q), (P, Q) = size; with scale the exact factor instead of P / H."""

    def forward(x, *, size, scale=None):
        return kernels.upsample_nearest2d(x, size, scale)

    def vjp_x(g, x_shape, scale):
        return upsample_nearest_adjoint(g, size=x_shape[2:], scale=scale)

    def samples(rng):
        yield case(rng.normal(size=(2, 1, 2, 3)), size=(4, 6))
        yield case(rng.normal(size=(1, 2, 4, 3)), size=(3, 5))


@op("each g added to the pixel that was replicated: the adjoint of upsample_nearest")
class upsample_nearest_adjoint:
    def forward(g, *, size, scale=None):
        return kernels.upsample_nearest2d_adjoint(g, size, scale)

    def vjp_g(q, g_shape, scale):
        return upsample_nearest(q, size=g_shape[2:], scale=scale)

    def samples(rng):
        yield case(rng.normal(size=(1, 2, 5, 4)), size=(2, 3))


@op("y_pq = the four pixels of x next to (p, q), weighted by closeness")
class upsample_bilinear:
    """x (N, C, H, W) -> y (N, C, P, Q), (P, Q) = size.

    Pixels are squares, or, with align_corners, points, with the grid's corners among them.
    """

    def forward(x, *, size, align_corners=False, scale=None):
        return kernels.upsample_bilinear2d(x, size, align_corners, scale)

    def vjp_x(g, x_shape, align_corners, scale):
        return upsample_bilinear_adjoint(g, size=x_shape[2:], align_corners=align_corners, scale=scale)

    def samples(rng):
        yield case(rng.normal(size=(2, 1, 2, 3)), size=(4, 5))
        yield case(rng.normal(size=(1, 2, 3, 3)), size=(5, 2), align_corners=True)


@op("each g shared between the four pixels with the same weights: the adjoint of upsample_bilinear")
class upsample_bilinear_adjoint:
    def forward(g, *, size, align_corners=False, scale=None):
        return kernels.upsample_bilinear2d_adjoint(g, size, align_corners, scale)

    def vjp_g(q, g_shape, align_corners, scale):
        return upsample_bilinear(q, size=g_shape[2:], align_corners=align_corners, scale=scale)

    def samples(rng):
        yield case(rng.normal(size=(1, 2, 5, 4)), size=(3, 2))


@op(
    "y = the sum of the stamps u v^T that the pixels of x leave, stride apart",
    source="Long et al. 2015, section 3.3",
)
class stamp:
    """x (N, C, H, W), lines u (R,) and v (S,), at most two strides long -> y (N, C, P, Q), (P, Q) = size.

    The transposed convolution that treats every channel alike and apart; where the lines are tents, it
    interpolates between pixels.
    """

    def forward(x, *, lines, size, stride, padding=0):
        return kernels.stamp2d(x, lines, size, stride, padding)

    def vjp_x(g, x_shape, lines, stride, padding):
        return stamp_adjoint(g, lines=lines, size=x_shape[2:], stride=stride, padding=padding)

    def samples(rng):
        lines = rng.normal(size=3), rng.normal(size=6)
        yield case(rng.normal(size=(2, 1, 2, 3)), lines=lines, size=(5, 12), stride=(2, 3))
        yield case(rng.normal(size=(1, 2, 3, 2)), lines=lines, size=(6, 7), stride=(2, 3), padding=(1, 2))


@op("each pixel the sum of the g that it stamped: the adjoint of stamp")
class stamp_adjoint:
    def forward(g, *, lines, size, stride, padding=0):
        return kernels.stamp2d_adjoint(g, lines, size, stride, padding)

    def vjp_g(q, g_shape, lines, stride, padding):
        return stamp(q, lines=lines, size=g_shape[2:], stride=stride, padding=padding)

    def samples(rng):
        lines = rng.normal(size=2), rng.normal(size=4)
        yield case(rng.normal(size=(1, 2, 5, 6)), lines=lines, size=(2, 3), stride=2, padding=(0, 1))


def interpolate(
    x: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool = False
) -> Any:
    """Return images x (N, C, H, W) at another size.

    Parameters
    ----------
    size : (P, Q) or one number for both; or
    scale_factor : then P = floor(H scale_factor).
    mode : "nearest" or "bilinear".
    align_corners : for bilinear: whether the corner pixels' centres keep their place (the default counts
        pixels as squares).
    """
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: give exactly one of size and scale_factor")
    if len(x.shape) != 4:
        raise ValueError(f"interpolate: expected images (N, C, H, W), got shape {tuple(x.shape)}")
    scale = None
    if size is None:
        scale = tuple(
            float(s)
            for s in (scale_factor if isinstance(scale_factor, (tuple, list)) else (scale_factor,) * 2)
        )
        size = tuple(math.floor(n * s) for n, s in zip(x.shape[2:], scale, strict=True))
    elif not isinstance(size, (tuple, list)):
        size = (size, size)
    size = tuple(int(n) for n in size)
    if mode == "nearest":
        return upsample_nearest(x, size=size, scale=scale)
    if mode == "bilinear":
        return upsample_bilinear(
            x, size=size, align_corners=align_corners, scale=None if align_corners else scale
        )
    raise ValueError(f"interpolate: expected mode 'nearest' or 'bilinear', got {mode!r}")
