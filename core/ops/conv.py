"""Convolution and its two companions: three bilinear ops that are each other's gradients, a closed family.

N batch, C channels in, K channels out, H W image, R S kernel, P Q output.  For one inner product <., .>
over all values,

    <g, conv2d(x, w)>  =  <conv2d_input(g, w), x>  =  <conv2d_weight(g, x), w>

so the gradient in x of the first is the second, in w the third; and the gradients of those two are again
among the three. That is why second derivatives go through convolutions without another line of code.
"""

from __future__ import annotations

from typing import Any

from ...ext import conv as kernels
from ...ext import fused, geometry
from ..op import case, op
from .index import getitem
from .join import pad_zero
from .reduce import sum
from .shape import reshape, squeeze, unsqueeze


@op(
    "y_nkpq = b_k + sum_crs x_{n, c, p stride - padding + r dilation, q ...} w_kcrs",
    source="Dumoulin & Visin 2016, section 2",
)
class conv2d:
    """x (N, C, H, W), w (K, C / groups, R, S), b (K,) or None -> y (N, K, P, Q)."""

    def forward(x, w, b=None, *, stride=1, padding=0, dilation=1, groups=1):
        return kernels.conv2d(x, w, b, stride, padding, dilation, groups)

    def vjp_x(g, w, x_shape, stride, padding, dilation, groups):
        return conv2d_input(
            g, w, size=x_shape[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
        )

    def vjp_w(g, x, w_shape, stride, padding, dilation, groups):
        return conv2d_weight(
            g, x, size=w_shape[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
        )

    def vjp_b(g):  # (N,K,P,Q) -> (K,)
        return sum(g, axis=(0, 2, 3))

    class fast:
        serves, vjp_b = fused.serves, fused.channel_sum

        def samples(rng):
            yield case(rng.normal(size=(2, 2, 23, 31)), rng.normal(size=(5, 2, 1, 1)), rng.normal(size=5))

    def samples(rng):
        yield case(
            rng.normal(size=(2, 2, 4, 3)), rng.normal(size=(3, 2, 3, 2)), rng.normal(size=3), padding=1
        )
        yield case(
            rng.normal(size=(1, 2, 6, 5)),
            rng.normal(size=(2, 1, 2, 2)),
            None,
            stride=(2, 1),
            dilation=(2, 1),
            groups=2,
        )


@op("the adjoint of conv2d in x: g is stamped with the kernel, overlaps add; the transposed convolution")
class conv2d_input:
    """g (N, K, P, Q), w (K, C / groups, R, S) -> (N, C, H, W) with (H, W) = size."""

    def forward(g, w, *, size, stride=1, padding=0, dilation=1, groups=1):
        return kernels.conv2d_input(g, w, size, stride, padding, dilation, groups)

    def vjp_g(q, w, stride, padding, dilation, groups):
        return conv2d(q, w, None, stride=stride, padding=padding, dilation=dilation, groups=groups)

    def vjp_w(q, g, w_shape, stride, padding, dilation, groups):
        return conv2d_weight(
            g, q, size=w_shape[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
        )

    def samples(rng):
        yield case(
            rng.normal(size=(2, 3, 2, 3)),
            rng.normal(size=(3, 2, 2, 2)),
            size=(4, 5),
            stride=(2, 1),
            padding=(0, 0),
            dilation=(1, 2),
        )
        yield case(
            rng.normal(size=(1, 2, 3, 3)),
            rng.normal(size=(2, 1, 3, 3)),
            size=(6, 5),
            stride=2,
            padding=1,
            groups=2,
        )


@op("the adjoint of conv2d in w: g and x correlated, summed over batch and pixels")
class conv2d_weight:
    """g (N, K, P, Q), x (N, C, H, W) -> (K, C / groups, R, S) with (R, S) = size."""

    def forward(g, x, *, size, stride=1, padding=0, dilation=1, groups=1):
        return kernels.conv2d_weight(g, x, size, stride, padding, dilation, groups)

    def vjp_g(q, x, stride, padding, dilation, groups):
        return conv2d(x, q, None, stride=stride, padding=padding, dilation=dilation, groups=groups)

    def vjp_x(q, g, x_shape, stride, padding, dilation, groups):
        return conv2d_input(
            g, q, size=x_shape[2:], stride=stride, padding=padding, dilation=dilation, groups=groups
        )

    def samples(rng):
        yield case(rng.normal(size=(2, 3, 4, 3)), rng.normal(size=(2, 2, 4, 3)), size=(3, 3), padding=1)
        yield case(
            rng.normal(size=(1, 2, 2, 3)),
            rng.normal(size=(1, 2, 4, 5)),
            size=(2, 2),
            stride=2,
            padding=(0, 1),
            dilation=(1, 2),
            groups=2,
        )


def conv_transpose2d(
    x: Any,
    w: Any,
    b: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Return the transposed convolution: each x stamps the kernel on y, `stride` apart; overlaps add.

    x (N, C, H, W), w (C, K / groups, R, S), b (K,) or None -> (N, K, P, Q) with

        P = (H - 1) stride - 2 padding + dilation (R - 1) + 1 + output_padding.

    `output_padding` (< stride or < dilation) chooses between the sizes that a strided convolution maps to
    the same H.
    """
    given = (("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1))
    steps, pads, spread = (geometry.pair("conv_transpose2d", *each) for each in given)
    extra = geometry.pair("conv_transpose2d", "output_padding", output_padding, 0)
    for i, axis in enumerate("HW"):
        if extra[i] >= max(steps[i], spread[i]):
            limits = f"stride {steps[i]} or dilation {spread[i]}"
            raise ValueError(
                f"conv_transpose2d: output_padding {extra[i]} along {axis} must be below {limits}"
            )
    size = tuple(
        (x.shape[2 + i] - 1) * steps[i] - 2 * pads[i] + spread[i] * (w.shape[2 + i] - 1) + 1 + extra[i]
        for i in range(2)
    )
    if w.shape[0] != x.shape[1]:
        problem = f"x has {x.shape[1]} channels, w (C, K / groups, R, S) expects {w.shape[0]}"
        raise ValueError(f"conv_transpose2d: {problem}; a conv2d weight must be transposed(1, 0, 2, 3)")
    if all(extra[i] < steps[i] for i in range(2)):
        y = conv2d_input(x, w, size=size, stride=steps, padding=pads, dilation=spread, groups=groups)
    else:  # no convolution gives so large an image this H: stamp all of it, add zeros behind, and cut
        whole = tuple(size[i] + 2 * pads[i] - extra[i] for i in range(2))
        y = conv2d_input(x, w, size=whole, stride=steps, padding=0, dilation=spread, groups=groups)
        y = pad_zero(y, width=((0, 0), (0, 0), (0, extra[0]), (0, extra[1])))
        y = getitem(y, index=(..., *(slice(pads[i], pads[i] + size[i]) for i in range(2))))
    return y if b is None else y + reshape(b, shape=(1, -1, 1, 1))


def conv1d(
    x: Any, w: Any, b: Any = None, stride: int = 1, padding: int = 0, dilation: int = 1, groups: int = 1
) -> Any:
    """Return the convolution of sequences: x (N, C, L), w (K, C / groups, S), b (K,) or None -> (N, K, Q)."""
    if len(x.shape) != 3 or len(w.shape) != 3:
        got = f"{tuple(x.shape)} and {tuple(w.shape)}"
        raise ValueError(f"conv1d: expected x (N, C, L) and w (K, C / groups, S), got {got}")
    steps = {"stride": (1, stride), "padding": (0, padding), "dilation": (1, dilation), "groups": groups}
    return squeeze(conv2d(unsqueeze(x, 2), unsqueeze(w, 2), b, **steps), 2)


def conv_transpose1d(
    x: Any,
    w: Any,
    b: Any = None,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    groups: int = 1,
    dilation: int = 1,
) -> Any:
    """Return the transposed convolution of sequences: x (N, C, L), w (C, K / groups, S) -> (N, K, Q)."""
    if len(x.shape) != 3 or len(w.shape) != 3:
        got = f"{tuple(x.shape)} and {tuple(w.shape)}"
        raise ValueError(f"conv_transpose1d: expected x (N, C, L) and w (C, K / groups, S), got {got}")
    steps = ((1, stride), (0, padding), (0, output_padding), groups, (1, dilation))
    return squeeze(conv_transpose2d(unsqueeze(x, 2), unsqueeze(w, 2), b, *steps), 2)
