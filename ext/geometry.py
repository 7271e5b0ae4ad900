"""Sizes: the one place where shapes are checked before a kernel runs.

N batch, C channels in, K channels out, H W image, R S kernel, P Q output.  Along one axis

    P = floor((H + 2 padding - dilation (R - 1) - 1) / stride) + 1
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from .memory import contiguous

Pair = tuple[int, int]
AXES = (("H", "R", "P"), ("W", "S", "Q"))
LARGEST_INT = 2**31 - 1


def pair(op: str, name: str, value: Any, least: int) -> Pair:
    """Return (rows, columns) of an int or a pair of ints, each at least `least`."""
    both = tuple(value) if isinstance(value, (Sequence, np.ndarray)) else (value, value)
    try:
        rows, cols = (index(each) for each in both)
    except (TypeError, ValueError):
        raise TypeError(
            f"{op}: {name} must be a whole number or a pair of them (rows, columns), got {value!r}"
        ) from None
    if not (least <= rows <= LARGEST_INT and least <= cols <= LARGEST_INT):
        raise ValueError(f"{op}: {name} must be at least {least} and below 2**31, got {value!r}")
    return rows, cols


def floats(op: str, **arrays: Any) -> list[Any]:
    """Return the arrays C-contiguous, all float32 or all float64; None stays None."""
    kinds = {}
    for name, array in arrays.items():
        if array is None:
            continue
        if not isinstance(array, np.ndarray):
            raise TypeError(f"{op}: {name} must be a NumPy array, got {type(array).__name__}")
        if array.dtype not in (np.float32, np.float64):
            raise TypeError(
                f"{op}: {name} is {array.dtype}, expected float32 or float64\n"
                f"    hint: {name}.astype(np.float32)"
            )
        kinds[name] = array.dtype
    if len(set(kinds.values())) > 1:
        listed = ", ".join(f"{name} is {kind}" for name, kind in kinds.items())
        raise TypeError(f"{op}: one float type expected, but {listed}\n    hint: convert them with astype")
    return [None if each is None else contiguous(each) for each in arrays.values()]


def axes(op: str, name: str, array: np.ndarray, letters: str) -> tuple[int, ...]:
    """Return the shape if it has one size per letter, else say which were expected."""
    names = letters.replace("/", " / ").split(",")
    if array.ndim != len(names):
        expected = "(" + ", ".join(names) + ("," if len(names) == 1 else "") + ")"
        hint = (
            f"\n    hint: {name}[None] adds the batch axis"
            if array.ndim == len(names) - 1 and names[0] == "N"
            else ""
        )
        raise ValueError(
            f"{op}: {name} must have the {len(names)} axes {expected}, got shape {array.shape}{hint}"
        )
    return array.shape


def channels(op: str, x_name: str, C: int, w_shape: tuple[int, ...], groups: int) -> None:
    """Check that x's channels, w (K, C / groups, R, S) and groups fit together."""
    K, c_group = w_shape[:2]
    if isinstance(groups, bool) or not isinstance(groups, (int, np.integer)) or groups < 1:
        raise ValueError(f"{op}: groups must be a whole number of at least 1, got {groups!r}")
    if C % groups or K % groups:
        raise ValueError(f"{op}: groups = {groups} must divide C = {C} channels in and K = {K} channels out")
    if c_group * groups != C:
        hint = "\n    hint: w looks transposed; try w.transpose(1, 0, 2, 3)" if groups == 1 and K == C else ""
        raise ValueError(
            f"{op}: {x_name} has C = {C} channels, "
            f"w expects {c_group} * groups {groups} = {c_group * groups}\n"
            f"    w {w_shape} = (K, C / groups, R, S){hint}"
        )


def output_size(
    op: str,
    size: Pair,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
    kernel_name: str = "kernel",
) -> Pair:
    """Return (P, Q), or raise an error with the arithmetic if nothing is left."""
    found = []
    for i, (h, r, p) in enumerate(AXES):
        if kernel[i] < 1:
            raise ValueError(f"{op}: the {kernel_name} must cover at least one pixel, got {r} = {kernel[i]}")
        padded, reach = size[i] + 2 * padding[i], dilation[i] * (kernel[i] - 1) + 1
        if padded < reach:
            raise ValueError(
                f"{op}: no output along {h}: "
                f"the {kernel_name} reaches over {reach} pixels, the padded image has {padded}\n"
                f"    dilation {dilation[i]} * ({r} {kernel[i]} - 1) + 1 = {reach}\n"
                f"    {h} {size[i]} + 2 * padding {padding[i]} = {padded}\n"
                f"    hint: padding of at least {padding[i] + -(-(reach - padded) // 2)} leaves {p} >= 1"
            )
        found.append((padded - reach) // stride[i] + 1)
    return found[0], found[1]


def same_output(
    op: str,
    g_shape: tuple[int, ...],
    expected: Pair,
    size: Pair,
    kernel: Pair,
    stride: Pair,
    padding: Pair,
    dilation: Pair,
) -> None:
    """Check that g (N,K,P,Q) is what the convolution of an image of this size has as output."""
    for i, (h, r, p) in enumerate(AXES):
        if g_shape[2 + i] == expected[i]:
            continue
        arithmetic = (
            f"{h} {size[i]} + 2 * padding {padding[i]} - dilation {dilation[i]} * ({r} {kernel[i]} - 1) - 1"
        )
        least = (g_shape[2 + i] - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1 - 2 * padding[i]
        raise ValueError(
            f"{op}: g has {p} = {g_shape[2 + i]}, "
            f"but {h} = {size[i]} with {r} = {kernel[i]} gives {p} = {expected[i]}\n"
            f"    ({arithmetic}) // stride {stride[i]} + 1\n"
            f"    hint: {p} = {g_shape[2 + i]} belongs to {h} from {least} to {least + stride[i] - 1}"
        )


def same(op: str, what: str, left: str, a: int, right: str, b: int) -> None:
    """Check that two sizes with one meaning are equal."""
    if a != b:
        raise ValueError(f"{op}: {left} has {a} {what}, {right} has {b}")
