"""`Tensor`: a NumPy array that remembers how it was made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from opcode import opmap
from typing import TYPE_CHECKING, Any

import numpy as np

from . import node as graph
from .errors import DtypeError, GradientError, ShapeError, message
from .mode import MODE

if TYPE_CHECKING:
    from .operators import Operators
else:
    Operators = object


PYTHON: set[type] = {int, float, bool, list, tuple, str, dict, type(None)}  # no arrays; nor is a `Tensor`
STORE_SUBSCR = opmap["STORE_SUBSCR"]  # what Python runs for a[i] = x
TO_KEEP = "to join tensors use cutaway.stack or cutaway.where; for values alone .detach() or no_grad()"


class Tensor(Operators):
    """An array and, if a gradient is wanted, the node of the graph that made it.

    Make one with `cutaway.tensor`.  Arithmetic, methods and NumPy's own functions work on it and give
    tensors: ``operators.py``, which needs the ops, which need this class, adds them.

    Attributes
    ----------
    data : the values, a NumPy array (or a NumPy scalar, for a result without axes: arithmetic on those is
        three times as fast).
    node : the graph node; None if no gradient is wanted.
    _leaf : the node of a tensor that ever was a leaf with a gradient: it has one for life, so what was
        computed from it finds it again, and its gradient and hooks stay.  Not set for others.
    """

    __slots__ = ("__weakref__", "_leaf", "data", "node")

    def __init__(self, data: Any, node: graph.Node | None = None):
        if node is None and type(data) in PYTHON:
            got = f"expected an array, got {type(data).__name__}"
            raise DtypeError(f"Tensor: {got}; cutaway.tensor([1.0, 2.0]) makes one from numbers and lists")
        self.data = data
        self.node = node

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        return self.data.dtype

    @property
    def ndim(self) -> int:
        return self.data.ndim

    def __len__(self) -> int:
        if not self.data.ndim:
            raise TypeError("len() of a tensor without axes; use .item() for its value")
        return len(self.data)

    def __repr__(self) -> str:
        values = np.array2string(np.asarray(self.data), separator=", ", prefix="tensor(")
        parts = [values] if self.dtype == np.float32 else [values, f"dtype={self.dtype}"]
        if self.node is not None:
            parts.append("requires_grad=True" if self.node.is_leaf else f"op={self.node.label}")
        return f"tensor({', '.join(parts)})"

    def item(self) -> Any:
        """Return the only value as a Python number; `ShapeError` if there is not exactly one."""
        if self.data.size != 1:
            hint = "reduce it first: .sum(), .mean()"
            raise ShapeError(message("item", "expected exactly one value", [("tensor", self.data)], hint))
        return self.data.item()

    def numpy(self) -> np.ndarray:
        """Return the values as an array that shares memory; read-only while a graph may still need them."""
        array = np.asarray(self.data)
        if self.node is not None:
            array = array.view()
            array.flags.writeable = False
        return array

    # Gradients

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to (or through) this tensor; can be set on leaves."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if self.node is not None and not self.node.is_leaf:
            made = f"this tensor was made by op {self.node.label}"
            raise GradientError(f"requires_grad: {made}; use .detach() for one without gradient")
        if not wanted:
            if self.node is not None:
                self.node.note("frozen", True)
            self.node = None
        elif self.node is None:
            if not np.issubdtype(self.data.dtype, np.floating):
                problem = f"only floating point has gradients, this is {self.data.dtype}"
                raise DtypeError(f"requires_grad: {problem}; use .float()")
            self.data = np.asarray(self.data)
            self.node = self._leaf = graph.leaf(self.data, self._lasting)
            self.node.note("frozen", False)

    @property
    def _lasting(self) -> graph.Node | None:
        """The node of this leaf, also while it is frozen; None if it never had one."""
        return getattr(self, "_leaf", None) if self.node is None else self.node

    def requires_grad_(self, wanted: bool = True) -> Tensor:
        """Set `requires_grad`; returns self."""
        self.requires_grad = wanted
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded op made this tensor."""
        return self.node is None or self.node.is_leaf

    @property
    def grad(self) -> Tensor | None:
        """The gradient that `backward` accumulated; None before, and for results without `retain_grad`."""
        node = self._lasting
        if node is not None and node.is_leaf and node.dtype != self.data.dtype:  # other values were assigned
            graph.leaf(self.data, node)
        return None if node is None else _settled(node).grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        node = self._lasting
        if node is None:
            if value is not None:
                raise GradientError(
                    "grad: this tensor does not require a gradient; call .requires_grad_() first"
                )
            return
        if value is not None and value.shape != self.shape:
            raise ShapeError(f"grad: expected the tensor's shape {self.shape}, got {value.shape}")
        value = value if value is None or isinstance(value, Tensor) else Tensor(np.asarray(value))
        _settled(node).grad = (
            value if value is None or value.dtype == self.dtype else value.astype(self.dtype)
        )

    def detach(self) -> Tensor:
        """Return the same values (shared memory) without a graph."""
        return Tensor(self.data)

    def retain_grad(self) -> Tensor:
        """Have `backward` keep the gradient of this intermediate result in `.grad`; returns self."""
        if self.node is None:
            raise GradientError(
                "retain_grad: this tensor does not require a gradient; call .requires_grad_() on the inputs"
            )
        self.node.note("retain", True)
        return self

    def register_hook(self, hook: Callable) -> Callable[[], None]:
        """Call ``hook(gradient)`` once the gradient is complete; what it returns (not None) replaces it.

        Returns a function that removes the hook.
        """
        node = self._lasting
        if node is None:
            raise GradientError(
                "register_hook: this tensor does not require a gradient, so no hook would ever run"
            )
        return node.add_hook(hook)

    # Meeting NumPy

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.node is not None and MODE.get().grad:
            problem = "a Tensor that needs a gradient would become a plain array; its gradient would be lost"
            raise GradientError(message("numpy", problem, [("tensor", self)], TO_KEEP))
        return np.array(self.data, dtype=dtype, copy=copy)

    def __bool__(self) -> bool:
        if self.data.size != 1:
            problem, hint = "the truth of several values is ambiguous", "use .any() or .all()"
            raise ShapeError(message("bool", problem, [("tensor", self.data)], hint))
        return bool(self.data)

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __index__(self) -> int:
        return self._number().__index__()

    def _number(self) -> Any:
        """Return the only value; an error if NumPy asks for it because of ``array[i] = self``.

        For a single number NumPy does not ask for an array, which would tell, but for a float: whether the
        program reads the value or stores it, its own instruction says.
        """
        if self.node is not None and MODE.get().grad:
            caller = sys._getframe(2)
            if caller.f_code.co_code[caller.f_lasti] == STORE_SUBSCR:
                values_of(self, "array[...] = x")
        return self.item()


PYTHON.add(Tensor)


def _settled(node: graph.Node) -> graph.Node:
    """Return a leaf's node, once its gradient is: one that is summed over ranks has to arrive."""
    pending = node.noted("pending")
    if pending is not None:
        pending()
    return node


def raw(x: Any) -> Any:
    """Return the values behind ``x``: a tensor's array, anything else as it is."""
    return x.data if isinstance(x, Tensor) else x


def values_of(x: Any, what: str) -> Any:
    """Return the values behind ``x``, for a place where its gradient cannot follow.

    Raises
    ------
    GradientError : if ``x`` needs a gradient, and gradients are being recorded; ``what`` names the place.
    """
    if isinstance(x, Tensor) and x.node is not None and MODE.get().grad:
        problem = "a tensor that needs a gradient would lose it here"
        raise GradientError(message(what, problem, [("tensor", x)], TO_KEEP))
    return raw(x)
