"""Winograd's convolution: the matrices do what the derivation says, and all versions agree with the direct
sum.
"""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext import kernels, native
from cutaway.ext.conv import conv2d, conv2d_input, conv2d_weight, reference
from cutaway.ext.conv.winograd_reference import B, matrices
from hypothesis import assume, given, settings
from hypothesis import strategies as st

TOLERANCE = {3: 2e-5, 5: 5e-5}  # by kernel, of the largest value: ten times that of the direct sum, or more


SIZES, SMALL_SIZES = st.integers(1, 40), st.integers(1, 14)
KERNELS = (3, 5)


@st.composite
def cases(draw, sizes=SIZES, dtype=np.float32):
    N, C, K = draw(st.integers(1, 3)), draw(st.integers(1, 37)), draw(st.integers(1, 37))
    H, W, R = draw(sizes), draw(sizes), draw(st.sampled_from(KERNELS))
    padding = draw(st.tuples(st.integers(0, 5), st.integers(0, 5)))
    dilation = draw(st.tuples(*[st.sampled_from([1, 1, 1, 2, 3, 4])] * 2))
    P, Q = (n + 2 * p - (R - 1) * d for n, p, d in zip((H, W), padding, dilation, strict=True))
    assume(P > 0 and Q > 0)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    arrays = [
        rng.normal(size=shape).astype(dtype) for shape in ((N, C, H, W), (K, C, R, R), (K,), (N, K, P, Q))
    ]
    return (*arrays, {"padding": padding, "dilation": dilation})


def family(algorithm, x, w, b, g, steps):
    with kernels.use_algorithm(algorithm):
        return {
            "y": conv2d(x, w, b, **steps),
            "rectified": conv2d(x, w, b, **steps, relu=True),
            "cut": conv2d(x, w, b, **steps, relu=0.5),
            "dx": conv2d_input(g, w, x.shape[2:], **steps),
            "dw": conv2d_weight(g, x, w.shape[2:], **steps),
        }


def assert_close(found, expected):
    for name, value in expected.items():
        scale = np.abs(expected["y"] if name == "cut" else value).max(initial=1)  # of what is rounded
        atol = TOLERANCE[expected["dw"].shape[2]] * scale
        np.testing.assert_allclose(found[name], value, rtol=0, atol=atol, err_msg=name)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_matrices_multiply_polynomials(rng, kernel):
    """y(t) g(t) has the coefficients B [(G g) . (A y)]: six products, not twelve or ten."""
    A, G = matrices(kernel)
    y, g = rng.normal(size=7 - kernel), rng.normal(size=kernel)
    np.testing.assert_allclose(B @ ((G @ g) * (A @ y)), np.convolve(y, g), atol=1e-14)


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_tile_is_the_outputs_of_one_patch(rng, kernel):
    A, G = matrices(kernel)
    d, g = rng.normal(size=6), rng.normal(size=kernel)
    np.testing.assert_allclose(A.T @ ((G @ g) * (B.T @ d)), np.correlate(d, g, "valid"), atol=1e-14)


@settings(max_examples=40)
@given(case=cases(SMALL_SIZES, np.float64))
def test_the_reference_agrees_with_the_definition(case):
    x, w, b, g, steps = case
    with kernels.use("reference"):
        expected = family("direct", x, w, b, g, steps)
    found = {name: np.full_like(value, np.nan) for name, value in expected.items()}
    reference.winograd(x, w, b, found["y"], **steps)
    reference.winograd(x, w, b, found["rectified"], **steps, relu=np.inf)
    reference.winograd(x, w, b, found["cut"], **steps, relu=0.5)
    reference.winograd_input(g, w, found["dx"], **steps)
    reference.winograd_weight(g, x, found["dw"], **steps)
    for name, value in expected.items():
        scale = 1 + np.abs(expected["y"] if name == "cut" else value).max()
        np.testing.assert_allclose(found[name], value, rtol=0, atol=1e-10 * scale, err_msg=name)


@pytest.mark.parametrize("level", native.available_levels())
@settings(max_examples=80)
@given(case=cases())
def test_c_agrees_with_the_direct_sum(level, running, case):
    with running("reference"):
        expected = family("direct", *case)
    with running(level):
        assert_close(family("winograd", *case), expected)


