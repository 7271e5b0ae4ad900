"""Reading files that may be cut off, edited, or made to hurt: one error for all, and a limit of memory.

A reader works inside `reading`, says what is wrong by `bad_file`, and asks `expect_room` before it takes
memory on the word of a file.
"""

from __future__ import annotations

import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from tokenize import TokenError
from typing import Any

from .errors import CutawayError, FileError

LONGEST = 2000  # letters of a message
ROOM, TIMES = 200 << 20, 4  # a reader takes that many bytes, and so many times the file
# What Python, NumPy and the unpackers raise about content.
FOREIGN = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, SyntaxError, TokenError),
    *(MemoryError, RecursionError, RuntimeError, NotImplementedError, EOFError, OSError),
    *(struct.error, zlib.error, lzma.LZMAError, zipfile.BadZipFile),
)
ABOUT_THE_PATH = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError, BlockingIOError)


def bad_file(
    path: Any, expected: str, came: str, byte: int | None = None, line: int | None = None, hint: str = ""
) -> FileError:
    """Return the error for a file that has something else than it should.

    >>> print(bad_file("a.bin", "dim from 1 to 10,000", "-3", byte=8, hint="was it cut off?"))
    a.bin: byte 8: expected dim from 1 to 10,000, came -3
        hint: was it cut off?
    """
    places = [f"byte {byte:,}" if byte is not None else "", f"line {line:,}" if line is not None else ""]
    place = ", ".join(filter(None, places)) + ": " if any(places) else ""
    text = f"{path}: {place}expected {expected}, came {came}" + (f"\n    hint: {hint}" if hint else "")
    return FileError(text, path, expected, byte, line)


@contextmanager
def reading(path: str | os.PathLike, expected: str) -> Iterator[None]:
    """Turn what a damaged file makes Python, NumPy and the unpackers raise into `FileError`.

    What is wrong with the path itself (no such file, a folder) is raised as it is.

    Parameters
    ----------
    expected : what the file should be, "a checkpoint" for example.
    """
    try:
        yield
    except (FileError, *ABOUT_THE_PATH):
        raise
    except FOREIGN as error:
        told = str(error)[:LONGEST]
        if isinstance(error, (CutawayError, ValueError)) and told.startswith(os.fspath(path)):
            raise FileError(told, path, expected) from error
        what = (
            told if isinstance(error, ValueError) and told else f"{type(error).__name__}: {told}".rstrip(": ")
        )
        raise FileError(
            f"{os.fspath(path)}: expected {expected}, came a damaged one: {what}", path, expected
        ) from error


def room(path: str | os.PathLike, max_bytes: int | None = None) -> int:
    """Return how many bytes of memory a reader of this file may take."""
    return TIMES * os.path.getsize(path) + ROOM if max_bytes is None else max_bytes


def expect_room(path: str | os.PathLike, wanted: int, what: str, max_bytes: int | None = None) -> None:
    """FileError if ``wanted`` bytes of memory are more than a reader of this file may take."""
    allowed = room(path, max_bytes)
    if wanted > allowed:
        why = "" if max_bytes is not None else f" ({TIMES} times the file and {ROOM >> 20} MB)"
        raise FileError(
            f"{os.fspath(path)}: expected what takes at most {allowed:,} bytes of memory{why}, "
            f"{what} would take {wanted:,}\n    hint: if you trust the file, pass max_bytes={wanted}",
            path,
            f"at most {allowed:,} bytes",
        )
