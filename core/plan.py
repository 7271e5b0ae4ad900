"""What an op saves and runs when a given subset of its operands needs gradients: worked out once, then looked up."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from .op import Op


class Plan(NamedTuple):
    """What one op saves and runs when a given subset of its operands needs gradients.

    Attributes
    ----------
    op : the op.
    wanted : the indices of the operands that need a gradient.
    names : what is saved, by name.
    take : picks the saved values from ``[*operands, y, *aux]``.
    rules : one function ``rule(g, saved, options)`` per wanted operand.
    """

    op: Op
    wanted: tuple[int, ...]
    names: tuple[str, ...]
    take: Callable[[list], Any]
    rules: tuple[Callable, ...]


def arguments(rule: Callable) -> tuple[str, ...]:
    """Return what a rule asks for beside ``g``."""
    return tuple(inspect.signature(rule).parameters)[1:]


def taker(names: tuple[str, ...], operands: tuple[str, ...], op: Op) -> Callable[[list], Any]:
    """Return the function that picks ``names`` out of ``[*operands, y, *aux]``."""
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
                saved.append(tuple(values[: len(operands)]))
            elif name == f"{op.variadic}_shape":
                saved.append(tuple(np.shape(value) for value in values[: len(operands)]))
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
