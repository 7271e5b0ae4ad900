"""Sizes: the one place where shapes are checked before a kernel runs.

N batch, C channels in, K channels out, H W image, R S kernel, P Q output.  Along one axis

    P = floor((H + 2 padding - dilation (R - 1) - 1) / stride) + 1
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod
from operator import index
from typing import Any

import numpy as np

from .memory import CHANGEABLE, IN_ONE_RUN, contiguous

Pair = tuple[int, int]
AXES = (("H", "R", "P"), ("W", "S", "Q"))
LARGEST_INT = 2**31 - 1
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def pair(op: str, name: str, value: Any, least: int) -> Pair:
    """Return (rows, columns) of an int or a pair of ints, each at least `least`."""
    if type(value) is tuple and len(value) == 2 and type(value[0]) is type(value[1]) is int:  # nearly always
        rows, cols = value
        if least <= rows <= LARGEST_INT and least <= cols <= LARGEST_INT:
            return value
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
    kind, found = None, []
    for array in arrays.values():
        if array is not None:
            if not isinstance(array, np.ndarray) or array.dtype is not kind:  # == takes ten times as long
                kind = _float_type(op, arrays, array, kind)
            if array.flags.num & IN_ONE_RUN != IN_ONE_RUN:
                array = contiguous(array)
        found.append(array)
    return found


def _float_type(op: str, arrays: dict[str, Any], first: Any, kind: Any) -> np.dtype:
    """Return the type of the first array, or raise TypeError if the arrays are not of one float type."""
    if kind is None and isinstance(first, np.ndarray) and first.dtype in FLOATS:
        return first.dtype
    kinds = {}
    for name, array in arrays.items():
        if array is None:
            continue
        if not isinstance(array, np.ndarray):
            raise TypeError(f"{op}: {name} must be a NumPy array, got {type(array).__name__}")
        if array.dtype not in FLOATS:
            raise TypeError(
                f"{op}: {name} is {array.dtype}, expected float32 or float64\n"
                f"    hint: {name}.astype(np.float32)"
            )
        kinds[name] = array.dtype
    if len(set(kinds.values())) > 1:
        listed = ", ".join(f"{name} is {kind}" for name, kind in kinds.items())
        raise TypeError(f"{op}: one float type expected, but {listed}\n    hint: convert them with astype")
    return next(iter(kinds.values()))


def shaped(op: str, shape: tuple[int, ...], meaning: str, **arrays: np.ndarray) -> None:
    """Check that the arrays have this shape: ``meaning`` says why."""
    for name, array in arrays.items():
        if array.shape != shape:
            raise ValueError(f"{op}: {name} has shape {array.shape}, expected {shape}: {meaning}")


def in_channels(op: str, name: str, array: np.ndarray) -> np.ndarray:
    """Return the array (N, C, ...) as (N, C, L)."""
    shape = array.shape
    if len(shape) < 2:
        raise ValueError(f"{op}: {name} must have the axes (N, C, ...), got shape {shape}")
    return array if len(shape) == 3 else array.reshape(shape[0], shape[1], prod(shape[2:]))


def changed(op: str, g: np.ndarray, **arrays: np.ndarray) -> np.ndarray:
    """Check arrays that a kernel changes where they lie: no copy could stand in for them.

    Return g, which it reads: a copy, if one of them shares its memory.
    """
    kind, shape, owners = g.dtype, g.shape, {id(g if g.base is None else g.base)}
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or (array.dtype is not kind and array.dtype != kind):
            came = getattr(array, "dtype", type(array).__name__)
            raise TypeError(f"{op}: {name} is {came}, expected an array of {kind}, as g is")
        if array.shape != shape:
            raise ValueError(f"{op}: {name} has shape {array.shape}, expected {shape}, as g has")
        if array.flags.num & CHANGEABLE != CHANGEABLE:
            lies = f"has strides {array.strides}" if array.flags.writeable else "is read-only"
            raise ValueError(
                f"{op}: {name} {lies}, but is changed in place: it must be writable and lie in one run\n"
                f"    hint: pass a copy, np.array({name}, order='C')"
            )
        owners.add(id(array if array.base is None else array.base))
    return g if len(owners) > len(arrays) else _apart(op, g, arrays)


def _apart(op: str, g: np.ndarray, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Check that arrays, parts of one memory, do not overlap; return g, a copy if it does."""
    for (one, a), (other, b) in combinations(arrays.items(), 2):
        if np.may_share_memory(a, b):
            raise ValueError(f"{op}: {one} and {other} are both changed, but share their memory; pass a copy")
    return g.copy() if any(np.may_share_memory(each, g) for each in arrays.values()) else g


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
