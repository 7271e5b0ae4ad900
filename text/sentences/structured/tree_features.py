"""What `TreeCRF` looks at in trees, as sparse rows, and its objective: exact sums and their gradient.

V nodes, I inner nodes of all trees
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .tree_messages import Forest, Marginals, marginals, upwards
from .trees import Tree

REVERSERS = "not n't no never nor neither none nothing without hardly barely lack lacks lacking fails cannot"
_REVERSES = frozenset(REVERSERS.split())
SIGNS = np.array([-1.0, 1.0])
BEGIN = 0.5  # how much a child's polarity is its parent's, before training
TYPES = 12  # tables: 3 for who reverses, times 4 for which child is a word


class Problem:
    """Trees and features as sparse rows: scores from weights, and gradients back."""

    def __init__(self, trees: Sequence[Tree], features: Mapping[str, int], lexicon: Mapping[str, float]):
        self.forest, self.count = Forest(trees), len(features)
        nodes, edges, types = [], [], []
        done = 0  # inner nodes of the trees before
        for tree, start in zip(trees, self.forest.starts.tolist(), strict=False):
            nodes += [
                (start + i, features[name], value)
                for i, name, value in node_features(tree, lexicon)
                if name in features
            ]
            edges += [
                (2 * (done + i) + side, features[name], 1.0)
                for i, side, name in edge_features(tree)
                if name in features
            ]
            types += _types(tree)
            done += len(tree.children)
        self.types = np.array(types, np.int64)
        shapes = (int(self.forest.starts[-1]), self.count), (2 * done, self.count)
        self.x, self.e = (_sparse(each, shape) for each, shape in zip((nodes, edges), shapes, strict=True))

    def scores(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return phi (V, 2) and psi (I, 2, 2, 2)."""
        tables = w[self.count :].reshape(TYPES, 2, 2, 2)
        phi = (self.x @ w[: self.count])[:, None] * SIGNS
        left, right = (self.e @ w[: self.count]).reshape(-1, 2).T
        pair = np.outer(SIGNS, SIGNS)
        psi = tables[self.types] + left[:, None, None, None] * pair[:, :, None]
        return phi, psi + right[:, None, None, None] * pair[:, None, :]

    def marginals(self, w: np.ndarray) -> Marginals:
        """Return the probabilities of all nodes."""
        phi, psi = self.scores(w)
        return marginals(self.forest, phi, psi, upwards(self.forest, phi, psi))

    def objective(self, w: np.ndarray, y: np.ndarray, sigma: float) -> tuple[float, np.ndarray]:
        """Return -sum ln p(s_root = y) + |w|^2 / (2 sigma^2) and its gradient: free less clamped counts."""
        phi, psi = self.scores(w)
        m = upwards(self.forest, phi, psi)
        free, known = (marginals(self.forest, phi, psi, m, given) for given in (None, y))
        nodes = (free.nodes - known.nodes) @ SIGNS  # (V,): the difference of E[s_i]
        factors = free.factors - known.factors
        pair = np.outer(SIGNS, SIGNS)
        edges = np.stack([np.einsum("iplr,pl->i", factors, pair), np.einsum("iplr,pr->i", factors, pair)], 1)
        tables = np.zeros((TYPES, 8))
        np.add.at(tables, self.types, factors.reshape(-1, 8))
        gradient = np.concatenate([self.x.T @ nodes + self.e.T @ edges.ravel(), tables.ravel()])
        loss = (free.log_z - known.log_z).sum() + w @ w / (2 * sigma**2)
        return float(loss), gradient + w / sigma**2


def node_features(tree: Tree, lexicon: Mapping[str, float]) -> list[tuple[int, str, float]]:
    """(node, feature, value): words of leaves, the pair of words that meets in an inner node."""
    words, spans = tree.words, tree.spans
    found = [(i, f"word {word}", 1.0) for i, word in enumerate(words)]
    found += [(i, "lexicon", lexicon[word]) for i, word in enumerate(words) if word in lexicon]
    for i, (left, _) in enumerate(tree.children.tolist()):
        middle = spans[left][1]
        found.append((len(words) + i, f"pair {words[middle - 1]} {words[middle]}", 1.0))
    return found


def edge_features(tree: Tree) -> list[tuple[int, int, str]]:
    """(inner node, side 0 or 1 of the child, the word beside it)."""
    n = len(tree.words)
    return [
        (i, 1 - side, f"beside {tree.words[pair[side]]}")
        for i, pair in enumerate(tree.children.tolist())
        for side in (0, 1)
        if pair[side] < n
    ]


def _types(tree: Tree) -> list[int]:
    """The table of each inner node."""
    n, found = len(tree.words), []
    for left, right in tree.children.tolist():
        is_word = left < n, right < n
        reverses = [
            here and tree.words[c] in _REVERSES for here, c in zip(is_word, (left, right), strict=True)
        ]
        found.append(4 * (1 if reverses[0] else 2 if reverses[1] else 0) + 2 * is_word[0] + is_word[1])
    return found


def first_tables() -> np.ndarray:
    """Children hand their polarity on; beside a reverser the opposite, the reverser's own does not count."""
    p, left, right = SIGNS[:, None, None], SIGNS[None, :, None], SIGNS[None, None, :]
    plain, by_left, by_right = p * left + p * right, -p * right + 0 * left, -p * left + 0 * right
    return BEGIN * np.repeat(np.stack([plain, by_left, by_right]), 4, axis=0)


def _sparse(entries: list[tuple[int, int, float]], shape: tuple[int, int]) -> Any:
    """Return (row, column, value) as a sparse array."""
    from scipy.sparse import csr_array

    places = np.array([entry[:2] for entry in entries], np.int64).reshape(-1, 2)
    return csr_array((np.array([value for *_, value in entries], float), tuple(places.T)), shape)
