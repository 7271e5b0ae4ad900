"""Record what PyTorch computes of recursive networks, node by node; run with PyTorch installed: ``python
tests/text/record_trees.py``.

Parameters are drawn by `parameters` from a seed, so that the file holds losses and gradients only.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("trees.json")
LABELS = [2, 3, 1, 0, 3, 4, 2, 1, 4]  # of the nodes of ((1 2) (3 (2 4))), children first
WORDS = [1, 2, 3, 2, 4]
SHAPES = {
    "rnn": {"embedding": (5, 3), "W": (3, 6), "bias": (3,), "classify.weight": (5, 3), "classify.bias": (5,)},
}
SHAPES["rntn"] = {**SHAPES["rnn"], "V": (3, 6, 6)}
SHAPES["mv-rnn"] = {**SHAPES["rnn"], "U": (5, 3, 2), "Vt": (5, 2, 3), "diagonal": (5, 3), "W_M": (3, 6)}


def parameters(kind: str) -> dict[str, np.ndarray]:
    """Parameters of a network by name, float64."""
    rng = np.random.default_rng(0)
    return {name: 0.5 * rng.normal(size=shape) for name, shape in SHAPES[kind].items()}


def record(kind: str) -> dict:
    """The loss of the tree and its gradients."""
    import torch

    P = {name: torch.tensor(value, requires_grad=True) for name, value in parameters(kind).items()}
    labels, losses = iter(LABELS), []

    def node(state):
        scores = P["classify.weight"] @ state[0] + P["classify.bias"]
        losses.append(torch.nn.functional.cross_entropy(scores[None], torch.tensor([next(labels)])))
        return state

    def leaf(word):
        matrix = None
        if kind == "mv-rnn":
            matrix = P["U"][word] @ P["Vt"][word] + torch.diag(P["diagonal"][word])
        return node((torch.tanh(P["embedding"][word]), matrix))

    def join(left, right):
        (b, B), (c, C) = left, right
        if kind == "mv-rnn":
            vector = torch.tanh(P["W"] @ torch.cat([C @ b, B @ c]) + P["bias"])
            return node((vector, P["W_M"] @ torch.cat([B, C])))
        x = torch.cat([b, c])
        tensor = torch.einsum("kij,i,j->k", P["V"], x, x) if kind == "rntn" else 0
        return node((torch.tanh(tensor + P["W"] @ x + P["bias"]), None))

    first = join(leaf(1), leaf(2))
    third, second = leaf(3), join(leaf(2), leaf(4))
    join(first, join(third, second))
    loss = sum(losses)
    loss.backward()
    return {"loss": loss.item(), "gradients": {name: p.grad.tolist() for name, p in P.items()}}


if __name__ == "__main__":
    import torch

    made = {kind: record(kind) for kind in SHAPES}
    FILE.write_text(json.dumps({"torch": torch.__version__, **made}) + "\n")
