"""Vectors for TensorBoard's embedding projector (projector.tensorflow.org): two files
of tab-separated values.

vectors.tsv     a row of numbers for each word
metadata.tsv    the words, one a line
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.files import replacing
from ..corpus.stream import read_lines
from ..corpus.utf8 import KEEP_BYTES, to_bytes


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
    """Write both files; ``path`` is that of the vectors."""
    bad = next((word for word in words if not word or set(word) & set("\t\n\r")), None)
    if bad is not None:
        raise ValueError(
            f"write: the word {bad!r} is empty or has a tab or a line's end, which the format lacks"
        )
    with replacing(metadata_path(path)) as file:
        file.writelines(to_bytes(f"{word}\n") for word in words)
    with replacing(path) as file:
        file.writelines(("\t".join(map(str, row)) + "\n").encode() for row in np.asarray(matrix, np.float32))


def read(path: str | os.PathLike, limit: int | None = None) -> tuple[list[str], np.ndarray]:
    """Words and matrix, float32 (V, D).

    Raises
    ------
    ValueError
        A line that is not D numbers (names it and its byte), or not one word for each.
    """
    words = list(read_lines(metadata_path(path), KEEP_BYTES))[:limit]
    rows: list[np.ndarray] = []
    offset = 0
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if limit is not None and number > limit:
                break
            try:
                rows.append(np.array(line.rstrip(b"\r\n").split(b"\t")).astype(np.float32))
            except ValueError:
                rows.append(np.zeros(0, np.float32))
            if len(rows[-1]) != len(rows[0]) or not len(rows[-1]):
                expected = f"{len(rows[0])} numbers" if len(rows[0]) else "numbers"
                raise ValueError(
                    f"{path}: byte {offset:,} (line {number}): expected {expected} with tabs between, "
                    f"came {line[:60]!r}"
                )
            offset += len(line)
    if not rows or len(rows) != len(words):
        raise ValueError(
            f"{path}: byte {offset:,}: expected {len(words):,} rows for so many words in "
            f"{metadata_path(path)}, came {len(rows):,}"
        )
    return words, np.stack(rows)
