"""A corpus: files or lines, streamed, to sentences of words, to token ids.

path "wiki.txt.xz"  ->  line "The bat ..."  ->  ["the", "bat", ...]  ->  int32 [1, 57, ..., 0, 1, 12, ...]
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ...core.errors import FileError
from ...core.reading import reading
from ...core.unpack import open_text
from . import tokenise as tokenisers
from .folder import files_in
from .utf8 import KEEP_BYTES

Tokeniser = Callable[[str], list[str]]
LONGEST_LINE = 1 << 20  # bytes; a longer line (text8 is one line) is read in pieces, each a sentence


class Corpus:
    """Sentences, each a list of words, read anew at every iteration.

    Parameters
    ----------
    source : path, or iterable of paths, of lines, or of lists of words
        A ``str`` or ``Path`` is a UTF-8 text file, ``.gz``, ``.bz2`` and ``.xz`` included, or a folder of
        them; several are ``Path`` objects in a list, because a list of ``str`` is a list of lines.
    tokenise : callable, line -> list of words
        `tokenise.whitespace` (as the C tools) or `tokenise.letters` or your own.  Lists of words are taken
        as they are.
    errors : {"strict", "surrogateescape"}
        Bytes that are not UTF-8: an error that names line and byte, or kept as they are (``utf8.py``).
    max_bytes : int, optional
        A packed file may unpack to so many bytes, by default to 20 times its size and 32 MB.
    """

    def __init__(
        self,
        source: Any,
        tokenise: Tokeniser = tokenisers.whitespace,
        errors: str = "strict",
        max_bytes: int | None = None,
    ) -> None:
        if errors not in ("strict", KEEP_BYTES):
            raise ValueError(f"Corpus: errors is 'strict' or '{KEEP_BYTES}', got {errors!r}")
        if not isinstance(source, str | os.PathLike | Iterable):
            raise TypeError(f"Corpus: expected a path or an iterable of lines, got {type(source).__name__}")
        self.source = source
        self.tokenise = tokenise
        self.errors = errors
        self.max_bytes = max_bytes

    def __iter__(self) -> Iterator[list[str]]:
        source = [Path(self.source)] if isinstance(self.source, str | os.PathLike) else self.source
        for item in source:
            if isinstance(item, os.PathLike):
                for file in files_in(Path(item)):
                    yield from map(self.tokenise, read_lines(file, self.errors, self.max_bytes))
            elif isinstance(item, str):
                yield self.tokenise(item)
            elif isinstance(item, bytes):
                raise TypeError(
                    "Corpus: lines are str, got bytes\n    hint: open the file as text, or pass its Path"
                )
            else:
                yield list(item)


def read_lines(
    path: str | os.PathLike, errors: str = "strict", max_bytes: int | None = None
) -> Iterator[str]:
    """Lines of a UTF-8 file as str, one at a time.

    Raises
    ------
    FileError
        Not UTF-8 (names the file and the byte's offset in the unpacked text), a damaged packed file, or one
        that unpacks to more than ``max_bytes``.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"no file {str(path)!r}\n    hint: a str is a path; to train on text itself pass a list of lines"
        )
    lines = _lines(path, errors, max_bytes)
    offset = 0
    while True:
        try:
            # subtle: not around a yield, where errors of who reads the lines would pass for the file's
            with reading(path, "text"):
                found = next(lines, None)
        except FileError as error:
            if isinstance(error.__cause__, ValueError) or error.__cause__ is None:
                raise
            raise FileError(
                f"{path}: damaged after {offset:,} unpacked bytes: {error.__cause__}", path, "text", offset
            ) from error
        if found is None:
            return
        yield found[0]
        offset += found[1]


def _lines(path: Path, errors: str, max_bytes: int | None) -> Iterator[tuple[str, int]]:
    with open_text(path, max_bytes) as file:
        yield from decode_lines(file, path, errors)


def decode_lines(
    file: BinaryIO, name: str | os.PathLike, errors: str = "strict"
) -> Iterator[tuple[str, int]]:
    """Lines of an open file and how many bytes each has; `read_lines` says more."""
    offset = 0
    for number, piece in enumerate(_pieces(file), 1):
        try:
            line = piece.decode("utf-8", errors).rstrip("\r\n")
        except UnicodeDecodeError as error:
            bad = error.start
            raise FileError(
                f"{name}: expected UTF-8, byte {offset + bad:,} (line {number:,}) is 0x{piece[bad]:02x}\n"
                f"    near {piece[max(0, bad - 20) : bad + 20]!r}\n"
                f"    hint: errors='surrogateescape' keeps such bytes; from latin-1: iconv -f latin1 -t utf8",
                name,
                "UTF-8",
                offset + bad,
                number,
            ) from None
        yield line, len(piece)
        offset += len(piece)


def _pieces(file: Any) -> Iterator[bytes]:
    """Lines of a binary file; a line above LONGEST_LINE is cut at a blank."""
    rest = b""
    while line := file.readline(LONGEST_LINE):
        line = rest + line
        rest = b""
        if not line.endswith(b"\n") and len(line) >= LONGEST_LINE and (cut := line.rfind(b" ") + 1):
            line, rest = line[:cut], line[cut:]
        yield line
    if rest:
        yield rest


def count_words(sentences: Iterable[Iterable[str]]) -> Counter[str]:
    """How often each word occurs."""
    counts: Counter[str] = Counter()
    for words in sentences:
        counts.update(words)
    return counts
