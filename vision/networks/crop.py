"""Sizes that must meet: cut a map to one, fill an image up to one, say when an image is too small."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.errors import ShapeError, message
from ...nn import functional as F


def cropped(x: Any, offset: int, size: Sequence[int]) -> Any:
    """Return the rows and columns offset ... offset + size - 1 of x (N, C, P, Q): (N, C, *size)."""
    if offset == 0 and tuple(x.shape[2:]) == tuple(size):
        return x
    return x[:, :, offset : offset + size[0], offset : offset + size[1]]


def filled(x: Any, multiple: int, least: int = 1) -> Any:
    """Return x with zeros at the bottom and right: sides that are multiples, and at least ``least``.

    A size that every stride divides spares a network the rounding.  x (N, C, H, W) -> (N, C, H', W').
    """
    rows, columns = (max(n, least) + -max(n, least) % multiple - n for n in x.shape[2:])
    return F.pad(x, (0, columns, 0, rows)) if rows or columns else x


def check_size(net: Any, x: Any, least: int, reason: str) -> None:
    """Raise ShapeError if x is no batch of images (N, C, H, W) of at least ``least`` x ``least`` pixels."""
    name = type(net).__name__
    if len(x.shape) != 4:
        raise ShapeError(message(name, "expected images (N, C, H, W)", [("x", x)], "one image is x[None]"))
    if min(x.shape[2:]) < least:
        problem = f"an image of {x.shape[2]} x {x.shape[3]} pixels is too small: {reason}"
        raise ShapeError(message(name, problem, [("x", x)], f"enlarge it to at least {least} x {least}"))
