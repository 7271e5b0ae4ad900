"""Weights laid out once: the same results to the bit, in every order and instruction set; the planner knows."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from cutaway.ext import kernels, native
from cutaway.ext.conv import PackedWeights, conv2d, plan
from cutaway.ext.dispatch import use

pytestmark = pytest.mark.skipif(native.load() is None, reason="C kernels are not built")
SHAPES = [
    (1, 3, 5, (9, 9), 3, 1, 1), (2, 16, 33, (30, 17), 5, 2, 2), (1, 40, 70, (7, 7), 3, 1, 1),
    (2, 20, 50, (13, 11), 1, 1, 0), (1, 3, 20, (40, 40), 7, 2, 3), (3, 1, 1, (1, 1), 1, 1, 0),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", SHAPES)
def test_a_direct_convolution_is_the_same(conv_rung, running, dtype, case, rng):
    N, C, K, size, R, stride, padding = case
    x, w = rng.normal(size=(N, C, *size)).astype(dtype), rng.normal(size=(K, C, R, R)).astype(dtype)
    b, packed = rng.normal(size=K).astype(dtype), PackedWeights(w)
    with running(conv_rung), kernels.use_algorithm("direct"):
        expected = conv2d(x, w, b, stride, padding, relu=True)
        for _ in range(2):
            np.testing.assert_array_equal(conv2d(x, packed, b, stride, padding, relu=True), expected)
    assert list(packed._orders) == ([] if conv_rung == "numba" else [tuple(conv_rung.split())])


@pytest.mark.parametrize(("kernel", "dilation"), [(3, 1), (5, 1), (3, 2)])
def test_winograd_is_the_same(kernel, dilation, rng):
    x, w = rng.normal(size=(2, 20, 19, 23)).astype("f"), rng.normal(size=(70, 20, kernel, kernel)).astype("f")
    packed = PackedWeights(w)
    with kernels.use_algorithm("winograd"):
        expected = conv2d(x, w, None, 1, 1, dilation)
        np.testing.assert_array_equal(conv2d(x, packed, None, 1, 1, dilation), expected)
        x[0, 3, 5, 5] = np.inf  # computed anew, directly
        expected = conv2d(x, w, None, 1, 1, dilation)
        np.testing.assert_array_equal(conv2d(x, packed, None, 1, 1, dilation), expected)
    assert [order for _, order in packed._orders] == ["winograd"]


@pytest.mark.parametrize("other", ["reference", "numba"])
def test_other_kernels_take_the_weights_themselves(other, rng):
    x, w = rng.normal(size=(1, 4, 6, 6)).astype("f"), rng.normal(size=(6, 2, 3, 3)).astype("f")
    with use(other):
        found, expected = conv2d(x, PackedWeights(w), groups=2), conv2d(x, w, groups=2)
    np.testing.assert_array_equal(found, expected)


def test_groups_are_not_packed(rng):
    x, packed = (
        rng.normal(size=(1, 6, 6, 6)).astype("f"),
        PackedWeights(rng.normal(size=(6, 1, 3, 3)).astype("f")),
    )
    np.testing.assert_array_equal(conv2d(x, packed, groups=6), conv2d(x, packed.w, groups=6))
    assert not packed._orders


def test_they_are_copied_and_cannot_be_written(rng):
    w = rng.normal(size=(4, 3, 3, 3)).astype("f")
    packed, before = PackedWeights(w), w.copy()
    w[...] = 0
    np.testing.assert_array_equal(packed.w, before)
    with pytest.raises(ValueError, match="read-only"):
        packed.w[...] = 0
    packed.in_order("channels")
    other = copy.deepcopy(packed)
    np.testing.assert_array_equal(other.w, before)
    assert not other.w.flags.writeable
    assert not other._orders


def test_a_large_one_lies_on_pages_of_its_own(rng):
    packed = PackedWeights(rng.normal(size=(300, 256, 3, 3)).astype("f"))
    for order in ("channels", "winograd"):
        assert packed.in_order(order)[1].ctypes.data % 64 == 0
    x = rng.normal(size=(1, 256, 5, 5)).astype("f")
    np.testing.assert_array_equal(conv2d(x, packed), conv2d(x, packed.w))


def test_the_planner_counts_transforms_only_once():
    few = {"N": 1, "C": 256, "K": 256, "kernel": (3, 3), "output": (14, 14), "stride": (1, 1), "padding": (1, 1),
           "dilation": (1, 1), "groups": 1, "dtype": np.float32}  # fmt: skip
    assert plan.choose("conv2d", plan.Shape(**few), "c").algorithm == "direct"
    assert plan.choose("conv2d", plan.Shape(**few, packed=True), "c").algorithm == "winograd"
    shapes = (1, 256, 14, 14), (256, 256, 3, 3)
    assert "Winograd F(4x4,3x3)" in kernels.explain("conv2d", *shapes, padding=1, packed=True)
    assert (
        "Winograd F(4x4,3x3)" not in kernels.explain("conv2d", *shapes, padding=1).split("input gradient")[0]
    )


def test_the_c_kernel_refuses_what_is_no_packing(rng):
    module = native.load()
    x, w, y = (rng.normal(size=s).astype("f") for s in ((1, 4, 5, 5), (6, 4, 3, 3), (1, 6, 3, 3)))
    steps = (1, 1), (0, 0), (1, 1), 1, False
    packed = np.zeros(module.packed_size("channels", w), "f")
    module.pack("channels", w, packed)
    module.conv2d(x, w, None, y, *steps, ("channels", packed))
    np.testing.assert_allclose(y, conv2d(x, w), rtol=1e-5, atol=1e-5)
    for wrong in (packed[:-1], packed.astype("d"), packed[::-1]):
        with pytest.raises(ValueError, match="in one run"):
            module.conv2d(x, w, None, y, *steps, ("channels", wrong))
    with pytest.raises(ValueError, match="in one run"):
        module.pack("winograd", w, packed)
