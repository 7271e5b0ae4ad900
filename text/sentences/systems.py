"""All systems that can be judged, by name: rows of the lecture's table first, then those beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..vectors.word_vectors import WordVectors
from .convolutional.systems import SYSTEMS as CONVOLUTIONAL
from .feature_systems import SYSTEMS as FEATURES
from .linear.systems import SYSTEMS as LINEAR
from .published import ROWS
from .recursive.systems import SYSTEMS as RECURSIVE
from .structured.systems import SYSTEMS as STRUCTURED

_ALL: dict[str, Any] = {**CONVOLUTIONAL, **RECURSIVE, **LINEAR, **STRUCTURED, **FEATURES}
SYSTEMS: dict[str, Any] = {
    name: _ALL[name] for name in (*(row for row in ROWS if row in _ALL), *(n for n in _ALL if n not in ROWS))
}


def systems_of(
    names: list[str], vectors: WordVectors | str | None = None, **changes: Any
) -> Mapping[str, Any]:
    """Return systems with vectors and other changes, of each those that it has.

    >>> systems_of(["mnb"], ngram=1)["mnb"].ngram
    1
    """
    return {name: changed(SYSTEMS[name], vectors=vectors, **changes) for name in names}


def changed(system: Any, **changes: Any) -> Any:
    """Return a system with the changes that it knows; one that is no dataclass knows none."""
    if not dataclasses.is_dataclass(system) or isinstance(system, type):
        return system
    known = {each.name for each in dataclasses.fields(system)}
    return dataclasses.replace(system, **{name: value for name, value in changes.items() if name in known})
