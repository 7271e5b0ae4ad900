"""How the engine is running just now: with gradients or without, watching for NaN, keeping values.

The three switches live in one context variable, so that two threads (or two asyncio tasks) never disturb each
other and an op looks up one thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Mode(NamedTuple):
    """The engine's switches.

    Attributes
    ----------
    grad : record what the backward pass needs.
    anomaly : check every result and every gradient for NaN and infinity.
    keep : keep every intermediate value in the graph, so that pictures of it can show them.
    """

    grad: bool = True
    anomaly: bool = False
    keep: bool = False


_DEFAULT = Mode()
MODE: ContextVar[Mode] = ContextVar("cutaway_mode", default=_DEFAULT)


@contextmanager
def _switched(**switches: bool) -> Iterator[None]:
    token = MODE.set(MODE.get()._replace(**switches))
    try:
        yield
    finally:
        MODE.reset(token)


def no_grad():
    """Do not record: results inside need no gradient.  Use as a context or as a decorator."""
    return _switched(grad=False)


def enable_grad():
    """Record again inside a `no_grad` block.  Use as a context or as a decorator."""
    return _switched(grad=True)


def detect_anomaly():
    """Raise `AnomalyError` at the first op, or the first gradient rule, that gives a NaN or an infinity."""
    return _switched(anomaly=True)


def keep_values():
    """Keep every intermediate value for `cutaway.graph`, which can then show all of them."""
    return _switched(keep=True)


def is_grad_enabled() -> bool:
    """Return whether ops record what the backward pass needs."""
    return MODE.get().grad
