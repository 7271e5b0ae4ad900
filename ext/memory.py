"""The one place where kernels get memory for their results: a pool that hands large blocks out again.

A training step allocates and frees the same large arrays every time.  The C library returns blocks of that
size to the operating system at once, and the next step gets them back page by page, each filled with zeros
on first touch; for a U-Net that costs as much as a third of its arithmetic.  So large blocks stay here:

    empty(shape)  ->  an idle block of this size class?   yes: a new array over it
                                                          no:  drop idle blocks that do not fit, allocate one

Nobody has to give a block back.  An array made here, and every view of it, refers to its block; a block that
nobody but the pool refers to is idle.  (Raising the C library's thresholds instead, with `mallopt`, would
change how the whole program allocates, works with one C library only, and cannot be bounded or asked.)

The pool is bounded: blocks in use and idle ones together never exceed the most that was in use at once,
a quarter, and 64 MB.  Without the quarter, the phases of a step, which want other sizes, would take each
other's blocks away; without the 64 MB so would the layers of a network that looks at a single image.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

LARGEST = 2**48  # bytes: more than any machine has; beyond it NumPy's own arithmetic may fail less clearly
SLACK = 5 / 4  # what the pool may hold, relative to the most that was in use
ROOM = 2**26  # bytes that it may hold besides
POOLED_FROM = 2**18  # bytes: smaller arrays come and go without the operating system
ALIGNMENT = 64  # a cache line, so that vectors do not straddle two
IN_ONE_RUN = (
    0x001 | 0x100
)  # NumPy's flags C_CONTIGUOUS and ALIGNED: to ask for both at once takes half as long
CHANGEABLE = IN_ONE_RUN | 0x400  # and WRITEABLE


@dataclass(frozen=True)
class Report:
    """What the large arrays made by kernels occupy, in bytes."""

    live: int  # in use now
    pooled: int  # idle, waiting to be used again
    peak: int  # the most that was in use at once

    def __str__(self) -> str:
        live, pooled, peak = (f"{each / 2**20:.1f} MB" for each in (self.live, self.pooled, self.peak))
        return f"large arrays: {live} in use, {pooled} pooled, peak {peak}"


_blocks: dict[int, list[np.ndarray]] = {}  # by size class, the one used last at the end
_held = _peak = 0
_lock = threading.RLock()  # re-entrant: a collected object may allocate while the lock is held
_pools = getattr(sys, "_is_gil_enabled", lambda: True)()  # without the GIL, counts are not exact


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an uninitialised C-contiguous array; MemoryError says how much was asked for."""
    size = prod(shape) * np.dtype(dtype).itemsize
    if size > LARGEST:
        raise MemoryError(f"an array {tuple(shape)} of {np.dtype(dtype)} takes {size / 2**40:.3g} TiB")
    if size < POOLED_FROM or not _pools:
        return np.empty(shape, dtype)
    with _lock:
        block = _take(_size_class(size))
        return np.ndarray(shape, dtype, block, -block.ctypes.data % ALIGNMENT)


def empty_like(array: np.ndarray) -> np.ndarray:
    """Return an uninitialised C-contiguous array of the same shape and type."""
    return empty(array.shape, array.dtype)


def contiguous(array: np.ndarray) -> np.ndarray:
    """Return the array itself if it lies in one run, in the order of its axes, each number where the
    processor expects one; else a copy that does.
    """
    if array.flags.num & IN_ONE_RUN == IN_ONE_RUN:
        return array
    copy = empty(array.shape, array.dtype)
    copy[...] = array
    return copy


def add(a: Any, b: Any) -> Any:
    """Return a + b; a large sum lies in the pool."""
    if type(a) is not np.ndarray or a.nbytes < POOLED_FROM or type(b) is not np.ndarray:
        return a + b
    if a.dtype != b.dtype or np.broadcast_shapes(a.shape, b.shape) != a.shape:
        return a + b
    return np.add(a, b, out=empty(a.shape, a.dtype))


def memory() -> Report:
    """Return what the large arrays made by kernels occupy."""
    with _lock:
        pooled = sum(size * len(_idle(blocks)) for size, blocks in _blocks.items())
        return Report(_held - pooled, pooled, _peak)


def release() -> None:
    """Give all idle blocks back to the operating system, and let the peak start anew."""
    global _peak
    with _lock:
        _drop(_held)
        _peak = _held


def _size_class(size: int) -> int:
    """Return the size rounded up to an eighth of a power of two: classes are few, at most 1/8 is wasted."""
    step = 1 << max(size.bit_length() - 4, 0)
    return -(-size // step) * step


def _take(size: int) -> np.ndarray:
    """Return an idle block of this class, or a new one."""
    global _held, _peak
    blocks = _blocks[size] = _blocks.pop(size, [])
    for i in range(len(blocks) - 1, -1, -1):
        if _references(blocks, i) == IDLE:
            return blocks[i]
    pooled = sum(each * len(_idle(others)) for each, others in _blocks.items())
    _peak = max(_peak, _held - pooled + size)
    _drop(_held + size - int(SLACK * _peak) - ROOM)
    block = np.empty(size + ALIGNMENT, np.uint8)
    blocks.append(block)
    _held += size
    return block


def _drop(excess: int) -> None:
    """Free idle blocks, those of the class that was not used for longest first, until `excess`
    bytes are gone.
    """
    global _held
    for size, blocks in list(_blocks.items()):
        for i in reversed(_idle(blocks)):
            if excess <= 0:
                return
            del blocks[i]
            _held -= size
            excess -= size


def _idle(blocks: list[np.ndarray]) -> list[int]:
    return [i for i in range(len(blocks)) if _references(blocks, i) == IDLE]


def _references(blocks: list[np.ndarray], i: int) -> int:
    return sys.getrefcount(blocks[i])


IDLE = _references([np.empty(1, np.uint8)], 0)  # what the list and the call itself contribute


def _forget_lock() -> None:
    global _lock
    _lock = threading.RLock()  # in the child of a fork no other thread exists that could release it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_lock)
