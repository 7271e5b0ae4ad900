"""The backward pass: reverse-mode differentiation, iterative, of any order.

Why the order matters, on the smallest graph that shows it::

        x --> a = f(x) --> y = a + b        dy/dx = dy/da f'(x) + ...
               \\--> b = h(a) --^            and dy/da has two parts: directly, and through b.

If ``a`` were visited right after ``y``, the part through ``b`` would be missing when f's rule runs (or f's
rule would run twice, and in a ladder of such steps 2^n times).  So the youngest waiting node is always
next: results are younger than their operands, hence when a node's turn comes, everything that used it has
already sent its part.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from ..ext.memory import add, is_sole
from . import ops
from .errors import AnomalyError, GradientError, ShapeError, message
from .mode import MODE, enable_grad, no_grad
from .node import Node, changed_since, changes
from .op import all_finite
from .tensor import Tensor


def backward(
    y: Tensor, gradient: Any = None, *, retain_graph: bool = True, create_graph: bool = False
) -> None:
    """Accumulate d<gradient, y>/dx into ``x.grad`` of every leaf ``x`` that ``y`` was made from.

    Parameters
    ----------
    y : the result to differentiate.
    gradient : the cotangent, of y's shape; may be left out if y has one element (then it is 1).
    retain_graph : keep the graph, so that another call gives exactly the same gradient again.  False frees
        each step's saved values as soon as they are used: less memory, one call.
    create_graph : record the gradients' own computation, so that they can be differentiated again.

    Raises
    ------
    GradientError : if y needs no gradient, if a saved value was changed in place, or if the graph was freed.
    ShapeError : if `gradient` is left out for a y of several elements, or does not have its shape.
    """
    root, seed = _seed(y, gradient, create_graph)
    _run([(root, seed)], None, retain_graph, create_graph)


def grad(
    y: Tensor | Sequence[Tensor],
    x: Tensor | Sequence[Tensor],
    gradient: Any = None,
    *,
    create_graph: bool = False,
    retain_graph: bool = True,
    allow_unused: bool = False,
) -> Any:
    """Return d<gradient, y>/dx, leaving every ``.grad`` alone; only the branches that lead to ``x`` are
    walked.

    Parameters
    ----------
    y : a result, or several (their gradients add up; `gradient` is then a list as well).
    x : a tensor, or a sequence of them: leaves or intermediate results.
    gradient, create_graph, retain_graph : as for `backward`.
    allow_unused : return None for an x that y does not depend on, instead of raising.

    Returns
    -------
    A tensor of x's shape, or a list of them if x is a sequence.

    >>> import cutaway
    >>> x = cutaway.tensor(3.0, requires_grad=True)
    >>> slope = grad(x**3, x, create_graph=True)    # 3 x^2
    >>> grad(slope, x).item()                       # 6 x
    18.0
    """
    several = not isinstance(x, Tensor)
    wanted: list[Tensor] = list(x) if several else [x]  # type: ignore[arg-type]
    for i, target in enumerate(wanted):
        if target.node is None:
            raise GradientError(
                f"grad: x{f'[{i}]' if several else ''} does not require a gradient; call .requires_grad_() "
                "before computing y"
            )
    ys = [y] if isinstance(y, Tensor) else list(y)
    seeds = (
        [gradient] * len(ys) if gradient is None else [gradient] if isinstance(y, Tensor) else list(gradient)
    )
    roots = [_seed(each, seed, create_graph) for each, seed in zip(ys, seeds, strict=True)]
    targets = {target.node: None for target in wanted if target.node is not None}
    found = _run(roots, targets, retain_graph, create_graph)
    results = [found.get(target.node) for target in wanted]
    if not allow_unused and any(result is None for result in results):
        i = next(i for i, result in enumerate(results) if result is None)
        raise GradientError(
            f"grad: y does not depend on x{f'[{i}]' if several else ''}; pass allow_unused=True to get None "
            "for it"
        )
    tensors = [
        result if result is None or isinstance(result, Tensor) else Tensor(result) for result in results
    ]
    return tensors if several else tensors[0]


def _seed(y: Tensor, gradient: Any, create_graph: bool) -> tuple[Node, Any]:
    """Return y's node and the gradient to start from: an array, or a tensor if its own graph is wanted."""
    if y.node is None:
        raise GradientError(
            "backward: y does not require a gradient: no operand did, or it was computed under no_grad or "
            "detached"
        )
    if gradient is None:
        if y.size != 1:
            raise ShapeError(
                f"backward: y has shape {y.shape}; reduce it to one number (.sum(), .mean()) or pass "
                "gradient= of that shape"
            )
        gradient = np.ones(y.shape, y.dtype)
    values = gradient.data if isinstance(gradient, Tensor) else np.asarray(gradient, y.dtype)
    if values.shape != y.shape:
        raise ShapeError(f"backward: expected a gradient of y's shape {y.shape}, got {values.shape}")
    if create_graph:
        return y.node, gradient if isinstance(gradient, Tensor) else Tensor(values)
    return y.node, values if values.ndim else values[()]


