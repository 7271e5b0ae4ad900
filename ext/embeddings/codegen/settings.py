"""What the compiled loops share: options of the compiler, constants, the sigmoid.

What makes them fast, and nothing else does:

* sizes are numbers in the compiled code (``sizes.py``), and every loop over the rows of an example is written
  out (``unroll.py``);
* rows are read and moved in vector registers, where they are (``simd.py``), and those that will be needed are
  prefetched (``prefetch.py``), as are the places of the noise table that will be looked up;
* what is called for each example is written into its caller: forty arguments are not passed on (INLINE);
* no references to arrays are counted (INNER): each count is a locked instruction, and threads would take the
  counter out of each other's caches;
* float32 throughout, ``fastmath`` (a dot product may be summed in any order), unsigned 64-bit indices (no
  test for negative ones), rows padded with zeros to whole vector registers;
* ``nogil``: Python threads run them side by side on the same arrays without a lock ("Hogwild!", Niu et al.
  2011).
"""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from .. import tables
from ..tables import SIGMOID_BINS, SIGMOID_RANGE, sigmoid_table

COMPILE = {"nogil": True, "fastmath": True, "error_model": "numpy", "boundscheck": False}
INNER = {**COMPILE, "_nrt": False}  # for functions that make no arrays
INLINE = {**INNER, "forceinline": True}
ZERO, ONE = np.float32(0), np.float32(1)
INT_0 = np.int64(0)  # for a 0 that is written out Numba would compile what is called once more
MULTIPLIER, INCREMENT = np.uint64(25214903917), np.uint64(11)  # the generator of word2vec.c (and of drand48)

SIGMOID = sigmoid_table()
BINS_PER_UNIT = np.float32(SIGMOID_BINS / (2 * SIGMOID_RANGE))

linear_rate = njit(**INLINE, cache=True)(tables.linear_rate)  # the same function, compiled


@njit(**INLINE)
def sigmoid(x):
    """Look sigma(x) up; beyond the table, take its end: clamped, never skipped."""
    # calling e^x instead costs a tenth of the speed; so does a branch: dots of several rows are summed side
    # by side only if nothing is decided between them
    place = min(max((x + SIGMOID_RANGE) * BINS_PER_UNIT, ZERO), np.float32(SIGMOID_BINS - 1))
    # the & keeps even a NaN inside the table: a diverged run must end in an error message, not in a crash
    return SIGMOID[np.int64(place) & (SIGMOID_BINS - 1)]
