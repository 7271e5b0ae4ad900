"""Up-sampling: all implementations agree with the reference, adjoints are adjoint, coordinates are
PyTorch's.
"""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext import upsample
from hypothesis import given, settings
from hypothesis import strategies as st

sizes = st.tuples(st.integers(1, 20), st.integers(1, 40))
MAPS = {
    "nearest": (upsample.upsample_nearest2d, upsample.upsample_nearest2d_adjoint, {}),
    "bilinear": (upsample.upsample_bilinear2d, upsample.upsample_bilinear2d_adjoint, {}),
    "corners": (upsample.upsample_bilinear2d, upsample.upsample_bilinear2d_adjoint, {"align_corners": True}),
}


@pytest.mark.parametrize("name", MAPS)
@settings(max_examples=60)
@given(image=sizes, output=sizes, N=st.integers(0, 2), double=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_agrees_with_the_reference_and_its_adjoint(rung, running, name, image, output, N, double, seed):
    forward, adjoint, options = MAPS[name]
    rng = np.random.default_rng(seed)
    x, g = (
        rng.normal(size=(N, 2, *size)).astype(np.float64 if double else np.float32)
        for size in (image, output)
    )
    results = []
    for each in ("reference", rung):
        with running(each):
            results.append((forward(x, output, **options), adjoint(g, image, **options)))
    tolerance = 1e-12 if double else 1e-4
    for found, expected in zip(results[1], results[0], strict=True):
        assert found.dtype == x.dtype
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    if double:
        y, dx = results[1]
        np.testing.assert_allclose((g * y).sum(), (dx * x).sum(), rtol=1e-9, atol=1e-9)


def test_recorded_pytorch_values(rung, running):
    """torch 2.13.0: interpolate(tensor([[[[0., 10., 20.]]]]), ...)"""
    x = np.array([[[[0.0, 10.0, 20.0]]]])
    with running(rung):
        nearest = upsample.upsample_nearest2d(x, (1, 5))
        np.testing.assert_array_equal(nearest[0, 0, 0], [0, 0, 10, 10, 20])
        linear = upsample.upsample_bilinear2d(x, (1, 6))
        np.testing.assert_allclose(linear[0, 0, 0], [0, 2.5, 7.5, 12.5, 17.5, 20])
        corners = upsample.upsample_bilinear2d(x, (1, 5), align_corners=True)
        np.testing.assert_allclose(corners[0, 0, 0], [0, 5, 10, 15, 20])
        scaled = upsample.upsample_bilinear2d(
            x, (1, 7), scale=(1, 2.5)
        )  # floor(3 * 2.5) = 7, but 1 / 2.5 is the step
        np.testing.assert_allclose(scaled[0, 0, 0], [0, 1, 5, 9, 13, 17, 20], rtol=1e-6)


def test_nothing_to_copy_is_an_error():
    with pytest.raises(ValueError, match="x has no pixels"):
        upsample.upsample_nearest2d(np.zeros((1, 1, 0, 3)), (2, 2))
    with pytest.raises(ValueError, match="size must be at least 1"):
        upsample.upsample_bilinear2d(np.zeros((1, 1, 3, 3)), (0, 2))
