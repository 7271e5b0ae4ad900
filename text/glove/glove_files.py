"""Files that GloVe's tool writes and reads: its parameters as raw numbers, and the vectors as text.

    .bin    float64, little-endian: for each word [w, b], then for each word [c, b']; no header
    .txt    "word v1 ... vD\\n"; the last line is <unk>, the mean of the RARE rarest words

V words without </s>, D dimension
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from ...core.files import replacing
from ...core.reading import bad_file, reading
from ..files import word2vec_format
from .glove import GloVe

RARE = 100
UNKNOWN = "<unk>"
ALL, WORD, SUM, BOTH = range(4)  # what a text file holds: the tool's -model


def parameters(model: GloVe, squares: bool = False) -> np.ndarray:
    """[[w, b], [c, b']], float32 (2, V, D + 1); or what AdaGrad has summed for each of these numbers."""
    w, c = (model.w_squares, model.c_squares) if squares else (model.w, model.c)
    return np.stack([w[1:, : model.dim + 1], c[1:, [*range(model.dim), model.dim + 1]]])


def write_binary(path: str | os.PathLike, matrices: np.ndarray) -> None:
    """Write `parameters` as float64."""
    with replacing(path) as file:
        for matrix in matrices:
            file.write(matrix.astype("<f8").data)


def read_binary(path: str | os.PathLike, words: int, dim: int) -> np.ndarray:
    """What `write_binary` or GloVe's tool wrote, float32 (2, V, D + 1).

    Raises
    ------
    FileError
        The file's size is another, or a number is not finite: names the byte.
    """
    shape, size = (2, words, dim + 1), os.path.getsize(path)
    if size != 8 * 2 * words * (dim + 1):
        expected = (
            f"{8 * 2 * words * (dim + 1):,} bytes for {words:,} words of {dim} numbers and a bias, twice"
        )
        raise bad_file(path, expected, "others", size, hint="is it of this vocabulary and -vector-size?")
    with reading(path, "numbers"):
        wide = np.fromfile(path, "<f8")
        finite = np.abs(wide) < np.finfo(np.float32).max  # which NaN is not
        if not finite.all():
            bad = int(np.argmin(finite))
            raise bad_file(path, "a finite number", str(wide[bad]), 8 * bad)
        return wide.astype(np.float32).reshape(shape)


def set_parameters(model: GloVe, matrices: np.ndarray, squares: bool = False) -> None:
    """Put what `read_binary` returned into a model."""
    w, c = (model.w_squares, model.c_squares) if squares else (model.w, model.c)
    w[1:, : model.dim + 1] = matrices[0]
    c[1:, [*range(model.dim), model.dim + 1]] = matrices[1]


def write_text(path: str | os.PathLike, words: Sequence[str], rows: np.ndarray, header: bool = False) -> None:
    """Write rows of numbers in GloVe's text format, with the line ``<unk>``, unless that is one of the words.

    Parameters
    ----------
    words : sequence of str
    rows : float32 (V, any)
    header : bool
        Begin with "V D", as word2vec does.
    """
    rare = rows[-RARE:].mean(0, keepdims=True)
    if UNKNOWN not in words:
        words, rows = [*words, UNKNOWN], np.concatenate([rows, rare])
    word2vec_format.write(path, words, rows, binary=False, header=header)


def rows_of(matrices: np.ndarray, what: int = SUM) -> np.ndarray:
    """Rows of a text file from `parameters`: ALL numbers, WORD vectors, their SUM with the
    contexts', or BOTH.
    """
    if what not in (ALL, WORD, SUM, BOTH):
        raise ValueError(f"-model is 0 (all numbers), 1 (w), 2 (w + c) or 3 (w and c), got {what}")
    w, c = matrices
    if what == ALL:
        return np.concatenate([w, c], axis=1)
    w, c = w[:, :-1], c[:, :-1]
    return {WORD: w, SUM: w + c, BOTH: np.concatenate([w, c], axis=1)}[what]
