"""What the pages say of reach and of presence is counted right."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import vision
from cutaway.lessons import reach
from cutaway.lessons.how_much import LEAST, presence


@pytest.mark.parametrize("dilations", reach.DILATIONS)
def test_the_networks_differ_in_reach_alone(dilations):
    net = reach.reaching(dilations)
    side = 1 + 2 * sum(dilations)
    assert max(vision.receptive_field(net, side)[-1].field) == side
    sizes = [sum(p.data.size for p in reach.reaching(each).parameters()) for each in reach.DILATIONS]
    assert len(set(sizes)) == 1


@pytest.mark.parametrize("field", [1, 11, 21, 29, 31, 99])
def test_what_can_be_known_is_counted_pixel_by_pixel(field):
    """A pixel knows if its field meets the frame."""
    side, frame, half = reach.SIDE, reach.FRAME, field // 2
    rows, columns = np.mgrid[:side, :side]
    edge = np.minimum.reduce([rows, columns, side - 1 - rows, side - 1 - columns])
    blind = edge - half >= frame
    assert reach.knowable(field) == pytest.approx(1 - blind.mean() / 2)


def test_framed_squares_are_named_by_their_frame():
    for image, mask in reach.framed(6, 0):
        assert np.count_nonzero(mask) == reach.SIDE**2
        kind = mask.max()
        top, left = np.argwhere(mask)[0]
        red, _, blue = image[:, top, left + 3]
        assert (red > blue) == (kind == 1)


def test_presence_counts_pixels():
    mask = np.zeros((10, 10), np.uint8)
    mask[0, :] = 1
    mask[1:4] = 2
    mask[9] = 255
    assert presence([mask], 4).tolist() == [[True, False, True, False]]
    assert LEAST <= 30
