"""The word2vec loop, skip-gram with negative sampling: ``reference.py`` to be read, ``jit.py`` to be run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from .. import dispatch


def kernel(dim: int, window: int, negative: int) -> Callable[..., int]:
    """Return the loop `train_slice` for these three numbers, as `cutaway.kernels` has chosen.

    The C rung of the ladder is Numba here: it is as fast.  Importing this package imports no Numba; calling
    this does. See ``reference.train_slice`` for the arguments (without the last two) and the result.
    """
    if dispatch.in_charge() == "reference":
        from . import reference

        return partial(reference.train_slice, window=window, negative=negative)
    from . import jit

    return jit.kernel(dim, window, negative)
