"""How an op is declared: formula, forward, one gradient rule per operand, samples; all on one screen.

    @op("y = a b") class mul:
        def forward(a, b):  return a * b
        def vjp_a(g, b):    return g * b             # dy/da = b
        def vjp_b(g, a):    return g * a             # dy/db = a
        def samples(rng):   yield case(rng.normal(size=(2, 3)), rng.normal(size=3))

What the parts of the class mean is said in `core.declaration`; here is what happens when an op is called.

The type of a result of tensors is NumPy 2's, with one addition: it is float64 only if an operand is.

    float32 tensor * 0.5, * [0.5, 1.0], * whole numbers    float32: Python's numbers and lists are weak
    whole numbers * 0.5, / 2, exp(whole numbers)           float32, the type of `tensor(0.5)`
    float32 tensor * numpy.float64(0.5), * float64 array   float64: NumPy's numbers and arrays have a type

A result that is no floating point number has no gradient, hence no place in the graph.  On the way back a
cotangent takes the type of its result, and a gradient that of its tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .declaration import Case, Declaration, case
from .errors import AnomalyError, CutawayError, DtypeError, ShapeError, message
from .mode import MODE, Mode
from .node import Node
from .plan import MUTABLE, Plan, planned, snapshot
from .spelling import respelled
from .tensor import Tensor, values_of

__all__ = ["REGISTRY", "Case", "Op", "all_finite", "case", "op"]

REGISTRY: dict[str, Op] = {}
FLOAT32, FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
_PLAIN = Mode()


def is_watched(*operands: Any) -> bool:
    """Whether what is made of the operands has a place in the graph, or is looked at for another reason."""
    mode = MODE.get()
    if mode.anomaly or mode.keep:
        return True
    return mode.grad and any(isinstance(each, Tensor) and each.node is not None for each in operands)


class Op(Declaration):
    """A declared op: arrays in, arrays out; tensors in, tensors out that remember how they were made.

    Attributes
    ----------
    chooses_type : whether it has an option `dtype`; else the operands decide about the result's.
    compute : `forward`, or its fast form on what that serves: plain arrays in, ``y`` or ``(y, *aux)`` out.
    plans : by the subset of operands that need gradients, what to save and to run.
    """

    def __init__(self, declaration: type, formula: str, source: str | None):
        super().__init__(declaration, formula, source)
        self.plans: dict[int, Plan] = {}
        self.chooses_type = "dtype" in self.defaults
        self.compute = self.forward
        if self.fast.forward:
            self.compute = _either(self.fast.serves, self.fast.forward, self.forward)

    def __call__(self, *operands: Any, **options: Any) -> Any:
        """Return ``y``: an array if no operand is a `Tensor`, else a `Tensor`."""
        return self._call(self.compute, operands, options)

    def record(self, result: Any, *operands: Any, **options: Any) -> Any:
        """Return ``result`` as what this op makes of the operands, with its place in the graph.

        For a kernel that does the work of several ops in one pass: each of them is recorded, so the graph and
        the gradients are those of the separate ops.  ``result`` is what `forward` would return, or, as far as
        no rule asks for it, what stands in its place.
        """
        if not is_watched(*operands):  # as most of the time in inference
            y = result[0] if self.aux else result
            return Tensor(y) if any(isinstance(operand, Tensor) for operand in operands) else y
        return self._call(lambda *_, **__: result, operands, options)

    def _call(self, forward: Callable, operands: tuple, options: dict) -> Any:
        arrays, parents, mask, foreign, bit, tracked = [], [], 0, 0, 1, False
        for operand in operands:
            if isinstance(operand, Tensor):
                tracked = True
                data = operand.data
                arrays.append(data if data.ndim else data[()])  # a NumPy scalar: ten times as fast
                if operand.node is not None:
                    parents.append(operand.node)
                    mask |= bit
            else:
                arrays.append(operand)
                if isinstance(operand, MUTABLE):
                    foreign |= bit
            bit += bit
        if options or self.defaults:
            arrays, options = self._bind(arrays, options, operands)
        try:
            y = forward(*arrays, **options)
        except (ValueError, IndexError, TypeError) as error:
            raise self.explain(error, arrays, options) from error
        if self.aux:
            y, *aux = y
        else:
            aux = ()
        if not tracked:
            return y
        dtype, floating = y.dtype, True
        if dtype is not FLOAT32:
            if dtype is FLOAT64 and not self.chooses_type:
                y = _promoted(y, arrays)
                dtype = y.dtype
            floating = dtype.kind == "f"
        mode = MODE.get()
        if mode is not _PLAIN:
            mode = self._inspect(mode, y, arrays)
        if not mask or not mode.grad or not floating:
            return Tensor(y)
        plan = self.plans.get(mask) or self._plan(mask, len(arrays))
        if len(parents) != len(plan.wanted):  # an operand without a rule asked for a gradient: there is none
            parents = [operands[i].node for i in plan.wanted]
            if not parents:
                return Tensor(y)
        if foreign:
            for i in plan.reads:
                if foreign >> i & 1:
                    arrays[i] = snapshot(arrays[i])
        if options:
            options = {name: snapshot(value) for name, value in options.items()}
        arrays.append(y)
        arrays += aux
        node = Node(plan, parents, plan.take(arrays), options, y.shape, dtype)
        if mode.keep:
            node.note("value", y)
        return Tensor(y, node)

    def _bind(self, arrays: list, options: dict, operands: tuple) -> tuple[list, dict]:
        """Fill in default options; positional arguments behind the operands are options in order.

        An option has no gradient: a tensor that needs one is an error.  PyTorch's words (`core.spelling`)
        are looked up only if there is one that the op does not know.
        """
        if len(arrays) > len(self.operands) and not self.variadic:
            behind = dict(zip(self.defaults, operands[len(self.operands) :], strict=False))
            if len(behind) < len(arrays) - len(self.operands) or not behind.keys().isdisjoint(options):
                known = ", ".join([*self.operands, *self.defaults])
                raise TypeError(f"{self.name}: more arguments than it takes, or one given twice; {known}")
            options = behind | options
            arrays = arrays[: len(self.operands)]
        bound = self.defaults | options
        if len(bound) > len(self.defaults):
            options = respelled(self.name, options, self.defaults)
            bound = self.defaults | options
        if len(bound) > len(self.defaults):
            wrong = next(name for name in options if name not in self.defaults)
            known = ", ".join([*self.operands, *self.defaults])
            raise TypeError(f"{self.name}: no argument {wrong!r}; it takes {known}")
        for name, value in options.items():
            if isinstance(value, Tensor):
                bound[name] = values_of(value, f"{self.name}, option {name}")
        return arrays, bound

    def _inspect(self, mode: Mode, y: Any, arrays: list) -> Mode:
        if mode.anomaly and not all_finite(y):
            bad = "NaN" if np.isnan(y).any() else "infinity"
            hint = "look at the operands above: which of them is zero, negative or very large?"
            raise AnomalyError(message(self.name, f"the result has a {bad}", self.named(arrays), hint))
        return mode

    def _plan(self, mask: int, count: int) -> Plan:
        """Work out, once for each subset of operands that need gradients, what to save and what to run."""
        plan = planned(self, mask, count)
        if not self.variadic:
            self.plans[mask] = plan
        return plan

    def named(self, arrays: Any) -> list[tuple[str, Any]]:
        """Pair the operands with their names, for messages and pictures."""
        if self.variadic:
            return [(f"{self.variadic}[{i}]", a) for i, a in enumerate(arrays)]
        return list(zip(self.operands, arrays, strict=False))

    def explain(self, error: Exception, arrays: list, options: dict) -> Exception:
        """Return ``error`` as an error of this op, with the shapes of its operands."""
        if isinstance(error, CutawayError):
            return error
        shown = self.named(arrays) + [(k, v) for k, v in options.items() if v is not self.defaults.get(k)]
        kind = DtypeError if isinstance(error, TypeError) else ShapeError
        text = str(error)
        if text.startswith(self.name + ":"):
            return kind(text)
        hint = "shapes broadcast from the right: align them with reshape or unsqueeze" * ("broadcast" in text)
        return kind(message(self.name, text.split("\n")[0], shown, hint))


def _either(serves: Callable[..., bool], fast: Callable, plain: Callable) -> Callable:
    """Return the function that runs ``fast`` on the operands that it serves, else ``plain``."""

    def compute(*arrays: Any, **options: Any) -> Any:
        return (fast if serves(*arrays) else plain)(*arrays, **options)

    return compute


def _promoted(y: Any, arrays: list) -> Any:
    """Return the float64 result ``y`` in the operands' largest floating type; float32 if none has."""
    largest = None
    for each in arrays:
        dtype = getattr(each, "dtype", None)
        if dtype is FLOAT64:
            return y
        if dtype is not None and dtype.kind == "f" and (largest is None or dtype > largest):
            largest = dtype
    return y.astype(FLOAT32 if largest is None else largest)


def op(formula: str, source: str | None = None) -> Callable[[type], Op]:
    """Declare an op: decorate a class as the top of this file shows, and get a callable `Op` of that name.

    Parameters
    ----------
    formula : what the op computes, in one line.
    source : paper and equation, where there is one.
    """

    def declare(declaration: type) -> Op:
        made = Op(declaration, formula, source)
        if made.name in REGISTRY:
            raise TypeError(f"op {made.name} is declared twice; give one of them another name")
        REGISTRY[made.name] = made
        return made

    return declare


def all_finite(y: Any) -> bool:
    """Return whether ``y`` has neither NaN nor infinity; integers have neither."""
    return not np.issubdtype(np.asarray(y).dtype, np.inexact) or bool(np.isfinite(y).all())
