"""What the planner says about a convolution, as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import geometry, native
from ..dispatch import in_charge
from . import plan

ROLES = {"conv2d": "forward", "conv2d_input": "input gradient", "conv2d_weight": "weight gradient"}


def explain(
    op: str,
    x_shape: Sequence[int],
    w_shape: Sequence[int],
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    dtype: Any = np.float32,
    packed: bool = False,
) -> str:
    """Return which algorithms compute a convolution and its gradients, why, and what the alternatives cost.

    Parameters
    ----------
    op : "conv2d".
    x_shape, w_shape : (N, C, H, W) and (K, C / groups, R, S).
    stride, padding, dilation, groups, dtype : as for `cutaway.ext.conv.conv2d`.
    packed : whether the weights are laid out once for many calls, as `cutaway.nn.fold` does it.
    """
    if op != "conv2d":
        raise ValueError(f"explain: there is a choice of algorithms for 'conv2d' only, not for {op!r}")
    for name, shape, letters in (("x", x_shape, "N,C,H,W"), ("w", w_shape, "K,C/groups,R,S")):
        if len(shape) != 4:
            raise ValueError(f"explain: {name} must have the 4 axes ({letters}), got shape {tuple(shape)}")
    N, C, H, W = x_shape
    geometry.channels("explain", "x", C, tuple(w_shape), groups)
    steps = (
        geometry.pair("explain", "stride", stride, 1),
        geometry.pair("explain", "padding", padding, 0),
        geometry.pair("explain", "dilation", dilation, 1),
    )
    kernel = (int(w_shape[2]), int(w_shape[3]))
    output = geometry.output_size("explain", (H, W), kernel, *steps)
    shape = plan.Shape(N, C, w_shape[0], kernel, output, *steps, groups, np.dtype(dtype), packed)
    return "\n".join(_lines(shape, (N, C, H, W), tuple(w_shape), in_charge()))


def _lines(s: plan.Shape, x: tuple[int, ...], w: tuple[int, ...], rung: str) -> list[str]:
    (R, S), (P, Q) = s.kernel, s.output
    lines = [
        f"conv2d: {s.C} -> {s.K} channels, {R} x {S} kernel, {s.N} x {P} x {Q} outputs, {np.dtype(s.dtype)}; "
        f"{s.flops / 1e9:.3g} GFLOP forward, and as much for each gradient"
    ]
    for role, name in ROLES.items():
        choice = plan.choose(role, s, rung)
        described = _described(choice.algorithm, role, s)
        if choice.algorithm == "direct" and rung == "c":
            described += f", {_lanes(role, s, x, w)} in the lanes"
        lines.append(f"    {name:16} {described}: {choice.reason}")
        lines.append(f"    {'':16} {_alternatives(role, s)}")
    return lines


def _lanes(role: str, s: plan.Shape, x: tuple[int, ...], w: tuple[int, ...]) -> str:
    """Return what the C kernels put into the lanes, see ``lanes.c``."""
    y = (s.N, s.K, *s.output)
    is_double = s.dtype == np.float64
    module = native.load()
    assert module is not None  # the C kernels are in charge
    return module.lanes(role, x, w, y, s.stride, s.padding, s.dilation, s.groups, is_double)


def _described(algorithm: str, role: str, s: plan.Shape) -> str:
    """Return the algorithm's name with the form it takes for this shape."""
    if algorithm == "winograd":
        tile, kernel = plan.tile(s), s.kernel[0]
        form = f"Winograd F({tile}x{tile},{kernel}x{kernel})"
        phases = s.dilation[0] * s.dilation[1]
        return f"polyphase {form}, {phases} phases" if phases > 1 else form
    if s.groups > 1 and s.groups == s.C:
        return "direct, depthwise"
    if role == "conv2d_input" and s.stride != (1, 1):
        return f"direct, {s.stride[0] * s.stride[1]} phases of the stride"
    return "direct"


def _alternatives(role: str, s: plan.Shape) -> str:
    direct = f"multiply-adds: direct {s.flops / 2e9:.3g} G"
    cost = None if plan.obstacle(s) else plan.winograd_cost(role, s)
    if cost is None:
        return direct
    return f"{direct}; Winograd {cost.products / 1e9:.3g} G, with its transforms {cost.all / 1e9:.3g} G"
