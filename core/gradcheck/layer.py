"""Layer objects of courses: ``forward``, ``backward``, and gradients left in attributes or dictionaries."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .pair import Pair, scaled
from .trees import GRADIENT_NAMES, is_floating, parameter_names, takes

PARAMETERS, GRADIENTS = ("params", "parameters", "weights"), ("grads", "gradients", "dparams")
VALUE, SLOPE = ("data", "value", "values"), ("grad", "gradient")  # of an object that holds one parameter


class Slot:
    """A parameter of a layer: where its values are, and where ``backward`` leaves their gradient.

    Each way is a list of steps from the layer: the name of an attribute, or ("key", what) in a container.
    """

    def __init__(self, name: str, value: list, gradient: list):
        self.name, self.value, self.gradient = name, value, gradient


def layer_pair(layer: Any, inputs: Sequence[Any]) -> Pair:
    """Return the pair of a layer: of its inputs and, behind them, its parameters.

    Every call works on a copy, so nothing that a call leaves in the layer is added to by the next.

    Raises
    ------
    TypeError : if ``backward`` takes neither one cotangent nor nothing.
    """
    count, kind = len(inputs), type(layer).__name__
    if not takes(layer.backward, 1) and not takes(layer.backward, 0):
        raise TypeError(
            f"gradcheck: {kind}.backward takes more than a cotangent; expected backward(dout), with what it "
            "needs kept in the layer by forward"
        )
    slots = list(_slots(layer, inputs))

    def prepared(parameters: Sequence[Any]) -> Any:
        one = copy.deepcopy(layer)
        for slot, values in zip(slots, parameters, strict=True):
            _put(one, slot.value, values)
        return one

    def forward(*arguments: Any) -> Any:
        return prepared(arguments[count:]).forward(*arguments[:count])

    def pull(cotangent: Any, *arguments: Any) -> Any:
        one = prepared(arguments[count:])
        one.forward(*arguments[:count])
        if takes(one.backward, 1):
            back = one.backward(cotangent)
            factor: Any = 1
        else:
            back, factor = scaled(one.backward(), cotangent), cotangent
        several = isinstance(back, (list, tuple)) and len(back) >= count
        found = list(back[:count]) if several else [back] + [None] * (count - 1)
        return (*found, *(np.asarray(_get(one, slot.gradient)) * factor for slot in slots))

    names = [*parameter_names(layer.forward, count), *(slot.name for slot in slots)]
    values = [np.array(_get(layer, slot.value), np.float64) for slot in slots]
    return Pair(forward, pull, [*inputs, *values], names, "a layer with forward and backward")


def _slots(layer: Any, inputs: Sequence[Any]) -> Iterator[Slot]:
    """Find the parameters: what has a gradient of its shape beside it after one backward pass."""
    one = copy.deepcopy(layer)
    y = one.forward(*[copy.deepcopy(each) for each in inputs])
    if takes(one.backward, 1):
        one.backward(np.ones_like(np.asarray(y, np.float64))[()])
    else:
        one.backward()
    seen = set()
    for name, value in vars(layer).items():
        if is_floating(value) and np.ndim(value):
            for way in _gradient_ways(one, name):
                if id(value) not in seen and _fits(one, way, value):
                    seen.add(id(value))
                    yield Slot(name, [name], way)
        elif name in PARAMETERS and isinstance(value, (dict, list, tuple)):
            keys = list(value) if isinstance(value, dict) else list(range(len(value)))
            for key in keys:
                for way in _gradient_ways(one, key):
                    if id(value[key]) not in seen and _fits(one, way, value[key]):
                        seen.add(id(value[key]))
                        yield Slot(f"{name}[{key!r}]", [name, ("key", key)], way)
        else:
            for data in VALUE:
                for slope in SLOPE:
                    held = getattr(value, data, None)
                    if isinstance(held, np.ndarray) and _fits(one, [name, slope], held):
                        yield Slot(name, [name, data], [name, slope])


def _gradient_ways(layer: Any, name: Any) -> Iterator[list]:
    spelt = [form.format(name) for form in GRADIENT_NAMES] if isinstance(name, str) else [name]
    for holder in GRADIENTS:
        yield from ([holder, ("key", each)] for each in spelt)
    if isinstance(name, str):
        yield from ([each] for each in spelt if each != name)


def _fits(layer: Any, way: list, value: Any) -> bool:
    try:
        found = _get(layer, way)
    except (AttributeError, KeyError, IndexError, TypeError):
        return False
    return found is not None and np.shape(found) == np.shape(value)


def _get(holder: Any, way: list) -> Any:
    for step in way:
        holder = holder[step[1]] if isinstance(step, tuple) else getattr(holder, step)
    return holder


def _put(holder: Any, way: list, value: Any) -> None:
    holder = _get(holder, way[:-1])
    if not isinstance(way[-1], tuple):
        setattr(holder, way[-1], value)
    elif isinstance(holder, tuple):
        np.copyto(holder[way[-1][1]], value)
    else:
        holder[way[-1][1]] = value
