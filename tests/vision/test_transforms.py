"""Augmentation: image and mask stay together, labels stay labels, and a seed repeats it."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway.vision import Augment
from hypothesis import given, settings
from hypothesis import strategies as st


def item(height=24, width=32):
    """An image that says its mask: the label is the brightness of the pixel, in steps."""
    y, x = np.mgrid[:height, :width]
    mask = (y // 8 + 2 * (x // 8)) % 5
    return np.repeat(mask[None] / 4.0, 3, 0).astype(np.float32), mask.astype(np.int64)


WAYS = {
    "flips": {"flip": 1.0, "flip_vertical": 1.0},
    "crop": {"crop": (16, 40)},
    "scale": {"scale": (0.7, 1.6)},
    "rotate": {"rotate": 30.0},
    "elastic": {"elastic": 3.0},
    "all": {"flip": 0.5, "scale": (0.5, 2.0), "rotate": 20.0, "elastic": 2.0, "crop": (20, 20)},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("border", ["mirror", "void"])
def test_image_and_mask_move_together(way, border):
    """Where the image is not between two steps, its brightness is still that of its label."""
    augment = Augment(**WAYS[way], border=border)
    for seed in range(5):
        image, mask = augment(item(), np.random.default_rng(seed))
        assert set(np.unique(mask)) <= {0, 1, 2, 3, 4} | ({255} if border == "void" else set())
        assert image.dtype == np.float32
        assert image.shape[1:] == mask.shape == WAYS[way].get("crop", (24, 32))
        inner = np.ones(mask.shape, bool)  # not next to another label, where the image is between two
        for axis in (0, 1):
            for step in (1, -1):
                inner &= np.roll(mask, step, axis) == mask
        inner[[0, -1]] = inner[:, [0, -1]] = False
        clear = inner & (mask != 255)
        assert clear.sum() > 40
        off = np.abs(image[0][clear] - mask[clear] / 4)
        assert (off < 1e-6).mean() > 0.85, "most are exact"
        again = augment(item(), np.random.default_rng(seed))
        assert np.array_equal(again[0], image)
        assert np.array_equal(again[1], mask)


def test_turned_by_a_quarter():
    square = item(24, 24)

    class Rng:  # draws the largest angle
        def uniform(self, low, high, size=None):
            return high

        def random(self):
            return 1.0

    image, mask = Augment(rotate=90.0)(square, Rng())
    turned = np.rot90(square[1], -1)
    assert np.array_equal(mask, turned) or np.array_equal(mask, np.rot90(square[1]))
    np.testing.assert_allclose(image[0], mask / 4, atol=1e-6)


def test_what_lies_outside():
    image, mask = Augment(crop=(30, 40), border="void")(item(), np.random.default_rng(0))
    assert (mask == 255).sum() == 30 * 40 - 24 * 32
    assert not image[:, mask == 255].any()
    mirrored = Augment(crop=(30, 40))(item(), np.random.default_rng(0))[1]
    assert not (mirrored == 255).any()
    assert np.array_equal(mirrored[3], mirrored[3 + 0])
    assert np.array_equal(mirrored[2], mirrored[4]), "mirrored at row 3, the first of the image"


def test_colour_leaves_the_mask():
    before = item()
    image, mask = Augment(colour=0.4)(before, np.random.default_rng(1))
    assert np.array_equal(mask, before[1])
    assert not np.allclose(image, before[0])
    assert image.min() >= 0
    assert image.max() <= 1


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 99))
def test_any_size(height, width, seed):
    image, mask = np.zeros((1, height, width), np.float32), np.ones((height, width), np.int64)
    moved = Augment(scale=(0.5, 2), rotate=45, elastic=1.0)((image, mask), np.random.default_rng(seed))
    assert moved[0].shape == image.shape
    assert (moved[1] == 1).all()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"flip": 2}, "flip is a probability"),
        ({"scale": (0, 1)}, r"scale is \(least, most\)"),
        ({"rotate": -1}, "expected rotate and elastic from 0"),
        ({"border": "wrap"}, "expected border 'mirror' or 'void', got 'wrap'"),
    ],
)
def test_options_that_make_no_sense(options, complaint):
    with pytest.raises(ValueError, match=complaint):
        Augment(**options)
