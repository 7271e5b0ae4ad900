"""A parse tree as plain arrays, and those of the Stanford Sentiment Treebank for its sentences.

n words of a tree; nodes 0 .. n - 1 are its words, n .. 2n - 2 its inner nodes, children before parents, the
root last
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ....core.reading import bad_file
from ....core.unpack import PACKED
from ...corpus.clean_sentence import clean_sst
from ...corpus.sentence_sets import SentenceSet
from ...corpus.stream import read_lines

PLACES = (".", "sst_trees", "sentences/sst_trees", "trees")
LABELS = ("0", "1", "2", "3", "4")
PARTS = ("train", "dev", "test")
_TOKEN = re.compile(r"[()]|[^() ]+")


class Tree(NamedTuple):
    """A binary tree: words, lower case; children of inner nodes, int (n - 1, 2); labels, int (2n - 1,)."""

    words: list[str]
    children: np.ndarray
    labels: np.ndarray

    @property
    def spans(self) -> np.ndarray:
        """Where the words of each node begin and end, int (2n - 1, 2)."""
        n = len(self.words)
        spans = [(i, i + 1) for i in range(n)]
        for left, right in self.children.tolist():
            spans.append((spans[left][0], spans[right][1]))
        return np.array(spans)


def parse_tree(line: str) -> Tree:
    """Return the tree of a line with a label behind each bracket.

    Raises
    ------
    ValueError : it is no binary tree with labels.

    Examples
    --------
    >>> tree = parse_tree("(1 (2 Not) (3 (2 so) (3 good)))")
    >>> tree.words, tree.children.tolist(), tree.labels.tolist()
    (['not', 'so', 'good'], [[1, 2], [0, 3]], [2, 2, 3, 3, 1])
    """
    words: list[str] = []
    labels: list[int] = []  # of words
    inner: list[tuple[int, int, int]] = []  # label and children; inner node i is -1 - i until n is known
    open_nodes: list[list[int]] = [[]]
    tokens = iter(_TOKEN.findall(line))
    for token in tokens:
        if token == "(":
            open_nodes.append([LABELS.index(next(tokens, ""))])
        elif token == ")" and len(open_nodes) > 1:
            label, *members = open_nodes.pop()
            if len(members) == 2:
                inner.append((label, members[0], members[1]))
                members = [-len(inner)]
            elif len(members) == 1 and len(labels) == members[0]:
                labels.append(label)
            else:
                raise ValueError(f"expected nodes of one word or of two nodes, came {len(members)}")
            open_nodes[-1].append(members[0])
        else:
            open_nodes[-1].append(len(words))
            words.append(token.lower())
    n = len(words)
    if len(open_nodes) != 1 or len(open_nodes[0]) != 1 or len(labels) != n or len(inner) != n - 1:
        raise ValueError("expected one binary tree with a label of each node")
    children = [[each if each >= 0 else n - 1 - each for each in pair] for _, *pair in inner]
    all_labels = [*labels, *(label for label, *_ in inner)]
    return Tree(words, np.array(children, np.int64).reshape(-1, 2), np.array(all_labels))


def with_trees(sentences: SentenceSet, folder: str | os.PathLike) -> SentenceSet:
    """Return SST-1 or SST-2 with its trees, from ``train.txt``, ...; a set without trees as it is.

    Raises
    ------
    FileError : a line that is no tree; names file and line.
    """
    paths = [_find(Path(folder), f"{part}.txt") for part in PARTS]
    if not sentences.name.startswith("sst") or not all(paths):
        return sentences
    by_words = {_key(tree.words): tree for path in paths if path for tree in _read(path)}
    trees = [by_words.get(" ".join(words)) for words in sentences.words]
    return sentences if None in trees else replace(sentences, trees=trees)


def _read(path: Path) -> Iterable[Tree]:
    for number, line in enumerate(read_lines(path), 1):
        try:
            yield parse_tree(line)
        except ValueError as error:
            raise bad_file(path, "a tree with labels", f"{line[:40]!r}, {error}", line=number) from error


def _key(words: list[str]) -> str:
    return " ".join(clean_sst(" ".join(words)))


def _find(folder: Path, file: str) -> Path | None:
    names = (folder / place / f"{file}{packed}" for place in PLACES for packed in ("", *PACKED))
    return next((path for path in names if path.is_file()), None)
