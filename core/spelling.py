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
    "start_dim": "start",
    "end_dim": "end",
}


def respelled(name: str, options: dict[str, Any], known: Container[str]) -> dict[str, Any]:
    """Return the options of ``name`` with PyTorch's words as NumPy's, where those are known.

    Raises
    ------
    TypeError : if one thing is given in both spellings.

    >>> respelled("sum", {"dim": [0, 1], "keepdim": True}, ["axis", "keepdims"])
    {'axis': (0, 1), 'keepdims': True}
    """
    ours: dict[str, Any] = {}
    for word, value in options.items():
        meant = word if word in known else SPELLINGS.get(word, word)
        meant = meant if meant in known else word
        if meant in ours or (meant != word and meant in options):
            raise TypeError(f"{name}: got {word}= and another word for the same, {meant}=; give one of them")
        ours[meant] = tuple(value) if meant != word and isinstance(value, list) else value
    return ours


def bilingual(function: Callable) -> Callable:
    """Decorate a function so that it understands both spellings of its options."""
    known = list(inspect.signature(function).parameters)

    @wraps(function)
    def call(*values: Any, **options: Any) -> Any:
        return function(*values, **respelled(function.__name__, options, known) if options else {})

    return call
