"""Sum-product on binary trees of two-valued variables, many trees at once: exact.

V nodes of all trees, I inner nodes; s of a node is -1 or 1, number 0 or 1

    p(s) = 1/Z exp( sum_i phi_i(s_i) + sum over inner nodes p with children l, r of psi_p(s_p, s_l, s_r) )

upwards    m_i(s) = phi_i(s) + ln sum_{l, r} exp( psi_i(s, l, r) + m_l(l) + m_r(r) )        ln Z = lse m_root
downwards  o_l(l) = ln sum_{p, r} exp( o_p(p) + phi_p(p) + psi_p(p, l, r) + m_r(r) )    p(s_i) = e^(o + m) / Z

Nodes of one height are computed together.  Source: Pearl, "Probabilistic reasoning in intelligent systems"
(1988), section 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .trees import Tree


class Forest:
    """The nodes of many trees, numbered through.

    Attributes
    ----------
    roots : int (trees,)
    parents, children : int (I,), (I, 2)
    levels : list of int arrays
        Numbers of inner nodes (of ``parents``) of each height, from below.
    starts : int (trees + 1,)
        First node of each tree.
    """

    def __init__(self, trees: Sequence[Tree]) -> None:
        sizes = np.array([2 * len(tree.words) - 1 for tree in trees], np.int64)
        self.starts = np.concatenate([[0], np.cumsum(sizes)])
        self.roots = self.starts[1:] - 1
        pieces = [tree.children + start for tree, start in zip(trees, self.starts, strict=False)]
        self.children = np.concatenate([np.zeros((0, 2), np.int64), *pieces])
        inner = [
            np.arange(start + len(tree.words), end)
            for tree, start, end in zip(trees, self.starts, self.starts[1:], strict=False)
        ]
        self.parents = np.concatenate([np.zeros(0, np.int64), *inner])
        height = np.zeros(self.starts[-1], np.int64)
        for node, (left, right) in zip(self.parents.tolist(), self.children.tolist(), strict=True):
            height[node] = 1 + max(height[left], height[right])
        of_inner = height[self.parents]
        self.levels = [np.flatnonzero(of_inner == h) for h in range(1, int(height.max(initial=0)) + 1)]


class Marginals(NamedTuple):
    """ln Z of each tree, p(s_i) (V, 2), and p(s_p, s_l, s_r) (I, 2, 2, 2)."""

    log_z: np.ndarray
    nodes: np.ndarray
    factors: np.ndarray


def upwards(forest: Forest, phi: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """Return the messages m, (V, 2), from phi (V, 2) and psi (I, 2, 2, 2)."""
    m = phi.copy()
    for level in forest.levels:
        left, right = forest.children[level].T
        joint = psi[level] + m[left][:, None, :, None] + m[right][:, None, None, :]
        m[forest.parents[level]] += _lse(joint.reshape(-1, 2, 4))
    return m


def marginals(
    forest: Forest, phi: np.ndarray, psi: np.ndarray, m: np.ndarray, given: np.ndarray | None = None
) -> Marginals:
    """Return what the messages m of `upwards` say; ``given`` are known values 0 or 1 of roots, (trees,)."""
    o = np.zeros_like(phi)
    if given is not None:
        o[forest.roots, 1 - given] = -np.inf
    log_z = _lse((o + m)[forest.roots])
    z = np.repeat(log_z, np.diff(forest.starts))
    factors = np.zeros_like(psi)
    for level in reversed(forest.levels):
        parent, (left, right) = forest.parents[level], forest.children[level].T
        above = psi[level] + (o[parent] + phi[parent])[:, :, None, None]
        with_right = above + m[right][:, None, None, :]
        o[left] = _lse(with_right.transpose(0, 2, 1, 3).reshape(-1, 2, 4))
        with_left = above + m[left][:, None, :, None]
        o[right] = _lse(with_left.transpose(0, 3, 1, 2).reshape(-1, 2, 4))
        factors[level] = np.exp(with_right + m[left][:, None, :, None] - z[parent][:, None, None, None])
    return Marginals(log_z, np.exp(o + m - z[:, None]), factors)


def _lse(x: np.ndarray) -> np.ndarray:
    """ln sum exp over the last axis, of rows that are not all -inf."""
    largest = x.max(-1, keepdims=True)
    return np.log(np.exp(x - largest).sum(-1)) + largest[..., 0]
