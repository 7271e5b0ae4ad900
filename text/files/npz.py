"""Vectors as NumPy's ``.npz``: an uncompressed zip file of two arrays, so that the numbers can be mapped.

    words     uint8, the words in UTF-8, a newline between two
    vectors   float32 (V, D), at a multiple of 64 bytes

``numpy.load(path)["vectors"]`` reads them anywhere; nothing in the file is ever executed.
"""

from __future__ import annotations

import io
import math
import os
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib import format as npy

from ...core.errors import FileError
from ...core.files import replacing
from ...core.reading import bad_file, expect_room, reading
from ..corpus.utf8 import to_bytes, to_text
from .rows import expect_rows

ALIGNMENT = 64
LOCAL_HEADER = 30  # bytes before a member's name
PADDING = 0xD935  # the zip format's number for an extra field that only aligns
EXPECTED = "a zip file with words.npy (uint8, UTF-8) and vectors.npy"
WORD_COSTS = 70  # bytes of memory, its letters apart
PIECE = 1 << 24  # bytes unpacked at a time


def write(path: str | os.PathLike, words: Sequence[str], matrix: np.ndarray) -> None:
    """Write words and matrix, beside ``path`` and then renamed.

    Raises
    ------
    TypeError, ValueError
        What could not be read back: a word with a line's end, numbers that are not finite.
    """
    expect_rows(path, words, np.asarray(matrix), "\n")
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
    path: str | os.PathLike, limit: int | None = None, mmap: bool = False, max_bytes: int | None = None
) -> tuple[list[str], np.ndarray]:
    """Words and matrix, float32 (V, D).

    Parameters
    ----------
    limit : int, optional
        Read only so many words.
    mmap : bool
        Map the matrix: only the rows that are looked at come into memory, and no one has looked whether
        the numbers are finite.
    max_bytes : int, optional
        Of memory that reading may take; by default four times the file and 200 MB.

    Raises
    ------
    FileError
        Not such a file: says what was expected, and where.
    """
    with reading(path, EXPECTED), zipfile.ZipFile(path) as archive:
        spelt = _member(archive, path, "words", max_bytes)
        if spelt.dtype != np.uint8:
            raise bad_file(path, "words.npy of uint8", str(spelt.dtype))
        count = int(np.count_nonzero(spelt == ord("\n"))) + 1
        expect_room(path, len(spelt) * 3 + count * WORD_COSTS, f"{count:,} words", max_bytes)
        words = to_text(spelt.tobytes()).split("\n")[:limit]
        matrix = _mapped(archive, path) if mmap else _member(archive, path, "vectors", max_bytes)
        if matrix.ndim != 2 or matrix.dtype.kind != "f" or len(matrix[:limit]) != len(words):
            expected = f"vectors.npy of numbers, a row for each of {len(words):,} words"
            raise bad_file(path, expected, f"{matrix.dtype} {matrix.shape}")
        if mmap:
            return words, matrix[:limit]
        matrix = np.asarray(matrix[:limit], np.float32)
        if not np.isfinite(matrix.sum(dtype=np.float64)) and not (finite := np.isfinite(matrix)).all():
            bad = int(np.argmin(finite))
            raise bad_file(path, "finite numbers in vectors.npy", f"{matrix.flat[bad]} as number {bad:,}")
        return words, matrix


def _header(member: Any, path: str | os.PathLike, info: zipfile.ZipInfo) -> tuple[tuple, bool, np.dtype]:
    """Shape, order and type of an array, believed only if they fit the member's size."""
    with reading(path, f"an array's header at byte 0 of {info.filename}"):
        version = npy.read_magic(member)
        shape, fortran, dtype = getattr(npy, f"read_array_header_{version[0]}_0")(member)
    size = info.file_size - member.tell()
    fits = min(shape, default=0) >= 0 and int(np.prod(shape, dtype=object)) * dtype.itemsize == size
    if dtype.hasobject or fortran or not dtype.itemsize or not fits:
        came = f"{size:,} bytes in {info.filename}"
        raise bad_file(path, f"{dtype} {shape} in rows", came, member.tell())
    return shape, fortran, dtype


def _member(
    archive: zipfile.ZipFile, path: str | os.PathLike, name: str, max_bytes: int | None
) -> np.ndarray:
    info = archive.getinfo(f"{name}.npy")
    expect_room(path, int(1.5 * info.file_size), f"{info.filename}, unpacked,", max_bytes)  # and as float32
    with archive.open(info) as member:
        shape, _, dtype = _header(member, path, info)
        content = np.empty(int(np.prod(shape, dtype=object)) * dtype.itemsize, np.uint8)
        filled = 0
        while piece := member.read(min(PIECE, len(content) - filled)):
            content[filled : filled + len(piece)] = np.frombuffer(piece, np.uint8)
            filled += len(piece)
        if filled < len(content):
            raise bad_file(path, f"{len(content):,} bytes in {info.filename}", f"{filled:,}")
        return content.view(dtype).reshape(shape)


def _mapped(archive: zipfile.ZipFile, path: str | os.PathLike) -> np.ndarray:
    info = archive.getinfo("vectors.npy")
    with archive.open(info) as member:
        shape, _, dtype = _header(member, path, info)
        begin = member.tell()
    if info.compress_type != zipfile.ZIP_STORED or dtype != np.float32:
        raise FileError(
            f"{path}: only float32 vectors that are not compressed can be mapped\n"
            "    hint: mmap=False, or save the vectors anew",
            path,
        )
    with open(path, "rb") as file:
        file.seek(info.header_offset + LOCAL_HEADER - 4)
        name, extra = struct.unpack("<HH", file.read(4))
    begin += info.header_offset + LOCAL_HEADER + name + extra
    if begin + 4 * math.prod(shape) > os.path.getsize(path):
        raise bad_file(path, f"{shape} numbers", "the end of the file", begin)
    return np.memmap(path, dtype, "r", begin, shape)
