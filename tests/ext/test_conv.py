"""The convolution family: all implementations agree with the reference, and the three are each other's
adjoints.

N batch, C channels in, K channels out, H W image, R S kernel.
"""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext import native
from cutaway.ext.conv import conv2d, conv2d_input, conv2d_weight
from hypothesis import assume, given, settings
from hypothesis import strategies as st

TOLERANCE = {np.float32: 2e-5, np.float64: 1e-12}


def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


@st.composite
def cases(draw):
    """Arrays x, w, b, g and the steps of a convolution that has an output."""
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    N, C, K = draw(st.integers(0, 2)), groups * draw(st.integers(1, 5)), groups * draw(st.integers(1, 12))
    H, W = draw(st.integers(1, 20)), draw(st.one_of(st.integers(1, 20), st.integers(40, 70)))
    R, S = draw(pairs(1, 5))
    stride, padding, dilation = draw(pairs(1, 4)), draw(pairs(0, 5)), draw(pairs(1, 3))
    P, Q = (
        (size + 2 * pad - spread * (taps - 1) - 1) // step + 1
        for size, pad, spread, taps, step in zip((H, W), padding, dilation, (R, S), stride, strict=True)
    )
    assume(P > 0 and Q > 0)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    shapes = (N, C, H, W), (K, C // groups, R, S), (K,), (N, K, P, Q)
    x, w, b, g = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    return x, w, b, g, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


def family(x, w, b, g, steps):
    return {
        "y": conv2d(x, w, b, **steps),
        "rectified": conv2d(x, w, b, **steps, relu=True),
        "cut": conv2d(x, w, b, **steps, relu=0.5),
        "dx": conv2d_input(g, w, x.shape[2:], **steps),
        "dw": conv2d_weight(g, x, w.shape[2:], **steps),
    }


def assert_close(found, expected):
    for name, value in expected.items():
        assert found[name].dtype == value.dtype
        scale = 1 + np.abs(expected["y"] if name == "cut" else value).max(initial=0)  # of what is rounded
        np.testing.assert_allclose(
            found[name], value, rtol=0, atol=TOLERANCE[value.dtype.type] * scale, err_msg=name
        )


@settings(max_examples=150)
@given(case=cases())
def test_agrees_with_the_reference(conv_rung, running, case):
    with running("reference"):
        expected = family(*case)
    with running(conv_rung):
        assert_close(family(*case), expected)


@settings(max_examples=40)
@given(case=cases())
def test_the_three_are_adjoint(conv_rung, running, case):
    x, w, _, g, steps = (each.astype(np.float64) if isinstance(each, np.ndarray) else each for each in case)
    with running(conv_rung):
        found = family(x, w, None, g, steps)
    products = (g * found["y"]).sum(), (found["dx"] * x).sum(), (found["dw"] * w).sum()
    np.testing.assert_allclose(products, products[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("x_shape", "w_shape", "steps"),
    [
        ((2, 70, 33, 35), (40, 70, 3, 3), {"padding": 1}),  # several blocks of rows, two of channels
        ((1, 300, 20, 40), (9, 300, 3, 3), {"padding": 2, "dilation": 2}),
        ((2, 3, 67, 67), (16, 3, 11, 11), {"stride": 4, "padding": 2}),  # AlexNet's first layer
        ((1, 24, 30, 31), (24, 1, 3, 3), {"padding": 1, "groups": 24}),  # depthwise
        ((3, 40, 7, 7), (50, 40, 1, 1), {}),  # rows shorter than a vector
        ((1, 2, 5, 300), (3, 2, 3, 40), {"stride": (1, 7), "dilation": (1, 5)}),
        ((1, 4, 9, 9), (4, 4, 2, 2), {"stride": 3}),  # a stride that skips pixels
    ],
)
def test_agrees_on_larger_shapes(conv_rung, running, rng, x_shape, w_shape, steps):
    x, w = rng.normal(size=x_shape).astype(np.float32), rng.normal(size=w_shape).astype(np.float32)
    b = rng.normal(size=w_shape[0]).astype(np.float32)
    with running("reference"):
        g = rng.normal(size=conv2d(x, w, b, **steps).shape).astype(np.float32)
        expected = family(x, w, b, g, steps)
    with running(conv_rung):
        assert_close(family(x, w, b, g, steps), expected)


def test_a_stride_may_be_longer_than_the_image(conv_rung, running, rng):
    x, w = rng.normal(size=(1, 2, 5, 7)), rng.normal(size=(3, 2, 3, 2))
    g = rng.normal(size=(1, 3, 1, 1))
    with running(conv_rung):
        dx = conv2d_input(g, w, (5, 7), stride=(10**6, 10**6), padding=(1, 0))
    expected = np.zeros_like(x)
    expected[:, :, :2, :2] = np.einsum("nk,kcrs->ncrs", g[:, :, 0, 0], w)[:, :, 1:]
    np.testing.assert_allclose(dx, expected, atol=1e-12)


def test_takes_any_memory_layout(conv_rung, running, rng):
    x, w = rng.normal(size=(2, 9, 8, 3)), rng.normal(size=(3, 3, 3, 10))
    views = x.transpose(0, 3, 1, 2)[:, :, ::-1], w.transpose(3, 2, 0, 1)[::2], rng.normal(size=10)[::-2]
    copies = [np.ascontiguousarray(each) for each in views]
    with running(conv_rung):
        np.testing.assert_array_equal(conv2d(*views), conv2d(*copies))


def test_leaves_its_inputs_alone(conv_rung, running, rng):
    arrays = [rng.normal(size=shape) for shape in ((1, 2, 5, 5), (3, 2, 2, 2), (3,), (1, 3, 4, 4))]
    before = [each.copy() for each in arrays]
    for each in arrays:
        each.flags.writeable = False
    with running(conv_rung):
        family(*arrays, {})
    for each, old in zip(arrays, before, strict=True):  # C would not be stopped by the flag
        np.testing.assert_array_equal(each, old)


@pytest.mark.parametrize(("N", "C", "K", "H"), [(0, 2, 3, 4), (2, 0, 3, 4), (2, 2, 0, 4), (2, 2, 3, 0)])
def test_a_sum_over_nothing_is_zero(conv_rung, running, N, C, K, H):
    x, w, b = np.ones((N, C, H, 4)), np.ones((K, C, 3, 3)), np.full(K, 7.0)
    with running(conv_rung):
        y = conv2d(x, w, b, padding=2)
        assert y.shape == (N, K, H + 2, 6)
        dx, dw = conv2d_input(y, w, (H, 4), padding=2), conv2d_weight(y, x, (3, 3), padding=2)
    assert dx.shape == x.shape
    assert dw.shape == w.shape
    if C == 0 or H == 0:
        assert (y == 7).all()
    assert not dw.any()


def test_recorded_pytorch_values(conv_rung, running):
    """torch 2.13.0: conv_transpose2d(arange(8).view(1,2,2,2), arange(16).view(2,2,2,2) - 8, stride=2,
    output_padding=1).
    """
    g, w = np.arange(8.0).reshape(1, 2, 2, 2), np.arange(16.0).reshape(2, 2, 2, 2) - 8
    with running(conv_rung):
        y = conv2d_input(g, w, (5, 5), stride=2)
    np.testing.assert_array_equal(
        y[0, 0, :4, :4], [[0, 4, -8, -2], [8, 12, 4, 10], [-16, -8, -24, -14], [0, 8, -4, 6]]
    )
    assert not y[:, :, 4].any()
    assert not y[:, :, :, 4].any()


@pytest.mark.parametrize("level", native.available_levels())
def test_what_is_larger_than_a_cache_is_written_whole(level, running, rng):
    """From 32 MiB on, rows are gathered and written past the caches; the last block of rows is a short one."""
    x, w = (
        rng.normal(size=(1, 1, 1031, 1024)).astype(np.float32),
        rng.normal(size=(8, 1, 3, 3)).astype(np.float32),
    )
    b = rng.normal(size=8).astype(np.float32)
    found = []
    for lanes in ("pixels", "channels"):
        with running(f"{level} {lanes}"):
            found.append(conv2d(x, w, b, padding=1, relu=True))
    assert found[0].nbytes >= 2**25
    np.testing.assert_allclose(found[0], found[1], rtol=0, atol=1e-5)


@settings(max_examples=60)
@given(case=cases())
def test_what_is_infinite_stays_where_it_belongs(conv_rung, running, case):
    """In y and dx exactly; in dw it spoils what it meets, and more (ext/dispatch.py says why)."""
    x, w, _, g, steps = case
    assume(x.size and g.size and w.size)
    x, g = x.copy(), g.copy()
    x.flat[x.size // 2] = g.flat[g.size // 2] = np.inf
    found, expected = [], []
    for rung, to in (("reference", expected), (conv_rung, found)):
        with running(rung):
            to += [conv2d(x, w, None, **steps), conv2d_input(g, w, x.shape[2:], **steps)]
            to += [conv2d_weight(np.ones_like(g), x, w.shape[2:], **steps)]
    for name, a, b in zip(("y", "dx"), found[:2], expected[:2], strict=True):
        assert (np.isfinite(a) == np.isfinite(b)).all(), name
    assert (np.isfinite(found[2]) <= np.isfinite(expected[2])).all()
