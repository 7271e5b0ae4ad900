"""A parse tree with its words first, as charts and messages count.

n words of a tree; nodes 0 .. n - 1 are its words, n .. 2n - 2 its inner nodes, children before parents, the
root last
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...corpus.parse_trees import NONE, ParseTree


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


def words_first(tree: ParseTree) -> Tree:
    """Return a parse tree in this order.

    >>> from cutaway.text.corpus.parse_trees import parse_tree
    >>> tree = words_first(parse_tree("(1 (2 Not) (3 (2 so) (3 good)))"))
    >>> tree.words, tree.children.tolist(), tree.labels.tolist()
    (['not', 'so', 'good'], [[1, 2], [0, 3]], [2, 2, 3, 3, 1])
    """
    is_word = tree.children[:, 0] == NONE
    order = np.concatenate([np.flatnonzero(is_word), np.flatnonzero(~is_word)])
    number = np.argsort(order)
    children = number[tree.children[~is_word].astype(np.int64)]
    return Tree(
        [word.lower() for word in tree.words], children.reshape(-1, 2), tree.labels[order].astype(int)
    )
