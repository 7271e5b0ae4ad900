"""One kernel, three times: which of its implementations runs.

A kernel named `conv2d` in the package `ext/conv` has up to three implementations, with the same arguments:

    reference   ext/conv/reference.py   plain NumPy, to be read first
    numba       ext/conv/jit.py         compiled at first use; needs no C compiler
    c           ext/native              compiled when cutaway is installed

Where a folder holds two pairs of files, a kernel's `pair` tells them apart: "predict_line" for
predict_line_reference.py and predict_line_jit.py.

The fastest that is available runs, unless `use` or the environment variable CUTAWAY_KERNELS says otherwise.

They agree up to rounding, and differ in two things that are not worth their price.  In C numbers below
1.2e-38 (denormals, 100 cycles each) count as zero: any of them may win a maximum.  And an infinite pixel
spoils more of the compiled ``conv2d_weight`` than the taps that meet it, as lanes beyond a row count times
zero.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import ContextVar, Token
from importlib import import_module
from typing import Any

from . import native

LADDER = ("c", "numba", "reference")  # fastest first
_ASKED = os.environ.get("CUTAWAY_KERNELS")  # once: to look takes as long as a small kernel
_choice: ContextVar[str | None] = ContextVar("cutaway_kernels", default=None)  # per thread and per async task

KERNELS: dict[str, Kernel] = {}


class Kernel:
    """A kernel by name: calling it calls the implementation in charge."""

    def __init__(self, name: str, package: str, pair: str = "") -> None:
        self.name, self.files = name, f"{package}.{pair}_" if pair else f"{package}."
        self._found: dict[str, Callable | None] = {}
        KERNELS[name] = self

    def __call__(self, *arguments: Any) -> Any:
        return self.implementation(in_charge())(*arguments)

    def chosen(self) -> Callable[..., Any]:
        """Return the implementation in charge, for another thread: `use` in this one is unknown there."""
        return self.implementation(in_charge())

    def find(self, rung: str) -> Callable | None:
        """Return the implementation on this rung of the ladder, None if there is none."""
        if rung not in self._found:
            self._found[rung] = getattr(_module(rung, self.files), self.name, None)
        return self._found[rung]

    def implementation(self, rung: str) -> Callable:
        """Return the implementation on this rung, or on the next lower one that has it."""
        for each in LADDER[LADDER.index(rung) :]:
            found = self.find(each)
            if found is not None:
                return found
        raise NotImplementedError(f"kernel {self.name} has no implementation below {rung!r}")


def _module(rung: str, files: str) -> object:
    if rung == "c":
        return native.load()
    return import_module(files + ("jit" if rung == "numba" else "reference"))


class use:
    """Let the kernels run on this rung: "reference", "numba" or "c"; None for the fastest.

    It holds from the call on, in the current thread; as a context manager, until the block ends.

    >>> with use("reference"):
    ...     in_charge()
    'reference'
    """

    def __init__(self, rung: str | None) -> None:
        if rung is not None:
            check(rung, "use")
        self._token: Token | None = _choice.set(rung)

    def __enter__(self) -> use:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._token is not None:
            _choice.reset(self._token)
            self._token = None


def check(rung: str, asked_by: str) -> str:
    """Return the rung, or raise an error that says why it cannot be used."""
    if rung not in LADDER:
        raise ValueError(f"{asked_by}: unknown kernels {rung!r}; choose 'reference', 'numba' or 'c'")
    if rung == "c" and native.load() is None:
        raise RuntimeError(
            f"{asked_by}: the C kernels are not available: {native.why_not()}\n    hint: {native.HINT}"
        )
    return rung


def in_charge() -> str:
    """Return the rung on which kernels run now: what `use` says, else CUTAWAY_KERNELS, else the fastest."""
    chosen = _choice.get()
    if chosen is not None:
        return chosen
    if _ASKED:
        return check(_ASKED, "CUTAWAY_KERNELS")
    return "c" if native.load() is not None else "numba"
