"""PyTorch says ``dim`` and ``keepdim`` where NumPy says ``axis`` and ``keepdims``: both are understood."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Container
from functools import wraps
from typing import Any

SPELLINGS = {
    "dim": "axis",
    "dims": "axis",
    "keepdim": "keepdims",
    "shifts": "shift",
    "correction": "ddof",
    "unbiased": "ddof",
    "min": "low",
    "max": "high",
    "start_dim": "start",
    "end_dim": "end",
}


def respelled(name: str, options: dict[str, Any], known: Container[str]) -> dict[str, Any]:
    """Return the options of ``name`` with PyTorch's words as NumPy's, where those are known.

    Raises
    ------
    TypeError : if one thing is given in both spellings; None and False, the defaults, say nothing.

    >>> respelled("sum", {"axis": None, "dim": [0, 1], "keepdim": True}, ["axis", "keepdims"])
    {'axis': (0, 1), 'keepdims': True}
    """
    foreign = [word for word in options if word not in known and SPELLINGS.get(word, word) in known]
    ours = {word: value for word, value in options.items() if word not in foreign}
    for word in foreign:
        meant, value = SPELLINGS[word], options[word]
        if ours.get(meant) is not None and ours[meant] is not False:
            raise TypeError(f"{name}: got {word}= and another word for the same, {meant}=; give one of them")
        ours[meant] = tuple(value) if isinstance(value, list) else value
    return ours


def bilingual(function: Callable) -> Callable:
    """Decorate a function so that it understands both spellings of its options."""
    known = list(inspect.signature(function).parameters)

    @wraps(function)
    def call(*values: Any, **options: Any) -> Any:
        return function(*values, **respelled(function.__name__, options, known) if options else {})

    return call
