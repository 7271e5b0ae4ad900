"""The permutohedral lattice: its geometry, its kernel beside a true Gaussian, its compiled form beside its twin."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext import kernels
from cutaway.ext.dispatch import use
from cutaway.ext.permutohedral import PermutohedralLattice
from cutaway.ext.permutohedral import jit as compiled
from cutaway.ext.permutohedral import reference as readable

ROWS_AND_LINES = [(1, 1), (1, 2), (40, 1), (97, 2), (60, 3), (33, 4), (80, 5), (25, 8)]


def gaussian(f):
    return np.exp(-0.5 * ((f[:, None] - f[None]) ** 2).sum(-1))


def grid(*sizes, spacing=0.5):
    return np.indices(sizes).reshape(len(sizes), -1).T * spacing


@pytest.mark.parametrize(("n", "d"), ROWS_AND_LINES)
@pytest.mark.parametrize("K", [1, 3, 21])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_compiled_equals_readable(n, d, K, dtype, rng):
    f, v = (rng.normal(size=(n, d)) * 2).astype(dtype), rng.normal(size=(n, K)).astype(dtype)
    fast = PermutohedralLattice(f)
    with use("reference"):
        slow = PermutohedralLattice(f)
        expected = slow.filter(v)
    assert fast.vertices == slow.vertices
    np.testing.assert_allclose(fast.filter(v), expected, rtol=0, atol=2e-5)
    assert np.abs(expected).max() > 0.01


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_barycentric_weights_put_a_point_where_it_is(d, rng):
    """They are at least 0, sum to 1, and the mean of the corners that they weigh is the point itself."""
    f = rng.normal(size=(50, d)) * 4
    elevated = readable.elevate(f)
    np.testing.assert_allclose(elevated.sum(1), 0, atol=1e-9)
    _, weights, *_ = readable.permutohedral_lattice(f)
    assert weights.min() > -1e-6
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-6)
    corner, rank = readable.enclosing(elevated)
    assert (np.sort(rank, 1) == np.arange(d + 1)).all()
    keys = np.stack([corner + k - (d + 1) * (rank > d - k) for k in range(d + 1)], 1)
    assert (keys.sum(2) == 0).all()
    np.testing.assert_allclose((weights[..., None] * keys).sum(1), elevated, atol=1e-4)


@pytest.mark.parametrize("module", [readable, compiled])
def test_neighbours_are_mutual_and_vertices_know_their_points(module, rng):
    corners, weights, neighbours, starts, points, shares = module.permutohedral_lattice(
        rng.normal(size=(70, 3))
    )
    for before, after in neighbours.transpose(0, 2, 1):
        for here, back in ((before, after), (after, before)):
            known = np.flatnonzero(here)
            assert len(known)
            assert (back[here[known]] == known).all()
    assert starts[1] == 0, "row 0 stands for no vertex"
    for v in range(1, len(starts) - 1):
        point, corner = np.nonzero(corners == v)
        assert np.array_equal(points[starts[v] : starts[v + 1]], point)
        assert np.array_equal(shares[starts[v] : starts[v + 1]], weights[point, corner])
    assert starts[-1] == corners.size


@pytest.mark.parametrize(
    ("f", "mean", "largest"),
    [
        (grid(40), 0.02, 0.04),
        (grid(15, 15), 0.03, 0.08),
        (grid(9, 9, 9, spacing=0.8), 0.06, 0.15),
    ],
    ids=["line", "plane", "space"],
)
def test_a_dense_grid_sees_a_gaussian(f, mean, largest, rng):
    """Errors of the filtered random values, relative to the largest, away from any normalisation."""
    v = rng.random((len(f), 4))
    exact = gaussian(f) @ v
    error = np.abs(PermutohedralLattice(f).filter(v) - exact) / exact.max()
    assert error.mean() < mean
    assert error.max() < largest


def test_the_integral_and_the_variance_of_the_kernel_are_the_gaussians():
    """Of many points in the plane, each at another place in its simplex."""
    f = grid(61, 61, spacing=0.31)
    middle = len(f) // 2
    one = np.zeros((len(f), 1))
    one[middle] = 1
    seen = PermutohedralLattice(f).filter(one)[:, 0].astype(float) * 0.31**2
    away = f - f[middle]
    assert seen.sum() == pytest.approx(2 * np.pi, rel=0.03)
    for axis in range(2):
        variance = (seen * away[:, axis] ** 2).sum() / seen.sum()
        assert variance == pytest.approx(1, abs=0.15)  # it depends on where the point is in its simplex


def test_the_filter_is_linear_and_keeps_columns_apart(rng):
    lattice = PermutohedralLattice(rng.normal(size=(90, 3)))
    a, b = rng.random((2, 90, 5)).astype(np.float32)
    np.testing.assert_allclose(
        lattice.filter(2 * a - b), 2 * lattice.filter(a) - lattice.filter(b), atol=1e-4
    )
    order = rng.permutation(5)
    assert np.array_equal(lattice.filter(a)[:, order], lattice.filter(a[:, order]))
    assert lattice.filter(a[:, :0]).shape == (90, 0)


def test_the_same_numbers_at_any_number_of_threads(rng):
    f, v = rng.random((30_000, 3)) * 30, rng.random((30_000, 3)).astype(np.float32)
    before, found = kernels.get_num_threads(), []
    try:
        for count in (1, 2, 5):
            kernels.set_num_threads(count)
            found.append(PermutohedralLattice(f).filter(v))
    finally:
        kernels.set_num_threads(before)
    assert len(f) > 2 * compiled.ROWS
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_the_hash_table_grows(rng):
    """Far apart, every point has a simplex of its own, and sees itself alone."""
    f = np.stack([np.arange(3000.0), rng.permutation(3000)], 1) * 50
    lattice = PermutohedralLattice(f)
    assert lattice.vertices == 3 * 3000 > compiled.FIRST
    v = rng.random((3000, 1)).astype(np.float32)
    own = lattice.filter(v) / v
    assert 0.2 < own.min() <= own.max() < 1.2


@pytest.mark.parametrize(
    ("features", "error", "said"),
    [
        (np.zeros((4, 2), int), TypeError, "features"),
        (np.zeros(4), ValueError, r"axes \(n, d\)"),
        (np.zeros((0, 2)), ValueError, "at least one point"),
        (np.zeros((2, 0)), ValueError, "at least one point"),
        (np.array([[np.nan]]), ValueError, "not finite"),
        (np.array([[1e9]]), ValueError, "larger standard deviations"),
    ],
)
def test_features_that_do_not_fit(features, error, said):
    with pytest.raises(error, match=said):
        PermutohedralLattice(features)


@pytest.mark.parametrize("twin", ["reference", "numba"])
def test_factors_before_and_after(twin, rng):
    lattice = PermutohedralLattice(rng.normal(size=(50, 2)))
    v, a, b = rng.random((50, 3)), rng.random(50), rng.random(50)
    with use(twin):
        expected = b[:, None] * lattice.filter(a[:, None] * v)
        np.testing.assert_allclose(lattice.filter(v, a, b), expected, atol=1e-5)
        np.testing.assert_allclose(lattice.filter(v, after=2), 2 * lattice.filter(v), atol=1e-5)
    with pytest.raises(ValueError, match="before has shape"):
        lattice.filter(v, a[:3])
    with pytest.raises(ValueError, match="finite before"):
        lattice.filter(v, np.inf)


def test_values_that_do_not_fit():
    lattice = PermutohedralLattice(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="values has 3 rows, expected 4"):
        lattice.filter(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="finite"):
        lattice.filter(np.full((4, 1), np.inf))
    with pytest.raises(TypeError, match="values"):
        lattice.filter(np.zeros((4, 1), complex))
