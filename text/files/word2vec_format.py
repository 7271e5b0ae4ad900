"""Files of word vectors as word2vec, fastText (.vec) and GloVe write them, text and binary.

    text    "V D\n", then for each word "word v1 v2 ... vD \n"
    binary  "V D\n", then for each word "word " + D float32, little-endian + "\n"
    GloVe   text without its first line

A reader meets files that were cut off, edited, or made to hurt: memory grows only with what was really
read, and an error names the byte at which the file stops making sense.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

import numpy as np

from ...core.files import replacing
from ...core.reading import reading
from ...core.unpack import packed, unpacked
from ..corpus.token import BLANKS, LONGEST
from ..corpus.utf8 import to_bytes
from .binary_reader import BinaryReader
from .rows import expect_rows, first_of_each

LONGEST_HEADER = 64
HINT = " (or pass errors='surrogateescape')"
LARGEST_DIM = 1 << 20
WORD_COSTS, FIELD_COSTS = 30, 100  # bytes of memory, the str apart
BLOCK = 4096  # words read between two looks at the memory


def write(
    path: str | os.PathLike,
    words: Sequence[str],
    matrix: np.ndarray,
    binary: bool = True,
    header: bool = True,
) -> None:
    """Write vectors, beside ``path`` and then renamed, so that a reader never meets half a file.

    A name in ``.gz``, ``.bz2`` or ``.xz`` is packed.

    Parameters
    ----------
    words : sequence of str
        As ``text/corpus/token.py`` has them: a blank ends a word in these formats.
    matrix : float32 (V, D)
    binary : bool
        Numbers as 4 bytes, or as text that reads back to the same float32.
    header : bool
        False leaves the line "V D" out, as GloVe does: text only.

    Raises
    ------
    TypeError, ValueError
        What could not be read back: a word with a blank, numbers that are not finite.
    """
    if binary and not header:
        raise ValueError(
            "write: binary vectors need their header\n    hint: binary=False, header=False for GloVe"
        )
    expect_rows(path, words, np.asarray(matrix), BLANKS)
    with replacing(path) as target, packed(target, path) as file:
        file.write(b"%d %d\n" % matrix.shape if header else b"")
        blank = b" " if header else b""  # at a line's end: word2vec and fastText, but not GloVe
        for word, row in zip(words, np.asarray(matrix, "<f4"), strict=True):
            numbers = row.tobytes() if binary else " ".join(map(str, row)).encode() + blank
            file.write(to_bytes(word) + b" " + numbers + b"\n")


def read(
    path: str | os.PathLike,
    binary: bool | None = None,
    limit: int | None = None,
    errors: str = "strict",
    max_bytes: int | None = None,
) -> tuple[list[str], np.ndarray]:
    """Words and matrix of a file in any of these formats; GloVe's is found out.

    Parameters
    ----------
    binary : bool, optional
        By default found out: a file whose first vector reads as D numbers in text is a text file.
    limit : int, optional
        Read only so many words, the most frequent ones.
    errors : {"strict", "surrogateescape", "replace", "ignore"}
        Words that are not UTF-8: an error, or kept as they are, or as Python decodes them.
    max_bytes : int, optional
        Of memory that reading may take; by default four times the file and 200 MB.

    Returns
    -------
    words : list of str
    matrix : float32 (V, D)
        Of a word that comes again the first row; a warning says how many did.

    Raises
    ------
    FileError
        Names file, byte offset, what was expected and what came: numbers that are not finite, too.
    """
    with reading(path, "a file of word vectors"), unpacked(path, max_bytes) as file:
        file = _Reader(file, path, max_bytes)
        if not binary and (dim := file.dimension_without_header()):
            count, binary = None, False
        else:
            count, dim = file.header()
        if binary is None:
            binary = not file.looks_like_text(dim)
        read_row = file.binary_row if binary else file.text_row
        words, blocks, taken = [], [], 0
        for wanted in _blocks(count, limit):
            rows = [read_row(dim) for _ in range(wanted) if count is not None or file.more()]
            new = [file.decode(word, offset, errors, HINT) for offset, word, _ in rows]
            words += new
            taken += sum(map(sys.getsizeof, new)) + len(new) * (WORD_COSTS + 8 * dim)
            file.expect_room(taken, f"{len(words):,} words of dimension {dim:,}")
            if rows:
                blocks.append(np.stack([row[2] for row in rows]))
                finite = np.isfinite(blocks[-1]).all(1)
                if not finite.all():
                    offset, word, row = rows[int(np.argmin(finite))]
                    raise file.error(f"{dim} finite numbers for {word!r:.60}", f"{row}"[:60], offset)
            if len(rows) < wanted:  # the end of a file without a header
                break
        if len(words) == count and file.rest():
            raise file.error(f"the end of the file after {count:,} words", "more bytes")
    place = ("word", 1) if binary else ("line", 1 if count is None else 2)
    return first_of_each(path, words, np.concatenate(blocks), *place)


def _blocks(count: int | None, limit: int | None) -> Iterator[int]:
    """How many words to read at a time: BLOCK, until there are ``count`` or ``limit``; without
    both, for ever.
    """
    left = min((n for n in (count, limit) if n is not None), default=sys.maxsize)
    while left > 0:
        yield min(BLOCK, left)
        left -= BLOCK


class _Reader(BinaryReader):
    """The parts of a file of vectors."""

    def header(self) -> tuple[int, int]:
        """Two numbers that the file's size allows: a row takes at least 2 bytes for each number."""
        line = self.file.readline(LONGEST_HEADER)
        try:
            count, dim = map(int, line.split())
        except ValueError:
            raise self.error("a header 'words dimension'", repr(line), 0) from None
        if count < 1 or not 1 <= dim <= LARGEST_DIM or count * (2 * dim + 1) > self.size:
            raise self.error(
                f"a header that fits {self.size:,} bytes", f"{count:,} words of dimension {dim:,}", 0
            )
        return count, dim

    def dimension_without_header(self) -> int:
        """GloVe's files begin with a word and its numbers; 0 if this one does not."""
        line = self.file.readline(LONGEST + 64 * LARGEST_DIM)
        self.file.seek(0)
        self.expect_room(FIELD_COSTS * line.count(b" "), "its first line")
        fields = line.rstrip(b" \r\n").split(b" ")
        try:
            numbers = [float(field) for field in fields[1:]]
        except ValueError:
            return 0
        two_counts = len(fields) == 2 and all(field.lstrip(b"-").isdigit() for field in fields)
        return 0 if two_counts or b"\0" in line or not fields[0] else len(numbers)

    def more(self) -> bool:
        return self.left() > 0

    def looks_like_text(self, dim: int) -> bool:
        here = self.file.tell()
        fields = self.file.readline(LONGEST + 64 * dim).split()
        self.file.seek(here)
        try:
            return len(fields) == dim + 1 and len(list(map(float, fields[1:]))) == dim
        except ValueError:
            return False

    def text_row(self, dim: int) -> tuple[int, bytes, np.ndarray]:
        offset = self.file.tell()
        line = self.file.readline(LONGEST + 64 * dim)
        line = line.rstrip(b" \r\n")
        if (blanks := line.count(b" ")) != dim:
            raise self.error(f"a word and {dim} numbers", f"{blanks + 1} fields: {line[:60]!r}", offset)
        fields = line.split(b" ")
        try:
            # subtle: not np.array(fields), which gives each field the room of the longest
            return offset, fields[0], np.array([*map(float, fields[1:])], np.float32)
        except ValueError:
            raise self.error(f"{dim} numbers", repr(line[:60]), offset) from None

    def binary_row(self, dim: int) -> tuple[int, bytes, np.ndarray]:
        offset = self.file.tell()
        word = bytearray()
        while (byte := self.file.read(1)) != b" ":
            if not byte or len(word) > LONGEST:
                came = "the end of the file" if not byte else f"{LONGEST} bytes without one"
                raise self.error("a word and a blank", came, offset)
            if byte != b"\n" or word:  # the C tool ends a row with a newline, others do not
                word += byte
        start = self.file.tell()
        numbers = self.file.read(4 * dim)
        if len(numbers) < 4 * dim:
            came = f"{len(numbers)}, then the end of the file"
            raise self.error(f"{4 * dim} bytes for {bytes(word)!r}", came, start)
        return offset, bytes(word), np.frombuffer(numbers, "<f4")

    def rest(self) -> bool:
        """Is anything but white space left?"""
        return bool(self.file.read(LONGEST).strip())
