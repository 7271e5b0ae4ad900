"""Arrays in containers: the inputs, results and gradients of a function, one after the other."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

# How the gradient of ``W`` is called in code that was written by hand
GRADIENT_NAMES = ("{}", "d{}", "grad_{}", "{}_grad", "d_{}", "grad{}", "g{}", "{}_gradient", "grad_of_{}")


def is_floating(value: Any) -> bool:
    """Return whether a value is a floating number or array of NumPy's or Python's."""
    if isinstance(value, (bool, int, str)) or value is None:
        return False
    return isinstance(value, float) or (
        isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f"
    )


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what stands in lists, tuples and dictionaries, each with the way to it.

    >>> list(leaves({"a": [1, 2]}, "p"))
    [("p['a'][0]", 1), ("p['a'][1]", 2)]
    """
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, f"{name}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for i, each in enumerate(value):
            yield from leaves(each, f"{name}[{i}]")
    else:
        yield name, value


def rebuilt(value: Any, parts: Iterator[Any]) -> Any:
    """Return a container like ``value`` with other leaves, taken from ``parts`` in order."""
    if isinstance(value, dict):
        return {key: rebuilt(each, parts) for key, each in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(rebuilt(each, parts) for each in value))
    if isinstance(value, (list, tuple)):
        return type(value)(rebuilt(each, parts) for each in value)
    return next(parts)


def aligned(gradients: Any, inputs: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """Return the gradient of each input, None where there is none, from what a backward function returned.

    Parameters
    ----------
    gradients : one array; a list or tuple with one for each input, or for each floating input; or a
        dictionary by the inputs' names, spelt "W", "dW", "grad_W" and the like.
    inputs, names : the function's.

    Raises
    ------
    TypeError : if it is none of these.
    """
    floating = [i for i, each in enumerate(inputs) if any(is_floating(leaf) for _, leaf in leaves(each))]
    if isinstance(gradients, dict):
        if len(floating) == 1 and isinstance(inputs[floating[0]], dict):
            found: dict[int, Any] = {floating[0]: gradients}
        else:
            found = {i: by_name(gradients, names[i]) for i in floating}
    elif len(floating) == 1 and not (isinstance(gradients, (list, tuple)) and len(gradients) == len(inputs)):
        several = isinstance(gradients, (list, tuple)) and not isinstance(inputs[floating[0]], (list, tuple))
        found = {floating[0]: gradients[0] if several and len(gradients) == 1 else gradients}
    elif isinstance(gradients, (list, tuple)) and len(gradients) == len(inputs):
        found = dict(enumerate(gradients))
    elif isinstance(gradients, (list, tuple)) and len(gradients) == len(floating):
        found = dict(zip(floating, gradients, strict=True))
    else:
        came = f"{len(gradients)}" if isinstance(gradients, (list, tuple)) else f"a {_kind(gradients)}"
        raise TypeError(
            f"gradcheck: the backward function returns {came}, expected {len(floating)} gradients, one for "
            f"each floating input ({', '.join(names[i] for i in floating)}): return a tuple of them"
        )
    return [found.get(i) for i in range(len(inputs))]


def flat_gradients(gradient: Any, value: Any, name: str) -> Iterator[Any]:
    """Yield the gradients of the leaves of one input; None where there is none."""
    if isinstance(value, dict):
        for key, each in value.items():
            part = by_name(gradient, key) if isinstance(gradient, dict) else None
            yield from flat_gradients(part, each, f"{name}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        parts = gradient if isinstance(gradient, (list, tuple)) else [None] * len(value)
        if len(parts) != len(value):
            raise TypeError(f"gradcheck: {name} has {len(value)} parts, its gradient {len(parts)}")
        for i, (part, each) in enumerate(zip(parts, value, strict=True)):
            yield from flat_gradients(part, each, f"{name}[{i}]")
    elif gradient is None:
        yield None
    else:
        found = np.asarray(gradient)
        if found.dtype.kind not in "fiub":
            raise TypeError(f"gradcheck: the gradient of {name} is a {_kind(gradient)}, expected an array")
        yield found


def by_name(gradients: dict, name: Any) -> Any:
    """Return what a dictionary of gradients holds for this name, in whichever spelling; else None."""
    spelt = [form.format(name) for form in GRADIENT_NAMES] if isinstance(name, str) else []
    return next((gradients[each] for each in [name, *spelt] if each in gradients), None)


def parameter_names(fn: Callable, count: int) -> list[str]:
    """Return what a function calls its first arguments."""
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [named[i] if i < len(named) else f"argument {i}" for i in range(count)]


def takes(fn: Callable, count: int) -> bool:
    """Return whether a function can be called with so many arguments; true if it does not say."""
    try:
        inspect.signature(fn).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # of a function written in C
        return True
    return True


def _kind(value: Any) -> str:
    return "nothing" if value is None else type(value).__name__
