"""Which format a file of word vectors has: by the end of its name.

.npz            ``npz.py``, NumPy's, the only one that can be mapped
vectors.tsv     ``tensorboard.py``, TensorBoard's
anything else   ``word2vec_format.py``: word2vec's, fastText's text, GloVe's text, also in .gz, .bz2 or .xz
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.unpack import PACKED
from . import npz, tensorboard, word2vec_format


def save(
    path: str | os.PathLike, words: Sequence[str], matrix: np.ndarray, binary: bool, header: bool
) -> None:
    """Write words and matrix; ``binary`` and ``header`` are those of `word2vec_format.write`."""
    kind = _kind(path)
    if kind == ".npz":
        npz.write(path, words, matrix)
    elif kind == ".tsv":
        tensorboard.write(path, words, matrix)
    else:
        word2vec_format.write(path, words, matrix, binary, header)


def load(
    path: str | os.PathLike,
    binary: bool | None,
    limit: int | None,
    errors: str,
    mmap: bool,
    max_bytes: int | None = None,
) -> tuple[list[str], np.ndarray]:
    """Read words and matrix; ``binary`` and ``errors`` are those of `word2vec_format.read`, ``mmap``
    that of `npz.read`.
    """
    kind = _kind(path)
    if limit is not None and limit < 1:
        raise ValueError(f"{path}: limit is a number of words from 1 on, or None for all, got {limit}")
    if mmap and kind != ".npz":
        raise ValueError(f"{path}: only .npz can be mapped\n    hint: vectors.save('name.npz') first")
    if kind == ".npz":
        return npz.read(path, limit, mmap, max_bytes)
    if kind == ".tsv":
        return tensorboard.read(path, limit, max_bytes)
    return word2vec_format.read(path, binary, limit, errors, max_bytes)


def _kind(path: str | os.PathLike) -> str:
    """The end of the name; ValueError for a packed file of a format that is read from its place."""
    path = Path(path)
    inner = Path(path.stem).suffix
    if path.suffix in PACKED and inner in (".npz", ".tsv"):
        raise ValueError(f"{path}: {inner} is not read from a packed file\n    hint: unpack it first")
    return path.suffix
