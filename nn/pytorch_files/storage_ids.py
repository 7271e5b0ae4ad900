"""How a pickle of PyTorch's refers to a storage: by a tuple, or, in pickle's protocol 0, by its text."""

from __future__ import annotations

import re
from typing import Any

from .names import Name
from .tensors import STORAGES, StorageId

TEXT = re.compile(r"\('storage', <class '([\w.]+)'>, '(\w+)', '[\w:]*', (\d{1,18})(?:, None)?\)")
MOST = 1 << 60  # numbers of a storage


def storage_id(given: Any) -> StorageId:
    """Return what a persistent id says: ("storage", type, key, device, count), and perhaps which part of it.

    Raises
    ------
    ValueError : if it is no storage's.

    >>> storage_id("('storage', <class 'torch.FloatStorage'>, '7', 'cpu', 6, None)")
    StorageId(dtype='float32', key='7', count=6, part=None)
    """
    if isinstance(given, str):
        found = TEXT.fullmatch(given)
        if not found:
            raise ValueError(f"the id of a storage, {given!r:.99} is none")
        kind, key, count = found.groups()
        given = ("storage", Name(kind), key, "", int(count))
    if not isinstance(given, tuple) or len(given) not in (5, 6) or given[0] != "storage":
        raise ValueError(f"the id of a storage, {given!r:.99} is none")
    _, kind, key, _, count, *view = given
    if not isinstance(kind, Name) or kind.name not in STORAGES:
        raise ValueError(f"the type of a storage, {kind!r:.99} is none")
    if type(key) not in (str, int) or not is_count(count):
        raise ValueError(f"a storage's key and count, {key!r:.99} and {count!r:.99} are none")
    part = None
    if view and view[0] is not None:
        _, first, size = view[0]
        if not (is_count(first) and is_count(size)):
            raise ValueError(f"a part of a storage, {view[0]!r:.99} is none")
        part = first, size
    return StorageId(STORAGES[kind.name], str(key), count, part)


def is_count(value: Any) -> bool:
    """Whether this is a whole number from 0, as many as a file can have."""
    return type(value) is int and 0 <= value < MOST
