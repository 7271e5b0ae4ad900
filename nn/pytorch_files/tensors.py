"""A tensor is a window into a storage: an offset, sizes and strides.  Several may share one storage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...core.reading import bad_file

# Types by PyTorch's names; "bfloat16", which NumPy lacks, is the upper half of a float32.
BFLOAT16, UNTYPED = "bfloat16", "untyped"
TYPES = ("float64", "float32", "float16", BFLOAT16, "complex64", "complex128", "bool")
TYPES += ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
DTYPES = {f"torch.{name}": name for name in TYPES}
KINDS = {"Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": BFLOAT16, "Bool": "bool"}
KINDS |= {"Long": "int64", "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8"}
KINDS |= {"ComplexFloat": "complex64", "ComplexDouble": "complex128"}
STORAGES = {f"{home}.{kind}Storage": KINDS[kind] for kind in KINDS for home in ("torch", "torch.cuda")}
STORAGES |= {"torch.storage.UntypedStorage": UNTYPED, "torch.UntypedStorage": UNTYPED}
STORED = {BFLOAT16: "uint16", "bool": "uint8", UNTYPED: "uint8"}  # how bytes are read that NumPy cannot take
MOST_AXES = 32  # NumPy 1 has no more


@dataclass(frozen=True)
class StorageId:
    """Numbers in a row: one of the values of `STORAGES`, a key, how many; ``part`` is (first, how many).

    The part is in numbers of the whole storage, whose key this is; None for all of it.
    """

    dtype: str
    key: str
    count: int
    part: tuple[int, int] | None = None

    @property
    def length(self) -> int:
        """Bytes of the whole storage."""
        return self.count * item_size(self.dtype)


@dataclass(frozen=True)
class Window:
    """A tensor: of a storage, of which type, where it begins, sizes and strides in numbers."""

    storage: StorageId
    dtype: str
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    @property
    def made(self) -> int:
        """Bytes of memory that its array takes beside the storage's."""
        count = math.prod(self.size)
        is_view = self.dtype not in STORED and count * item_size(self.dtype) <= self.storage.length
        return 0 if is_view else count * max(4, item_size(self.dtype))

    def array(self, path: Any, content: bytes, big: bool = False) -> np.ndarray:
        """Return the tensor as an array that cannot be written to and may share memory with others.

        Parameters
        ----------
        content : the bytes of the whole storage.
        big : whether the largest byte of a number comes first.

        Raises
        ------
        FileError : if the tensor reaches outside of its storage.
        """
        stored = np.dtype(STORED.get(self.dtype, self.dtype))
        values = np.frombuffer(content, stored.newbyteorder(">" if big else "<"))
        if self.storage.part:
            first, count = self.storage.part
            values = values[first : first + count]
        last = self.offset + sum((n - 1) * step for n, step in zip(self.size, self.stride, strict=True))
        if math.prod(self.size) == 0:
            return _as_numbers(np.empty(self.size, stored), self.dtype)
        if last >= len(values):
            came = f"sizes {self.size}, strides {self.stride} from {self.offset}"
            raise bad_file(path, f"a tensor inside of its storage of {len(values):,} numbers", came)
        steps = [values.itemsize * step * (n > 1) for n, step in zip(self.size, self.stride, strict=True)]
        seen = np.lib.stride_tricks.as_strided(values[self.offset :], self.size, steps, writeable=False)
        return _as_numbers(seen.astype(stored) if big else seen, self.dtype)


def item_size(dtype: str) -> int:
    """Return the bytes of a number."""
    return np.dtype(STORED.get(dtype, dtype)).itemsize


def window(path: Any, storage: Any, offset: Any, size: Any, stride: Any, dtype: str | None = None) -> Window:
    """Return the tensor that a pickle describes.

    Parameters
    ----------
    dtype : "torch.float32", for a storage that has no type; None if it has.

    Raises
    ------
    FileError : for sizes that are none.
    TypeError, LookupError : for what describes no tensor.
    """
    if not isinstance(storage, StorageId) or (storage.dtype == UNTYPED) != (dtype is not None):
        raise TypeError("a tensor without a storage")
    shape, steps = tuple(size), tuple(stride)
    whole = all(type(each) is int and 0 <= each < 1 << 60 for each in (offset, *shape, *steps))
    if not whole or len(shape) != len(steps) or len(shape) > MOST_AXES or math.prod(shape) >= 1 << 60:
        raise bad_file(
            path, f"sizes and strides of at most {MOST_AXES} axes", f"{shape!r:.99}, {steps!r:.99}"
        )
    return Window(storage, storage.dtype if dtype is None else DTYPES[dtype], offset, shape, steps)


def _as_numbers(values: np.ndarray, dtype: str) -> np.ndarray:
    """Return stored bits as numbers.

    >>> _as_numbers(np.array([0x3FC0], np.uint16), "bfloat16")
    array([1.5], dtype=float32)
    """
    if dtype == BFLOAT16:
        return np.left_shift(values, 16, dtype=np.uint32).view(np.float32)
    return values != 0 if dtype == "bool" else values
