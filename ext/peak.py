"""What this machine can do at most, measured: the yardstick for every kernel's speed."""

from __future__ import annotations

import time

import numpy as np

from . import native
from .threads import get_num_threads

MATRIX = 2048  # rows: large enough for BLAS to be at its best
STREAM = 1 << 26  # bytes: larger than caches that one core may fill
ATTEMPTS = 9


def peak_flops() -> float:
    """Return multiply-adds in registers on all threads, in float32 operations a second (an addition and a
    multiplication count as two).

    Without the C kernels it is the speed of NumPy's matrix product, which comes near.
    """
    module = native.load()
    if module is None:
        a = np.ones((MATRIX, MATRIX), np.float32)
        return 2 * MATRIX**3 / best_time(lambda: a @ a)
    numbers = np.full((get_num_threads(), 64), 0.5, np.float32)
    numbers[:, 1] = 0.25
    return module.peak(numbers) / best_time(lambda: module.peak(numbers), 10 * ATTEMPTS)  # 2 ms each


def bandwidth() -> float:
    """Return the bytes a second that one core reads and writes while it copies a large array."""
    source = np.ones(STREAM, np.uint8)
    target = np.ones_like(source)
    return 2 * STREAM / best_time(lambda: np.copyto(target, source))


def best_time(call, attempts: int = ATTEMPTS) -> float:
    """Return the shortest of some calls, in seconds; the first is not counted, it may compile or load."""
    call()
    times = []
    for _ in range(attempts):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)
