"""All that the paper measures of a model of labelled trees, in one dictionary.

Source: Socher et al. (EMNLP 2013), table 1, figures 6 to 8, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...corpus.parse_trees import ParseTree
from .contrast import negated, x_but_y
from .judged import NEUTRAL, by_length, judge_trees, top_phrases
from .tree_classifier import TreeClassifier

LENGTHS, TOP = (1, 2, 3, 5), 5  # words of phrases that are listed, and how many of each
# In per cent, table 1: all nodes and roots, of five classes and of two; section 5: "X but Y", negations
PAPER = {
    "rnn": (79.0, 43.2, 86.1, 82.4, 36.0, 33.3, 45.5),
    "mv-rnn": (78.7, 44.4, 86.8, 82.9, 37.0, 52.4, 54.6),
    "rntn": (80.7, 45.7, 87.6, 85.4, 41.0, 71.4, 81.8),
}
MEASURES = {
    "fine_all": "five classes, all nodes",
    "fine_root": "five classes, roots",
    "binary_all": "positive or negative, all nodes",
    "binary_root": "positive or negative, roots",
    "but": "“X but Y”, all three right",
    "negated_positive": "“not” before a positive phrase",
    "negated_negative": "“not” before a negative phrase",
}


def findings(model: TreeClassifier, trees: Sequence[ParseTree]) -> dict[str, Any]:
    """Return what a model says of trees that it has not seen.

    Returns
    -------
    dict : of each of ``MEASURES`` [share, number of examples]; always_neutral, its shares of nodes and roots;
        by_length, rows of (words, fine, binary, nodes, nodes that are not neutral); top, {class: {words:
        [[phrase, probability], ...]}}.
    """
    said = model.probabilities(trees)
    judged, labels = judge_trees(said, trees), np.concatenate([tree.labels for tree in trees])
    counts = (judged.nodes, judged.roots, judged.binary_nodes, judged.binary_roots)
    found: dict[str, Any] = {
        name: [getattr(judged, name), count] for name, count in zip(list(MEASURES)[:4], counts, strict=True)
    }
    for name, each in (
        ("but", x_but_y(said, trees)),
        ("negated_positive", negated(said, trees, positive=True)),
        ("negated_negative", negated(said, trees, positive=False)),
    ):
        found[name] = [each.share, each.of]
    roots = np.array([tree.labels[-1] for tree in trees])
    found["always_neutral"] = [float(np.mean(labels == NEUTRAL)), float(np.mean(roots == NEUTRAL))]
    found["by_length"] = [list(row) for row in by_length(said, trees)]
    found["top"] = {
        str(class_): {str(words): top_phrases(said, trees, words, class_, TOP) for words in LENGTHS}
        for class_ in (0, 4)
    }
    return found
