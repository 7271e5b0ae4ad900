"""A binary file read part by part, with errors that know where they are.

Whatever the file claims, no more is read than it has.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

import numpy as np

from ...core.errors import FileError
from ...core.reading import bad_file, expect_room
from ..corpus.token import LONGEST

BLOCK = 1 << 20  # numbers looked at together
TEXT_BLOCK = 4096  # bytes in which a zero is looked for


class BinaryReader:
    """An open file.

    Attributes
    ----------
    size : int
        Bytes of the whole file.
    max_bytes : int, optional
        Of memory that reading may take; see `core.reading.expect_room`.
    """

    def __init__(self, file: BinaryIO, path: str | os.PathLike, max_bytes: int | None = None) -> None:
        self.file, self.path, self.max_bytes = file, path, max_bytes
        self.size = os.fstat(file.fileno()).st_size

    def left(self) -> int:
        """Bytes that are not yet read."""
        return self.size - self.file.tell()

    def error(self, expected: str, came: str, offset: int | None = None) -> FileError:
        return bad_file(self.path, expected, came, self.file.tell() if offset is None else offset)

    def expect_room(self, wanted: int, what: str) -> None:
        """FileError if that is more memory than this file may take."""
        expect_room(self.path, wanted, what, self.max_bytes)

    def expect_numbers(self, array: np.ndarray, start: int) -> None:
        """FileError unless all float32 numbers of ``array``, which begins at byte ``start``, are finite."""
        flat = array.reshape(-1)
        for i in range(0, len(flat), BLOCK):
            finite = np.isfinite(flat[i : i + BLOCK])
            if not finite.all():
                bad = i + int(np.argmin(finite))
                raise self.error("a finite number", str(flat[bad]), start + array.itemsize * bad)

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
        text, zero = bytearray(), b""
        while not zero:
            piece, zero, rest = self.file.read(TEXT_BLOCK).partition(b"\0")
            text += piece
            if not zero and (not piece or len(text) > LONGEST):
                raise self.error(f"{what} and a zero byte", f"{len(text):,} bytes without one", offset)
        self.file.seek(-len(rest), os.SEEK_CUR)
        return bytes(text)

    def decode(self, word: bytes, offset: int, errors: str = "strict", hint: str = "") -> str:
        """A word in UTF-8."""
        try:
            return word.decode("utf-8", errors)
        except UnicodeDecodeError:
            raise self.error(f"a word in UTF-8{hint}", repr(word[:60]), offset) from None
