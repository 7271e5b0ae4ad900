"""Hierarchical softmax, the specification of ``jit.py``.

The words are the leaves of a binary tree (``huffman.py``).  At each inner node n on the path from the root to
the word, h decides with sigma(v'_n . h) whether to go to the child of code 0, and the word's probability is
the product of the decisions (Mikolov et al. 2013b, eq. 3; Morin and Bengio 2005):

    p(word | h) = prod_n sigma((1 - 2 code_n) v'_n . h)               J = log p(word | h)

    dJ/dv'_n = (1 - code_n - sigma(v'_n . h)) h
    dJ/dh    = sum_n (1 - code_n - sigma(v'_n . h)) v'_n

So one example costs about log2 V rows, not V.  Row n of ``vp`` is inner node n, of which there are V - 1.
Surprise: where word2vec.c skips a decision that is almost certain (|v'_n . h| > 6), this goes on learning.
"""

from __future__ import annotations

import numpy as np

from ..negative_sampling.reference import sigmoid


def tree_loss(h: np.ndarray, rows: np.ndarray, codes: np.ndarray) -> float:
    """-log p(word | h), with the nodes' rows (L, S) and codes (L,) on the word's path."""
    return np.logaddexp(0, -(1 - 2.0 * codes) * (rows @ h)).sum()


def learn(
    h: np.ndarray,
    word: int,
    random: int,
    rate: float,
    vp: np.ndarray,
    starts: np.ndarray,
    nodes: np.ndarray,
    codes: np.ndarray,
) -> tuple[np.ndarray, int]:
    """One example: every decision on the path to ``word`` takes one step; returns (grad_h, random)."""
    path = slice(starts[word], starts[word + 1])
    node, code = nodes[path], codes[path]
    on_path = node < len(vp) - 1  # the last row is padding (see `huffman.paths`)
    node, code = node[on_path], code[on_path]
    step_size = (rate * (1 - code - sigmoid(vp[node] @ h))).astype(h.dtype)  # (L)
    grad_h = step_size @ vp[node]  # (L)(L,S) -> (S)
    vp[node] += np.outer(step_size, h)
    return grad_h, random