@pytest.mark.parametrize("level", native.available_levels())
@pytest.mark.parametrize(
    ("shape", "K", "kernel", "steps"),
    [
        ((1, 300, 9, 12), 150, 3, {"padding": (1, 1)}),  # few tiles: the output channels are shared out
        ((2, 130, 33, 70), 40, 3, {"padding": (1, 1)}),  # several panels, several batches of tiles
        ((1, 64, 60, 64), 64, 3, {"padding": (0, 2)}),
        ((1, 32, 30, 31), 24, 3, {"padding": (2, 4), "dilation": (2, 4)}),
        ((2, 70, 27, 27), 90, 5, {"padding": (2, 2)}),
        ((1, 40, 30, 33), 24, 5, {"padding": (3, 0), "dilation": (2, 1)}),
    ],
)
def test_c_agrees_on_larger_shapes(level, running, rng, shape, K, kernel, steps):
    x = rng.normal(size=shape).astype(np.float32)
    w = rng.normal(size=(K, shape[1], kernel, kernel)).astype(np.float32)
    b = rng.normal(size=K).astype(np.float32)
    with running("reference"):
        g = rng.normal(size=conv2d(x, w, b, **steps).shape).astype(np.float32)
        expected = family("direct", x, w, b, g, steps)
    with running(level):
        found = [family("winograd", x, w, b, g, steps)]
        before = kernels.get_num_threads()
        try:
            for threads in (1, 3, 8):
                kernels.set_num_threads(threads)
                found.append(family("winograd", x, w, b, g, steps))
        finally:
            kernels.set_num_threads(before)
    assert_close(found[0], expected)
    for other in found[1:]:
        for name, value in found[0].items():
            np.testing.assert_array_equal(other[name], value)


@pytest.mark.parametrize("level", native.available_levels())
def test_nothing_outside_of_the_image_is_used(level, running, rng):
    """Vectors that reach beyond a row read its neighbours; NaN there must not leak in."""
    x, w = np.full((1, 2, 9, 17), np.nan, np.float32), rng.normal(size=(3, 1, 3, 3)).astype(np.float32)
    x[:, 1] = rng.normal(size=(1, 9, 17))
    alone = np.ascontiguousarray(x[:, 1:])
    both = np.concatenate([np.zeros_like(w), w], axis=1)
    with running(level), kernels.use_algorithm("winograd"):
        y = conv2d(alone, w, padding=1)
        assert np.isfinite(y).all()
        assert np.isnan(conv2d(x, both, padding=1)).all()


@pytest.mark.parametrize("level", native.available_levels())
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan, 3e38])
@pytest.mark.parametrize("dilation", [1, 2])
def test_what_is_not_finite_stays_where_it_belongs(level, running, rng, bad, dilation):
    """One pixel belongs to 9 outputs of a channel; its tile has 16 (3e38: finite, but not 5 times that)."""
    x, g = rng.normal(size=(1, 4, 13, 14)), rng.normal(size=(1, 5, 13, 14))
    w = rng.normal(size=(5, 4, 3, 3)) / 50
    x[0, 1, 6, 5] = g[0, 2, 7, 7] = bad
    x, g, w = (each.astype(np.float32) for each in (x, g, w))
    steps = {"padding": dilation, "dilation": dilation}
    with running(level):
        found, expected = (family(name, x, w, None, g, steps) for name in ("winograd", "direct"))
    for name, values in expected.items():
        assert (np.isfinite(found[name]) == np.isfinite(values)).all(), name
    if not np.isfinite(bad):
        assert (~np.isfinite(found["y"])).sum() == 9 * 5
        assert (~np.isfinite(found["dx"])).sum() == 9 * 4


@pytest.mark.parametrize("level", native.available_levels())
@pytest.mark.parametrize("kernel", KERNELS)
def test_rounding_stays_within_its_bound_beside_a_huge_pixel(level, running, rng, kernel):
    x, w = rng.normal(size=(1, 8, 16, 16)), rng.normal(size=(6, 8, kernel, kernel))
    x[0, 3, 6, 5] = 1e6
    x, w = x.astype(np.float32), w.astype(np.float32)
    with running(level), kernels.use_algorithm("winograd"):
        found = conv2d(x, w, padding=kernel // 2)
    exact = conv2d(x.astype(np.float64), w.astype(np.float64), padding=kernel // 2)
    bound = 16 * np.finfo(np.float32).eps * (abs(x).max((0, 2, 3)) * abs(w).sum((2, 3))).sum(1)
    assert (abs(found - exact).max((0, 2, 3)) < bound).all()
    np.testing.assert_allclose(
        found[:, :, 13:], exact[:, :, 13:], atol=1e-3
    )  # other tiles know nothing of it
