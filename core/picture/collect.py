"""Collect what a picture shows: the nodes behind a result, their values, gradients and modules."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import GradientError
from ..node import Node
from ..propagate import propagate
from ..tensor import Tensor

WHOLE = 4  # numbers that are shown one by one


@dataclass
class Vertex:
    """A box of the picture: one op, one leaf, or a folded module.

    Attributes
    ----------
    label, kind : what it is called; "op", "leaf" or "module".
    shape, dtype : of its result.
    value, grad : summaries, "" where nothing is known.
    norm : the gradient's Euclidean norm; None where it has none.
    size : bytes of the result; of a module, all results inside.
    finite : whether value and gradient are free of NaN and infinity, as far as they are known.
    path : the calls of modules that it is inside, outermost first, as (name, number of the call).
    parents : numbers of the boxes that its operands come from.
    count : how many nodes it stands for.
    """

    label: str
    kind: str
    shape: tuple[int, ...]
    dtype: str
    value: str = ""
    grad: str = ""
    norm: float | None = None
    size: int = 0
    finite: bool = True
    path: tuple[tuple[str, int], ...] = ()
    parents: list[int] = field(default_factory=list)
    count: int = 1

    @property
    def mark(self) -> str:
        """ "non-finite", "zero gradient", or ""."""
        return "non-finite" if not self.finite else "zero gradient" if self.norm == 0 else ""


def printable(name: str) -> str:
    """Return a name with U+FFFD for control characters, which SVG cannot hold and a terminal would obey."""
    return "".join(each if each.isprintable() else "\ufffd" for each in str(name))


def collect(y: Tensor, names: Mapping[str, Tensor]) -> list[Vertex]:
    """Return the boxes behind ``y``, operands before results; gradients are those of ``y.sum()``."""
    if y.node is None:
        raise GradientError(
            "graph: y has no graph: no operand requires a gradient, or it was computed under no_grad"
        )
    nodes = _reachable(y.node)
    if any(node.plan is not None and node.saved is None for node in nodes):
        raise GradientError(
            "graph: parts of the graph were freed by backward(retain_graph=False); draw it before, or keep "
            "the graph"
        )
    values = _values(nodes, y)
    with np.errstate(all="ignore"):  # a NaN is marked in the picture, no reason to warn about it
        grads = propagate([(y.node, np.ones(y.shape, y.dtype))], dict.fromkeys(nodes), True, False)
    number = {node: i for i, node in enumerate(nodes)}
    paths = _paths(nodes)
    called = {tensor.node: name for name, tensor in names.items() if tensor.node is not None}
    vertices = []
    for node, path in zip(nodes, paths, strict=True):
        value, g = values.get(node), grads.get(node)
        vertex = Vertex(
            printable(called.get(node, node.label)),
            "leaf" if node.is_leaf else "op",
            tuple(node.shape),
            str(node.dtype),
            path=path,
        )
        vertex.parents = [number[parent] for parent in node.parents]
        vertex.size = math.prod(node.shape) * np.dtype(node.dtype).itemsize
        vertex.value = "" if value is None else summarise(value)
        if g is not None:
            vertex.norm = float(np.linalg.norm(np.asarray(g, np.float64)))
            vertex.grad = f"|grad| {vertex.norm:.3g}"
        vertex.finite = all(each is None or bool(np.isfinite(each).all()) for each in (value, g))
        vertices.append(vertex)
    return vertices


def summarise(value: Any) -> str:
    """Return a value in a few characters: a few numbers whole, many as mean ± deviation in [least, most].

    >>> summarise(np.array(0.25)), summarise(np.array([1.0, 2.0, 3.0])), summarise(np.arange(5.0))
    ('0.25', '[1, 2, 3]', '2 ± 1.41 in [0, 4]')
    """
    value = np.asarray(value, np.float64)
    if not value.size:
        return "empty"
    if value.size == 1:
        return f"{value.item():.4g}"
    bad = int(value.size - np.isfinite(value).sum())
    if bad:
        return f"{bad} of {value.size} not finite"
    if value.size <= WHOLE:
        return f"[{', '.join(f'{number:.4g}' for number in value.ravel())}]"
    return f"{value.mean():.3g} ± {value.std():.3g} in [{value.min():.3g}, {value.max():.3g}]"


def _reachable(root: Node) -> list[Node]:
    """Return every node behind ``root``, oldest first; a leaf, older than all, before its first user."""
    seen, stack = {root}, [root]
    while stack:
        for parent in stack.pop().parents or ():
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    first_user: dict[Node, int] = {}
    for node in sorted(seen, key=lambda node: node.order):
        for parent in node.parents or ():
            first_user.setdefault(parent, node.order)
    return sorted(
        seen,
        key=lambda node: (
            (first_user.get(node, node.order), 0, node.order) if node.is_leaf else (node.order, 1, 0)
        ),
    )


def _values(nodes: list[Node], y: Tensor) -> dict[Node, Any]:
    """Return the values that are still at hand: kept ones, leaves, and whatever a gradient rule has saved."""
    known: dict[Node, Any] = {y.node: y.data} if y.node is not None else {}
    for node in nodes:
        kept = node.noted("value")
        if kept is not None:
            known[node] = kept
        if node.plan is None:
            continue
        operand = dict(zip(node.plan.wanted, node.parents, strict=True))
        for name, value in zip(node.plan.names, node.saved, strict=True):
            if name == "y":
                known[node] = value
            elif name == node.plan.op.variadic:
                known.update({parent: value[i] for i, parent in operand.items()})
            elif name in node.plan.op.operands:
                parent = operand.get(node.plan.op.operands.index(name))
                if parent is not None:
                    known[parent] = value
    return known


def _paths(nodes: list[Node]) -> list[tuple[tuple[str, int], ...]]:
    """Return for each node the module calls that contain it.

    A call is noted at its result as (name, time of its beginning): it contains what was born after that, up
    to the result.
    """
    calls = sorted(
        (
            (start, -node.order, printable(label))
            for node in nodes
            for label, start in node.noted("modules") or ()
        ),
        key=lambda call: (call[0], call[1]),
    )
    paths, open_calls, upcoming = [], [], 0
    for node in nodes:
        if node.is_leaf:  # parameters are older than any call: put them beside their first use
            paths.append(None)
            continue
        while upcoming < len(calls) and calls[upcoming][0] < node.order:
            open_calls.append((-calls[upcoming][1], (calls[upcoming][2], upcoming)))
            upcoming += 1
        open_calls = [call for call in open_calls if call[0] >= node.order]
        paths.append(tuple(name for _, name in open_calls))
    number = {node: i for i, node in enumerate(nodes)}
    for node, path in zip(nodes, paths, strict=True):
        for parent in node.parents or ():
            if paths[number[parent]] is None:
                paths[number[parent]] = path
    return [path or () for path in paths]
