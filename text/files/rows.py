"""Rows of vectors and their words: what a format can hold, and which row counts if a word comes twice."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence

import numpy as np

from ..corpus.token import expect_words


def expect_rows(path: str | os.PathLike, words: Sequence[str], matrix: np.ndarray, blanks: str) -> None:
    """Look at what is to be written, so that it can be read.

    Parameters
    ----------
    blanks : str
        Characters that a word of this format cannot have.

    Raises
    ------
    TypeError, ValueError
        A word that the format cannot hold, no rows, or numbers that are not finite.
    """
    expect_words(words, f"write {os.fspath(path)}", blanks)
    if matrix.ndim != 2 or not matrix.size or len(words) != len(matrix):
        raise ValueError(
            f"write {os.fspath(path)}: expected a row of numbers for each of at least one word, came "
            f"{len(words):,} words and {matrix.shape} numbers"
        )
    for i in range(0, len(matrix), 1 << 14):
        finite = np.isfinite(matrix[i : i + (1 << 14)]).all(1)
        if not finite.all():
            word = words[i + int(np.argmin(finite))]
            raise ValueError(
                f"write {os.fspath(path)}: expected finite numbers, came others for {word!r:.60}\n"
                "    hint: np.nan_to_num(matrix), or leave the word out"
            )


def first_of_each(
    path: str | os.PathLike, words: list[str], matrix: np.ndarray, place: str = "line", before: int = 1
) -> tuple[list[str], np.ndarray]:
    """Words and rows without those of words that had one already: one warning tells of all.

    Parameters
    ----------
    place, before : str, int
        How the file counts: row n is the ``place`` n + ``before``.
    """
    row = {word: n for n, word in zip(range(len(words) - 1, -1, -1), reversed(words), strict=True)}
    if len(row) == len(words):
        return words, matrix
    kept = np.sort(np.fromiter(row.values(), np.int64))
    again = int(np.argmin(np.append(kept, -1)[: len(words)] == np.arange(len(kept) + 1)[: len(words)]))
    warnings.warn(
        f"{os.fspath(path)}: {len(words) - len(kept):,} of {len(words):,} rows are left out, whose words had "
        f"one already; the first is {words[again]!r:.60}, {place} {again + before:,}",
        stacklevel=2,
    )
    return [words[n] for n in kept], matrix[kept]
