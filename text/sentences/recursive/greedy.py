"""A tree without a parser: again and again the two neighbours that are joined at the least loss become one.

B sentences, T words of the longest, d numbers of a vector

Source: Socher et al. (EMNLP 2011), section 2.3, "greedy unsupervised RAE".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....core import no_grad
from ...corpus.parse_trees import NONE
from .autoencoder import RecursiveAutoencoder
from .tree_batch import Numbered

TOGETHER = 256  # sentences of like length in one piece


def greedy_trees(
    net: RecursiveAutoencoder, sentences: Sequence[np.ndarray], labels: np.ndarray
) -> list[Numbered]:
    """Return the tree of each sentence of word numbers; all its nodes get the sentence's label.

    Nodes are the words from left to right, then phrases in the order in which they were made.
    """
    trees: list[Numbered | None] = [None] * len(sentences)
    order = np.argsort([len(each) for each in sentences], kind="stable")
    with no_grad():
        for start in range(0, len(order), TOGETHER):
            few = order[start : start + TOGETHER]
            found = _merge(net, [sentences[i] for i in few])
            for i, (children, heights) in zip(few, found, strict=True):
                nodes = 2 * len(sentences[i]) - 1
                label = np.full(nodes, labels[i])
                trees[i] = Numbered(sentences[i], children[:nodes], heights[:nodes], label)
    return [tree for tree in trees if tree is not None]


def _merge(net: RecursiveAutoencoder, sentences: Sequence[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return children (2 T - 1, 2) and heights (2 T - 1,) of each sentence's nodes, in all sentences at once.

    A place is where a phrase's first word stood; ``after`` and ``before`` are the places of its neighbours.
    ``error`` of a place is that of joining it with the one after; a join changes two of them.
    """
    B, lengths = len(sentences), np.array([len(each) for each in sentences])
    T = int(lengths.max())
    words = np.zeros((B, T), np.int64)
    for row, sentence in zip(words, sentences, strict=True):
        row[: len(sentence)] = sentence
    vectors = net.embedding.data[words]  # (B, T, d)
    joined = np.zeros_like(vectors)
    error = np.full((B, T), np.inf, np.float32)
    node = np.tile(np.arange(T), (B, 1))
    children = np.full((B, 2 * T - 1, 2), NONE)
    heights = np.zeros((B, 2 * T - 1), np.int64)
    after, before = node + 1, node - 1  # no neighbour: lengths or more, and -1

    def score(rows: np.ndarray, places: np.ndarray) -> None:
        ends = after[rows, places] >= lengths[rows]
        error[rows[ends], places[ends]] = np.inf
        rows, places = rows[~ends], places[~ends]
        if len(rows):
            pairs = np.concatenate([vectors[rows, places], vectors[rows, after[rows, places]]], axis=1)
            joined[rows, places] = parents = np.asarray(net.encode(pairs).data)
            error[rows, places] = net.errors(pairs, parents).data

    score(*np.nonzero(np.arange(T) < lengths[:, None]))
    for step in range(T - 1):
        rows = np.flatnonzero(lengths > step + 1)
        place = error[rows].argmin(1)
        right = after[rows, place]
        made, pair = lengths[rows] + step, np.stack([node[rows, place], node[rows, right]], 1)
        children[rows, made] = pair
        heights[rows, made] = 1 + heights[rows[:, None], pair].max(1)
        vectors[rows, place], node[rows, place] = joined[rows, place], made
        error[rows, right] = np.inf
        after[rows, place] = after[rows, right]
        inner = after[rows, place] < lengths[rows]
        before[rows[inner], after[rows, place][inner]] = place[inner]
        score(rows, place)
        left = before[rows, place]
        score(rows[left >= 0], left[left >= 0])
    return list(zip(children, heights, strict=True))
