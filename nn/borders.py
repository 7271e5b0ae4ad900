"""Borders in PyTorch's notation: padding by name, and the widths of the last axis first."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import ops
from ..core.tensor import raw

MODES = {"constant": "zero", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


def pad(x: Any, width: Any, mode: str = "constant", value: float = 0.0) -> Any:
    """Return x with a border of ``width`` (left, right, top, bottom, ...), the last axis first.

    Parameters
    ----------
    mode : "constant" (``value``), "reflect" (mirrored), "replicate" (the edge value), or "circular" (around
        the end).
    value : what a constant border has.
    """
    width = tuple(width)
    if len(width) % 2:
        raise ValueError(f"pad: expected pairs (before, after) for the last axes, got {len(width)} numbers")
    if mode not in MODES:
        raise ValueError(f"pad: expected mode {', '.join(map(repr, MODES))}, got {mode!r}")
    if value and mode != "constant":
        raise ValueError(f"pad: a value is for mode 'constant', got {value} for {mode!r}")
    pairs = [(width[i], width[i + 1]) for i in range(0, len(width), 2)][::-1]
    y = ops.pad(x, pairs, MODES[mode])
    if not value:
        return y
    inside = ops.pad(np.ones(raw(x).shape, bool), pairs)
    return ops.where(inside, y, value)


def number(name: str, value: Any) -> int:
    """Return a number, or the only one of a tuple."""
    if isinstance(value, (tuple, list)):
        if len(value) != 1:
            raise ValueError(f"expected one number for {name}, got {value}")
        return value[0]
    return value


def same_width(kernel: tuple[int, ...], dilation: Any) -> list[tuple[int, int]]:
    """Return (before, after) of each axis, such that a convolution of stride 1 keeps the size.

    Where the two differ, the end has one more.
    """
    spread = np.broadcast_to(dilation, len(kernel))
    total = [int(d) * (k - 1) for k, d in zip(kernel, spread, strict=True)]
    return [(n // 2, n - n // 2) for n in total]


def bordered(name: str, x: Any, padding: str, kernel: Any, stride: Any, dilation: Any) -> tuple[Any, Any]:
    """Return x, with a border where it must be uneven, and the even padding that is left to do.

    Raises
    ------
    ValueError : for another word than "same" and "valid"; for "same" with a stride.
    """
    if padding == "valid":
        return x, (0,) * len(kernel)
    if padding != "same":
        raise ValueError(f"{name}: expected padding as numbers, 'same' or 'valid', got {padding!r}")
    if np.any(np.asarray(stride) != 1):
        raise ValueError(f"{name}: padding='same' needs stride 1, got stride {stride}")
    width = same_width(tuple(kernel), dilation)
    if all(before == after for before, after in width):
        return x, tuple(before for before, _ in width)
    return ops.pad(x, width), (0,) * len(kernel)
