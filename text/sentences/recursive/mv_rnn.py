"""The matrix-vector recursive network: a word has a vector, and a matrix that acts on its neighbour.

d numbers of a vector, r rank of a word's matrix, V words, n nodes; a state has vector and matrix, D = d + d^2
"""

from __future__ import annotations

import numpy as np

from .... import nn
from ....core import Tensor, ops
from .rnn import WORDS
from .tree_network import TreeNetwork, classifier, composition, small

RANK = 3
NOISE = 0.01  # of matrices that begin as the identity


class MVRNN(TreeNetwork):
    """p = tanh(W [C b; B c] + bias),  P = W_M [B; C],  of children with vectors b, c and matrices B, C.

    A word's vector is tanh of its row of ``embedding``; its matrix is A = U Vt + diag(a) of rank 3 and a
    diagonal: (2 r + 1) d numbers in place of d^2.  Those of phrases are full.  At first a = 1, U and Vt are
    noise, W is as in `TreeRNN` and W_M the mean of the two matrices: all act as the identity, nearly.

    Parameters are those of `TreeRNN`, and ``rank``.

    Source: Socher et al. (EMNLP 2012), sections 2.1 to 2.3, equations 2, 3 and 5.
    """

    MATRICES = ("W", "W_M")
    WORDS = ("embedding", "U", "Vt", "diagonal")

    def __init__(self, words: int, dim: int = 25, classes: int = 5, seed: int = 0, rank: int = RANK) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)
        self.dim, self.rank = dim, rank
        self.embedding = small(rng, (words, dim), WORDS)
        self.embedding.data[0] = 0
        self.U = small(rng, (words, dim, rank), NOISE)
        self.Vt = small(rng, (words, rank, dim), NOISE)
        self.diagonal = nn.Parameter(np.ones((words, dim), np.float32))
        self.W = composition(rng, dim)
        self.W_M = nn.Parameter((composition(rng, dim).data / 2).astype(np.float32))
        self.bias = nn.Parameter(np.zeros(dim, np.float32))
        self.classify = classifier(rng, dim, classes)

    def leaves(self, words: np.ndarray) -> Tensor:
        vectors = ops.tanh(ops.embedding(self.embedding, words))
        U, Vt, a = (ops.take(each, words) for each in (self.U, self.Vt, self.diagonal))
        matrices = ops.bmm(U, Vt) + ops.unsqueeze(a, 2) * np.eye(self.dim, dtype=np.float32)
        return ops.concat([vectors, ops.reshape(matrices, shape=(len(words), -1))], axis=1)

    def compose(self, pairs: Tensor) -> Tensor:
        n, d = len(pairs), self.dim
        b, B, c, C = ops.split(pairs, [d, d * d, d, d * d], axis=1)
        B, C = (ops.reshape(each, shape=(n, d, d)) for each in (B, C))
        moved = [ops.reshape(ops.bmm(M, ops.unsqueeze(v, 2)), shape=(n, d)) for M, v in ((C, b), (B, c))]
        vector = ops.tanh(ops.linear(ops.concat(moved, axis=1), self.W, self.bias))
        matrix = ops.bmm(self.W_M, ops.concat([B, C], axis=1))  # (d, 2d)(n, 2d, d) -> (n, d, d)
        return ops.concat([vector, ops.reshape(matrix, shape=(n, d * d))], axis=1)

    def vectors(self, states: Tensor) -> Tensor:
        return states[:, : self.dim]
