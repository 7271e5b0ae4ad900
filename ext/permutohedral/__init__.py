"""Gaussian filtering of values at points in any number of dimensions: the permutohedral lattice.

    y_i = sum_j exp(-|f_i - f_j|^2 / 2) v_j          n points, in n steps instead of n^2

f (n, d) features, v (n, K) values.  Positions and colours for features make it the bilateral filter.  It is
an approximation: the kernel is a piecewise linear bell whose variance and integral are the Gaussian's, where
points are as dense as vertices.  In five dimensions vertices between points are missing and sums come out up
to 30% low, everywhere alike: divide by the filtered ones, as every user of it does, and a few percent remain.
Start with reference.py.
"""

from __future__ import annotations

import math

import numpy as np

from .. import geometry
from ..dispatch import Kernel
from ..memory import empty

__all__ = ["PermutohedralLattice"]

FARTHEST = 2.0**20  # standard deviations: coordinates of vertices are 32-bit numbers
MOST_PLACES = 2**31 - 1  # points times corners, for the same reason

_build = Kernel("permutohedral_lattice", __name__)
_filter = Kernel("permutohedral_filter", __name__)


class PermutohedralLattice:
    """The lattice around one set of points: built once, then it filters any values at them.

    Parameters
    ----------
    features : (n, d) floats, each divided by its standard deviation: the filter's is 1 along every one.

    Attributes
    ----------
    points, dimensions, vertices : n, d and m.
    scale : what makes the kernel's integral the Gaussian's, sqrt(2 pi)^d.

    Raises
    ------
    TypeError : features are no array of floats.
    ValueError : they are not (n, d) with n, d >= 1, not finite, or farther than 2^20 from 0.

    Notes
    -----
    Splat and slice keep a sum, and the blur along each of d + 1 axes doubles it; a vertex stands for
    sqrt(3/2)^d / sqrt(d+1) of the space of features.  Hence scale = sqrt(4 pi / 3)^d sqrt(d+1) / 2^(d+1).

    >>> line = PermutohedralLattice(np.arange(9.0)[:, None])
    >>> print(line.filter(np.eye(9)[:, [4]])[2:7, 0].round(2))  # exp(-2), exp(-1/2), 1, ...
    [0.17 0.61 0.91 0.61 0.14]
    """

    def __init__(self, features: np.ndarray) -> None:
        op = "PermutohedralLattice"
        (features,) = geometry.floats(op, features=features)
        self.points, self.dimensions = n, d = geometry.axes(op, "features", features, "n,d")
        if min(n, d) < 1:
            raise ValueError(f"{op}: expected at least one point and one feature, got shape {features.shape}")
        if n * (d + 1) > MOST_PLACES:
            raise ValueError(f"{op}: {n:,} points in {d} dimensions are too many; filter tiles of the image")
        features = np.ascontiguousarray(features, np.float64)
        if not (np.abs(features) <= FARTHEST).all():  # false for NaN, too
            hint = "divide by larger standard deviations" if np.isfinite(features).all() else "not finite"
            raise ValueError(f"{op}: expected features from -2^20 to 2^20, got others: {hint}")
        self._lattice = _build(features)
        self.vertices = self._lattice[2].shape[1] - 1
        self.scale = math.sqrt(4 * math.pi / 3) ** d * math.sqrt(d + 1) / 2 ** (d + 1)

    def filter(
        self, values: np.ndarray, before: np.ndarray | float = 1, after: np.ndarray | float = 1
    ) -> np.ndarray:
        """Return y (n, K) float32: after_i sum_j k(i, j) before_j v_j, k by how near the points are.

        Parameters
        ----------
        values : v (n, K) floats.
        before, after : (n,) finite numbers, or one for all.

        Raises
        ------
        TypeError : values are no array of floats.
        ValueError : they are not one row for each point, or something is not finite.
        """
        op = "PermutohedralLattice.filter"
        (values,) = geometry.floats(op, values=values)
        n, K = geometry.axes(op, "values", values, "n,K")
        if n != self.points:
            raise ValueError(f"{op}: values has {n} rows, expected {self.points}: one for each point")
        values = np.require(values, np.float32, ["C_CONTIGUOUS", "ALIGNED"])
        if not np.isfinite(values).all():
            raise ValueError(f"{op}: expected finite values, got NaN or an infinity")
        factors = np.empty((2, n), np.float32)
        for row, name, given in ((0, "before", before), (1, "after", after)):
            if np.shape(given) not in ((), (n,)):
                raise ValueError(f"{op}: {name} has shape {np.shape(given)}, expected one number or ({n},)")
            factors[row] = given
        factors[1] *= self.scale
        if not np.isfinite(factors).all():
            raise ValueError(f"{op}: expected finite before and after, got NaN or an infinity")
        out = empty((n, K), np.float32)
        if K:
            _filter(values, out, self._lattice, factors[0], factors[1])
        return out
