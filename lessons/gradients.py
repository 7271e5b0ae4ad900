"""Story 1: a gradient, opened.  What the engine records, what it computes on the way back, and how one knows
that it is right.
"""

from __future__ import annotations

import numpy as np

from .. import gradcheck, graph, keep_values, tanh, tensor
from ..core.op import REGISTRY
from .page import Section


def neuron(x, w, b):
    """Return the squared error of one tanh neuron that should answer 1."""
    y = tanh(x @ w + b)
    return ((y - 1.0) ** 2).sum()


def gradients() -> Section:
    """Run the story."""
    section = Section("A gradient, opened", "gradients")
    x, w = (
        tensor([[0.5, -1.0, 2.0]], requires_grad=True),
        tensor([[0.1], [0.2], [-0.3]], requires_grad=True),
    )
    b = tensor([0.4], requires_grad=True)
    with keep_values():
        loss = neuron(x, w, b)
    loss.backward()
    section.text(
        "A neuron takes three numbers, multiplies them by weights, adds a bias and bends the sum: `y = "
        "tanh(x w + b)`. It should answer 1; "
        "the loss is the squared difference. While that is computed, every step leaves a *node*: which op "
        "it was, and the few values that its gradient "
        "rule asks for. The backward pass visits the nodes from the youngest to the oldest.",
        "Each box shows the value on the way forward and, below it, the size of the gradient on the way "
        "back.",
    )
    section.code(neuron)
    section.svg(
        graph(loss, names={"x": x, "w": w, "b": b, "loss": loss}).svg(),
        "The graph of the neuron, drawn from what the engine recorded. Rounded boxes are the inputs; `bmm` "
        "is the matrix product.",
    )
    section.text(
        "The whole op `tanh`, forward and gradient; the rule asks for the result `y` and nothing else, so "
        "`x` can be forgotten at once:"
    )
    section.code(REGISTRY["tanh"])
    section.text(
        "Is the gradient right? The checker moves every input a little in both directions and compares the "
        "slope with what the engine says, "
        "under random signed cotangents, in the second derivative too. This is its report, on the neuron "
        "above and these numbers:"
    )
    report = gradcheck(neuron, *(each.data.astype(np.float64) for each in (x, w, b)), order=2)
    section.output(report)
    section.text(
        "And this is what it says if the gradient of `tanh` has the wrong sign at a single entry of eight:"
    )
    section.output("\n".join(str(_with_sign_error()).splitlines()[:3]))
    section.facts["ops, each with a checked gradient"] = str(len(REGISTRY))
    return section


def _with_sign_error():
    """Check tanh with one entry of its gradient negated."""

    def broken(x):
        y = tanh(x)
        flip = np.where(np.arange(x.size) == 3, -1.0, 1.0)
        return y.detach() + (y - y.detach()) * flip

    return gradcheck(broken, np.linspace(-1, 1, 8))
