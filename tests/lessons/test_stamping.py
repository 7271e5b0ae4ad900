"""The film's last frame is the library's transposed convolution."""

from __future__ import annotations

import re

import numpy as np
from cutaway.core import ops
from cutaway.lessons.stamping import film, stamps
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(0, 99))
def test_the_last_frame_is_the_transposed_convolution(rows, columns, size, stride, seed):
    rng = np.random.default_rng(seed)
    x, kernel = rng.normal(size=(rows, columns)), rng.normal(size=(size, size))
    frames = stamps(x, kernel, stride)
    assert len(frames) == x.size
    expected = ops.conv_transpose2d(x[None, None], kernel[None, None], stride=stride)[0, 0]
    np.testing.assert_allclose(frames[-1], expected, atol=1e-12)


def test_the_film_has_a_frame_for_each_stamp_and_one_that_stays_without_motion():
    drawing = film(np.ones((2, 3)), np.ones((3, 3)), 2)
    assert len(re.findall(r'<g class="stamp s\d', drawing)) == 6
    assert drawing.count('class="stamp s5 last"') == 1
    assert "prefers-reduced-motion" in drawing
