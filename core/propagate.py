"""The walk from a result back to the leaves: reverse-mode differentiation, iterative, of any order.

Why the order matters, on the smallest graph that shows it::

        x --> a = f(x) --> y = a + b        dy/dx = dy/da f'(x) + ...
               \\--> b = h(a) --^            and dy/da has two parts: directly, and through b.

If ``a`` were visited right after ``y``, the part through ``b`` would be missing when f's rule runs (or f's
rule would run twice, and in a ladder of such steps 2^n times).  So the youngest waiting node is always next:
results are younger than their operands, hence when a node's turn comes, everything that used it has already
sent its part.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

import numpy as np

from ..ext.memory import add
from . import ops
from .errors import AnomalyError, GradientError, ShapeError, message
from .mode import MODE, enable_grad, no_grad
from .node import Node, changed_since, changes
from .op import all_finite
from .tensor import Tensor


class Waiting:
    """A node, the sum of the gradients that it was sent so far, and whether that array is ours to write into.

    What a rule returns is ours unless it is a part of the ``g`` that it was given: rules are linear in ``g``,
    so what is no part of it was computed just now.
    """

    __slots__ = ("g", "node", "owned")

    def __init__(self, node: Node, g: Any, owned: bool):
        self.node, self.g, self.owned = node, g, owned


def propagate(
    roots: list[tuple[Node, Any]], targets: dict | None, retain_graph: bool, create_graph: bool
) -> dict[Node, Any]:
    """Send gradients from the roots to the leaves; with targets, to those only, and return theirs."""
    needed = None if targets is None else _leading_to(targets, [node for node, _ in roots])
    waiting: dict[int, Waiting] = {}  # by order
    heap: list[int] = []
    for node, g in roots:
        _send(waiting, heap, node, g, False)
    found: dict[Node, Any] = {}
    anomaly = MODE.get().anomaly
    with enable_grad() if create_graph else no_grad():
        while heap:
            entry = waiting.pop(-heappop(heap))
            node, extras = entry.node, entry.node.extras
            if extras is not None:
                if node.plan is None and extras.get("frozen"):
                    continue
                if "hooks" in extras:
                    _run_hooks(entry)
            if targets is not None:
                if node in targets:
                    found[node] = _own(entry)
            elif node.plan is None or (extras is not None and "retain" in extras):
                _accumulate(entry)
            plan, g = node.plan, entry.g
            if plan is None:
                continue
            saved = node.saved
            if create_graph or changes or saved is None:
                saved = _checked(node, create_graph)
            parts = None if plan.joint is None else plan.joint(g, saved, node.options)
            for i, parent in enumerate(node.parents):
                if needed is not None and parent not in needed:
                    continue
                part = plan.rules[i](g, saved, node.options) if parts is None else parts[i]
                if part is None:
                    continue
                if anomaly:
                    _inspect(node, part)
                if part.shape != parent.shape:
                    part = unbroadcast(part, parent.shape, node)
                if part.dtype != parent.dtype:
                    part = ops.astype(part, dtype=parent.dtype)
                _send(waiting, heap, parent, part, type(part) is np.ndarray and _is_own(part, g, parts))
            if not retain_graph:
                node.saved, node.parents = None, None
    return found


def _is_own(part: np.ndarray, g: np.ndarray, parts: tuple | None) -> bool:
    """Return whether nobody else has this array: it is no part of ``g``, and no other operand's gradient."""
    shared = [each for each in parts or () if each is not None and np.may_share_memory(part, each)]
    return part.flags.writeable and not np.may_share_memory(part, g) and len(shared) < 2


def _send(waiting: dict[int, Waiting], heap: list[int], node: Node, g: Any, owned: bool) -> None:
    """Add ``g`` to what is waiting for ``node``: into whichever of the two is ours, else into a new array."""
    entry = waiting.get(node.order)
    if entry is None:
        waiting[node.order] = Waiting(node, g, owned)
        heappush(heap, -node.order)
    elif entry.owned:
        entry.g += g
    elif owned:
        g += entry.g
        entry.g, entry.owned = g, True
    else:
        entry.g = add(entry.g, g)
        entry.owned = type(entry.g) is np.ndarray


