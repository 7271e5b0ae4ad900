"""How an op is declared: formula, forward, one gradient rule per operand, samples; all on one screen.

    @op("y = a b")
    class mul:
        def forward(a, b):  return a * b
        def vjp_a(g, b):    return g * b             # dy/da = b
        def vjp_b(g, a):    return g * a             # dy/db = a
        def samples(rng):   yield case(rng.normal(size=(2, 3)), rng.normal(size=3))

`forward` works on plain arrays: its positional parameters are *operands*, its keyword-only ones *options*.

`vjp_x` is the vector-Jacobian product for operand ``x``: given ``g``, the gradient of some scalar in ``y``,
it returns the gradient in ``x``.  After ``g`` it names what it needs, and nothing else is saved: an operand
(``b``), the result (``y``), the shape of an operand (``b_shape``), an option, or one of the op's ``aux``
(further results of `forward` that have no gradient: indices, masks).  An operand without a rule has no
gradient.  Rules are written with ops, hence differentiate again.  Broadcasting is undone elsewhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .errors import CutawayError, DtypeError, ShapeError, message
from .mode import MODE, Mode
from .node import Node
from .plan import Plan, arguments, bound, taker
from .tensor import Tensor

REGISTRY: dict[str, Op] = {}
_PLAIN = Mode()


class Case(NamedTuple):
    """One sample call of an op."""

    operands: tuple
    options: dict


def case(*operands: Any, **options: Any) -> Case:
    """Return a sample call ``op(*operands, **options)``; what `Op.samples` yields."""
    return Case(operands, options)


class Op:
    """A declared op: call it on arrays to get arrays, on tensors to get tensors that remember how they were
    made.
    """

    def __init__(self, declaration: type, formula: str, source: str | None):
        self.name = self.__name__ = declaration.__name__
        self.__module__ = declaration.__module__
        self.__doc__ = formula + (
            "\n\n" + inspect.cleandoc(declaration.__doc__) if declaration.__doc__ else ""
        )
        self.formula, self.source = formula, source
        self.declaration = declaration
        self.forward: Callable = declaration.__dict__["forward"]
        self.samples: Callable[[np.random.Generator], Iterator[Case]] = declaration.__dict__["samples"]
        self.aux: tuple[str, ...] = declaration.__dict__.get("aux", ())
        self.rules = {key[4:]: rule for key, rule in declaration.__dict__.items() if key.startswith("vjp_")}
        parameters = inspect.signature(self.forward).parameters.values()
        self.operands = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
        self.variadic = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self.defaults = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
        self.plans: dict[int, Plan] = {}
        self._check_declaration()

    def __repr__(self) -> str:
        return f"<op {self.name}: {self.formula}>"

    def __call__(self, *operands: Any, **options: Any) -> Any:
        """Return ``y``: an array if no operand is a `Tensor`, else a `Tensor`."""
        return self._call(self.forward, operands, options)

    def record(self, result: Any, *operands: Any, **options: Any) -> Any:
        """Return ``result`` as what this op makes of the operands, with its place in the graph.

        For a kernel that does the work of several ops in one pass: each of them is recorded, so the graph and
        the gradients are those of the separate ops.  ``result`` is what `forward` would return, or, as far as
        no rule asks for it, what stands in its place.
        """
        return self._call(lambda *_, **__: result, operands, options)

    def _call(self, forward: Callable, operands: tuple, options: dict) -> Any:
        arrays, parents, mask, bit, tracked = [], [], 0, 1, False
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
            bit += bit
        if options or self.defaults:
            arrays, options = self._bind(arrays, options)
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
        mode = MODE.get()
        if mode is not _PLAIN:
            mode = self._inspect(mode, y, arrays)
        if not mask or not mode.grad:
            return Tensor(y)
        plan = self.plans.get(mask) or self._plan(mask, len(arrays))
        if len(parents) != len(plan.wanted):  # an operand without a rule asked for a gradient: there is none
            parents = [operands[i].node for i in plan.wanted]
            if not parents:
                return Tensor(y)
        arrays.append(y)
        arrays += aux
        node = Node(plan, parents, plan.take(arrays), options, y.shape, y.dtype)
        if mode.keep:
            node.note("value", y)
        return Tensor(y, node)

    def with_aux(self, *operands: Any, **options: Any) -> tuple:
        """Return ``(y, *aux)`` for plain arrays: the result and what `forward` found on the way (indices,
        masks).
        """
        arrays, options = self._bind(list(operands), options)
        return self.forward(*arrays, **options)

    def _bind(self, arrays: list, options: dict) -> tuple[list, dict]:
        """Fill in default options; positional arguments behind the operands are options in order."""
        for name in options:
            if name not in self.defaults:
                known = ", ".join([*self.operands, *self.defaults])
                raise TypeError(f"{self.name}: no argument {name!r}; it takes {known}")
        extra = len(arrays) - len(self.operands)
        if extra > 0 and not self.variadic:
            options = {**dict(zip(self.defaults, arrays[len(self.operands) :], strict=False)), **options}
            arrays = arrays[: len(self.operands)]
        return arrays, {**self.defaults, **options}

    def _inspect(self, mode: Mode, y: Any, arrays: list) -> Mode:
        if mode.anomaly and not all_finite(y):
            from .errors import AnomalyError

            bad = "NaN" if np.isnan(y).any() else "infinity"
            hint = "look at the operands above: which of them is zero, negative or very large?"
            raise AnomalyError(message(self.name, f"the result has a {bad}", self.named(arrays), hint))
        return mode

    def _plan(self, mask: int, count: int) -> Plan:
        """Work out, once for each subset of operands that need gradients, what to save and what to run."""
        operands = tuple(f"{self.variadic}[{i}]" for i in range(count)) if self.variadic else self.operands
        wanted = tuple(
            i for i in range(count) if mask >> i & 1 and (self.variadic or self.operands[i] in self.rules)
        )
        chosen = [self.rules[self.variadic or self.operands[i]] for i in wanted]
        needs = {
            name: None
            for rule in chosen
            for name in arguments(rule)
            if name not in self.defaults and name != "which"
        }
        names = tuple(needs)
        take = taker(names, operands[:count], self)
        rules = tuple(bound(rule, names, i) for rule, i in zip(chosen, wanted, strict=True))
        plan = Plan(self, wanted, names, take, rules)
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
        shown = self.named(arrays) + [(k, v) for k, v in options.items() if v != self.defaults.get(k)]
        kind = DtypeError if isinstance(error, TypeError) else ShapeError
        text = str(error)
        if text.startswith(self.name + ":"):
            return kind(text)
        hint = (
            "shapes broadcast from the right: align them with reshape or unsqueeze"
            if "broadcast" in text
            else ""
        )
        return kind(message(self.name, text.split("\n")[0], shown, hint))

    def _check_declaration(self) -> None:
        known = {
            *self.operands,
            *self.defaults,
            *self.aux,
            "y",
            "which",
            self.variadic,
            f"{self.variadic}_shape",
        }
        known |= {f"{name}_shape" for name in self.operands}
        for operand, rule in self.rules.items():
            if operand not in self.operands and operand != self.variadic:
                raise TypeError(f"op {self.name}: vjp_{operand} names no operand of forward")
            for name in arguments(rule):
                if name not in known:
                    raise TypeError(
                        f"op {self.name}: vjp_{operand} asks for {name!r}; it may ask for "
                        f"{sorted(filter(None, known))}"
                    )


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
