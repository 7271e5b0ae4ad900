"""Trees packed into arrays so that all nodes of one height are computed in one step.

B trees, L leaves, N nodes, n_h nodes of height h

A node needs its children alone.  Sorted by height, leaves first, all nodes of height 1 have their children
among the rows before them, then those of height 2, and so on: as many steps as the highest tree has levels,
whatever the number of nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ...corpus.parse_trees import ParseTree


class Numbered(NamedTuple):
    """A tree whose words are numbers."""

    words: np.ndarray  # int (W,)
    children: np.ndarray  # int (N, 2)
    heights: np.ndarray  # int (N,)
    labels: np.ndarray  # int (N,), -1: none


@dataclass(frozen=True, eq=False)
class TreeBatch:
    """Trees in one piece; rows are nodes, sorted by height.

    Attributes
    ----------
    words : int (L,)
        Word numbers of rows 0 to L - 1.
    levels : list of int (n_h, 2)
        Children's rows of the nodes of height 1, 2, ..., whose own rows follow one another.
    labels : int (N,)
        -1 of a row without a label.
    rows : int (N,)
        The row of each node, tree after tree, a node after its children.
    roots : int (B,)
        Rows.
    """

    words: np.ndarray
    levels: list[np.ndarray]
    labels: np.ndarray
    rows: np.ndarray
    roots: np.ndarray

    def __len__(self) -> int:  # of the trees; nn.fit weighs losses by it
        return len(self.roots)


def pack(trees: Sequence[Numbered]) -> TreeBatch:
    """Put trees into one batch.

    >>> leaf = [-1, -1]
    >>> low = Numbered(*map(np.array, ([5, 7], [leaf, leaf, [0, 1]], [0, 0, 1], [2, 1, 3])))
    >>> one = Numbered(*map(np.array, ([9], [leaf], [0], [2])))
    >>> batch = pack([low, one])
    >>> batch.words.tolist(), [level.tolist() for level in batch.levels], batch.roots.tolist()
    ([5, 7, 9], [[[0, 1]]], [3, 2])
    """
    counts = np.array([len(tree.labels) for tree in trees])
    ends = np.cumsum(counts)
    heights = np.concatenate([tree.heights for tree in trees])
    children = np.concatenate([tree.children for tree in trees]) + np.repeat(ends - counts, counts)[:, None]
    order = np.argsort(heights, kind="stable")  # row -> node; leaves stay in the order of the words
    rows = np.empty_like(order)
    rows[order] = np.arange(len(order))
    borders = np.searchsorted(heights[order], np.arange(1, heights.max() + 2))
    levels = [rows[children[order[a:b]]] for a, b in pairwise(borders)]
    return TreeBatch(
        np.concatenate([tree.words for tree in trees]),
        levels,
        np.concatenate([tree.labels for tree in trees])[order],
        rows,
        rows[ends - 1],
    )


class TreeBatches:
    """Batches for `nn.fit`, (batch, batch), in an order that is a function of (seed, epoch)."""

    def __init__(self, trees: Sequence[Numbered], batch_size: int, seed: int = 0) -> None:
        self.trees, self.batch_size, self.seed = trees, batch_size, seed

    def __len__(self) -> int:
        return -(-len(self.trees) // self.batch_size)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[TreeBatch, TreeBatch]]:
        """Yield the batches of an epoch, from batch ``start`` on: what goes in, and what has the labels."""
        order = np.random.default_rng([self.seed, 1, epoch]).permutation(len(self.trees))
        for number in range(start, len(self)):
            chosen = order[number * self.batch_size : (number + 1) * self.batch_size]
            batch = pack([self.trees[i] for i in chosen])
            yield batch, batch


class WordNumbers:
    """Numbers of the words of training trees, in lower case; 0 for any other word."""

    def __init__(self, words: Sequence[str]) -> None:
        self.index = {word: number for number, word in enumerate(words, 1)}

    @classmethod
    def of(cls, trees: Sequence[ParseTree]) -> WordNumbers:
        """Return those of the words of trees, as they come up."""
        return cls(list(dict.fromkeys(word.lower() for tree in trees for word in tree.words)))

    def __len__(self) -> int:
        """Numbers, that of other words included."""
        return len(self.index) + 1

    def numbered(self, trees: Sequence[ParseTree]) -> list[Numbered]:
        """Return trees with numbers in the place of words."""
        return [
            Numbered(
                np.array([self.index.get(word.lower(), 0) for word in tree.words]),
                tree.children,
                tree.heights,
                tree.labels,
            )
            for tree in trees
        ]
