"""Where one part turns the other: "X but Y", and phrases under a negation.

N nodes of a tree, K classes; a model is what it says of trees: a list of probabilities (N, K)

Source: Socher et al. (EMNLP 2013), sections 5.3 and 5.4.  Their sentences with a negation were made by hand;
here they are found in the treebank, as the functions say, so that figures are of another set than the paper's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ...corpus.parse_trees import NONE, ParseTree
from .judged import NEUTRAL, Said

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
    """Return how often all of "X", "Y" and "but Y" get their class of five.

    An example is a node "but Y" on the right of X, with X, or X and a comma, beside it.
    """
    right = []
    for p, tree in zip(said, trees, strict=True):
        is_right = p.argmax(1) == tree.labels
        right += [bool(is_right[list(nodes)].all()) for nodes in but_nodes(tree)]
    return Share(sum(right), len(right))


def but_nodes(tree: ParseTree) -> Iterator[tuple[int, int, int]]:
    """Yield (X, Y, "but Y") of a tree.

    >>> from ...corpus.parse_trees import parse_tree
    >>> tree = parse_tree("(3 (2 (1 dull) (2 ,)) (3 (2 but) (4 warm)))")
    >>> [[tree.phrase(node) for node in nodes] for nodes in but_nodes(tree)]
    [['dull', 'warm', 'but warm']]
    """
    for first, second in _phrases(tree):
        left, right = tree.children[second].tolist()
        if left == NONE or tree.phrase(left).lower() != "but":
            continue
        inner, comma = tree.children[first].tolist()
        has_comma = inner != NONE and tree.phrase(comma) == ","
        yield (inner if has_comma else first), right, second


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


def _phrases(tree: ParseTree) -> Iterator[tuple[int, int]]:
    """Yield the children of every phrase."""
    for left, right in tree.children.tolist():
        if left != NONE:
            yield left, right
