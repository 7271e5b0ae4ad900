"""Which pixels of its input an op looks at to make a row of output pixels: one rule an op, along one axis.

    convolution, pool    a ... b  ->  a s - p ... b s - p + d (k - 1)
    transposed           a ... b  ->  ceil((a + p - d (k - 1)) / s) ... floor((b + p) / s)
    border, crop         a ... b  ->  shifted
    enlarged             a ... b  ->  the pixels that are repeated, or lie on both sides
    all others           a ... b  ->  the same: they work pixel by pixel

k kernel, s stride, p padding, d dilation.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from ...core.node import Node
from ...nn.convolution import as_tuple


class Window(NamedTuple):
    """What a layer does along one axis: its kernel, stride (below 1 if it enlarges) and dilation."""

    kernel: int
    stride: Fraction
    dilation: int


def saved(node: Node) -> dict[str, Any]:
    """Return what the gradient rules of a node read, by name, and its options."""
    return {**dict(zip(node.plan.names, node.saved, strict=True)), **node.options}


def window_of(node: Node, axis: int) -> Window | None:
    """Return the window of an op along axis 0 (rows) or 1 (columns); None if it works pixel by pixel."""
    name, has = node.plan.op.name, saved(node)
    if name in ("conv2d", "conv2d_input"):
        step, spread = (as_tuple(has[key], 2)[axis] for key in ("stride", "dilation"))
        stride = Fraction(step) if name == "conv2d" else Fraction(1, step)
        return Window(has["w"].shape[2 + axis], stride, spread)
    if name == "stamp":
        return Window(len(has["lines"][axis]), Fraction(1, as_tuple(has["stride"], 2)[axis]), 1)
    if name in ("max_pool", "avg_pool"):
        line = _line(has, axis)
        stride = Fraction(line.stride) if line.stride else Fraction(line.size, line.outputs)
        return Window(line.taps, stride, line.step)
    if name in ("upsample_nearest", "upsample_bilinear"):
        before, after = node.parents[0].shape[2 + axis], node.shape[2 + axis]
        return Window(1 if name.endswith("nearest") else 2, Fraction(before, after), 1)
    return None


def looked_at(node: Node, a: int, b: int, axis: int) -> tuple[int, int]:
    """Return the first and last pixel of the operands that the output pixels a ... b look at.

    They may lie outside of the operand, where its border is.

    Raises
    ------
    ValueError : for an op that works along an image's sides and has no rule here.
    """
    name, has, n, m = node.plan.op.name, saved(node), node.parents[0].shape[2 + axis], node.shape[2 + axis]
    window = window_of(node, axis)
    if window and name in ("conv2d", "conv2d_input", "stamp"):
        pad, reach = as_tuple(has["padding"], 2)[axis], window.dilation * (window.kernel - 1)
        if name == "conv2d":
            return int(a * window.stride) - pad, int(b * window.stride) - pad + reach
        return math.ceil((a + pad - reach) * window.stride), math.floor((b + pad) * window.stride)
    if window and name in ("max_pool", "avg_pool"):
        return _pooled(_line(has, axis), a, b)
    if window:
        return _enlarged(name, has, a, b, n, m)
    if name == "pad_zero":
        before = has["width"][2 + axis][0]
        return a - before, b - before
    if name == "take" and has["axis"] % 4 == 2 + axis:
        return _picked(np.asarray(has["index"]), a, b)
    if name == "getitem":
        return _cut(has["index"], a, b, axis, n)
    if n != m:
        raise ValueError(f"receptive_field: no rule for {name}, {node.parents[0].shape} -> {node.shape}")
    return a, b


def _line(has: dict[str, Any], axis: int) -> Any:
    return (has["windows"].rows, has["windows"].cols)[axis]


def _pooled(line: Any, a: int, b: int) -> tuple[int, int]:
    if line.stride:
        start = int(line.table[0, 0])
        return a * line.stride + start, b * line.stride + start + line.step * (line.taps - 1)
    first, last = line.table[np.clip([a, b], 0, line.outputs - 1)]  # windows of different sizes
    return int(first[0]), int(last[0] + last[2] - 1)


def _enlarged(name: str, has: dict[str, Any], a: int, b: int, n: int, m: int) -> tuple[int, int]:
    """Of n pixels that are made m: a pixel is a square, or with align_corners a point."""
    if name == "upsample_nearest":
        return a * n // m, b * n // m
    if has.get("align_corners"):
        low, high = (Fraction(each * (n - 1), max(m - 1, 1)) for each in (a, b))
    else:
        low, high = (Fraction((2 * each + 1) * n, 2 * m) - Fraction(1, 2) for each in (a, b))
    return math.floor(low), math.ceil(high)


def _picked(index: np.ndarray, a: int, b: int) -> tuple[int, int]:
    """Of a border that mirrors or repeats: the pixels that stand there."""
    inside = index[max(a, 0) : b + 1]
    return int(inside.min()), int(inside.max())


def _cut(index: Any, a: int, b: int, axis: int, n: int) -> tuple[int, int]:
    parts = index if isinstance(index, tuple) else (index,)
    if Ellipsis in parts or len(parts) <= 2 + axis:
        return a, b
    start, _, step = parts[2 + axis].indices(n)
    return start + a * step, start + b * step
