"""Large images in tiles: with a halo of the receptive field's radius tiled = untiled; without, blended."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from cutaway import nn
from cutaway.vision import UNet, receptive_field
from cutaway.vision.segmentation.tiles import _spans, bands, probabilities, segment, valid_size
from cutaway.vision.segmentation.trimap import Trimap, border_distance
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module")
def net():
    return UNet(3, 4, base=2, depth=2, norm=True, rng=0)


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(0).normal(size=(3, 150, 210)).astype(np.float32)


def test_tiled_is_untiled_with_a_halo_of_the_receptive_field(net, image):
    radius = -(-max(receptive_field(net, 96)[-1].field) // 2)
    whole = probabilities(net, image, tile=1024)
    tiled = probabilities(net, image, tile=128, halo=-(-radius // 32) * 32)
    np.testing.assert_allclose(tiled, whole, atol=1e-5)
    np.testing.assert_allclose(whole.sum(0), 1, atol=1e-5)
    assert np.array_equal(segment(net, image, tile=1024), whole.argmax(0))


def test_blended_tiles_have_no_seam(net, image):
    whole, blended = probabilities(net, image, tile=1024), probabilities(net, image, tile=96)
    np.testing.assert_allclose(blended.sum(0), 1, atol=1e-5)
    assert np.abs(blended - whole).mean() < 0.02
    jumps = np.abs(np.diff(blended, axis=2)).mean((0, 1))
    assert jumps[[24, 48, 72, 96]].mean() < 1.5 * np.abs(np.diff(whole, axis=2)).mean()


def test_flipping_averages_both(net, image):
    both = probabilities(net, image, tile=1024, flip=True)
    there, back = (probabilities(net, each, tile=1024) for each in (image, image[:, :, ::-1]))
    np.testing.assert_allclose(both, (there + back[:, :, ::-1]) / 2, atol=1e-6)


def test_a_valid_unet_overlaps_its_tiles(image):
    """The same scores whether a tile is large or small: nothing at its edge is made up."""
    net = UNet(3, 4, base=2, depth=2, padded=False, rng=0)
    large, small = (probabilities(net, image, tile=size) for size in (260, 92))
    assert large.shape == (4, 150, 210)
    np.testing.assert_allclose(small, large, atol=1e-5)


def test_sizes_of_the_paper():
    assert valid_size(572, 4) == (572, 388)
    assert valid_size(573, 4)[0] > 573


@settings(deadline=None)
@given(st.integers(1, 700), st.integers(2, 8), st.integers(0, 2))
def test_tiles_cover_the_image(length, tiles, halos):
    tile, halo = 32 * tiles, 16 * min(halos, tiles - 1)
    spans = _spans(length, tile, halo)
    assert spans[0][0] == 0
    assert spans[-1][1] == length
    decided = np.zeros(length, bool)
    for first, last in spans:
        assert first % 32 == 0
        assert last - first < tile + 32
        decided[first + (halo if first else 0) : last - (halo if last < length else 0)] = True
    assert decided.all()


def test_memory_is_bounded():
    """The probabilities of all pixels would take 64 classes x 600 x 2000 x 4 bytes, 300 MB."""
    net = nn.Conv2d(1, 64, 1, rng=0)
    tracemalloc.start()
    labels = segment(net, np.zeros((1, 2000, 600), np.float32), tile=128, halo=0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert labels.shape == (2000, 600)
    assert peak < 120e6


def test_tiles_that_are_too_small(net, image):
    with pytest.raises(ValueError, match="expected at least 64 pixels, and 32 more than twice the halo"):
        list(bands(net, image, tile=128, halo=60))


def test_the_band_along_a_border():
    truth = np.zeros((5, 8), int)
    truth[:, 4:] = 1
    assert border_distance(truth)[0].tolist() == [4, 3, 2, 1, 1, 2, 3, 4]
    prediction = truth.copy()
    prediction[:, 4] = 0  # one column too far
    curve = Trimap(2, widths=(1, 2, 4)).update(truth, prediction)
    assert curve.pixel_accuracy() == [0.5, 0.75, 0.875]
    assert curve.mean_iou() == sorted(curve.mean_iou())
    assert np.isinf(border_distance(np.ones((3, 3), int))).all()
    truth[:, 3:5] = 255
    assert np.isinf(border_distance(truth)).all(), "void makes no border"
