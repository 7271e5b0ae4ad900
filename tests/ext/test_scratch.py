"""Kernels keep working memory from call to call: what one has left there, NaN even, is nothing to the next."""

from __future__ import annotations

import cutaway
import numpy as np
import pytest
from cutaway.core import ops


def spoil(dtype):
    """Fill the working memory of all directions with NaN."""
    for size, kernel, padding in ((64, 3, 1), (120, 3, 2), (40, 1, 0), (64, 7, 3)):
        x, w = (
            cutaway.tensor(np.full(shape, np.nan, dtype), requires_grad=True)
            for shape in ((2, 16, size, size), (16, 16, kernel, kernel))
        )
        y = ops.conv2d(x, w, padding=padding)
        y.backward(np.full(y.shape, np.nan, dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_was_left_in_working_memory_does_not_matter(dtype):
    """Shapes at random, and one whose planes lie a whole number of cache sets apart, with a gap between."""
    rng = np.random.default_rng(0)
    shapes = [{"N": 2, "C": 15, "K": 8, "k": 3, "d": 2, "p": 3, "H": 12, "W": 26, "s": 1}]
    for i in range(80):
        k, d = (int(rng.choice([1, 3, 5])), int(rng.choice([1, 2, 4, 6]))) if i % 4 else (3, 1)
        reach = d * (k - 1)
        H, W = (int(n) for n in reach + rng.integers(1, 30, 2))
        shapes.append(
            {"N": 1, "C": int(rng.integers(1, 20)), "K": int(rng.integers(1, 20)), "k": k, "d": d,
             "p": int(rng.integers(0, reach + 1)), "H": H, "W": W, "s": int(rng.choice([1, 2]))}
        )  # fmt: skip
        if i % 4 == 0:
            shapes[-1]["K"] = shapes[-1]["groups"] = shapes[-1]["C"]
    with np.errstate(all="ignore"):
        for i, c in enumerate(shapes):
            if i % 6 == 0:
                spoil(dtype)
            x = cutaway.tensor(
                rng.normal(size=(c["N"], c["C"], c["H"], c["W"])).astype(dtype), requires_grad=True
            )
            groups = c.get("groups", 1)
            w = cutaway.tensor(
                rng.normal(size=(c["K"], c["C"] // groups, c["k"], c["k"])).astype(dtype), requires_grad=True
            )
            y = ops.conv2d(x, w, padding=c["p"], dilation=c["d"], stride=c["s"], groups=groups)
            y.backward(np.ones(y.shape, dtype))
            for name, found in (("y", y.data), ("dx", x.grad.data), ("dw", w.grad.data)):
                assert np.isfinite(found).all(), (name, c)
