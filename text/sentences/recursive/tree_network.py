"""What recursive networks share: leaves, then level by level to the roots, a softmax at every node.

N nodes, D numbers of a node's state, d of its vector, K classes, n nodes of one height
"""

from __future__ import annotations

import numpy as np

from .... import nn
from ....core import Tensor, ops
from ...corpus.parse_trees import NONE
from .tree_batch import TreeBatch


class TreeNetwork(nn.Module):
    """The base: a kind of network says what a leaf is (`leaves`) and what two nodes make (`compose`).

    y_i = softmax(W_s p_i + b_s) at every node i, a word or a phrase, with one W_s for all.
    """

    classify: nn.Linear
    # Parameters that are learnt and held small in their own ways: of phrases, and with a row for each word
    TENSORS: tuple[str, ...] = ()
    MATRICES: tuple[str, ...] = ("W",)
    WORDS: tuple[str, ...] = ("embedding",)

    def leaves(self, words: np.ndarray) -> Tensor:
        """Return the states (L, D) of words (L,)."""
        raise NotImplementedError

    def compose(self, pairs: Tensor) -> Tensor:
        """Return the states (n, D) of nodes from those of their children, (n, 2 D)."""
        raise NotImplementedError

    def vectors(self, states: Tensor) -> Tensor:
        """Return the vectors (N, d) in states (N, D)."""
        return states

    def states(self, batch: TreeBatch) -> Tensor:
        """Return the states (N, D) of all nodes, one step a height."""
        nodes = self.leaves(batch.words)
        for children in batch.levels:
            pairs = ops.reshape(ops.take(nodes, children), shape=(len(children), 2 * nodes.shape[1]))
            nodes = ops.concat([nodes, self.compose(pairs)])
        return nodes

    def forward(self, batch: TreeBatch) -> Tensor:
        """Return the scores (N, K) of all nodes, in the order of the batch's rows."""
        return self.classify(self.vectors(self.states(batch)))


def nodes_loss(scores: Tensor, batch: TreeBatch) -> Tensor:
    """Return -sum over labelled nodes of log y_i[t_i], divided by the number of trees.

    Source: Socher et al. (2013), equation 2, without its regularisation, which the optimiser adds.
    """
    return ops.sum(ops.cross_entropy_each(scores, batch.labels, ignore_index=NONE)) / len(batch)


def small(rng: np.random.Generator, shape: tuple[int, ...], bound: float) -> nn.Parameter:
    """Return a parameter drawn from U(-bound, bound), float32."""
    return nn.Parameter(rng.uniform(-bound, bound, shape).astype(np.float32))


def composition(rng: np.random.Generator, dim: int) -> nn.Parameter:
    """Return W (d, 2 d): each half U(+-1 / (2 sqrt d)) + I; at first a phrase is the sum of its parts."""
    halves = [rng.uniform(-1, 1, (dim, dim)) / (2 * np.sqrt(dim)) + np.eye(dim) for _ in range(2)]
    return nn.Parameter(np.concatenate(halves, 1).astype(np.float32))


def classifier(rng: np.random.Generator, dim: int, classes: int) -> nn.Linear:
    """Return W_s ~ U(+-1 / sqrt d), with biases 0."""
    layer = nn.Linear(dim, classes)
    layer.weight = small(rng, (classes, dim), 1 / np.sqrt(dim))
    layer.bias = nn.Parameter(np.zeros(classes, np.float32))
    return layer
