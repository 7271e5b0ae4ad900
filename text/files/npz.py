"""Vectors as NumPy's ``.npz``: an uncompressed zip file of two arrays, so that the numbers can be mapped.

    words     uint8, the words in UTF-8, a newline between two
    vectors   float32 (V, D), at a multiple of 64 bytes

``numpy.load(path)["vectors"]`` reads them anywhere; nothing in the file is ever executed.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib import format as npy

from ...core.files import replacing
from ..corpus.utf8 import to_bytes, to_text

ALIGNMENT = 64
LOCAL_HEADER = 30  # bytes before a member's name
PADDING = 0xD935  # the zip format's number for an extra field that only aligns
LARGEST_RATIO = 100  # of unpacked to packed size that is believed


def write(path: str | os.PathLike, words: Sequence[str], matrix: np.ndarray) -> None:
    """Write words and matrix, beside ``path`` and then renamed."""
    bad = next((word for word in words if "\n" in word), None)
    if bad is not None:
        raise ValueError(f"write: the word {bad!r} has a line's end, which the format cannot hold")
    with replacing(path) as file, zipfile.ZipFile(file, "w", allowZip64=True) as archive:
        _add(archive, "words", np.frombuffer(to_bytes("\n".join(words)), np.uint8))
        _add(archive, "vectors", np.ascontiguousarray(matrix, "<f4"))


def _add(archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
    head = io.BytesIO()
    npy.write_array_header_1_0(head, npy.header_data_from_array_1_0(array))
    info = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
    info.file_size = head.tell() + array.nbytes
    here = archive.fp.tell()  # type: ignore[union-attr]
    begin = here + LOCAL_HEADER + len(info.filename) + 4 + head.tell()
    if info.file_size * 1.05 > zipfile.ZIP64_LIMIT:
        begin += 20  # of the sizes in 64 bits
    fill = -begin % ALIGNMENT
    info.extra = struct.pack("<HH", PADDING, fill) + bytes(fill)
    with archive.open(info, "w") as member:
        member.write(head.getvalue())
        member.write(array.reshape(-1).view(np.uint8).data)


def read(
    path: str | os.PathLike, limit: int | None = None, mmap: bool = False
) -> tuple[list[str], np.ndarray]:
    """Words and matrix, float32 (V, D).

    Parameters
    ----------
    limit : int, optional
        Read only so many words.
    mmap : bool
        Map the matrix: only the rows that are looked at come into memory.

    Raises
    ------
    ValueError
        Not such a file: says what was expected, and where.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            words = to_text(_member(archive, path, "words").tobytes()).split("\n")[:limit]
            matrix = _mapped(archive, path) if mmap else _member(archive, path, "vectors")
    except (
        zipfile.BadZipFile,
        EOFError,
        KeyError,
        UnicodeDecodeError,
        NotImplementedError,
        OSError,
    ) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise ValueError(
            f"{path}: expected a zip file with words.npy (uint8, UTF-8) and vectors.npy: {error}"
        ) from None
    if matrix.ndim != 2 or matrix.dtype.kind != "f" or len(matrix[:limit]) != len(words):
        raise ValueError(
            f"{path}: expected vectors.npy of numbers, a row for each of {len(words):,} words, "
            f"came {matrix.dtype} {matrix.shape}"
        )
    return words, matrix[:limit] if mmap else np.asarray(matrix[:limit], np.float32)


def _header(member: Any, path: str | os.PathLike, info: zipfile.ZipInfo) -> tuple[tuple, bool, np.dtype]:
    """Shape, order and type of an array, believed only if they fit the member's size."""
    try:
        version = npy.read_magic(member)
        shape, fortran, dtype = getattr(npy, f"read_array_header_{version[0]}_0")(member)
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{path}: {info.filename}: byte 0: expected an array's header: {error}") from None
    size = info.file_size - member.tell()
    if dtype.hasobject or fortran or int(np.prod(shape, dtype=object)) * dtype.itemsize != size:
        raise ValueError(
            f"{path}: {info.filename}: byte {member.tell()}: expected {dtype} {shape} in rows, came {size:,} "
            "bytes"
        )
    return shape, fortran, dtype


def _member(archive: zipfile.ZipFile, path: str | os.PathLike, name: str) -> np.ndarray:
    info = archive.getinfo(f"{name}.npy")
    if info.file_size > LARGEST_RATIO * os.path.getsize(path):
        raise ValueError(
            f"{path}: {info.filename}: {info.file_size:,} bytes are not believed of so small a file"
        )
    with archive.open(info) as member:
        shape, _, dtype = _header(member, path, info)
        return np.frombuffer(bytearray(member.read()), dtype).reshape(shape)


def _mapped(archive: zipfile.ZipFile, path: str | os.PathLike) -> np.ndarray:
    info = archive.getinfo("vectors.npy")
    with archive.open(info) as member:
        shape, _, dtype = _header(member, path, info)
        begin = member.tell()
    if info.compress_type != zipfile.ZIP_STORED or dtype != np.float32:
        raise ValueError(
            f"{path}: only float32 vectors that are not compressed can be mapped\n"
            "    hint: mmap=False, or save the vectors anew"
        )
    with open(path, "rb") as file:
        file.seek(info.header_offset + LOCAL_HEADER - 4)
        name, extra = struct.unpack("<HH", file.read(4))
    return np.memmap(path, dtype, "r", info.header_offset + LOCAL_HEADER + name + extra + begin, shape)
