"""A conditional random field over the nodes of a parse tree; only the root's polarity is known in training.

V nodes, I inner nodes; s_i of -1 and 1 is the polarity of the words below node i, hidden but at the root

    p(s | tree) = 1/Z exp sum of weights of
        s_i             with the word of a leaf, its prior polarity in a lexicon; of an inner node with the
                        pair of words that meets there
        (s_p, s_l, s_r) a table each for: a child that reverses, and which, and which child is a word
        s_p s_c         with the word beside child c: above 0 it hands polarity on, below 0 it reverses

Learnt are  max sum ln p(s_root = y) - |w|^2 / (2 sigma^2)  by L-BFGS, with exact sums (``tree_messages.py``).

Source: Nakagawa, Inui & Kurohashi, "Dependency tree-based sentiment classification using CRFs with hidden
variables" (NAACL 2010), section 3.  Theirs are dependency trees: they need a parser.  These are the binary
constituency trees of the Stanford Sentiment Treebank, so that the factor is of three nodes.  Their lexicon
and their list of reversers are not at hand: ``tree_features.py`` has a short list, further ones are learnt
with the third kind of feature, and a lexicon can be given.  Labels of inner nodes are never looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from .tree_features import Problem, edge_features, first_tables, node_features
from .trees import Tree


class TreeCRF:
    """Polarity of sentences from their trees.

    Parameters
    ----------
    lexicon : {word: number}, optional
        Prior polarities, such as -1 and 1.
    sigma : float
        Weights are about that large: the prior's standard deviation.
    min_count : int
        Words and pairs that are rarer have no weight.
    max_iter : int
        Of L-BFGS.

    Attributes
    ----------
    features_ : {name: column}
    weights_ : float64
        Of all features, then of the tables, (12, 2, 2, 2).
    """

    features_: dict[str, int]
    weights_: np.ndarray

    def __init__(
        self,
        lexicon: Mapping[str, float] | None = None,
        sigma: float = 0.7,
        min_count: int = 2,
        max_iter: int = 60,
    ) -> None:
        if not sigma > 0 or min_count < 1 or max_iter < 1:
            raise ValueError(
                "TreeCRF: sigma is above 0, min_count and max_iter from 1 on, got "
                f"{sigma!r}, {min_count!r} and {max_iter!r}"
            )
        self.lexicon, self.sigma = dict(lexicon or {}), sigma
        self.min_count, self.max_iter = min_count, max_iter

    def fit(self, trees: Sequence[Tree], y: np.ndarray) -> TreeCRF:
        """Learn from trees and the polarities of their roots, 0 or 1.

        Raises
        ------
        ValueError : other classes than two.
        """
        from scipy.optimize import minimize

        y = np.asarray(y)
        if not len(trees) == len(y) > 0 or not np.isin(y, (0, 1)).all():
            raise ValueError("has two polarities: expected a class of 0 and 1 for each tree, came others")
        having = Counter(name for tree in trees for _, name, _ in node_features(tree, self.lexicon))
        having.update(name for tree in trees for *_, name in edge_features(tree))
        kept = sorted(name for name, count in having.items() if count >= self.min_count)
        self.features_ = {name: column for column, name in enumerate(kept)}
        problem = Problem(trees, self.features_, self.lexicon)
        first = np.concatenate([np.zeros(len(kept)), first_tables().ravel()])
        found = minimize(
            lambda w: problem.objective(w, y, self.sigma), first, jac=True, method="L-BFGS-B",
            options={"maxiter": self.max_iter},
        )  # fmt: skip
        self.weights_ = found.x
        return self

    def polarities(self, trees: Sequence[Tree]) -> list[np.ndarray]:
        """Return the probability that each node is positive, (2n - 1,) of each tree."""
        problem = Problem(trees, self.features_, self.lexicon)
        found = problem.marginals(self.weights_)
        return np.split(found.nodes[:, 1], problem.forest.starts[1:-1])

    def predict(self, trees: Sequence[Tree]) -> np.ndarray:
        """Return the polarities of roots, 0 or 1, (N,)."""
        return np.array([int(p[-1] > 0.5) for p in self.polarities(trees)])

    def agreement(self, trees: Sequence[Tree]) -> tuple[float, int]:
        """Return the share of inner nodes with a polarity that have it here, roots not counted; how many."""
        right = count = 0
        for tree, p in zip(trees, self.polarities(trees), strict=True):
            inner = slice(len(tree.words), 2 * len(tree.words) - 2)
            known = tree.labels[inner] != 2
            right += int(((p[inner] > 0.5) == (tree.labels[inner] > 2))[known].sum())
            count += int(known.sum())
        return right / max(count, 1), count

    def reversers(self, count: int = 10) -> list[tuple[str, float]]:
        """Return the words that reverse what stands beside them most, with their learnt weights."""
        pairs = [(name[7:], self.weights_[i]) for name, i in self.features_.items() if name[:7] == "beside "]
        return [(word, float(w)) for word, w in sorted(pairs, key=lambda pair: pair[1])[:count]]
