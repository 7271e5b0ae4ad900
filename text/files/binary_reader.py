"""A binary file read part by part, with errors that know where they are.

Whatever the file claims, no more is read than it has.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

import numpy as np

LONGEST_TEXT = 4096  # bytes before a zero


class BinaryReader:
    """An open file.

    Attributes
    ----------
    size : int
        Bytes of the whole file.
    """

    def __init__(self, file: BinaryIO, path: str | os.PathLike) -> None:
        self.file, self.path = file, path
        self.size = os.fstat(file.fileno()).st_size

    def left(self) -> int:
        """Bytes that are not yet read."""
        return self.size - self.file.tell()

    def error(self, expected: str, came: str, offset: int | None = None) -> ValueError:
        offset = self.file.tell() if offset is None else offset
        return ValueError(f"{self.path}: byte {offset:,}: expected {expected}, came {came}")

    def unpack(self, layout: struct.Struct, what: str) -> tuple:
        offset, data = self.file.tell(), self.file.read(layout.size)
        if len(data) < layout.size:
            raise self.error(what, "the end of the file", offset)
        return layout.unpack(data)

    def array(self, kind: str, count: int) -> np.ndarray:
        """``count`` numbers; the caller has compared them with `left` if the file claims them."""
        wanted = count * np.dtype(kind).itemsize
        if wanted > self.left():
            raise self.error(f"{wanted:,} bytes of numbers", f"{self.left():,}, then the end of the file")
        return np.fromfile(self.file, kind, count)

    def text(self, what: str) -> bytes:
        """Bytes up to a zero byte."""
        offset = self.file.tell()
        text, zero, rest = self.file.read(LONGEST_TEXT).partition(b"\0")
        if not zero:
            raise self.error(f"{what} and a zero byte", f"{len(text)} bytes without one", offset)
        self.file.seek(-len(rest), os.SEEK_CUR)
        return text

    def decode(self, word: bytes, offset: int, errors: str = "strict", hint: str = "") -> str:
        """A word in UTF-8."""
        try:
            return word.decode("utf-8", errors)
        except UnicodeDecodeError:
            raise self.error(f"a word in UTF-8{hint}", repr(word[:60]), offset) from None
