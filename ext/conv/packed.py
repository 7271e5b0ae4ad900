"""Weights that stay as they are, laid out once for all calls: what inference may do and training may not.

K channels out, C in, R S kernel.

A convolution reads its weights in another order than they lie in: output channels side by side, or the
kernels transformed for Winograd.  To lay them out takes a pass over memory, which many pixels repay; with a
single small image it takes longer than the convolution.
"""

from __future__ import annotations

import contextlib
import mmap
from typing import Any

import numpy as np

from .. import native
from ..memory import ALIGNMENT
from . import plan

HUGE = 1 << 21  # bytes of a huge page


class PackedWeights:
    """Weights (K, C, R, S) that nobody changes any more, in every order that a convolution asks for.

    Parameters
    ----------
    w : float32 or float64 (K, C / groups, R, S)
        Copied.  The copy cannot be written, so that no order of it can be out of date.
    """

    def __init__(self, w: np.ndarray) -> None:
        self.w = np.array(w, order="C")
        self.w.flags.writeable = False
        self._orders: dict[tuple[str, str], np.ndarray] = {}  # by instruction set and order

    @property
    def shape(self) -> tuple[int, ...]:
        """(K, C / groups, R, S)"""
        return self.w.shape

    def for_c(self, s: plan.Shape, is_winograd: bool, x: tuple[int, ...], y: tuple[int, ...]) -> tuple:
        """Return what the C kernels take beside the weights: nothing, or the weights in their order.

        x and y are the shapes of images and outputs.
        """
        if s.groups != 1:  # few weights, read as they are
            return ()
        module = native.load()
        assert module is not None  # the C kernels ask
        order = "winograd"
        if not is_winograd:
            steps = s.stride, s.padding, s.dilation
            order = module.lanes("conv2d", x, self.shape, y, *steps, 1, s.dtype == np.float64)
        return (self.in_order(order),)

    def in_order(self, order: str) -> tuple[str, np.ndarray]:
        """Return (order, the weights) in the order of the C kernels: "pixels", "channels" or "winograd"."""
        module = native.load()
        assert module is not None
        key = module.get_level(), order
        if key not in self._orders:
            packed = _pages(module.packed_size(order, self.w), self.w.dtype)
            module.pack(order, self.w, packed)
            self._orders[key] = packed
        return order, self._orders[key]

    def __getstate__(self) -> dict[str, Any]:
        return {"w": self.w}  # another machine has another order

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["w"])


def _pages(size: int, dtype: Any) -> np.ndarray:
    """Return an array of so many numbers, on huge pages where the system has them.

    All of it is read in every call: with pages of 4 KiB the processor would look up an address for each.
    """
    bytes_ = size * np.dtype(dtype).itemsize
    if bytes_ < HUGE or not hasattr(mmap, "MADV_HUGEPAGE"):
        spare = ALIGNMENT // np.dtype(dtype).itemsize
        memory = np.empty(size + spare, dtype)
        start = -memory.ctypes.data % ALIGNMENT // memory.itemsize
        return memory[start : start + size]
    pages = mmap.mmap(-1, bytes_ + 2 * HUGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # a kernel without them
        pages.madvise(mmap.MADV_HUGEPAGE)
    memory = np.frombuffer(pages, np.uint8)
    start = -memory.ctypes.data % HUGE
    return memory[start : start + bytes_].view(dtype)
