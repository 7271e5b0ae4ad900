"""The one place where kernels get memory for their results."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

LARGEST = (
    2**48
)  # bytes: more than any machine has; beyond it NumPy's own size arithmetic may fail less clearly


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an uninitialised C-contiguous array; MemoryError says how much was asked for."""
    size = prod(shape) * np.dtype(dtype).itemsize
    if size > LARGEST:
        raise MemoryError(f"an array {tuple(shape)} of {np.dtype(dtype)} takes {size / 2**40:.3g} TiB")
    return np.empty(shape, dtype)
