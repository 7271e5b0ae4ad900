"""Where one part turns the other: "X but Y", and phrases under a negation.

N nodes of a tree, K classes; a model is what it says of trees: a list of probabilities (N, K)

Source: Socher et al. (EMNLP 2013), sections 5.3 and 5.4.  Their sentences with a negation were made by hand,
and they have 131 of "but"; here all are found in the treebank, as the functions say, so that figures are of
other examples than theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ...corpus.parse_trees import NONE, ParseTree
from .judged import NEUTRAL, Said

MARKS = frozenset([",", ".", ";", ":", "--", "...", "!"])
NEGATORS = frozenset(
    ["not", "n't", "never", "no", "nothing", "neither", "nor", "without", "hardly", "barely"]
)


class Share(NamedTuple):
    """How many of how many."""

    right: int
    of: int

    @property
    def share(self) -> float:
        """From 0 to 1; not a number of none."""
        return self.right / self.of if self.of else float("nan")


def x_but_y(said: Said, trees: Sequence[ParseTree]) -> Share:
    """Return how often X, Y and the lowest node with both "but" and Y all get their class of five.

    Between X and "but" stand marks at most.
    """
    right = []
    for p, tree in zip(said, trees, strict=True):
        is_right = p.argmax(1) == tree.labels
        right += [bool(is_right[list(nodes)].all()) for nodes in but_nodes(tree)]
    return Share(sum(right), len(right))


def but_nodes(tree: ParseTree) -> Iterator[tuple[int, int, int]]:
    """Yield (X, Y, the lowest node with both "but" and Y) of a tree, whichever side the "but" is joined to.

    >>> from ...corpus.parse_trees import parse_tree
    >>> for text in ("(3 (1 (1 dull) (2 but)) (4 warm))", "(3 (1 dull) (3 (2 ,) (4 (2 but) (4 warm))))"):
    ...     tree = parse_tree(text)
    ...     print([tree.phrase(node) for nodes in but_nodes(tree) for node in nodes])
    ['dull', 'warm', 'dull but warm']
    ['dull', 'warm', 'but warm']
    """
    above = {child: node for node, pair in enumerate(tree.children.tolist()) for child in pair}
    for leaf in np.flatnonzero(tree.children[:, 0] == NONE).tolist():
        if tree.phrase(leaf).lower() != "but":
            continue
        top = leaf
        while top in above and tree.children[above[top], 1] == top:
            top = above[top]
        if top not in above:
            continue
        whole = above[top]
        first = _left(tree, above, leaf)
        first = _left(tree, above, whole) if first == NONE else first
        if first != NONE:
            yield first, int(tree.children[whole, 1]), whole


def _left(tree: ParseTree, above: dict[int, int], node: int) -> int:
    """Return what stands to the left of a node, without marks or beyond them; -1 if there is nothing."""
    while node in above:
        left, right = tree.children[above[node]].tolist()
        if left != node and tree.phrase(left) not in MARKS:
            while tree.children[left, 0] != NONE and tree.phrase(tree.children[left, 1]) in MARKS:
                left = int(tree.children[left, 0])
            return left
        if left == node and tree.phrase(right) not in MARKS:
            return NONE
        node = above[node]
    return NONE


def negated(said: Said, trees: Sequence[ParseTree], positive: bool) -> Share:
    """Return how often a negation does what annotators say it does.

    An example is a node "NEGATOR X" (or "is not X": a negator at the end of the left part).  ``positive``: X
    is positive and the whole negative, and the model is right if it says so of both.  Otherwise X is negative
    and the whole less so, and it is right if the class that it expects on average rises.
    """
    right = []
    for p, tree in zip(said, trees, strict=True):
        mean = p @ np.arange(p.shape[1])
        for whole, part in negation_nodes(tree):
            gold, inner = tree.labels[whole], tree.labels[part]
            if positive and inner > NEUTRAL > gold:
                right.append(bool(mean[part] > NEUTRAL > mean[whole]))
            elif not positive and inner < NEUTRAL and gold > inner:
                right.append(bool(mean[whole] > mean[part]))
    return Share(sum(right), len(right))


def negation_nodes(tree: ParseTree) -> Iterator[tuple[int, int]]:
    """Yield (node, its negated part).

    >>> from ...corpus.parse_trees import parse_tree
    >>> tree = parse_tree("(1 (2 (2 is) (2 not)) (3 (2 very) (3 good)))")
    >>> [tree.phrase(part) for _, part in negation_nodes(tree)]
    ['very good']
    """
    for whole, (left, right) in enumerate(tree.children.tolist()):
        if left != NONE:
            end = tree.spans[left, 1]
            if end - tree.spans[left, 0] <= 2 and tree.words[end - 1].lower() in NEGATORS:
                yield whole, right