def _run(roots: list[tuple[Node, Any]], targets: dict | None, retain_graph: bool, create_graph: bool) -> dict:
    """Send gradients from the roots to the leaves; with targets, to those only, and return their gradients."""
    needed = None if targets is None else _leading_to(targets, [node for node, _ in roots])
    waiting: dict[int, list] = {}  # order -> [node, gradient so far, whether that array is ours to add into]
    heap: list[int] = []
    for node, g in roots:
        _send(waiting, heap, node, g)
    found: dict[Node, Any] = {}
    anomaly = MODE.get().anomaly
    with enable_grad() if create_graph else no_grad():
        while heap:
            entry = waiting.pop(-heappop(heap))
            node, part = entry[0], None
            extras = node.extras
            if extras is not None and "hooks" in extras:
                entry[1] = _hooked(node, entry[1])
            if targets is not None:
                if node in targets:
                    found[node] = entry[1]
            elif node.plan is None or (extras is not None and "retain" in extras):
                _accumulate(node, entry)
            plan, g = node.plan, entry[1]
            if plan is None:
                continue
            saved = node.saved
            if create_graph or changes or saved is None:
                saved = _checked(node, create_graph)
            for parent, rule in zip(node.parents, plan.rules, strict=True):
                if needed is not None and parent not in needed:
                    continue
                part = rule(g, saved, node.options)
                if part is None:
                    continue
                if anomaly:
                    _inspect(node, part)
                if part.shape != parent.shape:
                    part = unbroadcast(part, parent.shape, node)
                if part.dtype != parent.dtype:
                    part = ops.astype(part, dtype=parent.dtype)
                _send(waiting, heap, parent, part)
            if not retain_graph:
                node.saved, node.parents = None, None
    return found


def _send(waiting: dict, heap: list, node: Node, g: Any) -> None:
    """Add ``g`` to what is waiting for ``node``: in place once it is nobody else's."""
    order = node.order
    entry = waiting.get(order)
    if entry is None:
        waiting[order] = [node, g, False]
        heappush(heap, -order)
    elif entry[2] or (type(g) is np.ndarray and is_sole(entry, 1)):
        np.add(entry[1], g, out=entry[1])
        entry[2] = True
    else:
        entry[1] = add(entry[1], g)
        entry[2] = type(entry[1]) is np.ndarray


def unbroadcast(g: Any, shape: tuple[int, ...], node: Node | None = None) -> Any:
    """Return ``g`` summed down to ``shape``: the adjoint of broadcasting.  What was copied forward is summed
    backward.

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
        raise GradientError(
            f"backward: the graph of op {node.label} was freed by an earlier backward(retain_graph=False); "
            "run the forward pass again"
        )
    for name, value in zip(plan.names, saved, strict=True):
        for array in value if type(value) is tuple else (value,):
            if changed_since(array, node.order):
                hint = "change a copy, or compute the change with where/stack, or make it after backward()"
                raise GradientError(
                    message(
                        node.label,
                        f"its gradient needs {name}, which was changed in place since",
                        [(name, array)],
                        hint,
                    )
                )
    return _retracked(node) if create_graph else saved


def _retracked(node: Node) -> tuple:
    """Return the saved values as tensors that are tied to the graph, so that the rules' own work is recorded."""
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


def _accumulate(node: Node, entry: list) -> None:
    """Add the gradient ``entry[1]`` to the node's `grad`; the first time it is copied unless nobody else has it,
    since a rule may hand one array to two operands.
    """
    if node.grad is None:
        sole = node.plan is None and is_sole(entry, 1)
        node.grad = (
            entry[1] if isinstance(entry[1], Tensor) else Tensor(entry[1] if sole else np.array(entry[1]))
        )
    else:
        g = entry[1]
        node.grad = node.grad + g if isinstance(g, Tensor) else Tensor(np.add(node.grad.data, g))


def _hooked(node: Node, g: Any) -> Any:
    """Run the node's hooks; what one returns, unless None, is the gradient from then on."""
    for hook in list(node.noted("hooks").values()):
        changed = hook(g if isinstance(g, Tensor) else Tensor(g))
        if changed is not None:
            if tuple(changed.shape) != tuple(node.shape):
                raise ShapeError(
                    f"hook on the result of {node.label}: expected a gradient of shape {node.shape}, got "
                    f"{tuple(changed.shape)}"
                )
            g = changed if isinstance(g, Tensor) or not isinstance(changed, Tensor) else changed.data
    return g


def _leading_to(targets: dict, roots: list[Node]) -> set[Node]:
    """Return the nodes between the roots and the targets: parents first, a node leads there if a parent does."""
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
