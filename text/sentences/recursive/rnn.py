"""The plain recursive network: one matrix makes a phrase of two parts.

d numbers of a vector, V words, K classes, n nodes
"""

from __future__ import annotations

import numpy as np

from .... import nn
from ....core import Tensor, ops
from .tree_network import TreeNetwork, classifier, composition, small

WORDS = 1e-3  # word vectors are drawn from U(-WORDS, WORDS)


class TreeRNN(TreeNetwork):
    """p = tanh(W [b; c] + bias) of the children b and c;  a leaf is tanh(its word's vector).

    Parameters
    ----------
    words : int
        V; number 0 is a word that training has not seen, with vector 0.
    dim, classes : int
    seed : int

    Sources: Socher et al. (2013), section 4.1; initial values as in CoreNLP.
    """

    def __init__(self, words: int, dim: int = 25, classes: int = 5, seed: int = 0) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)
        self.embedding = small(rng, (words, dim), WORDS)
        self.embedding.data[0] = 0
        self.W = composition(rng, dim)
        self.bias = nn.Parameter(np.zeros(dim, np.float32))
        self.classify = classifier(rng, dim, classes)

    def leaves(self, words: np.ndarray) -> Tensor:
        return ops.tanh(ops.embedding(self.embedding, words))

    def compose(self, pairs: Tensor) -> Tensor:
        return ops.tanh(ops.linear(pairs, self.W, self.bias))  # (n, 2d)(2d, d) -> (n, d)
