"""The generator that random numbers come from where none is given; `manual_seed` sets it.

It is one for the whole program, as in PyTorch: threads that draw at the same time share its numbers out in no
fixed order.  Pass generators (``rng=``) where that matters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    Rng = np.random.Generator | int | None  # a generator, a seed, or None: the common one

_common: Any = None
_seed: int | None = None


def common() -> np.random.Generator:
    """Return the common generator; seeded by the operating system until `manual_seed` is called."""
    global _common
    if _common is None:  # made when it is first asked for: numpy.random takes a while to load

        class Common(np.random.Generator):
            """There is one: copies of a module, and modules read from a file, have the same."""

            def __deepcopy__(self, memo: dict) -> Common:
                return self

            def __reduce__(self):
                return common, ()

        _common = Common(np.random.PCG64())
    return _common


def manual_seed(seed: int) -> np.random.Generator:
    """Begin the common generator anew from a seed; returns it.

    It governs what is not given a generator or seed of its own: initial weights, dropout, `randn` and its
    like, and the order of a data loader that is made afterwards.
    """
    global _seed
    common().bit_generator.state = np.random.PCG64(seed).state
    _seed = int(seed)
    return common()


def initial_seed() -> int | None:
    """Return the seed that `manual_seed` was last given; None before."""
    return _seed


def generator(rng: Rng = None) -> np.random.Generator:
    """Return a generator: the given one, one from a seed, or for None the common one."""
    return common() if rng is None else np.random.default_rng(rng)
