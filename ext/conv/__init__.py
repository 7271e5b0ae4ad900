"""The convolution family: three bilinear maps that are each other's adjoints.

N batch, C channels in, K channels out, H W image, R S kernel, P Q output.  For all x, w, g of fitting shapes

    <g, conv2d(x, w)>  =  <conv2d_input(g, w), x>  =  <conv2d_weight(g, x), w>

Start with reference.py.  jit.py (Numba) and the C files, beginning with convolution.c, compute the same.
Then winograd_reference.py: the same sums with a quarter of the products; winograd.c computes so.  plan.py
chooses between the two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import geometry
from ..dispatch import Kernel, in_charge
from ..memory import empty
from . import plan
from .packed import PackedWeights

__all__ = ["PackedWeights", "conv2d", "conv2d_input", "conv2d_weight"]

_conv2d = Kernel("conv2d", __name__)
_conv2d_input = Kernel("conv2d_input", __name__)
_conv2d_weight = Kernel("conv2d_weight", __name__)
_winograd = Kernel("winograd", __name__)
_winograd_input = Kernel("winograd_input", __name__)
_winograd_weight = Kernel("winograd_weight", __name__)


def conv2d(
    x: np.ndarray,
    w: np.ndarray | PackedWeights,
    b: np.ndarray | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    relu: bool = False,
) -> np.ndarray:
    """Return the convolution y of the images x with the kernels w; with relu, max(y, 0).

    y[n,k,p,q] = b[k] + sum over c,r,s of w[k,c,r,s] x[n, c, p stride + r dilation - padding, the same for q]

    x (N, C, H, W), w (K, C / groups, R, S), b (K,) or None, float32 or float64 -> y (N, K, P, Q).
    stride, padding, dilation: an int or (rows, columns).  With groups, the channels in and out are cut into
    as many equal parts, and part i of y sees part i of x only.  `PackedWeights` are laid out once.

    Raises
    ------
    TypeError
        if an array is neither float32 nor float64, or the types differ.
    ValueError
        if the channels do not fit, or the kernel is larger than the padded image.
    """
    packed = w if isinstance(w, PackedWeights) else None
    x, weights, b = geometry.floats("conv2d", x=x, w=packed.w if packed else w, b=b)
    N, C, H, W = geometry.axes("conv2d", "x", x, "N,C,H,W")
    K, _, R, S = geometry.axes("conv2d", "w", weights, "K,C/groups,R,S")
    if b is not None:
        geometry.same(
            "conv2d", "channels", "b", geometry.axes("conv2d", "b", b, "K")[0], "w (K, C / groups, R, S)", K
        )
    steps = _steps("conv2d", stride, padding, dilation)
    geometry.channels("conv2d", "x", C, weights.shape, groups)
    y = empty((N, K, *geometry.output_size("conv2d", (H, W), (R, S), *steps)), x.dtype)
    if x.size and weights.size and y.size:
        shape = _shape(x, weights.shape, y.shape, steps, groups, packed is not None)
        is_winograd = plan.choose("conv2d", shape, in_charge()).algorithm == "winograd"
        laid_out = packed.for_c(shape, is_winograd, x.shape, y.shape) if packed and in_charge() == "c" else ()
        if is_winograd:
            _winograd(x, weights, b, y, *steps[1:], relu, *laid_out)
        else:
            _conv2d(x, weights, b, y, *steps, groups, relu, *laid_out)
    else:
        y[...] = 0 if b is None else b[:, None, None]  # a sum over nothing
        if relu:
            np.maximum(y, 0, out=y)
    return y


def conv2d_input(
    g: np.ndarray,
    w: np.ndarray,
    size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> np.ndarray:
    """Return the adjoint of `conv2d` in x, the transposed convolution: each g[n,k,p,q] stamps w[k] on dx.

    g (N, K, P, Q), w (K, C / groups, R, S), size (H, W) -> dx (N, C, H, W).  With a stride, several sizes
    have the same P and Q; any of them may be asked for.
    """
    g, w = geometry.floats("conv2d_input", g=g, w=w)
    N, K = geometry.axes("conv2d_input", "g", g, "N,K,P,Q")[:2]
    geometry.same(
        "conv2d_input",
        "channels",
        "g (N, K, P, Q)",
        K,
        "w (K, C / groups, R, S)",
        geometry.axes("conv2d_input", "w", w, "K,C/groups,R,S")[0],
    )
    image = geometry.pair("conv2d_input", "size", size, 0)
    steps = _steps("conv2d_input", stride, padding, dilation)
    geometry.channels("conv2d_input", "dx", w.shape[1] * groups, w.shape, groups)
    expected = geometry.output_size("conv2d_input", image, w.shape[2:], *steps)
    geometry.same_output("conv2d_input", g.shape, expected, image, w.shape[2:], *steps)
    dx = empty((N, w.shape[1] * groups, *image), g.dtype)
    if dx.size and g.size:
        if _is_winograd("conv2d_input", dx, w.shape, g.shape, steps, groups):
            _winograd_input(g, w, dx, *steps[1:])
        else:
            _conv2d_input(g, w, dx, *steps, groups)
    else:
        dx[...] = 0
    return dx


def conv2d_weight(
    g: np.ndarray,
    x: np.ndarray,
    size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> np.ndarray:
    """Return the adjoint of `conv2d` in w: slopes g and images x, correlated.

    dw[k,c,r,s] = sum over n,p,q of g[n,k,p,q] x[n, c, p stride + r dilation - padding, the same for q]

    g (N, K, P, Q), x (N, C, H, W), size (R, S) -> dw (K, C / groups, R, S).
    """
    g, x = geometry.floats("conv2d_weight", g=g, x=x)
    N, K = geometry.axes("conv2d_weight", "g", g, "N,K,P,Q")[:2]
    _, C, H, W = geometry.axes("conv2d_weight", "x", x, "N,C,H,W")
    geometry.same("conv2d_weight", "images", "g", N, "x", x.shape[0])
    kernel = geometry.pair("conv2d_weight", "size", size, 1)
    steps = _steps("conv2d_weight", stride, padding, dilation)
    shape = (K, C // groups if groups else 0, *kernel)
    geometry.channels("conv2d_weight", "x", C, shape, groups)
    geometry.same_output(
        "conv2d_weight",
        g.shape,
        geometry.output_size("conv2d_weight", (H, W), kernel, *steps),
        (H, W),
        kernel,
        *steps,
    )
    dw = empty(shape, g.dtype)
    if dw.size and g.size and x.size:
        if _is_winograd("conv2d_weight", x, shape, g.shape, steps, groups):
            _winograd_weight(g, x, dw, *steps[1:])
        else:
            _conv2d_weight(g, x, dw, *steps, groups)
    else:
        dw[...] = 0
    return dw


def _steps(
    op: str, stride: Any, padding: Any, dilation: Any
) -> tuple[geometry.Pair, geometry.Pair, geometry.Pair]:
    return (
        geometry.pair(op, "stride", stride, 1),
        geometry.pair(op, "padding", padding, 0),
        geometry.pair(op, "dilation", dilation, 1),
    )


def _is_winograd(
    role: str,
    x: np.ndarray,
    w_shape: tuple[int, ...],
    y_shape: tuple[int, ...],
    steps: tuple[geometry.Pair, geometry.Pair, geometry.Pair],
    groups: int,
) -> bool:
    """Ask the planner: x (N, C, H, W), w (K, C / groups, R, S), y (N, K, P, Q)."""
    return plan.choose(role, _shape(x, w_shape, y_shape, steps, groups), in_charge()).algorithm == "winograd"


def _shape(
    x: np.ndarray,
    w_shape: tuple[int, ...],
    y_shape: tuple[int, ...],
    steps: tuple[geometry.Pair, geometry.Pair, geometry.Pair],
    groups: int,
    packed: bool = False,
) -> plan.Shape:
    N, C = x.shape[:2]
    K, _, R, S = w_shape
    return plan.Shape(N, C, K, (R, S), y_shape[2:], *steps, groups, x.dtype, packed)  # type: ignore[arg-type]
