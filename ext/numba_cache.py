"""Where Numba keeps compiled kernels, also where neither the installation nor the home can be written to.

Numba compiles a kernel when it is first called, and with ``cache=True`` keeps the result beside its source
or below the user's cache folder.  On a lab's machines there may be neither, and then it refuses the kernel.
So each process gets a folder of its own there, gone when it ends: all runs, and each process compiles anew.
Every ``njit`` of the package comes from here, so that the folder is there before the first kernel.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings

from numba import njit
from numba.core.config import reload_config

__all__ = ["njit", "say_not_kept", "why_not_kept"]

_why: str | None = None


def why_not_kept() -> str | None:
    """Return in one line why compiled kernels are not kept after this process; None if they are."""
    return _why


def say_not_kept(reason: str) -> None:
    """Warn, once in a process, that kernels are compiled anew, and why."""
    global _why
    if _why is None:
        _why = f"compiled kernels are not kept, each process compiles anew for some seconds: {reason}"
        warnings.warn(f"{_why}. NUMBA_CACHE_DIR can name a folder for them", RuntimeWarning, stacklevel=3)


def _probe() -> None:
    """Stands for any kernel of the package."""


def _prepare() -> None:
    """Ask Numba whether it finds a folder; if not, give it one and say so once."""
    try:
        njit(cache=True)(_probe)
    except RuntimeError:
        folder = tempfile.mkdtemp(prefix="cutaway-numba-")  # for this user alone: what is in it is run
        os.environ["NUMBA_CACHE_DIR"] = folder  # processes started from here share it
        reload_config()
        atexit.register(_remove, folder, os.getpid())
        say_not_kept("neither the installation nor the home folder can be written to")


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # not in a fork
        shutil.rmtree(folder, ignore_errors=True)


_prepare()
