"""The two doors of the backward pass: gradients into ``.grad``, or returned.  `core.propagate` walks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .errors import GradientError, ShapeError
from .node import Node
from .propagate import propagate
from .tensor import Tensor


def backward(
    y: Tensor, gradient: Any = None, *, retain_graph: bool = True, create_graph: bool = False
) -> None:
    """Accumulate d<gradient, y>/dx into ``x.grad`` of every leaf ``x`` that ``y`` was made from.

    Parameters
    ----------
    y : the result to differentiate.
    gradient : the cotangent, of y's shape; may be left out if y has one element (then it is 1).  It takes the
        type of y.
    retain_graph : keep the graph, so that another call gives exactly the same gradient again.  False frees
        each step's saved values as soon as they are used: less memory, one call.
    create_graph : record the gradients' own computation, so that they can be differentiated again.

    Raises
    ------
    GradientError : if y needs no gradient, if a saved value was changed in place, or if the graph was freed.
    ShapeError : if `gradient` is left out for a y of several elements, or does not have its shape.
    """
    root, seed = _seed(y, gradient, create_graph)
    propagate([(root, seed)], None, retain_graph, create_graph)


def grad(
    y: Tensor | Sequence[Tensor],
    x: Tensor | Sequence[Tensor],
    gradient: Any = None,
    *,
    create_graph: bool = False,
    retain_graph: bool = True,
    allow_unused: bool = False,
) -> Any:
    """Return d<gradient, y>/dx, leaving every ``.grad`` alone; only branches that lead to ``x`` are walked.

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
            which = f"x[{i}]" if several else "x"
            raise GradientError(
                f"grad: {which} does not require a gradient; call .requires_grad_() before computing y"
            )
    ys = [y] if isinstance(y, Tensor) else list(y)
    seeds = [gradient] * len(ys) if gradient is None or isinstance(y, Tensor) else list(gradient)
    roots = [_seed(each, seed, create_graph) for each, seed in zip(ys, seeds, strict=True)]
    targets = {target.node: None for target in wanted if target.node is not None}
    found = propagate(roots, targets, retain_graph, create_graph)
    results = [found.get(target.node) for target in wanted]
    if not allow_unused and any(result is None for result in results):
        which = f"x[{[result is None for result in results].index(True)}]" if several else "x"
        raise GradientError(f"grad: y does not depend on {which}; pass allow_unused=True to get None for it")
    tensors = [each if each is None or isinstance(each, Tensor) else Tensor(each) for each in results]
    return tensors if several else tensors[0]


def _seed(y: Tensor, gradient: Any, create_graph: bool) -> tuple[Node, Any]:
    """Return y's node and the gradient to start from: an array, or a tensor if its own graph is wanted."""
    if y.node is None:
        reason = "no operand did, or it was computed under no_grad or detached"
        raise GradientError(f"backward: y does not require a gradient: {reason}")
    if gradient is None:
        if y.size != 1:
            hint = "reduce it to one number (.sum(), .mean()) or pass gradient= of that shape"
            raise ShapeError(f"backward: y has shape {y.shape}; {hint}")
        gradient = np.ones(y.shape, y.dtype)
    if not isinstance(gradient, Tensor):
        gradient = Tensor(np.array(gradient, y.dtype) if create_graph else np.asarray(gradient, y.dtype))
    if gradient.shape != y.shape:
        raise ShapeError(f"backward: expected a gradient of y's shape {y.shape}, got {gradient.shape}")
    if gradient.dtype != y.dtype:
        gradient = gradient.astype(y.dtype)
    if create_graph:
        return y.node, gradient
    values = np.asarray(gradient.data)
    return y.node, values if values.ndim else values[()]
