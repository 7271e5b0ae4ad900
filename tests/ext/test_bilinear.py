"""Transposed convolutions that interpolate: recognised, the same numbers, and nothing else is mistaken for one."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext import kernels
from cutaway.ext.conv import bilinear, conv2d, conv2d_input
from hypothesis import given, settings
from hypothesis import strategies as st


def diagonal(u, v, channels, dtype=np.float32):
    w = np.zeros((channels, channels, len(u), len(v)), dtype)
    w[np.arange(channels), np.arange(channels)] = np.outer(u, v)
    return w


def tent(size):
    factor = (size + 1) // 2
    return 1 - np.abs(np.arange(size) - (size - 1) / 2) / factor


@settings(max_examples=60)
@given(
    stride=st.tuples(st.integers(2, 5), st.integers(2, 5)),
    shorter=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    padding=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    extra=st.tuples(st.integers(0, 1), st.integers(0, 1)),
    few=st.tuples(st.integers(1, 6), st.integers(1, 9)),
    double=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_same_numbers_as_the_definition(
    rung, running, stride, shorter, padding, extra, few, double, seed
):
    rng = np.random.default_rng(seed)
    dtype = np.float64 if double else np.float32
    R, S = (max(2 * s - less, 1) for s, less in zip(stride, shorter, strict=True))
    many = tuple(
        max((n - 1) * s + k - 2 * p + e, 1)
        for n, s, k, p, e in zip(few, stride, (R, S), padding, extra, strict=True)
    )
    few = tuple((n + 2 * p - k) // s + 1 for n, p, k, s in zip(many, padding, (R, S), stride, strict=True))
    if min(few) < 1:
        return
    w = diagonal(rng.normal(size=R), rng.normal(size=S), 3, dtype)
    g = rng.normal(size=(2, 3, *few)).astype(dtype)
    x = rng.normal(size=(2, 3, *many)).astype(dtype)
    steps = {"stride": stride, "padding": padding}
    with running("reference"):
        expected = conv2d_input(g, w, many, **steps), conv2d(x, w, **steps)
    with running(rung):
        found = conv2d_input(g, w, many, **steps), conv2d(x, w, **steps)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=(1e-12 if double else 1e-4) * (1 + np.abs(b).max()))


def test_bilinear_weights_are_recognised():
    found = bilinear.lines(diagonal(tent(16), tent(16), 5), (8, 8), (1, 1), 1)
    np.testing.assert_allclose(np.outer(*found), np.outer(tent(16), tent(16)), rtol=1e-6)
    assert bilinear.lines(diagonal(tent(6), tent(4), 1), (3, 2), (1, 1), 1) is not None


@pytest.mark.parametrize("place", [(0, 1, 3, 3), (1, 0, 0, 0), (2, 2, 1, 2)])
def test_one_other_number_and_it_is_none(place):
    w = diagonal(tent(4), tent(4), 3)
    w[place] += 0.01
    assert bilinear.lines(w, (2, 2), (1, 1), 1) is None


def test_what_is_not_between_two_pixels_is_none():
    w = diagonal(tent(4), tent(4), 3)
    assert bilinear.lines(w, (1, 1), (1, 1), 1) is None  # four pixels meet
    assert bilinear.lines(w, (2, 2), (2, 1), 1) is None
    assert bilinear.lines(np.zeros_like(w), (2, 2), (1, 1), 1) is None
    with kernels.use_algorithm("direct"):
        assert bilinear.lines(w, (2, 2), (1, 1), 1) is None
