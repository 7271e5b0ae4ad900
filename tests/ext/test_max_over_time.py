"""The maximum over time: the compiled form beside its twin, conv1d and max, the adjoint, what is no input."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.core import ops
from cutaway.ext import max_over_time as kernels
from cutaway.ext.dispatch import use

SIZES = [(1, 1, 1, 1, 1), (5, 3, 7, 4, 9), (30, 5, 130, 40, 12), (3, 2, 65, 17, 2)]  # U, h, F, N, T


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_compiled_equals_readable(size, dtype, rng):
    U, h, F, N, T = size
    s, rows = rng.normal(size=(U, h, F)).round(1).astype(dtype), rng.integers(0, U, (N, T))  # ties, too
    s[rng.random(s.shape) < 0.02] = np.nan
    y, at = kernels.max_over_time(s, rows)
    g = rng.normal(size=(N, F)).astype(dtype)
    back = kernels.window_scatter(g, rows, at, (U, h))
    with use("reference"):
        expected, place = kernels.max_over_time(s, rows)
        scattered = kernels.window_scatter(g, rows, place, (U, h))
    np.testing.assert_allclose(y, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(at, place)
    assert (back.dtype, back.shape) == (dtype, s.shape)
    np.testing.assert_allclose(back.sum((0, 1)), h * g.sum(0), rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(back, scattered, rtol=1e-5, atol=1e-5)


def test_it_is_conv1d_and_max(rng):
    table, w = rng.normal(size=(9, 4)), rng.normal(size=(6, 4, 3))  # (U,D), (F,D,h)
    rows = rng.integers(0, 9, (5, 8))
    s = np.einsum("ud,fdh->uhf", table, w)
    expected = ops.conv1d(table[rows].transpose(0, 2, 1), w).max(2)
    np.testing.assert_allclose(ops.max_over_time(s, rows), expected, rtol=1e-12)


def test_gather_and_scatter_are_adjoint(rng):
    s, g = rng.normal(size=(7, 3, 5)), rng.normal(size=(4, 5))
    rows, at = rng.integers(0, 7, (4, 6)), rng.integers(0, 4, (4, 5))
    product = (g * kernels.window_gather(s, rows, at)).sum()
    np.testing.assert_allclose((kernels.window_scatter(g, rows, at, (7, 3)) * s).sum(), product, rtol=1e-12)
    assert abs(product) > 0.1


@pytest.mark.parametrize(
    ("rows", "error", "says"),
    [([[0, 3]], IndexError, "rows run from 0 to 3, s has 3 words"), ([[-1, 0]], IndexError, "from -1"),
     ([[0]], ValueError, "a window of 2 words, in sentences of 1"), ([[0.0, 1.0]], ValueError, "whole numbers"),
     ([0, 1], ValueError, "whole numbers")],
)  # fmt: skip
def test_rows_that_are_none(rows, error, says):
    with pytest.raises(error, match=says):
        kernels.max_over_time(np.zeros((3, 2, 4)), np.array(rows))


def test_places_that_are_none():
    s, rows = np.zeros((3, 2, 4)), np.array([[0, 1, 2]])
    with pytest.raises(IndexError, match="there are 2 windows"):
        kernels.window_gather(s, rows, np.full((1, 4), 2))
    with pytest.raises(ValueError, match="g has 2 rows, rows has 1"):
        kernels.window_scatter(np.zeros((2, 4)), rows, np.zeros((2, 4), int), (3, 2))
