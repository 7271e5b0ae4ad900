"""Binary parse trees with a label at every node, read from and written to brackets, a tree a line.

W words, N = 2 W - 1 nodes

    (3 (2 not) (1 bad))    a node is "(label left right)", a leaf "(label word)"

Blanks alone part words: a no-break space belongs to one.  Brackets in a text are ``-LRB-`` and ``-RRB-``.
Nothing here calls itself, so that a tree as deep as a line is long is read like any other.

Source: the Penn Treebank's form of the Stanford Sentiment Treebank (Socher et al. 2013), labels 0 to 4.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...core.reading import bad_file
from .stream import read_lines

CLASSES = 5  # of the treebank: very negative, negative, neutral, positive, very positive
NONE = -1  # the label of a node that has none, and the children of a leaf
_TOKEN = re.compile(r"[()]|[^() ]+")


@dataclass(frozen=True, eq=False)
class ParseTree:
    """A tree as arrays: a node comes after its children, the root last.

    Attributes
    ----------
    words : tuple of str, W
        The leaves from left to right.
    children : int (N, 2)
        Nodes; -1, -1 of a leaf.
    labels : int (N,)
        From 0 on; -1 of a node without a label.
    """

    words: tuple[str, ...]
    children: np.ndarray
    labels: np.ndarray

    @cached_property
    def heights(self) -> np.ndarray:
        """How far the deepest leaf is below each node, int (N,); 0 of a leaf."""
        heights = [0] * len(self.labels)
        for node, (left, right) in enumerate(self.children.tolist()):
            if left != NONE:
                heights[node] = 1 + max(heights[left], heights[right])
        return np.array(heights)

    @cached_property
    def spans(self) -> np.ndarray:
        """The first word of each node, and one past its last, int (N, 2)."""
        spans, word = [(0, 0)] * len(self.labels), 0
        for node, (left, right) in enumerate(self.children.tolist()):
            if left == NONE:
                spans[node], word = (word, word + 1), word + 1
            else:
                spans[node] = (spans[left][0], spans[right][1])
        return np.array(spans)

    def phrase(self, node: int) -> str:
        """Return the words below a node."""
        first, end = self.spans[node]
        return " ".join(self.words[first:end])

    def unlabelled(self) -> ParseTree:
        """Return the tree without its labels, as one that is to be judged."""
        return replace(self, labels=np.full_like(self.labels, NONE))

    def __str__(self) -> str:
        """The tree in brackets.

        >>> str(parse_tree("(3 (2 not) (1 bad))"))
        '(3 (2 not) (1 bad))'
        """
        parts, open_nodes, leaf = [], [(len(self.labels) - 1, False)], iter(self.words)
        while open_nodes:
            node, is_done = open_nodes.pop()
            left, right = self.children[node].tolist()
            if is_done:
                parts.append(")")
            elif left == NONE:
                parts.append(f" ({self.labels[node]} {next(leaf)})")
            else:
                parts.append(f" ({self.labels[node]}")
                open_nodes += [(node, True), (right, False), (left, False)]
        return "".join(parts).strip()


def parse_tree(text: str, classes: int = CLASSES) -> ParseTree:
    """Return the tree of a line.

    Raises
    ------
    ValueError : brackets that do not fit, a node without exactly two children or one word, or a label that
        is no whole number below ``classes``; says at which character.

    >>> tree = parse_tree("(3 (2 not) (1 bad))")
    >>> tree.words, tree.children.tolist(), tree.labels.tolist()
    (('not', 'bad'), [[-1, -1], [-1, -1], [0, 1]], [2, 1, 3])
    """
    words: list[str] = []
    children: list[tuple[int, int]] = []
    labels: list[int] = []
    around: list[tuple[int, list[int], int]] = []  # open nodes: label, children so far, words so far
    awaits_label, place, end = False, 0, len(text)
    for token in _TOKEN.finditer(text):
        part, place = token.group(), token.start()
        if awaits_label:
            if not (part.isascii() and part.isdecimal() and len(part) < 5 and int(part) < classes):
                raise _wrong(f"a label from 0 to {classes - 1}", part, place)
            around.append((int(part), [], len(words)))
            awaits_label = False
        elif labels and not around:
            raise _wrong("the end of the tree", part, place)
        elif part == "(":
            if around and not _takes_child(around[-1], words):
                raise _wrong("')': a node has two children, or one word", part, place)
            awaits_label = True
        elif not around:
            raise _wrong("'('", part, place)
        elif part == ")":
            label, below, words_before = around.pop()
            if len(below) == 1 or (not below and len(words) == words_before):
                raise _wrong("two children, or one word", f"{len(below)} children and no word", place)
            children.append((below[0], below[1]) if below else (NONE, NONE))
            labels.append(label)
            if around:
                around[-1][1].append(len(labels) - 1)
        elif around[-1][1] or len(words) > around[-1][2]:
            raise _wrong("'(' or ')'", part, place)
        else:
            words.append(part)
    if around or awaits_label or not labels:
        raise _wrong(f"{len(around) + awaits_label or 'a tree and'} more ')'", "the end", end)
    return ParseTree(tuple(words), np.array(children, np.int32), np.array(labels, np.int8))


def read_trees(path: str | os.PathLike, classes: int = CLASSES) -> Iterator[ParseTree]:
    """Yield the trees of a file, packed or not; lines without a letter are passed over.

    Raises
    ------
    FileError : a line that is no tree; names file and line.
    """
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip(" \t"):
            continue
        try:
            tree = parse_tree(line, classes)
        except ValueError as error:
            _, _, told = str(error).partition("expected ")
            expected, _, came = told.rpartition(", came ")
            raise bad_file(path, expected, came, line=number) from None
        yield tree


def write_trees(path: str | os.PathLike, trees: Iterable[ParseTree]) -> None:
    """Write trees, one a line, so that `read_trees` yields the same."""
    from ...core.files import replacing

    with replacing(path, "w") as file:
        file.writelines(f"{tree}\n" for tree in trees)


def _takes_child(node: tuple[int, list[int], int], words: list[str]) -> bool:
    """Whether a node may have one more child: it has at most one, and no word of its own."""
    _, below, words_before = node
    return len(below) == 1 or (not below and len(words) == words_before)


def _wrong(expected: str, came: str, place: int) -> ValueError:
    return ValueError(f"tree: expected {expected}, came {came[:40]!r} at character {place + 1:,}")
