"""Solvers of linear classifiers on sparse rows: ``reference.py`` to be read first, ``jit.py`` to be run.

The C rung of the ladder is Numba here: it is as fast.
"""

from __future__ import annotations

from ..dispatch import Kernel

dual_sweep = Kernel("dual_sweep", __name__)
