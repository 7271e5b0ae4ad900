"""The recursive neural tensor network: every two numbers of the parts may act on each other.

d numbers of a vector, n nodes
"""

from __future__ import annotations

import numpy as np

from ....core import Tensor, ops
from .rnn import TreeRNN
from .tree_network import small


class RNTN(TreeRNN):
    """p_k = tanh(x^T V[k] x + (W x + bias)_k),  x = [b; c] of the children b and c;  leaves as in `TreeRNN`.

    x^T V[k] x = sum_ij V[k]_ij x_i x_j is linear in the products x_i x_j: for all nodes of one height they
    are a matrix (n, 4 d^2), and the tensor V (d, 2d, 2d) is one of (d, 4 d^2).  The engine's rules for the
    two products give dV[k] = sum over nodes of delta_k x x^T and dx = sum_k delta_k (V[k] + V[k]^T) x.

    Source: Socher et al. (2013), section 4.3; V ~ U(+-1 / (4 d)) as in CoreNLP.
    """

    TENSORS = ("V",)

    def __init__(self, words: int, dim: int = 25, classes: int = 5, seed: int = 0) -> None:
        super().__init__(words, dim, classes, seed)
        rng = np.random.default_rng([seed, 1])
        self.V = small(rng, (dim, 2 * dim, 2 * dim), 1 / (4 * dim))

    def compose(self, pairs: Tensor) -> Tensor:
        n, wide = pairs.shape
        products = ops.reshape(ops.unsqueeze(pairs, 2) * ops.unsqueeze(pairs, 1), shape=(n, wide * wide))
        tensor = ops.reshape(self.V, shape=(wide // 2, wide * wide))
        return ops.tanh(ops.linear(products, tensor) + ops.linear(pairs, self.W, self.bias))
