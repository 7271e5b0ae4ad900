"""The planner: what it chooses, that it can be asked why, and that it can be told otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from cutaway.ext import kernels, native
from cutaway.ext.conv import conv2d, conv2d_weight, plan

needs_c = pytest.mark.skipif(native.load() is None, reason="C kernels are not built")


def shape(C=64, K=64, size=32, kernel=3, stride=1, dilation=1, groups=1, dtype=np.float32):
    out = size if stride == 1 else size // stride
    return plan.Shape(
        2, C, K, (kernel, kernel), (out, out), (stride, stride), (1, 1), (dilation, dilation), groups, dtype
    )


@needs_c
def test_many_channels_go_to_winograd():
    for role in ("conv2d", "conv2d_input", "conv2d_weight"):
        assert plan.choose(role, shape(), "c").algorithm == "winograd"
        assert plan.choose(role, shape(dilation=2), "c").algorithm == "winograd"
        assert plan.choose(role, shape(kernel=5), "c").algorithm == "winograd"


@needs_c
@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"dtype": np.float64}, "float64 wants every digit"),
        ({"kernel": 7}, "kernel is 3 x 3 or 5 x 5, this one 7 x 7"),
        ({"stride": 2}, "stride 1, this one is 2 x 2"),
        ({"groups": 64}, "depthwise"),
        ({"C": 3}, "transforms cost as much"),
        ({"C": 8, "K": 8, "size": 3}, "fills 14% of its tiles"),
    ],
)
def test_what_winograd_does_not_serve_is_direct_and_says_why(changed, why):
    choice = plan.choose("conv2d", shape(**changed), "c")
    assert choice.algorithm == "direct"
    assert why in choice.reason


def test_without_c_it_is_direct():
    choice = plan.choose("conv2d", shape(), "numba")
    assert choice.algorithm == "direct"
    assert "numba is in charge" in choice.reason


@needs_c
def test_it_can_be_told_otherwise():
    few = shape(C=3)
    with kernels.use_algorithm("winograd"):
        assert plan.choose("conv2d", few, "c").algorithm == "winograd"
        with kernels.use_algorithm("direct"):
            assert plan.choose("conv2d", shape(), "c").algorithm == "direct"
        assert plan.choose("conv2d", shape(stride=2), "c").algorithm == "direct"  # Winograd cannot
    assert plan.choose("conv2d", shape(), "c").algorithm == "winograd"
    with pytest.raises(ValueError, match="unknown algorithm 'fft'; choose 'direct' or 'winograd'"):
        kernels.use_algorithm("fft")


def test_the_environment_tells_the_whole_program():
    code = "from cutaway.ext.kernels import *; print(explain('conv2d', (2,64,32,32), (64,64,3,3)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "CUTAWAY_CONV": "direct"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("the program asked for it") == 3
    assert "Winograd F" not in done.stdout


@needs_c
def test_the_choice_is_what_runs(rng):
    """The algorithms agree up to rounding, but not in every bit: so one can tell who ran."""
    x, w = (
        rng.normal(size=(2, 64, 34, 34)).astype(np.float32),
        rng.normal(size=(64, 64, 3, 3)).astype(np.float32),
    )
    free = conv2d(x, w)
    with kernels.use_algorithm("winograd"):
        np.testing.assert_array_equal(conv2d(x, w), free)
    with kernels.use_algorithm("direct"):
        direct = conv2d(x, w)
    assert (direct != free).any()
    np.testing.assert_allclose(direct, free, atol=1e-4 * np.abs(free).max())


@needs_c
@pytest.mark.parametrize(("C", "lanes"), [(2, "pixels"), (64, "channels")])
def test_the_lanes_named_are_those_that_run(rng, C, lanes):
    """In the weight gradient each lane has a sum of its own: so one can tell what lay in them."""
    x, g = (rng.normal(size=size).astype(np.float32) for size in ((2, C, 40, 40), (2, C, 40, 40)))
    module, found = native.load(), {}
    assert module is not None
    with kernels.use_algorithm("direct"):
        text = kernels.explain("conv2d", x.shape, (C, C, 3, 3), padding=1)
        try:
            for name in ("best", "pixels", "channels"):
                module.set_lanes(name)
                found[name] = conv2d_weight(g, x, 3, padding=1)
        finally:
            module.set_lanes("best")
    assert f"{lanes} in the lanes" in text.split("weight gradient")[1]
    np.testing.assert_array_equal(found["best"], found[lanes])
    assert (found["pixels"] != found["channels"]).any()


def test_explain_names_choice_reason_and_alternatives():
    text = kernels.explain("conv2d", (8, 64, 64, 64), (64, 64, 3, 3), padding=2, dilation=2)
    for part in (
        "2.42 GFLOP",
        "forward",
        "input gradient",
        "weight gradient",
        "multiply-adds: direct 1.21 G",
    ):
        assert part in text
    if native.load() is not None:
        assert "direct 1.21 G; Winograd 0.302 G" in text
        assert "polyphase Winograd F(4x4,3x3), 4 phases" in text
        five = kernels.explain("conv2d", (8, 64, 32, 32), (64, 64, 5, 5), padding=2)
        assert "Winograd F(2x2,5x5): 36 products instead of 100 for a tile of 2 x 2 outputs" in five
    assert "direct, 4 phases of the stride" in kernels.explain("conv2d", (1, 8, 8, 8), (8, 8, 3, 3), stride=2)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: kernels.explain("relu", (1, 1, 4, 4), (1, 1, 3, 3)), "for 'conv2d' only, not for 'relu'"),
        (lambda: kernels.explain("conv2d", (1, 4, 4), (1, 1, 3, 3)), "4 axes"),
        (lambda: kernels.explain("conv2d", (1, 2, 4, 4), (1, 1, 3, 3)), "x has C = 2 channels"),
        (lambda: kernels.explain("conv2d", (1, 1, 2, 2), (1, 1, 3, 3)), "no output along H"),
    ],
)
def test_explain_checks_its_arguments(call, error):
    with pytest.raises(ValueError, match=error):
        call()
