"""Pooling: all implementations agree with brute force, the linear companions are adjoint, sizes are
PyTorch's.
"""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext import pool
from cutaway.ext.pool import adaptive_windows, pool_windows
from hypothesis import given, settings
from hypothesis import strategies as st


@st.composite
def cases(draw):
    """x (with ties, or NaN) and windows, strided or adaptive, that fit it."""
    H, W = draw(st.integers(1, 18)), draw(st.one_of(st.integers(1, 18), st.integers(40, 70)))
    if draw(st.booleans()):
        windows = adaptive_windows((H, W), draw(st.tuples(st.integers(1, 9), st.integers(1, 9))))
    else:
        stride, ceil = draw(st.tuples(st.integers(1, 3), st.integers(1, 3))), draw(st.booleans())
        most = [n + (step - 1) * ceil for n, step in zip((H, W), stride, strict=True)]  # it may overhang
        kernel = draw(st.integers(1, min(4, most[0]))), draw(st.integers(1, min(4, most[1])))
        padding = tuple(draw(st.integers(0, each // 2)) for each in kernel)
        windows = pool_windows((H, W), kernel, stride, padding, 1, ceil, draw(st.booleans()))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.normal(size=(draw(st.integers(0, 2)), 2, H, W)).astype(
        draw(st.sampled_from([np.float32, np.float64]))
    )
    kind = draw(st.sampled_from(["plain", "ties", "nan"]))
    if kind == "ties":
        x = np.round(x)
    elif kind == "nan":
        x[rng.random(x.shape) < 0.1] = np.nan
    return x, windows, rng


@settings(max_examples=150)
@given(case=cases())
def test_agrees_with_the_reference(rung, running, case):
    x, windows, rng = case
    g = rng.normal(size=(*x.shape[:2], *windows.output)).astype(x.dtype)
    smooth = rng.normal(size=x.shape).astype(x.dtype)
    results = []
    for each in ("reference", rung):
        with running(each):
            y, tap = pool.max_pool(x, windows)
            alone, none = pool.max_pool(x, windows, taps=False)
            assert none is None
            np.testing.assert_array_equal(alone, y)
            scattered, gathered = pool.pool_scatter(g, tap, windows), pool.pool_gather(smooth, tap, windows)
            results.append(
                (
                    y,
                    tap,
                    gathered,
                    scattered,
                    pool.avg_pool(smooth, windows),
                    pool.avg_pool_adjoint(g, windows),
                )
            )
    for exact in range(3):
        np.testing.assert_array_equal(results[1][exact], results[0][exact])
    for rounded in range(3, 6):
        np.testing.assert_allclose(results[1][rounded], results[0][rounded], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(pool.pool_gather(x, tap, windows), y)


@settings(max_examples=40)
@given(case=cases())
def test_gather_and_scatter_and_averages_are_adjoint(rung, running, case):
    x, windows, rng = case
    x = rng.normal(size=x.shape)
    g = rng.normal(size=(*x.shape[:2], *windows.output))
    with running(rung):
        _, tap = pool.max_pool(x, windows)
        left, right = (
            (pool.pool_gather(x, tap, windows) * g).sum(),
            (pool.pool_scatter(g, tap, windows) * x).sum(),
        )
        np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-10)
        left, right = (pool.avg_pool(x, windows) * g).sum(), (pool.avg_pool_adjoint(g, windows) * x).sum()
        np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-10)


def test_the_reference_is_the_maximum_over_the_padded_image(running, rng):
    x = rng.normal(size=(2, 3, 7, 6))
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    with running("reference"):
        y, tap = pool.max_pool2d(x, 3, 2, 1)
        index = pool.tap_to_index(tap, pool_windows((7, 6), 3, 2, 1))
    for p in range(y.shape[2]):
        for q in range(y.shape[3]):
            np.testing.assert_array_equal(
                y[:, :, p, q], padded[:, :, 2 * p : 2 * p + 3, 2 * q : 2 * q + 3].max(axis=(2, 3))
            )
    np.testing.assert_array_equal(
        np.take_along_axis(x.reshape(2, 3, -1), index.reshape(2, 3, -1), 2).reshape(y.shape), y
    )


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "dilation", "ceil_mode", "expected"),
    [  # torch 2.13.0, max_pool2d
        (5, 2, 2, 0, 1, False, 2),
        (5, 2, 2, 0, 1, True, 3),
        (5, 3, 3, 1, 1, True, 2),
        (6, 3, 3, 1, 1, True, 3),
        (4, 1, 3, 0, 1, True, 2),
        (3, 1, 3, 0, 1, True, 1),  # a second window would start outside: dropped
        (7, 3, 2, 1, 2, True, 3),
        (10, 3, 4, 0, 1, True, 3),
        (1, 2, 3, 0, 1, True, 1),  # one window, larger than the image
        (2, 4, 3, 0, 1, True, 1),
        (3, 4, 5, 1, 2, True, 1),
    ],
)
def test_output_sizes_are_those_of_pytorch(size, kernel, stride, padding, dilation, ceil_mode, expected):
    assert pool_windows((size, 50), kernel, stride, padding, dilation, ceil_mode).output[0] == expected


