"""Stamps that are a product of two lines: the same numbers as the transposed convolution with such weights."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext.conv import conv2d, conv2d_input
from cutaway.ext.upsample import stamp2d, stamp2d_adjoint
from hypothesis import given, settings
from hypothesis import strategies as st


def diagonal(u, v, channels, dtype=np.float32):
    w = np.zeros((channels, channels, len(u), len(v)), dtype)
    w[np.arange(channels), np.arange(channels)] = np.outer(u, v)
    return w


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
    lines = rng.normal(size=R), rng.normal(size=S)
    w = diagonal(*lines, 3, dtype)
    g = rng.normal(size=(2, 3, *few)).astype(dtype)
    x = rng.normal(size=(2, 3, *many)).astype(dtype)
    steps = {"stride": stride, "padding": padding}
    with running("reference"):
        expected = conv2d_input(g, w, many, **steps), conv2d(x, w, **steps)
    with running(rung):
        found = stamp2d(g, lines, many, **steps), stamp2d_adjoint(x, lines, few, **steps)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=(1e-12 if double else 1e-4) * (1 + np.abs(b).max()))


def test_lines_longer_than_two_strides_are_refused():
    """Where three pixels meet, a table of two would drop one."""
    with pytest.raises(
        ValueError, match="stamp2d: expected lines of at most two strides, got 5 numbers, stride 2"
    ):
        stamp2d(np.ones((1, 1, 3, 3)), [np.ones(4), np.ones(5)], (8, 9), 2)
