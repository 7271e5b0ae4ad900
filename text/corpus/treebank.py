"""The treebank of a folder of sentence sets, and the tree of each sentence of a set.

sst_trees/train.txt.gz, dev, test    or trees/train.txt, as the Stanford Sentiment Treebank comes
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ...core.unpack import PACKED
from .clean_sentence import clean_sst
from .parse_trees import ParseTree, read_trees

PLACES = ("sst_trees", "trees", "sentences/sst_trees", "sentences/trees")
PARTS = ("train", "dev", "test")


def treebank_files(folder: str | os.PathLike) -> dict[str, Path]:
    """Return the file of each part, {"train": ..., "dev": ..., "test": ...}; empty if one is not there."""
    for place in PLACES:
        files = {part: _find(Path(folder) / place / f"{part}.txt") for part in PARTS}
        found = {part: path for part, path in files.items() if path}
        if len(found) == len(PARTS):
            return found
    return {}


def read_treebank(folder: str | os.PathLike) -> dict[str, list[ParseTree]]:
    """Return the trees of each part.

    Raises
    ------
    FileNotFoundError : the folder has no treebank.
    FileError : a line that is no tree.
    """
    files = treebank_files(folder)
    if not files:
        raise FileNotFoundError(
            f"{folder}: expected {PLACES[0]}/train.txt, dev.txt and test.txt, came not all of them\n"
            f"    hint: they may be packed ({', '.join(PACKED)})"
        )
    return {part: list(read_trees(path)) for part, path in files.items()}


def trees_of(
    words: Sequence[Sequence[str]], parts: np.ndarray, files: Mapping[str, Path]
) -> list[ParseTree | None]:
    """Return the tree of each sentence, found by its words in the file of its part; None where there is none.

    Parameters
    ----------
    words : of each sentence, as `clean_sst` leaves them
    parts : (N,) of "train", "dev", "test"
    """
    by_words = {
        (part, tuple(clean_sst(" ".join(tree.words)))): tree
        for part, path in files.items()
        for tree in read_trees(path)
    }
    return [by_words.get((part, tuple(each))) for part, each in zip(parts.tolist(), words, strict=True)]


def _find(path: Path) -> Path | None:
    return next((each for end in ("", *PACKED) if (each := Path(f"{path}{end}")).is_file()), None)