def test_first_of_equals_wins_and_the_last_nan(rung, running):
    x = np.zeros((1, 1, 2, 70), np.float32)
    x[..., 1, 4] = np.nan
    x[..., 0, 5] = np.nan
    x[..., 0, 6:8] = -np.inf
    x[..., 1, 6:8] = -np.inf
    with running(rung):
        y, tap = pool.max_pool2d(x, 2)
    assert tap[0, 0, 0, [0, 1, 2, 3, 34]].tolist() == [0, 0, 2, 0, 0]
    assert np.isnan(y[0, 0, 0, 2])
    assert np.isnan(y).sum() == 1


def test_large_windows_number_their_taps_with_int32(rung, running, rng):
    x = rng.normal(size=(1, 2, 17, 16))
    with running(rung):
        y, tap = pool.adaptive_max_pool2d(x, 1)
    assert tap.dtype == np.int32
    np.testing.assert_array_equal(tap.ravel(), x.reshape(2, -1).argmax(1))
    np.testing.assert_array_equal(y[..., 0, 0], x.max(axis=(2, 3)))


def test_the_padding_counts_in_averages_unless_told_otherwise(rung, running):
    x = np.ones((1, 1, 3, 3))
    with running(rung):
        np.testing.assert_allclose(pool.avg_pool2d(x, 2, 2, 1)[0, 0], [[0.25, 0.5], [0.5, 1]])
        np.testing.assert_allclose(pool.avg_pool2d(x, 2, 2, 1, count_include_pad=False), 1)
        np.testing.assert_allclose(
            pool.avg_pool2d(x, 2, 2, 0, ceil_mode=True), 1
        )  # beyond the padding nothing counts


def test_taps_of_other_windows_are_refused(rng):
    x = rng.normal(size=(1, 1, 8, 8))
    _, tap = pool.max_pool2d(x, 2)
    with pytest.raises(ValueError, match="outside the image"):
        pool.pool_scatter(np.ones(tap.shape), np.full_like(tap, 200), pool_windows((8, 8), 2))
    with pytest.raises(ValueError, match="must be uint8 of shape"):
        pool.pool_scatter(np.ones(tap.shape), tap.astype(np.int64), pool_windows((8, 8), 2))


def test_numbers_too_small_to_be_normal(rung, running):
    """In C any may win (ext/dispatch.py says why)."""
    x = np.array([[[[2e-45, 6e-45], [4e-45, 1e-45]]]], np.float32)
    with running(rung):
        y = pool.max_pool2d(x, 2)[0].item()
    assert 0 <= y <= x.max()
    with running("reference"):
        assert pool.max_pool2d(x, 2)[0].item() == x.max()
