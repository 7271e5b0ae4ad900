"""A quantised matrix as fastText's ``.ftz`` has it, little-endian.

int8 qnorm, int64 rows columns, int32 codesize, uint8 codes (codesize = rows * parts)
a quantiser: int32 columns parts dsub lastdsub, float32 centroids (columns * 256)
if qnorm: uint8 codes of the lengths (rows), a quantiser of one column
"""

from __future__ import annotations

import struct
from typing import IO

import numpy as np

from .binary_reader import BinaryReader
from .product_quantiser import CENTROIDS, Quantised

HEAD, QUANTISER = struct.Struct("<bqqi"), struct.Struct("<4i")


def write(file: IO, matrix: Quantised) -> None:
    """Write a matrix."""
    has_norms = matrix.norms is not None and matrix.norm_codes is not None
    file.write(HEAD.pack(has_norms, *matrix.shape, matrix.codes.size) + matrix.codes.tobytes())
    _write_quantiser(file, matrix.centroids)
    if matrix.norms is not None and matrix.norm_codes is not None:
        file.write(matrix.norm_codes.tobytes())
        _write_quantiser(file, [matrix.norms[:, None]])


def _write_quantiser(file: IO, centroids: list[np.ndarray]) -> None:
    widths = [each.shape[1] for each in centroids]
    file.write(QUANTISER.pack(sum(widths), len(widths), widths[0], widths[-1]))
    file.writelines(np.ascontiguousarray(each, "<f4").tobytes() for each in centroids)


def read(file: BinaryReader, rows: int, columns: int) -> Quantised:
    """Read a matrix of this shape; FileError names the byte."""
    offset = file.file.tell()
    qnorm, *shape, size = file.unpack(HEAD, "a quantised matrix")
    parts = size // rows if rows > 0 else 0
    fits = parts * rows == size and 1 <= parts <= columns and size <= file.left()
    if shape != [rows, columns] or qnorm not in (0, 1) or not fits:
        expected = f"a quantised matrix ({rows}, {columns}) that fits {file.left():,} bytes"
        raise file.error(expected, f"{tuple(shape)} with {size:,} codes", offset)
    codes = file.array("<u1", size).reshape(rows, parts)
    centroids = _read_quantiser(file, columns, parts)
    if not qnorm:
        return Quantised(codes, centroids)
    norm_codes = file.array("<u1", rows)
    return Quantised(codes, centroids, norm_codes, _read_quantiser(file, 1, 1)[0][:, 0])


def _read_quantiser(file: BinaryReader, columns: int, parts: int) -> list[np.ndarray]:
    offset = file.file.tell()
    found = file.unpack(QUANTISER, "a quantiser")
    _, _, dsub, last = found
    if found[:2] != (columns, parts) or not 1 <= last <= dsub or (parts - 1) * dsub + last != columns:
        raise file.error(f"a quantiser of {parts} parts of {columns} columns", f"{found}", offset)
    widths = [dsub] * (parts - 1) + [last]
    start = file.file.tell()
    numbers = file.array("<f4", CENTROIDS * columns)
    file.expect_numbers(numbers, start)
    ends = np.cumsum(widths)[:-1] * CENTROIDS
    return [part.reshape(CENTROIDS, -1) for part in np.split(numbers, ends)]
