"""How the engine is running just now: with gradients or without, watching for NaN, keeping values.

The three switches live in one context variable, so that two threads (or two asyncio tasks) never disturb each
other and an op looks up one thing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ContextDecorator
from contextvars import ContextVar, Token, copy_context
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any, NamedTuple


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


class _Switched(ContextDecorator):
    """A `with` block, or a decorator, in which some switches stand otherwise; it may be nested."""

    def __init__(self, **switches: bool):
        self.switches = switches
        self.tokens: list[Token[Mode]] = []

    def _recreate_cm(self) -> _Switched:  # for each call of a decorated function
        return _Switched(**self.switches)

    def __enter__(self) -> None:
        self.tokens.append(MODE.set(MODE.get()._replace(**self.switches)))

    def __exit__(self, *error: object) -> None:
        MODE.reset(self.tokens.pop())

    def __call__(self, function: Any) -> Any:
        if iscoroutinefunction(function) or isasyncgenfunction(function):
            raise TypeError(f"{function.__name__} is asynchronous; write the `with` block inside it")
        return self._generator(function) if isgeneratorfunction(function) else super().__call__(function)

    def _generator(self, function: Callable[..., Generator]) -> Callable[..., Generator]:
        """Return the generator function whose body runs in a context of its own, apart from its consumer."""

        @wraps(function)
        def switched(*arguments: Any, **options: Any) -> Generator:
            context, inner = copy_context(), function(*arguments, **options)
            context.run(self._recreate_cm().__enter__)
            step: Callable = inner.send
            value: Any = None
            try:
                while True:
                    result = context.run(step, value)
                    try:
                        step, value = inner.send, (yield result)
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        step, value = inner.throw, error
            except StopIteration as end:
                return end.value
            finally:
                context.run(inner.close)

        return switched


def no_grad():
    """Do not record: results inside need no gradient.  Use as a context or as a decorator."""
    return _Switched(grad=False)


def enable_grad():
    """Record again inside a `no_grad` block.  Use as a context or as a decorator."""
    return _Switched(grad=True)


def detect_anomaly():
    """Raise `AnomalyError` at the first op, or the first gradient rule, that gives a NaN or an infinity."""
    return _Switched(anomaly=True)


def keep_values():
    """Keep every intermediate value for `cutaway.graph`, which can then show all of them."""
    return _Switched(keep=True)


def is_grad_enabled() -> bool:
    """Return whether ops record what the backward pass needs."""
    return MODE.get().grad
