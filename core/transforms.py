"""Function transforms: derivatives of a function at a point, as thin functions on the engine.

For y = f(x), with the Jacobian J = dy/dx, a cotangent c like y and a tangent v like x::

    vjp                   J^T c = grad <c, f(x)>              one backward pass
    jvp                   J v   = d/du <J^T u, v>             two: u enters the first pass linearly
    jacobian              J, a row for each number of y       one for each number of y
    value_and_grad        f(x) and J^T                        one; y is one number
    hvp                   H v   = grad <grad f(x), v>         two; y is one number
    hessian               H     = the Jacobian of grad f      one, and one for each number of x

(Griewank and Walther, Evaluating Derivatives, 2008, sections 3.2 and 3.3; of hvp: Pearlmutter, 1994, eq. 7.)
The results are tensors.  If an input is tracked already, so are they: transforms can stand inside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .backward import grad
from .create import as_tensor
from .errors import DtypeError, ShapeError
from .mode import enable_grad
from .ops import stack
from .tensor import Tensor


def vjp(fn: Callable, *inputs: Any) -> tuple[Tensor, Callable]:
    """Return y = fn(*inputs) and the function c -> J^T c: a gradient for each input, in a tuple.

    >>> import cutaway
    >>> y, pull = vjp(lambda x: x**2, cutaway.tensor([1.0, 2.0]))
    >>> y, pull([1.0, 10.0])
    (tensor([1., 4.]), (tensor([ 2., 40.]),))
    """
    xs, again = _tied("vjp", inputs)
    y = _result("vjp", fn, xs)

    def pull(cotangent: Any) -> tuple[Tensor, ...]:
        c = _like("vjp", "the cotangent", cotangent, y)
        return tuple(_pulled(y, xs, c, again))

    return _given(y, again), pull


def jvp(fn: Callable, inputs: Sequence[Any], tangents: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """Return y = fn(*inputs) and J v: how y moves as the inputs move along their tangents.

    >>> import cutaway
    >>> jvp(lambda a, b: a * b, [cutaway.tensor(3.0), cutaway.tensor(5.0)], [1.0, 10.0])
    (tensor(15.), tensor(35.))
    """
    xs, again = _tied("jvp", inputs)
    vs = _vectors("jvp", tangents, xs)
    y = _result("jvp", fn, xs)
    with enable_grad():
        u = Tensor(np.zeros(y.shape, y.dtype)).requires_grad_()
        pulled = _pulled(y, xs, u, True)
        inner = sum(((g * v).sum() for g, v in zip(pulled, vs, strict=True)), Tensor(np.zeros((), y.dtype)))
    return _given(y, again), _pulled(inner, [u], None, again)[0]


def jacobian(fn: Callable, *inputs: Any) -> Any:
    """Return J of shape y.shape + x.shape; of several inputs a tuple, one for each.

    >>> import cutaway
    >>> jacobian(lambda x: cutaway.stack([x[0] * x[1], x[1]]), cutaway.tensor([2.0, 3.0]))
    tensor([[3., 2.],
            [0., 1.]])
    """
    xs, again = _tied("jacobian", inputs)
    y = _result("jacobian", fn, xs)
    units = np.eye(y.size, dtype=y.dtype).reshape(y.size, *y.shape)
    rows = [_pulled(y, xs, Tensor(c), again) for c in units]
    found = []
    for i, x in enumerate(xs):
        shape = (*y.shape, *x.shape)
        empty = Tensor(np.zeros(shape, y.dtype))
        found.append(stack([row[i] for row in rows]).reshape(shape) if rows else empty)
    return tuple(found) if len(found) > 1 else found[0]


def value_and_grad(fn: Callable, *inputs: Any) -> tuple[Tensor, Any]:
    """Return the number y = fn(*inputs) and its gradient; of several inputs a tuple of them.

    Raises
    ------
    ShapeError : if y is not one number.

    >>> import cutaway
    >>> value_and_grad(lambda w: (w * w).sum(), cutaway.tensor([1.0, 2.0]))
    (tensor(5.), tensor([2., 4.]))
    """
    xs, again = _tied("value_and_grad", inputs)
    y = _number("value_and_grad", fn, xs)
    found = _pulled(y, xs, None, again)
    return _given(y, again), tuple(found) if len(found) > 1 else found[0]


def hvp(fn: Callable, inputs: Sequence[Any], vectors: Sequence[Any]) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return the number y = fn(*inputs) and H v, a part for each input; H itself is never made.

    Raises
    ------
    ShapeError : if y is not one number.

    >>> import cutaway
    >>> hvp(lambda x: (x**3).sum(), [cutaway.tensor([1.0, 2.0])], [[1.0, 10.0]])
    (tensor(9.), (tensor([  6., 120.]),))
    """
    xs, again = _tied("hvp", inputs)
    vs = _vectors("hvp", vectors, xs)
    y = _number("hvp", fn, xs)
    with enable_grad():
        slopes = _pulled(y, xs, None, True)
        inner = sum(((g * v).sum() for g, v in zip(slopes, vs, strict=True)), Tensor(np.zeros((), y.dtype)))
    return _given(y, again), tuple(_pulled(inner, xs, None, again))


