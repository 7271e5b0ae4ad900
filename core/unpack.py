"""Compressed files, unpacked as they are read, and no further than is believed of their size.

A gzip file can hold a thousand times its size; an xz file more, and it can ask for gigabytes to unpack.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from .errors import FileError

FREE, RATIO = 1 << 25, 20  # bytes that any file may unpack to, and times its size; text has 3 to 10
DICTIONARY = 1 << 27  # bytes that an xz file may ask for; of xz -9 it is 64 MB
PIECE = 1 << 16
PACKED = (".gz", ".bz2", ".xz")


def open_text(path: str | os.PathLike, max_bytes: int | None = None) -> BinaryIO:
    """Open a file to read its bytes; ``.gz``, ``.bz2`` and ``.xz`` are unpacked.

    Parameters
    ----------
    max_bytes : int, optional
        A compressed file may unpack to so many bytes; by default to 20 times its size and 32 MB.
    """
    file = open(path, "rb")  # noqa: SIM115  the caller closes it
    kind = Path(path).suffix
    if kind not in PACKED:
        return file
    return io.BufferedReader(_Unpacked(file, kind, max_bytes), PIECE)


@contextmanager
def unpacked(path: str | os.PathLike, max_bytes: int | None = None) -> Iterator[BinaryIO]:
    """A file to read from any place: as it is, or if it is packed, unpacked into a temporary file."""
    with open_text(path, max_bytes) as file:
        if Path(path).suffix not in PACKED:
            yield file
            return
        with tempfile.TemporaryFile() as whole:
            shutil.copyfileobj(file, whole)
            whole.seek(0)
            yield whole


@contextmanager
def packed(target: IO, path: str | os.PathLike) -> Iterator[IO]:
    """An open file to write to, packed if the name of ``path`` says so."""
    kind = Path(path).suffix
    if kind not in PACKED:
        yield target
        return
    module: Any = {".gz": gzip, ".bz2": bz2, ".xz": lzma}[kind]
    with module.open(target, "wb") as file:
        yield file


class _Unpacked(io.RawIOBase):
    """The bytes that are packed in a file, one or more streams after each other."""

    def __init__(self, file: BinaryIO, kind: str, max_bytes: int | None) -> None:
        self.file, self.kind = file, kind
        packed = os.fstat(file.fileno()).st_size
        self.most = FREE + RATIO * packed if max_bytes is None else max_bytes
        self.unpacked, self.given = 0, b""
        self.stream: Any = self._new()

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.file.close()
        super().close()

    def readinto(self, room: Any) -> int:
        wanted = len(room)
        while wanted:
            if self.stream.eof and not self._next():
                return 0
            if piece := self._unpack(wanted):  # also without input: the stream may hold some back
                self._count(len(piece))
                room[: len(piece)] = piece
                return len(piece)
            if not self.given and not self.stream.eof:
                self.given = self.file.read(PIECE)
                if not self.given:
                    raise EOFError("the end of the file came before the end of what is packed in it")
        return 0

    def _new(self) -> Any:
        if self.kind == ".gz":
            return zlib.decompressobj(wbits=31)
        if self.kind == ".bz2":
            return bz2.BZ2Decompressor()
        return lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=DICTIONARY)

    def _unpack(self, most: int) -> bytes:
        piece = self.stream.decompress(self.given, most)
        self.given = self.stream.unconsumed_tail if self.kind == ".gz" else b""
        return piece

    def _next(self) -> bool:
        """Begin the next stream, if there is one: zeros may lie between."""
        rest = self.stream.unused_data
        while not (rest := rest.lstrip(b"\0")):
            rest = self.file.read(PIECE)
            if not rest:
                return False
        self.given, self.stream = rest, self._new()
        return True

    def _count(self, size: int) -> None:
        self.unpacked += size
        if self.unpacked > self.most:
            raise FileError(
                f"{self.file.name}: expected at most {self.most:,} bytes in so small a file, came more\n"
                "    hint: if you trust it, pass max_bytes=, or unpack it first",
                self.file.name,
                f"at most {self.most:,} bytes",
                self.most,
            )
