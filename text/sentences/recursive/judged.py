"""How right a model of labelled trees is: of all nodes and of roots, of five classes and of two, by length.

N nodes of a tree, K classes; a model is what it says of trees: a list of probabilities (N, K)

Source: Socher et al. (EMNLP 2013), table 1 and figure 6; two classes from those of five as in `is_positive`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...corpus.parse_trees import ParseTree
from .tree_classifier import is_positive

NEUTRAL = 2
Said = Sequence[np.ndarray]


class Judged(NamedTuple):
    """Shares of right nodes, 0 to 1, and of how many; binary ones are of nodes that are not neutral."""

    fine_all: float
    fine_root: float
    binary_all: float
    binary_root: float
    nodes: int
    roots: int
    binary_nodes: int
    binary_roots: int


def judge_trees(said: Said, trees: Sequence[ParseTree]) -> Judged:
    """Return the four accuracies of table 1.

    >>> from ...corpus.parse_trees import parse_tree
    >>> tree = parse_tree("(3 (2 a) (4 b))")
    >>> judge_trees([np.eye(5)[[2, 1, 4]]], [tree])[:4]
    (0.3333333333333333, 0.0, 0.5, 1.0)
    """
    fine, binary, labels, roots = _right(said, trees)
    sided = labels != NEUTRAL
    return Judged(
        _share(fine), _share(fine[roots]), _share(binary[sided]), _share(binary[sided & roots]),
        len(fine), int(roots.sum()), int(sided.sum()), int((sided & roots).sum()),
    )  # fmt: skip


class LengthRow(NamedTuple):
    """Nodes over so many words: shares that are right, 0 to 1, of five classes and of two, and counts."""

    words: int
    fine: float
    binary: float
    nodes: int
    binary_nodes: int


def by_length(
    said: Said, trees: Sequence[ParseTree], bins: Sequence[int] = (1, 2, 3, 5, 8, 12, 20)
) -> list[LengthRow]:
    """Return the accuracies of nodes of each length; a row goes up to where the next begins."""
    fine, binary, labels, _ = _right(said, trees)
    words = np.concatenate([np.diff(tree.spans, axis=1)[:, 0] for tree in trees])
    place = np.searchsorted(bins, words, side="right") - 1
    rows = []
    for number, least in enumerate(bins):
        here, sided = place == number, (place == number) & (labels != NEUTRAL)
        if here.any():
            row = _share(fine[here]), _share(binary[sided]), int(here.sum()), int(sided.sum())
            rows.append(LengthRow(least, *row))
    return rows


def top_phrases(
    said: Said, trees: Sequence[ParseTree], words: int, class_: int, count: int = 5
) -> list[tuple[str, float]]:
    """Return the phrases of so many words that a class is most probable for, each once, and how probable."""
    found: dict[str, float] = {}
    for probabilities, tree in zip(said, trees, strict=True):
        for node in np.flatnonzero(np.diff(tree.spans, axis=1)[:, 0] == words):
            phrase = tree.phrase(int(node)).lower()
            found[phrase] = max(found.get(phrase, 0.0), float(probabilities[node, class_]))
    return sorted(found.items(), key=lambda each: -each[1])[:count]


def _right(said: Said, trees: Sequence[ParseTree]) -> tuple[np.ndarray, ...]:
    """Return of all labelled nodes: is the class right, is the side, the label, is it a root."""
    p, labels = np.concatenate(list(said)), np.concatenate([tree.labels for tree in trees])
    roots = np.zeros(len(labels), bool)
    roots[np.cumsum([len(tree.labels) for tree in trees]) - 1] = True
    known = labels >= 0
    fine, binary = p.argmax(1) == labels, is_positive(p) == (labels > NEUTRAL)
    return fine[known], binary[known], labels[known], roots[known]


def _share(right: np.ndarray) -> float:
    return float(right.mean()) if right.size else float("nan")
