"""A corpus: files or lines, streamed, to sentences of words, to token ids.

path "wiki.txt.xz"  ->  line "The bat ..."  ->  ["the", "bat", ...]  ->  int32 [1, 57, ..., 0, 1, 12, ...]
"""

from __future__ import annotations

import gzip
import lzma
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from . import tokenise as tokenisers
from .utf8 import KEEP_BYTES

Tokeniser = Callable[[str], list[str]]
LONGEST_LINE = 1 << 20  # bytes; a longer line (text8 is one line) is read in pieces, each a sentence
OPENERS = {".gz": gzip.open, ".xz": lzma.open}


class Corpus:
    """Sentences, each a list of words, read anew at every iteration.

    Parameters
    ----------
    source : path, or iterable of paths, of lines, or of lists of words
        A ``str`` or ``Path`` is a UTF-8 text file, ``.gz`` and ``.xz`` included; several files are ``Path``
        objects in a list, because a list of ``str`` is a list of lines.
    tokenise : callable, line -> list of words
        `tokenise.whitespace` (as the C tools) or `tokenise.letters` or your own.  Lists of words are taken
        as they are.
    errors : {"strict", "surrogateescape"}
        Bytes that are not UTF-8: an error that names line and byte, or kept as they are (``utf8.py``).
    """

    def __init__(
        self, source: Any, tokenise: Tokeniser = tokenisers.whitespace, errors: str = "strict"
    ) -> None:
        if errors not in ("strict", KEEP_BYTES):
            raise ValueError(f"Corpus: errors is 'strict' or '{KEEP_BYTES}', got {errors!r}")
        if not isinstance(source, str | os.PathLike | Iterable):
            raise TypeError(f"Corpus: expected a path or an iterable of lines, got {type(source).__name__}")
        self.source = source
        self.tokenise = tokenise
        self.errors = errors

    def __iter__(self) -> Iterator[list[str]]:
        source = [Path(self.source)] if isinstance(self.source, str | os.PathLike) else self.source
        for item in source:
            if isinstance(item, os.PathLike):
                yield from map(self.tokenise, read_lines(item, self.errors))
            elif isinstance(item, str):
                yield self.tokenise(item)
            elif isinstance(item, bytes):
                raise TypeError(
                    "Corpus: lines are str, got bytes\n    hint: open the file as text, or pass its Path"
                )
            else:
                yield list(item)


def read_lines(path: str | os.PathLike, errors: str = "strict") -> Iterator[str]:
    """Lines of a UTF-8 file as str, one at a time.

    Raises
    ------
    ValueError
        Not UTF-8 (names the file and the byte's offset in the unpacked text), or a damaged .gz/.xz file.
    """
    path = Path(path)
    offset = 0
    try:
        with OPENERS.get(path.suffix, open)(path, "rb") as file:
            for line, size in decode_lines(file, path, errors):
                yield line
                offset += size
    except FileNotFoundError:
        raise FileNotFoundError(
            f"no file {str(path)!r}\n    hint: a str is a path; to train on text itself pass a list of lines"
        ) from None
    except (EOFError, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise ValueError(f"{path}: damaged after {offset:,} unpacked bytes: {error}") from None


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
            raise ValueError(
                f"{name}: expected UTF-8, byte {offset + bad:,} (line {number:,}) is 0x{piece[bad]:02x}\n"
                f"    near {piece[max(0, bad - 20) : bad + 20]!r}\n"
                f"    hint: errors='surrogateescape' keeps such bytes; from latin-1: iconv -f latin1 -t utf8"
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
