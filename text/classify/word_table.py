"""The words of a text, numbered in the order in which they come: what fastText's reader does, at its speed.

A text is bytes here: a word is what stands between blanks, in whatever encoding.  Word 0 is ``</s>``, the end
of a line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ...core.reading import bad_file, reading
from ...core.unpack import open_text
from ...ext.embeddings import read_words
from ..corpus.stream import LONGEST_LINE
from ..corpus.token import SENTENCE_END, line_bytes, without_ends

BLOCK = 1 << 22  # bytes read at a time
FIRST_ROOM = 1 << 12  # words


class Words:
    """A table of words that grows as text is read.

    >>> words = Words()
    >>> words.read(b"a bat\\na cat\\n").tolist(), len(words), words[2]
    ([1, 2, 0, 1, 3, 0], 4, b'bat')
    """

    def __init__(self) -> None:
        self.count, self._read = 0, read_words.chosen()
        self.slots = np.full(2 * FIRST_ROOM, -1, np.int32)
        self.hashes = np.empty(FIRST_ROOM, np.int32)
        self.ends = np.zeros(FIRST_ROOM + 1, np.int64)
        self.letters = np.empty(16 * FIRST_ROOM, np.uint8)
        self.read(SENTENCE_END.encode())

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> bytes:
        return self.letters[self.ends[number] : self.ends[number + 1]].tobytes()

    def read(self, text: bytes) -> np.ndarray:
        """The numbers of the words of ``text``, int32; new words are added."""
        letters = np.frombuffer(text, np.uint8)
        pieces, position = [], 0
        tokens = np.empty(len(letters), np.int32)
        while True:
            arrays = (self.slots, self.hashes, self.ends, self.letters)
            position, written, self.count = self._read(letters, position, tokens, *arrays, self.count)
            pieces.append(tokens[:written].copy())
            if position == len(letters):
                return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
            self._grow(len(letters) - position)

    def _grow(self, wanted: int) -> None:
        """Twice the room."""
        self.hashes = np.resize(self.hashes, 2 * len(self.hashes))
        self.ends = np.resize(self.ends, len(self.hashes) + 1)
        self.letters = np.resize(self.letters, 2 * len(self.letters) + min(wanted, BLOCK))
        self.slots = np.full(2 * len(self.hashes), -1, np.int32)
        mask = len(self.slots) - 1
        places = (self.hashes[: self.count].view(np.uint32) & mask).astype(np.int64)
        waiting = np.arange(self.count, dtype=np.int32)
        while len(waiting):  # every word that is first at a free slot takes it, the others go on to the next
            self.slots[places] = np.where(self.slots[places] < 0, waiting, self.slots[places])
            left = self.slots[places] != waiting
            waiting, places = waiting[left], (places[left] + 1) & mask


def blocks(source: Any, max_bytes: int | None = None) -> Iterator[bytes]:
    """A text in pieces that end with a line: of a path (.gz, .bz2, .xz too), "-" (standard input), or lines.

    Lines that are ``str`` are UTF-8, and each gets its newline: a line is one, whatever it holds, while
    in a file the word ``</s>`` ends a line, too, as for fastText.  From standard input a piece is what
    there is.

    Raises
    ------
    FileError
        A damaged file, a line above 16 MiB, or what unpacks to more than ``max_bytes``, by default 20 times
        the file and 32 MB.
    TypeError
        Neither a path nor lines, or a line that is not str or bytes.
    ValueError
        A line that UTF-8 cannot hold.
    """
    if isinstance(source, str | os.PathLike):
        if os.fspath(source) == "-":
            yield from _whole_lines(sys.stdin.buffer, "-")
        else:
            yield from _of_file(source, max_bytes)
    elif isinstance(source, Iterable) and not isinstance(source, bytes):
        yield from _joined(source)
    else:
        raise TypeError(f"expected a path or an iterable of lines, got {type(source).__name__}")


def _of_file(path: str | os.PathLike, max_bytes: int | None) -> Iterator[bytes]:
    with reading(path, "labelled text"):
        file = open_text(path, max_bytes)
    with file:
        pieces = _whole_lines(file, os.fspath(path))
        while True:
            with reading(path, "labelled text"):  # subtle: not around the yield
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece


def _whole_lines(file: Any, name: Any) -> Iterator[bytes]:
    read = getattr(file, "read1", file.read)
    rest: list[bytes] = []
    while piece := read(BLOCK):
        head, newline, tail = piece.rpartition(b"\n")
        if newline:
            yield b"".join([*rest, head, newline])
            rest = [tail] if tail else []
        else:
            rest.append(piece)
        if len(rest) > LONGEST_LINE // BLOCK and sum(map(len, rest)) > LONGEST_LINE:
            raise bad_file(name, "lines", f"{LONGEST_LINE:,} bytes without a newline")
    if rest:
        yield b"".join(rest)


def _joined(lines: Iterable[Any]) -> Iterator[bytes]:
    pieces, size = [], 0
    for line in lines:
        line = line_bytes(line)
        pieces.append(line.replace(b"\n", b" ") if b"\n" in line else line)
        size += len(line)
        if size > BLOCK:
            yield without_ends(b"\n".join([*pieces, b""]))
            pieces, size = [], 0
    if pieces:
        yield without_ends(b"\n".join([*pieces, b""]))