def unbroadcast(g: Any, shape: tuple[int, ...], node: Node | None = None) -> Any:
    """Return ``g`` summed down to ``shape``, the adjoint of broadcasting: what was copied is summed.

    >>> unbroadcast(np.ones((5, 2, 3)), (2, 1))
    array([[15.],
           [15.]])
    """
    lead = len(g.shape) - len(shape)
    stretched = [lead + i for i, n in enumerate(shape) if lead >= 0 and n == 1 and g.shape[lead + i] != 1]
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[lead:], strict=True)):
        name = "unbroadcast" if node is None else node.label
        raise ShapeError(f"{name}: a gradient rule returned shape {g.shape} for an operand of shape {shape}")
    g = ops.sum(g, axis=(*range(lead), *stretched), keepdims=True)
    return ops.reshape(g, shape=shape)


def _checked(node: Node, create_graph: bool) -> tuple:
    """Return the node's saved values, after making sure that they are still what the forward pass saw."""
    saved, plan = node.saved, node.plan
    if saved is None:
        freed = f"the graph of op {node.label} was freed by an earlier backward(retain_graph=False)"
        raise GradientError(f"backward: {freed}; run the forward pass again")
    for name, value in zip(plan.names, saved, strict=True):
        for array in value if type(value) is tuple else (value,):
            if changed_since(array, node.order):
                hint = "change a copy, or compute the change with where/stack, or make it after backward()"
                problem = f"its gradient needs {name}, which was changed in place since"
                raise GradientError(message(node.label, problem, [(name, array)], hint))
    return _retracked(node) if create_graph else saved


def _retracked(node: Node) -> tuple:
    """Return the saved values as tensors tied to the graph, so that the rules' own work is recorded."""
    plan = node.plan
    of_operand = {index: parent for index, parent in zip(plan.wanted, node.parents, strict=True)}
    tied = []
    for name, value in zip(plan.names, node.saved, strict=True):
        if name == "y":
            value = Tensor(value, node)
        elif name == plan.op.variadic:
            value = tuple(Tensor(v, of_operand[i]) if i in of_operand else v for i, v in enumerate(value))
        elif name in plan.op.operands:
            parent = of_operand.get(plan.op.operands.index(name))
            value = value if parent is None else Tensor(value, parent)
        tied.append(value)
    return tuple(tied)


def _accumulate(entry: Waiting) -> None:
    """Add the gradient to the node's `grad`; the first one is kept, or a copy of it if it is not ours."""
    node, g = entry.node, entry.g
    if node.grad is not None:
        if isinstance(g, Tensor) or node.grad.node is not None:  # also what was recorded before stays so
            with enable_grad():
                node.grad = node.grad + g
        else:
            node.grad = Tensor(np.add(node.grad.data, g))
    else:
        g = _own(entry)
        node.grad = g if isinstance(g, Tensor) else Tensor(g)


def _own(entry: Waiting) -> Any:
    """Return the gradient as an array or tensor that nobody else has: if needed a copy.

    A tensor with a graph may be shared, because nobody can write into it.
    """
    g = entry.g
    if isinstance(g, Tensor):
        return g if g.node is not None else Tensor(g.data.copy())
    return g if entry.owned else g.copy()


def _run_hooks(entry: Waiting) -> None:
    """Run the node's hooks; what one returns, unless None, is the gradient from then on."""
    node, g = entry.node, entry.g
    for hook in list(node.noted("hooks").values()):
        changed = hook(g if isinstance(g, Tensor) else Tensor(g))
        if changed is not None:
            if tuple(changed.shape) != tuple(node.shape):
                problem = f"expected a gradient of shape {node.shape}, got {tuple(changed.shape)}"
                raise ShapeError(f"hook on the result of {node.label}: {problem}")
            g = changed if isinstance(g, Tensor) or not isinstance(changed, Tensor) else changed.data
            g = g if g.dtype == node.dtype else ops.astype(g, dtype=node.dtype)
    entry.g, entry.owned = g, False  # a hook may have kept it


def _leading_to(targets: dict, roots: list[Node]) -> set[Node]:
    """Return the nodes between the roots and the targets: a node leads there if a parent does."""
    seen, stack = set(roots), list(roots)
    while stack:
        for parent in stack.pop().parents or ():
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    leading = set(targets)
    for node in sorted(seen, key=lambda each: each.order):
        if any(parent in leading for parent in node.parents or ()):
            leading.add(node)
    return leading


def _inspect(node: Node, part: Any) -> None:
    values = part.data if isinstance(part, Tensor) else part
    if not all_finite(values):
        saved = list(zip(node.plan.names, node.saved, strict=True))
        hint = (
            "the forward value was finite, its derivative is not: look for 0 in sqrt, log, norm or a division"
        )
        raise AnomalyError(message(node.label, "its gradient has a NaN or an infinity", saved, hint))
