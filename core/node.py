"""The graph that the backward pass walks: one `Node` per recorded op, and one per leaf.

A `Tensor` points to the node that made it; a node points to the nodes of its operands, never to a tensor.  So
what the gradient rules do not ask for is freed at once, although the graph lives on.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

# One clock for the birth of nodes and for in-place changes: sorted by it, operands come before results,
# and a change is newer than a node exactly if it came after the node had read its operands.
tick = itertools.count(1).__next__


class Node:
    """One step of the computation.

    Attributes
    ----------
    plan : which gradient rules apply and what they read (`core.op.Plan`); None for a leaf.
    parents : the nodes of the operands that need a gradient, in the order of the plan's rules.
    saved : the values that the rules read.
    options : the op's keyword arguments.
    order : the time of birth; parents are older.
    shape, dtype : of the value, hence of its gradient.
    grad : the accumulated gradient (a `Tensor`) of a leaf, or of a node with `retain` in extras.
    extras : None, or a dictionary of what few nodes have: "hooks", "retain", "value", "modules";
        "frozen" of a leaf that wants no gradient just now; "pending" of one whose gradient is still being
        summed over ranks: what waits for it.
    """

    __slots__ = ("dtype", "extras", "grad", "options", "order", "parents", "plan", "saved", "shape")

    def __init__(self, plan, parents, saved, options, shape, dtype):
        self.plan = plan
        self.parents = parents
        self.saved = saved
        self.options = options
        self.shape = shape
        self.dtype = dtype
        self.grad: Any = None
        self.extras: dict[str, Any] | None = None
        self.order = tick()

    @property
    def is_leaf(self) -> bool:
        return self.plan is None

    def note(self, key: str, value: Any) -> None:
        """Set one of the extras."""
        if self.extras is None:
            self.extras = {}
        self.extras[key] = value

    def noted(self, key: str) -> Any:
        """Return one of the extras, or None."""
        return self.extras.get(key) if self.extras else None

    def add_hook(self, hook: Callable) -> Callable[[], None]:
        """Have ``hook(gradient)`` called on the way back; returns a function that removes it."""
        hooks = self.noted("hooks")
        if hooks is None:
            hooks = {}
            self.note("hooks", hooks)
        key = tick()
        hooks[key] = hook
        return lambda: hooks.pop(key, None) and None

    @property
    def label(self) -> str:
        """The op's name, or "leaf"."""
        return "leaf" if self.plan is None else self.plan.op.name


def leaf(values: np.ndarray, node: Node | None = None) -> Node:
    """Return the node of a tensor that no op made and that wants a gradient: the one it had, if any."""
    if node is None:
        node = Node(None, (), (), {}, values.shape, values.dtype)
    elif node.shape != values.shape or node.dtype != values.dtype:
        grad: Any = node.grad
        node.grad = None if grad is None or grad.shape != values.shape else grad.astype(values.dtype)
        node.shape, node.dtype = values.shape, values.dtype
    node.note("value", values)
    return node


def note_module(node: Node, label: str, start: int) -> None:
    """Note that ``node`` is the result of a module, whose call began at time ``start``.

    What was born in between is inside it.
    """
    spans = node.noted("modules")
    if spans is None:
        node.note("modules", [(label, start)])
    else:
        spans.append((label, start))


# When each buffer was last changed in place: id of the owning array -> (weak reference, time).  Only arrays
# that were changed have an entry, so reading it is free for programs that never do; it goes with the array.
changes: dict[int, tuple[weakref.ref, int]] = {}


def owner(array: Any) -> Any:
    """Return the array that owns the memory which ``array`` views."""
    while isinstance(array, np.ndarray) and isinstance(array.base, np.ndarray):
        array = array.base
    return array


def mark_changed(array: np.ndarray) -> None:
    """Note that the memory of ``array`` was written to: gradients that need the old values can say so."""
    root = owner(array)
    key = id(root)
    changes[key] = (weakref.ref(root, lambda _: changes.pop(key, None)), tick())


def changed_since(array: Any, order: int) -> bool:
    """Return whether the memory of ``array`` was written to after the node of that ``order`` was born."""
    if not changes or not isinstance(array, np.ndarray):
        return False
    entry = changes.get(id(owner(array)))
    return entry is not None and entry[1] > order
