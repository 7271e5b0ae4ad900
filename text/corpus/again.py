"""Texts that are read more than once: what can be read only once is kept."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from .stream import Corpus


def readable_again(source: Any) -> Any:
    """The source; or, if it is a generator or another iterator, a list of what it gives.

    >>> list(readable_again(iter(["a bat", "a cat"])))
    ['a bat', 'a cat']
    """
    if isinstance(source, Corpus) and isinstance(source.source, Iterator):
        kept = copy.copy(source)
        kept.source = list(source.source)
        return kept
    return list(source) if isinstance(source, Iterator) else source
