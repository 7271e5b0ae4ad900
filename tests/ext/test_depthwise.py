"""Depthwise convolutions: every channel with a kernel of its own.  All implementations agree with the reference.

N batch, C channels, H W image.
"""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext import kernels, native, threads
from cutaway.ext.conv import conv2d, conv2d_input, conv2d_weight
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_conv import assert_close, family, pairs


@st.composite
def cases(draw):
    """Arrays x, w, b, g and the steps; most kernels are 3 x 3, strides 1 or 2, and some are neither."""
    N, C = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    H, W = (draw(st.one_of(st.integers(1, 20), st.sampled_from([28, 33, 56, 67]))) for _ in "HW")
    kernel = draw(st.one_of(st.just((3, 3)), st.just((3, 3)), pairs(1, 5)))
    stride = draw(st.one_of(st.sampled_from([(1, 1), (2, 2)]), pairs(1, 3)))
    dilation = draw(st.one_of(st.just((1, 1)), st.just((1, 1)), pairs(1, 3)))
    padding = draw(pairs(0, 4))
    P, Q = (
        (size + 2 * pad - spread * (taps - 1) - 1) // step + 1
        for size, pad, spread, taps, step in zip((H, W), padding, dilation, kernel, stride, strict=True)
    )
    assume(P > 0 and Q > 0)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    shapes = (N, C, H, W), (C, 1, *kernel), (C,), (N, C, P, Q)
    x, w, b, g = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    return x, w, b, g, {"stride": stride, "padding": padding, "dilation": dilation, "groups": C}


@settings(max_examples=150)
@given(case=cases())
def test_agrees_with_the_reference(rung, running, case):
    with running("reference"):
        expected = family(*case)
    with running(rung):
        assert_close(family(*case), expected)


@pytest.mark.parametrize("size", [112, 56, 28, 14, 7])
@pytest.mark.parametrize("stride", [1, 2])
def test_agrees_on_the_shapes_of_mobilenet(rung, running, rng, size, stride):
    C, steps = 3584 // size // 4, {"stride": stride, "padding": 1, "groups": 3584 // size // 4}
    x, w, b = (rng.normal(size=n).astype(np.float32) for n in ((2, C, size, size), (C, 1, 3, 3), (C,)))
    with running("reference"):
        g = rng.normal(size=conv2d(x, w, b, **steps).shape).astype(np.float32)
        expected = family(x, w, b, g, steps)
    with running(rung):
        assert_close(family(x, w, b, g, steps), expected)


@pytest.mark.parametrize(
    ("N", "C", "H", "W", "padding"),
    [
        (1, 1, 1, 1, 1),  # one pixel
        (1, 2, 1, 300, 1),  # one row
        (1, 2, 300, 1, 1),  # one column
        (2, 1, 150, 170, 2),  # several bands of rows, more padding than the kernel can use
        (1, 1, 3, 5000, 0),  # rows longer than a task
        (40, 3, 2, 2, 4),  # outputs that see no pixel at all
    ],
)
def test_agrees_at_the_ends_of_what_there_is(rung, running, rng, N, C, H, W, padding):
    for stride in (1, 2):
        steps = {"stride": stride, "padding": padding, "groups": C}
        x, w, b = rng.normal(size=(N, C, H, W)), rng.normal(size=(C, 1, 3, 3)), rng.normal(size=C)
        with running("reference"):
            g = rng.normal(size=conv2d(x, w, b, **steps).shape)
            expected = family(x, w, b, g, steps)
        with running(rung):
            assert_close(family(x, w, b, g, steps), expected)


@settings(max_examples=80)
@given(case=cases(), wrong=st.sampled_from([np.inf, -np.inf, np.nan]))
def test_what_is_not_finite_stays_where_it_belongs(rung, running, case, wrong):
    """In y and dx exactly; in dw it spoils what it meets, and more (ext/dispatch.py says why)."""
    x, w, _, g, steps = case
    x, g = x.copy(), g.copy()
    x.flat[x.size // 2] = g.flat[g.size // 2] = wrong
    found, expected = [], []
    for where, to in (("reference", expected), (rung, found)):
        with running(where), np.errstate(invalid="ignore"):
            to += [conv2d(x, w, None, **steps), conv2d_input(g, w, x.shape[2:], **steps)]
            to += [conv2d_weight(np.ones_like(g), x, w.shape[2:], **steps)]
    for name, a, b in zip(("y", "dx"), found[:2], expected[:2], strict=True):
        assert (np.isfinite(a) == np.isfinite(b)).all(), name
    assert (np.isfinite(found[2]) <= np.isfinite(expected[2])).all()


def test_a_rectified_nan_is_one(rung, running):
    x, w = np.full((1, 2, 5, 5), np.nan, np.float32), np.ones((2, 1, 3, 3), np.float32)
    with running(rung):
        assert np.isnan(conv2d(x, w, padding=1, groups=2, relu=True)).all()


@pytest.mark.parametrize("level", native.available_levels())
@pytest.mark.parametrize("stride", [1, 2])
def test_the_number_of_threads_changes_no_bit(level, running, rng, stride):
    """Few channels: the sums of the weight gradient are shared out, too."""
    x, w = (
        rng.normal(size=(3, 2, 90, 61)).astype(np.float32),
        rng.normal(size=(2, 1, 3, 3)).astype(np.float32),
    )
    steps, found = {"stride": stride, "padding": 1, "groups": 2}, []
    with running(level):
        g = conv2d(x, w, **steps)
        before = threads.get_num_threads()
        try:
            for count in (1, 2, 5):
                threads.set_num_threads(count)
                found.append(family(x, w, None, g, steps))
        finally:
            threads.set_num_threads(before)
    for other in found[1:]:
        for name, value in found[0].items():
            np.testing.assert_array_equal(other[name], value, err_msg=name)


@pytest.mark.skipif(native.load() is None, reason="C kernels are not built")
def test_the_planner_names_what_runs(rng):
    """Rows in the lanes; the sums of the weight gradient have another order than those of the general form."""
    x, g = (rng.normal(size=(2, 4, 33, 33)).astype(np.float32) for _ in "xg")
    steps, module, found = {"padding": 1, "groups": 4}, native.load(), {}
    assert module is not None
    text = kernels.explain("conv2d", x.shape, (4, 1, 3, 3), **steps)
    assert text.count("direct, depthwise, rows in the lanes") == 3
    try:
        for lanes in ("best", "pixels", "channels"):
            module.set_lanes(lanes)
            found[lanes] = conv2d_weight(g, x, 3, **steps)
    finally:
        module.set_lanes("best")
    assert (found["best"] != found["pixels"]).any()
    assert (found["best"] != found["channels"]).any()
    np.testing.assert_allclose(found["best"], found["pixels"], atol=1e-3)


@pytest.mark.parametrize(
    ("w_shape", "steps"),
    [
        ((4, 1, 5, 5), {"groups": 4}),
        ((4, 1, 3, 3), {"groups": 4, "dilation": 2}),
        ((4, 1, 3, 3), {"groups": 4, "stride": (1, 2)}),
        ((8, 1, 3, 3), {"groups": 4}),  # two kernels for each channel
        ((4, 2, 3, 3), {"groups": 2}),
    ],
)
def test_what_is_not_served_takes_the_general_form(w_shape, steps):
    if native.load() is not None:
        assert "rows in the lanes" not in kernels.explain("conv2d", (2, 4, 33, 33), w_shape, **steps)
