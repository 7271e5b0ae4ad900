"""Recursive networks as their papers write them: a function of a node calls itself on the node's children.

The readable twin that the level-by-level networks are compared with, in float64.
"""

from __future__ import annotations

import numpy as np


def scores(net, tree, numbers):
    """The scores (N, K) of a tree's nodes, by recursion; ``numbers`` are its words'."""
    P = {name: p.data.astype(np.float64) for name, p in net.named_parameters()}
    found, leaves = {}, iter(numbers)

    def visit(node):
        left, right = tree.children[node].tolist()
        state = leaf(P, next(leaves)) if left < 0 else compose(P, visit(left), visit(right))
        found[node] = P["classify.weight"] @ state[0] + P["classify.bias"]
        return state

    visit(len(tree.labels) - 1)
    return np.array([found[node] for node in range(len(tree.labels))])


def leaf(P, number):
    vector = np.tanh(P["embedding"][number])
    if "W_M" not in P:
        return vector, None
    return vector, P["U"][number] @ P["Vt"][number] + np.diag(P["diagonal"][number])


def compose(P, left, right):
    (b, B), (c, C) = left, right
    if "W_M" in P:
        return (
            np.tanh(P["W"] @ np.concatenate([C @ b, B @ c]) + P["bias"]),
            P["W_M"] @ np.concatenate([B, C]),
        )
    x = np.concatenate([b, c])
    tensor = [x @ V @ x for V in P["V"]] if "V" in P else 0
    return np.tanh(tensor + P["W"] @ x + P["bias"]), None
