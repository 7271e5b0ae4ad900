"""Arrays that no kernel expects, for test_doors.py: the same numbers laid out otherwise, and other numbers.

An operand lies in a larger array whose other numbers, the guards, must not change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

GUARD, MARGIN = 77, 64


def guarded(values: np.ndarray) -> tuple[np.ndarray, Callable[[], bool]]:
    """The values in one run of a larger array, and whether what lies around them is as it was."""
    around = np.full(values.size + 2 * MARGIN, GUARD, values.dtype)
    inside = around[MARGIN : MARGIN + values.size].reshape(values.shape)
    inside[...] = values
    return inside, lambda: bool((around[:MARGIN] == GUARD).all() and (around[-MARGIN:] == GUARD).all())


def backwards(a: np.ndarray) -> np.ndarray:
    """The same numbers, each axis from its end: all strides are negative."""
    turn = (slice(None, None, -1),) * a.ndim
    return a[turn].copy()[turn]


def spread(a: np.ndarray) -> np.ndarray:
    """The same numbers with gaps between them."""
    wide = np.full((*a.shape, 2), GUARD, a.dtype)
    wide[..., 0] = a
    return wide[..., 0]


def misaligned(a: np.ndarray) -> np.ndarray:
    """The same numbers, one byte behind where they should begin."""
    moved = np.ndarray(a.shape, a.dtype, np.zeros(a.nbytes + 1, np.uint8), 1)
    moved[...] = a
    return moved


def locked(a: np.ndarray) -> np.ndarray:
    """A read-only copy."""
    copy = a.copy()
    copy.flags.writeable = False
    return copy


def repeated(a: np.ndarray) -> np.ndarray:
    """The first number everywhere: all strides are zero."""
    return np.broadcast_to(a.ravel()[:1].reshape((1,) * a.ndim), a.shape) if a.size else a


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "backwards": backwards,
    "Fortran": np.asfortranarray,
    "spread": spread,
    "misaligned": misaligned,
    "locked": locked,
    "repeated": repeated,
    "byte-swapped": lambda a: a.astype(a.dtype.newbyteorder()),
}
TYPES = {"float64": np.float64, "float16": np.float16, "int32": np.int32, "complex": np.complex64}


def hostile(a: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """The operand in all ways that it should not come; the array itself is a float32 or an integer one."""
    for name, layout in LAYOUTS.items():
        yield name, layout(a)
    for name, dtype in TYPES.items():
        yield name, a.astype(dtype)
    for axis in range(a.ndim):
        yield f"axis {axis} longer", np.concatenate([a, a.take([0], axis)], axis)
        yield f"axis {axis} shorter", a.take(range(a.shape[axis] - 1), axis)
        yield f"axis {axis} of none", a.take([], axis)
        yield f"axis {axis} of one", a.take([0], axis)
    yield "an axis more", a[None]
    yield "an axis less", a[0]
    yield "no axis", a.ravel()[0:1].reshape(())
    if a.ndim > 1:
        yield "transposed", a.T
    if a.dtype.kind in "iu":
        for wrong in (-1, 255, 10**9):
            some = a.astype(np.int64)
            some.ravel()[-1] = wrong
            yield f"with {wrong}", some.astype(a.dtype)


def clean(value: Any) -> Any:
    """A plain copy, for the reference."""
    return (
        np.array(value, value.dtype.newbyteorder("="), order="C") if isinstance(value, np.ndarray) else value
    )
