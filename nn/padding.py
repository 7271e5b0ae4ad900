"""Borders as modules: of sequences (N, C, L) and of images (N, C, H, W)."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import functional as F
from .module import Module


class _Border(Module):
    """``padding`` is (left, right, top, bottom), for sequences (left, right); or one number for all sides."""

    rank, mode = 2, "constant"

    def __init__(self, padding: Any):
        super().__init__()
        sides = 2 * self.rank
        self.padding = (int(padding),) * sides if np.ndim(padding) == 0 else tuple(int(n) for n in padding)
        if len(self.padding) != sides:
            expected = "(left, right, top, bottom)" if self.rank == 2 else "(left, right)"
            raise ValueError(f"{type(self).__name__}: expected one number or {expected}, got {padding}")

    def forward(self, x: Any) -> Any:
        if len(x.shape) != self.rank + 2:
            expected = "(N, C, H, W)" if self.rank == 2 else "(N, C, L)"
            raise ValueError(f"{type(self).__name__}: expected x {expected}, got shape {tuple(x.shape)}")
        return F.pad(x, self.padding, self.mode, getattr(self, "value", 0.0))

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad2d(_Border):
    """A border of one value."""

    def __init__(self, padding: Any, value: float):
        super().__init__(padding)
        self.value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ZeroPad2d(_Border):
    """A border of zeros."""


class ReflectionPad2d(_Border):
    """A border that mirrors the image, the edge not repeated."""

    mode = "reflect"


class ReplicationPad2d(_Border):
    """A border that repeats the edge."""

    mode = "replicate"


class CircularPad2d(_Border):
    """A border that goes around the end."""

    mode = "circular"


class ConstantPad1d(ConstantPad2d):
    """A border of one value."""

    rank = 1


class ZeroPad1d(ZeroPad2d):
    """A border of zeros."""

    rank = 1


class ReflectionPad1d(ReflectionPad2d):
    """A border that mirrors the sequence, the edge not repeated."""

    rank = 1


class ReplicationPad1d(ReplicationPad2d):
    """A border that repeats the edge."""

    rank = 1


class CircularPad1d(CircularPad2d):
    """A border that goes around the end."""

    rank = 1
