"""Vectors for TensorBoard's embedding projector (projector.tensorflow.org): two files
of tab-separated values.

vectors.tsv     a row of numbers for each word
metadata.tsv    the words, one a line
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from ...core.files import replacing, together
from ...core.reading import bad_file, expect_room, reading
from ..corpus.stream import read_lines
from ..corpus.utf8 import KEEP_BYTES, to_bytes
from .rows import expect_rows, first_of_each

LONGEST_LINE = 1 << 25  # bytes
WORD_COSTS, ROW_COSTS = 80, 120  # bytes of memory beside letters and numbers
BLOCK = 4096  # rows between two looks at the memory


def metadata_path(path: str | os.PathLike) -> Path:
    """Where the words of a file of vectors are: the same name, with "metadata" for "vectors".

    >>> str(metadata_path("run1_vectors.tsv"))
    'run1_metadata.tsv'
    """
    path = Path(path)
    if not path.name.endswith("vectors.tsv"):
        raise ValueError(
            f"{path}: expected a name that ends in 'vectors.tsv'; the words go to 'metadata.tsv'"
        )
    return path.with_name(path.name.removesuffix("vectors.tsv") + "metadata.tsv")


def write(path: str | os.PathLike, words: Sequence[str], matrix: np.ndarray) -> None:
    """Write both files; ``path`` is that of the vectors.

    Raises
    ------
    TypeError, ValueError
        What could not be read back: a word with a tab or a line's end, numbers that are not finite.
    """
    expect_rows(path, words, np.asarray(matrix), "\t\n\r")
    rows = np.asarray(matrix, np.float32)
    with together():
        with replacing(metadata_path(path)) as file:
            file.writelines(to_bytes(f"{word}\n") for word in words)
        with replacing(path) as file:
            file.writelines(("\t".join(map(str, row)) + "\n").encode() for row in rows)


def read(
    path: str | os.PathLike, limit: int | None = None, max_bytes: int | None = None
) -> tuple[list[str], np.ndarray]:
    """Words and matrix, float32 (V, D); of a word that comes again the first row, with a warning.

    Raises
    ------
    FileError
        A line that is not D finite numbers (names it and its byte), or not one word for each.
    """
    with reading(path, "a table of numbers"):
        words: list[str] = []
        for word in islice(read_lines(metadata_path(path), KEEP_BYTES), limit):
            words.append(word)
            if len(words) % BLOCK == 0:
                expect_room(path, len(words) * WORD_COSTS, f"{len(words):,} words", max_bytes)
        matrix = _read_numbers(path, len(words), limit, max_bytes)
    return first_of_each(metadata_path(path), words, matrix)


def _read_numbers(
    path: str | os.PathLike, words: int, limit: int | None, max_bytes: int | None
) -> np.ndarray:
    rows: list[np.ndarray] = []
    offset = count = 0
    with open(path, "rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
            if count == words:
                count += limit is None  # one too many
                break
            row = _numbers(line)
            if len(row) != (len(rows[0]) if rows else len(row)) or not len(row):
                expected = f"{len(rows[0])} finite numbers" if rows else "finite numbers"
                raise bad_file(path, f"{expected} with tabs between", repr(line[:60]), offset, number)
            rows.append(row)
            count += 1
            offset += len(line)
            if number % BLOCK == 0:
                expect_room(path, count * (ROW_COSTS + 8 * len(row)), f"{count:,} rows", max_bytes)
    if not rows or count != words:
        name = metadata_path(path)
        raise bad_file(path, f"{words:,} rows for so many words in {name}", f"{count:,}", offset)
    return np.stack(rows)


def _numbers(line: bytes) -> np.ndarray:
    """The numbers of a line, none if one is no finite number."""
    try:
        # subtle: not np.array(fields), which gives each field the room of the longest
        row = np.array([*map(float, line.rstrip(b"\r\n").split(b"\t"))], np.float32)
    except ValueError:
        return np.zeros(0, np.float32)
    return row if np.isfinite(row).all() else row[:0]
