"""Bad input: the error names the op, the axes, the arithmetic and the next step; nothing is allocated,
nothing crashes.
"""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.ext import pool
from cutaway.ext.conv import conv2d, conv2d_input, conv2d_weight


def ones(*shape, dtype=np.float64):
    return np.ones(shape, dtype)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: conv2d(ones(1, 3, 4, 4), ones(8, 3, 7, 7)),
            ValueError,
            r"(?s)no output along H.*reaches over 7.*has 4.*hint: padding of at least 2",
        ),
        (
            lambda: conv2d(ones(1, 3, 9, 4), ones(8, 3, 3, 3), dilation=2),
            ValueError,
            r"dilation 2 \* \(S 3 - 1\) \+ 1 = 5",
        ),
        (
            lambda: conv2d(ones(1, 3, 4, 4), ones(3, 8, 2, 2)),
            ValueError,
            r"(?s)x has C = 3 channels, w expects 8.*looks transposed",
        ),
        (
            lambda: conv2d(ones(1, 4, 4, 4), ones(4, 2, 2, 2), groups=3),
            ValueError,
            r"groups = 3 must divide C = 4",
        ),
        (
            lambda: conv2d(ones(1, 4, 4, 4), ones(4, 2, 2, 2), groups=0),
            ValueError,
            r"groups must be a whole number of at least 1, got 0",
        ),
        (
            lambda: conv2d(ones(3, 4, 4), ones(8, 3, 2, 2)),
            ValueError,
            r"(?s)4 axes \(N, C, H, W\), got shape \(3, 4, 4\).*x\[None\] adds",
        ),
        (
            lambda: conv2d(ones(1, 3, 4, 4), ones(8, 3, 2, 2), ones(7)),
            ValueError,
            r"b has 7 channels, w \(K, C / groups, R, S\) has 8",
        ),
        (
            lambda: conv2d(ones(1, 3, 4, 4, dtype=np.int64), ones(8, 3, 2, 2)),
            TypeError,
            r"(?s)x is int64.*x.astype\(np.float32\)",
        ),
        (
            lambda: conv2d(ones(1, 3, 4, 4, dtype=np.float32), ones(8, 3, 2, 2)),
            TypeError,
            r"x is float32, w is float64",
        ),
        (lambda: conv2d([[1.0]], ones(8, 3, 2, 2)), TypeError, r"x must be a NumPy array, got list"),
        (
            lambda: conv2d(ones(1, 3, 4, 4), ones(8, 3, 2, 2), stride=0),
            ValueError,
            r"stride must be at least 1 and below 2\*\*31, got 0",
        ),
        (
            lambda: conv2d(ones(1, 3, 4, 4), ones(8, 3, 2, 2), padding=(1, 2, 3)),
            TypeError,
            r"padding must be a whole number or a pair",
        ),
        (
            lambda: conv2d(ones(1, 3, 4, 4), ones(8, 3, 2, 2), padding=0.5),
            TypeError,
            r"padding must be a whole number or a pair",
        ),
        (lambda: conv2d(ones(1, 3, 4, 4), ones(8, 3, 0, 2)), ValueError, r"at least one pixel, got R = 0"),
        (
            lambda: conv2d_input(ones(1, 8, 3, 3), ones(8, 3, 2, 2), (9, 6), 2),
            ValueError,
            r"(?s)g has P = 3, but H = 9 .* gives P = 4.*belongs to H from 6 to 7",
        ),
        (
            lambda: conv2d_input(ones(1, 7, 3, 3), ones(8, 3, 2, 2), (4, 4)),
            ValueError,
            r"g \(N, K, P, Q\) has 7 channels, w .* has 8",
        ),
        (
            lambda: conv2d_weight(ones(1, 8, 3, 3), ones(2, 3, 4, 4), 2),
            ValueError,
            r"g has 1 images, x has 2",
        ),
        (
            lambda: conv2d_weight(ones(1, 8, 3, 3), ones(1, 3, 4, 4), 3),
            ValueError,
            r"g has P = 3, but H = 4 with R = 3 gives P = 2",
        ),
        (
            lambda: pool.max_pool2d(ones(1, 1, 4, 4), 2, padding=2),
            ValueError,
            r"padding 2 along H is more than half of the window R = 2",
        ),
        (
            lambda: pool.max_pool2d(ones(1, 1, 1, 4), 2, 1, 1, 2),
            ValueError,
            r"sees only padding: dilation 2 steps over an image of H = 1",
        ),
        (
            lambda: pool.avg_pool2d(ones(1, 1, 4, 2), 3),
            ValueError,
            r"(?s)no output along W.*reaches over 3 pixels.*has 2",
        ),
        (
            lambda: pool.adaptive_avg_pool2d(ones(1, 1, 4, 4), 0),
            ValueError,
            r"output size must be at least 1",
        ),
    ],
)
def test_errors_say_what_came_and_what_to_do(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("padding", [2**20, 2**30])
def test_sizes_beyond_all_memory_are_refused(padding):
    with pytest.raises(MemoryError):
        conv2d(ones(1, 1, 4, 4), ones(64, 1, 1, 1), padding=padding)
