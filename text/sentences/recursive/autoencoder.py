"""The recursive autoencoder: a phrase's vector is one from which those of its two parts can be had back.

d numbers of a vector, V words, K classes, N nodes, n of them phrases

    p = f(W1 [b; c] + b1),  p <- p / |p|,      f = tanh
    [b'; c'] = f(W2 p + b2), each half <- half / its length
    E_rec = 1/2 |b - b'|^2 + 1/2 |c - c'|^2

Source: Socher et al. (EMNLP 2011), equations 3, 4 and 7 (without the weights by numbers of words, as in its
authors' program jrae).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .... import nn
from ....core import Tensor, ops
from .tree_batch import TreeBatch
from .tree_network import small

ALPHA, BETA = 0.2, 0.5  # what reconstruction weighs against classes; a phrase's class against a word's
EMBEDDING = 1e-3  # scale of the normal distribution that word vectors are drawn from
TINY = 1e-12  # under a root, so that a vector of zeros has a gradient


class RecursiveAutoencoder(nn.Module):
    """Encoder, decoder, word vectors, and a softmax at every node that is told the sentence's class.

    Parameters
    ----------
    vectors : float32 (V, d)
        To begin with.
    classes : int
    seed : int
    """

    def __init__(self, vectors: np.ndarray, classes: int, seed: int = 0) -> None:
        super().__init__()
        rng, dim = np.random.default_rng(seed), vectors.shape[1]
        bound = np.sqrt(6) / np.sqrt(2 * dim + 1)
        self.embedding = nn.Parameter(vectors)
        self.W1, self.b1 = small(rng, (dim, 2 * dim), bound), nn.Parameter(np.zeros(dim, np.float32))
        self.W2, self.b2 = small(rng, (2 * dim, dim), bound), nn.Parameter(np.zeros(2 * dim, np.float32))
        self.classify = nn.Linear(dim, classes)
        self.classify.weight = small(rng, (classes, dim), bound)
        self.classify.bias = nn.Parameter(np.zeros(classes, np.float32))

    def encode(self, pairs: Any) -> Tensor:
        """Return the vectors (n, d) of pairs (n, 2 d)."""
        return unit(ops.tanh(ops.linear(pairs, self.W1, self.b1)))

    def errors(self, pairs: Any, parents: Any) -> Tensor:
        """Return E_rec of each pair (n, 2 d) from its parent (n, d), (n,)."""
        halves = (*parents.shape[:1], 2, parents.shape[1])
        again = ops.tanh(ops.linear(parents, self.W2, self.b2))
        apart = unit(ops.reshape(again, shape=halves)) - ops.reshape(pairs, shape=halves)
        return ops.sum(apart * apart, axis=(1, 2)) * 0.5

    def forward(self, batch: TreeBatch) -> Tensor:
        """Return the vectors (N, d) of all nodes, level by level."""
        nodes = ops.embedding(self.embedding, batch.words)
        for children in batch.levels:
            nodes = ops.concat([nodes, self.encode(paired(nodes, children))])
        return nodes

    def loss(self, batch: TreeBatch) -> Tensor:
        """Return the sum over nodes of alpha E_rec + (1 - alpha) weight E_class, without regularisation.

        Words weigh 1, phrases beta; the tree counts as given, whoever chose it.
        """
        nodes, words = self(batch), len(batch.words)
        scores = self.classify(nodes)
        weights = np.where(np.arange(len(nodes)) < words, 1.0, BETA).astype(np.float32)
        loss = ops.sum(ops.cross_entropy_each(scores, batch.labels) * weights) * (1 - ALPHA)
        if not batch.levels:
            return loss
        pairs = paired(nodes, np.concatenate(batch.levels))
        return loss + ops.sum(self.errors(pairs, nodes[words:])) * ALPHA


def paired(nodes: Tensor, children: np.ndarray) -> Tensor:
    """Return the vectors of children (n, 2) side by side, (n, 2 d)."""
    return ops.reshape(ops.take(nodes, children), shape=(len(children), 2 * nodes.shape[1]))


def unit(x: Tensor) -> Tensor:
    """Return x (..., d), each of its vectors divided by its length."""
    return x / ops.sqrt(ops.sum(x * x, axis=-1, keepdims=True) + TINY)
