"""What an op saves and runs when a given subset of its operands needs gradients; worked out once."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from ..ext.memory import empty
from .declaration import Declaration, arguments
from .tensor import Tensor

FIXED = frozenset({int, float, bool, str, type(None)})  # nobody can change these
MUTABLE = (np.ndarray, list, tuple)  # what a caller may change later, or what may contain such


class Plan(NamedTuple):
    """What one op saves and runs when a given subset of its operands needs gradients.

    Attributes
    ----------
    op : the op.
    wanted : the indices of the operands that need a gradient.
    names : what is saved, by name.
    reads : the indices of the operands among them.
    take : picks the saved values from ``[*operands, y, *aux]``.
    rules : one function ``rule(g, saved, options)`` per wanted operand.
    joint : the function that returns all their gradients, if the op has a joint rule and several are wanted.
    """

    op: Declaration
    wanted: tuple[int, ...]
    names: tuple[str, ...]
    reads: tuple[int, ...]
    take: Callable[[list], Any]
    rules: tuple[Callable, ...]
    joint: Callable | None


def planned(op: Declaration, mask: int, count: int) -> Plan:
    """Return the plan for a call with ``count`` operands; those in the bits of ``mask`` need gradients."""
    operands = (op.variadic,) * count if op.variadic else op.operands
    wanted = tuple(i for i in range(count) if mask >> i & 1 and operands[i] in op.rules)
    forms = [(op.rules[operands[i]], op.fast.rules.get(operands[i])) for i in wanted]
    asked = (name for pair in forms for form in pair if form for name in arguments(form))
    names = tuple(dict.fromkeys(name for name in asked if name not in op.defaults and name != "which"))
    joint = None
    if op.joint:
        all_parts = _chosen(op, op.joint, op.fast.joint, names, 0)
        rules = tuple(lambda g, saved, options, i=i: all_parts(g, saved, options)[i] for i in wanted)
        if len(wanted) > 1:
            joint = lambda g, saved, options: itemgetter(*wanted)(all_parts(g, saved, options))  # noqa: E731
    else:
        rules = tuple(_chosen(op, *pair, names, i) for pair, i in zip(forms, wanted, strict=True))
    reads = tuple(i for i in range(count) if operands[i] in names)
    return Plan(op, wanted, names, reads, _taker(op, names, count), rules, joint)


def _chosen(
    op: Declaration, plain: Callable, fast: Callable | None, names: tuple[str, ...], index: int
) -> Callable:
    """Return a rule as a function of ``(g, saved, options)``: the fast form on what that serves."""
    slow = bound(plain, names, index)
    if fast is None:
        return slow
    quick, serves = bound(fast, names, index), op.fast.serves
    needed = [names.index(name) for name in arguments(fast) if name in names]

    def call(g, saved, options):
        served = type(g) is np.ndarray and serves(g, *[saved[i] for i in needed])
        return (quick if served else slow)(g, saved, options)

    return call


def _taker(op: Declaration, names: tuple[str, ...], count: int) -> Callable[[list], Any]:
    """Return the function that picks ``names`` out of ``[*operands, y, *aux]``."""
    operands = range(count) if op.variadic else op.operands[:count]
    place = {name: i for i, name in enumerate([*operands, "y", *op.aux])}
    if all(name in place for name in names):
        indices = [place[name] for name in names]
        if len(indices) > 1:
            return itemgetter(*indices)
        return (lambda values, i=indices[0]: (values[i],)) if indices else (lambda values: ())

    def take(values: list) -> tuple:
        saved = []
        for name in names:
            if name == op.variadic:
                saved.append(tuple(values[:count]))
            elif name == f"{op.variadic}_shape":
                saved.append(tuple(np.shape(value) for value in values[:count]))
            elif name.endswith("_shape") and name not in place:
                saved.append(np.shape(values[place[name[:-6]]]))
            else:
                saved.append(values[place[name]])
        return tuple(saved)

    return take


def bound(rule: Callable, names: tuple[str, ...], index: int) -> Callable:
    """Return ``rule`` as a function of ``(g, saved, options)``."""
    wants = arguments(rule)
    places = [names.index(name) if name in names else None for name in wants]
    if not places:
        return lambda g, saved, options: rule(g)
    if places == [0]:
        return lambda g, saved, options: rule(g, saved[0])
    if None not in places:
        pick = itemgetter(*places) if len(places) > 1 else lambda saved, i=places[0]: (saved[i],)
        return lambda g, saved, options: rule(g, *pick(saved))

    def call(g, saved, options):
        values = []
        for name, i in zip(wants, places, strict=True):
            values.append(saved[i] if i is not None else index if name == "which" else options[name])
        return rule(g, *values)

    return call


def snapshot(value: Any) -> Any:
    """Return ``value`` as no caller can change it any more: plain arrays, also those inside, are copied.

    What a rule will read must be what the forward pass saw.  A `Tensor` notes when it is written to, and the
    backward pass looks; a NumPy array cannot, so that the caller's own (targets, indices, masks, constants)
    are copied: one pass over memory, 1 to 2 % of a segmentation loss and its gradient.
    """
    kind = type(value)
    if kind in FIXED or (kind is tuple and FIXED.issuperset(map(type, value))):
        return value
    if isinstance(value, Tensor):
        value = value.data
    if isinstance(value, np.ndarray):
        copy = empty(value.shape, value.dtype)
        copy[...] = value
        return copy
    return kind([snapshot(each) for each in value]) if kind in (list, tuple) else value
