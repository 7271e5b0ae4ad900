"""How pixels influence each other: Gaussian kernels over features, by a lattice or exactly.

    k(i, j) = exp(-|f_i - f_j|^2 / 2)      n pixels, f (n, d)

normalised by how many pixels are near, N = diag(sum_j k(i, j)):

    "symmetric"  N^-1/2 k N^-1/2      "before"  k N^-1      "after"  N^-1 k      "none"  k

A pixel is among its own neighbours, as in the code of Kraehenbuehl and Koltun (2011) with which the published
parameters were found: k stays positive semi-definite.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...ext.permutohedral import PermutohedralLattice

NORMALISE = {"symmetric": (0.5, 0.5), "before": (1.0, 0.0), "after": (0.0, 1.0), "none": (0.0, 0.0)}
METHODS = ("lattice", "exact")
LEAST = 1e-20  # of how many pixels are near, a pixel itself among them; in many dimensions a lattice loses it
MOST_EXACT = 5000  # pixels: n^2 float64 numbers are 200 MB

Kernel = Callable[[np.ndarray], np.ndarray]  # (n, K) -> (n, K)
Weighted = Callable[..., np.ndarray]  # values (n, K), before (n,), after (n,)


def pairwise_kernel(
    features: np.ndarray, method: str = "lattice", normalise: str = "symmetric", weight: float = 1
) -> Kernel:
    """Return the map from values (n, K) to weight sum_j k(i, j) v_j, for features (n, d) float64.

    Parameters
    ----------
    method : "lattice" in n steps, approximately; "exact" in n^2.
    normalise : see above.

    Raises
    ------
    ValueError : another method or normalisation, or too many pixels for the exact one.
    """
    expect(method, normalise, len(features))
    apply = PermutohedralLattice(features).filter if method == "lattice" else exact_kernel(features)
    near = apply(np.ones((len(features), 1)), np.ones(len(features)), np.ones(len(features)))[:, 0]
    near = np.maximum(near.astype(np.float64), LEAST)
    before, after = (near**-power for power in NORMALISE[normalise])
    return lambda values: apply(values, before, weight * after)


def exact_kernel(features: np.ndarray) -> Weighted:
    """Return the map to after_i sum_j exp(-|f_i - f_j|^2 / 2) before_j v_j, through all n^2 numbers."""
    squares = (features**2).sum(1)
    distance = squares[:, None] + squares - 2 * features @ features.T
    matrix = np.exp(-0.5 * np.maximum(distance, 0))
    return lambda values, before, after: after[:, None] * (matrix @ (before[:, None] * values))


def position_features(size: tuple[int, int], scale: float) -> np.ndarray:
    """Return rows and columns of the pixels (2, H, W) float64, divided by the scale."""
    return np.indices(size, dtype=np.float64) / scale


def as_points(*features: np.ndarray) -> np.ndarray:
    """Return features (d, H, W), several of them one behind the other, as points (n, d)."""
    stacked = np.concatenate(features)
    return np.ascontiguousarray(stacked.reshape(len(stacked), -1).T)


def expect(method: str, normalise: str, pixels: int) -> None:
    """Raise ValueError for another method or normalisation, or too many pixels for the exact method."""
    if method not in METHODS:
        raise ValueError(f"dense_crf: expected method to be one of {METHODS}, got {method!r}")
    if normalise not in NORMALISE:
        raise ValueError(f"dense_crf: expected normalise to be one of {tuple(NORMALISE)}, got {normalise!r}")
    if method == "exact" and pixels > MOST_EXACT:
        raise ValueError(
            f"dense_crf: method='exact' keeps a number for each of {pixels:,}^2 pairs of pixels; expected at "
            f"most {MOST_EXACT:,} pixels\n    hint: method='lattice'"
        )