def hessian(fn: Callable, *inputs: Any) -> Any:
    """Return H of shape x.shape + x.shape of a function that gives one number.

    Of several inputs a tuple of tuples: the parts d^2 y / dx_i dx_j.

    Raises
    ------
    ShapeError : if y is not one number.

    >>> import cutaway
    >>> hessian(lambda x: x[0] ** 2 * x[1], cutaway.tensor([1.0, 3.0]))
    tensor([[6., 2.],
            [2., 0.]])
    """
    xs, again = _tied("hessian", inputs)
    with enable_grad():
        slopes = _pulled(_number("hessian", fn, xs), xs, None, True)
    rows = [jacobian(lambda *at, g=g: g, *xs) for g in slopes]
    if len(xs) == 1:
        return _given(rows[0], again)
    return tuple(tuple(_given(part, again) for part in row) for row in rows)


def _tied(name: str, inputs: Sequence[Any]) -> tuple[list[Tensor], bool]:
    """Return the inputs as tensors with a place in the graph, and whether one had it before."""
    xs = [as_tensor(x) for x in inputs]
    for i, x in enumerate(xs):
        if x.dtype.kind != "f":
            hint = "fix it in a function of the others: lambda x: f(x, i)"
            raise DtypeError(f"{name}: expected floating point inputs, got {x.dtype} for input {i}; {hint}")
    again = any(x.requires_grad for x in xs)
    return [x if x.requires_grad else Tensor(x.data).requires_grad_() for x in xs], again


def _result(name: str, fn: Callable, xs: list[Tensor]) -> Tensor:
    with enable_grad():
        y = fn(*xs)
    if not isinstance(y, Tensor) or y.dtype.kind != "f":
        raise DtypeError(
            f"{name}: expected the function to return one floating tensor, got {type(y).__name__}"
        )
    return y


def _given(found: Tensor, again: bool) -> Tensor:
    """Return a result without its graph, unless an input had one."""
    return found if again else found.detach()


def _number(name: str, fn: Callable, xs: list[Tensor]) -> Tensor:
    y = _result(name, fn, xs)
    if y.size != 1:
        hint = "reduce it (.sum(), .mean()), or take the jacobian"
        raise ShapeError(f"{name}: expected a function that returns one number, got shape {y.shape}; {hint}")
    return y


def _vectors(name: str, vectors: Sequence[Any], xs: list[Tensor]) -> list[Tensor]:
    if isinstance(vectors, Tensor) or len(vectors) != len(xs):
        raise ShapeError(f"{name}: expected a list of {len(xs)} vectors, one for each input")
    return [_like(name, f"vector {i}", v, x) for i, (v, x) in enumerate(zip(vectors, xs, strict=True))]


def _like(name: str, what: str, value: Any, of: Tensor) -> Tensor:
    found = as_tensor(value).astype(of.dtype)
    if found.shape != of.shape:
        raise ShapeError(f"{name}: expected {what} to have shape {of.shape}, got {found.shape}")
    return found


def _pulled(y: Tensor, xs: list[Tensor], c: Any, again: bool) -> list[Tensor]:
    """Return J^T c for each input; zeros where y does not depend on it."""
    if y.node is None:
        return [Tensor(np.zeros(x.shape, x.dtype)) for x in xs]
    found = grad(y, xs, c, create_graph=again, allow_unused=True)
    return [Tensor(np.zeros(x.shape, x.dtype)) if g is None else g for g, x in zip(found, xs, strict=True)]
