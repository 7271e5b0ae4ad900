"""Story 1: a gradient, opened.  What the engine records, what it computes on the way back, and how one knows
that it is right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import Tensor, gradcheck, graph, keep_values, tanh, tensor
from ..core.gradcheck.report import Report
from ..core.op import REGISTRY
from .page import Section

X = [[0.5, -1.0, 2.0]]
W = [[0.1], [0.2], [-0.3]]
B = [0.4]
BATCH = 8  # inputs of the second picture


def neuron(x, w, b):
    """Return the squared error of one tanh neuron that should answer 1."""
    y = tanh(x @ w + b)
    return ((y - 1.0) ** 2).sum()


def gradients() -> Section:
    """Run the story."""
    section = Section("A gradient, opened", "gradients")
    inputs = {name: tensor(value, requires_grad=True) for name, value in (("x", X), ("w", W), ("b", B))}
    with keep_values():
        loss = neuron(**inputs)
    picture = graph(loss, names={**inputs, "loss": loss})
    loss.backward()
    section.text(
        "A neuron takes three numbers, multiplies them by weights, adds a bias and bends the sum: `y = "
        "tanh(x w + b)`. It should answer 1; the loss is the squared difference. While that is computed, "
        "every step leaves a *node*: which op it was, and the few values that its gradient rule asks for. "
        "The backward pass visits the nodes from the youngest to the oldest."
    )
    section.code(neuron)
    section.svg(
        picture.svg(),
        "The graph of the neuron, drawn from what the engine recorded; rounded boxes are the inputs. In a "
        "box: the op (`bmm` is the matrix product), the shape of its result, the result itself, and "
        "`|grad|`, the length of the gradient of the loss in it: the root of the sum of its squares. B "
        "are bytes.",
        scale=1.2,
    )
    _whole(section, inputs)
    _batch(section)
    section.text(
        "*A gradient rule.* The whole op `tanh`, forward and gradient; the rule asks for the result `y` and "
        "nothing else, so `x` can be forgotten at once:"
    )
    section.code(REGISTRY["tanh"])
    _check(section, [each.data.astype(np.float64) for each in inputs.values()])
    section.facts["ops, each with its gradient rules"] = str(len(REGISTRY))
    return section


def _whole(section: Section, inputs: dict[str, Tensor]) -> None:
    """Add values and gradients, printed whole."""
    slope: Any = {name: t.grad.data for name, t in inputs.items() if t.grad is not None}
    section.text("The inputs and their gradients are small enough to be printed whole:")
    section.table(
        ("input", "shape", "value", "gradient: by how much the loss grows when it grows"),
        [(f"`{name}`", str(t.shape), _numbers(t.data), _numbers(slope[name])) for name, t in inputs.items()],
        "The length of the last row's gradient is the size of its one number; the others' `|grad|` are "
        + " and ".join(f"{np.linalg.norm(slope[name]):.3g}" for name in "xw")
        + ", as in the picture.",
    )


def _batch(section: Section) -> None:
    """Add the graph of the neuron on a batch: tensors that are too large to be printed are summed up."""
    rows = np.random.default_rng(0).normal(size=(BATCH, 3)).astype(np.float32)
    x, w = tensor(rows, requires_grad=True), tensor(W, requires_grad=True)
    b = tensor(B, requires_grad=True)
    with keep_values():
        loss = neuron(x, w, b)
    section.text(
        f"*A batch.* The same neuron on {BATCH} inputs at once, its graph as text. Tensors of more than a "
        f"few numbers are summed up: “{rows.mean():.3g} ± {rows.std():.3g} in [{rows.min():.3g}, "
        f"{rows.max():.3g}]” says that the {rows.size} numbers of `x` have the mean {rows.mean():.3g} and "
        f"the standard deviation {rows.std():.3g} (their usual distance from the mean), and lie between "
        f"{rows.min():.3g} and {rows.max():.3g}. `#0 #1` are the numbers of the lines that an op takes its "
        "operands from."
    )
    section.output(graph(loss, names={"x": x, "w": w, "b": b, "loss": loss}))


def _check(section: Section, inputs: list[np.ndarray]) -> None:
    report = gradcheck(neuron, *inputs, order=2)
    section.text(
        "*Is the gradient right?* The checker moves every input a little in both directions and compares "
        "the slope (numeric) with what the engine says (analytic), under random signed cotangents, in the "
        "second derivative too: the random signs weigh the outputs, so that two errors hardly ever "
        f"cancel. {told_report(report)} This is its report, on the neuron above and these numbers; *input "
        "0, 1, 2* are `x`, `w` and `b`:"
    )
    section.output(report)
    broken = _with_sign_error()
    section.text(
        "And if the gradient of `tanh` has the wrong sign at a single entry of eight? "
        f"{told_report(broken)} The worst entry's ratio of analytic to numeric is "
        f"{broken.worst.analytic / broken.worst.numeric:.3g}:"  # type: ignore[union-attr]
    )
    section.output("\n".join(str(broken).splitlines()[:3]))


def told_report(report: Report) -> str:
    """Say what the checker found."""
    found = {"pass": "It finds no difference beyond rounding.", "fail": "It finds a difference."}
    return found.get(report.verdict, "It cannot tell: a kink is too near.")


def _with_sign_error() -> Report:
    """Check tanh with one entry of its gradient negated."""

    def broken(x):
        y = tanh(x)
        flip = np.where(np.arange(x.size) == 3, -1.0, 1.0)
        return y.detach() + (y - y.detach()) * flip

    return gradcheck(broken, np.linspace(-1, 1, 8))


def _numbers(values: np.ndarray) -> str:
    return "[" + ", ".join(f"{value:.4g}" for value in np.ravel(values)) + "]"
