"""The C kernels: loading them, and the instruction set they use."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

HINT = "install gcc or clang, then `pip install --force-reinstall --no-deps .` in the source folder"
LEVELS = ("avx512", "avx2", "baseline")

_module: ModuleType | None = None
_reason: str | None = None
_callbacks: list[Callable[[ModuleType], None]] = []


def load() -> ModuleType | None:
    """Return the compiled module, None if it is not there (`why_not` says why)."""
    global _module, _reason
    if _module is None and _reason is None:
        try:
            found = import_module("._kernels", __name__)
        except ModuleNotFoundError:
            _reason = "they were not compiled when cutaway was installed (no working C compiler?)"
            return None
        except ImportError as error:
            _reason = f"the compiled module does not load: {error}"
            return None
        asked = os.environ.get("CUTAWAY_ISA")
        if asked:
            found.set_level(asked)
        for callback in _callbacks:
            callback(found)
        _module = found
    return _module


def is_loaded() -> bool:
    """Return whether the compiled module is in use already."""
    return _module is not None


def why_not() -> str | None:
    """Return why the C kernels are not available, None if they are."""
    load()
    return _reason


def when_loaded(callback: Callable[[ModuleType], None]) -> None:
    """Call back with the compiled module as soon as it is loaded."""
    if _module is None:
        _callbacks.append(callback)
    else:
        callback(_module)


def level() -> str | None:
    """Return the instruction set in use: avx512, avx2 or baseline."""
    module = load()
    return module.get_level() if module else None


def set_level(name: str) -> None:
    """Use another instruction set than the processor's best, as CUTAWAY_ISA does in the environment."""
    module = load()
    if module is None:
        raise RuntimeError(f"set_level: the C kernels are not available: {_reason}")
    module.set_level(name)


def available_levels() -> tuple[str, ...]:
    """Return the instruction sets this processor can run, best first."""
    module = load()
    return tuple(name for name in LEVELS if module.has_level(name)) if module else ()
