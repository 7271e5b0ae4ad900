"""Features of layers, the classes on their planes, and pictures of filters and maps."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import nn
from cutaway.vision.interpret.activations import activations
from cutaway.vision.interpret.layer_features import layer_features, neighbours_agree, plane
from cutaway.vision.interpret.pictures import filters, grid, heat, map_pictures, over, picture, scaled, signed
from nets_inside import SHOWN, learnt, stripes


@pytest.fixture(scope="module")
def net():
    return learnt()


def test_features_are_means_of_maps_and_keep_classes_apart(net):
    pixels, labels = stripes(np.random.default_rng(3), 40)
    x = SHOWN.normalised(pixels)
    found = layer_features(net, iter(x), ["0", "4", "7"])
    assert {name: rows.shape for name, rows in found.items()} == {"0": (40, 4), "4": (40, 5), "7": (40, 2)}
    np.testing.assert_allclose(found["4"][17], activations(net, x[17], ["4"])["4"].mean((1, 2)), rtol=1e-5)
    assert neighbours_agree(found["7"], labels) > 0.95
    assert neighbours_agree(found["7"], np.random.default_rng(0).permutation(labels)) < 0.8
    for method in ("pca", "t-sne"):
        points = plane(found["4"], method)
        assert points.shape == (40, 2)
        assert neighbours_agree(points - points.min(0), labels) > 0.6
    with pytest.raises(ValueError, match="expected one of pca, t-sne, got 'umap'"):
        plane(found["4"], "umap")
    with pytest.raises(ValueError, match="came none"):
        layer_features(net, [], ["4"])
    with pytest.raises(ValueError, match="expected two images or more"):
        neighbours_agree(found["4"][:1], [1])


def test_a_picture_is_what_was_shown(net, rng):
    image = rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)
    np.testing.assert_array_equal(picture(net, SHOWN(image)), image)
    ramp = np.linspace(-2, 6, 4).reshape(1, 2, 2)
    assert picture(nn.ReLU(), ramp)[..., 0].tolist() == [[0, 85], [170, 255]]


def test_zero_is_grey_and_colours_keep_their_order(net):
    spot = np.zeros((3, 2, 2))
    spot[0, 0, 0], spot[2, 1, 1] = 2, -2
    assert signed(net, spot)[1, 0].tolist() == [128, 128, 128]
    assert signed(net, spot)[0, 0].tolist() == [255, 128, 128]
    turned = nn.ReLU()
    object.__setattr__(turned, "preprocess", type(SHOWN)(order="BGR"))
    assert signed(turned, spot)[0, 0].tolist() == [128, 128, 255]


def test_filters_and_maps(net, rng):
    colours = filters(net, "0")
    assert len(colours) == 4
    assert {each.shape for each in colours} == {(3, 3, 3)}
    assert len(filters(net, "3")) == 5
    deep = net[3].weight.data[2]
    k = np.abs(deep).sum((1, 2)).argmax()
    assert np.unravel_index(filters(net, "3")[2][..., 0].argmax(), (3, 3)) == np.unravel_index(
        deep[k].argmax(), (3, 3)
    )
    with pytest.raises(ValueError, match="expected a convolution, '1' is ReLU"):
        filters(net, "1")
    with pytest.raises(ValueError, match="are 1 x 1"):
        filters(nn.Sequential(nn.Conv2d(3, 2, 1)), "0")
    maps = rng.normal(size=(3, 4, 5)) * np.array([1, 9, 3])[:, None, None]
    np.testing.assert_array_equal(map_pictures(maps, 2)[0], heat(maps[1]))


def test_heat_grows_lighter():
    shades = heat(np.arange(64).reshape(8, 8)).reshape(64, 3) @ [0.21, 0.72, 0.07]
    assert np.all(np.diff(shades) > 0)
    assert over(np.full((8, 8, 3), 200, np.uint8), np.ones((8, 8)), 0.0).min() == 200


def test_a_grid_holds_pictures_of_several_sizes():
    sheet = grid([np.zeros((2, 2, 3), np.uint8), np.full((4, 4, 3), 9, np.uint8)], 2, gap=1)
    assert sheet.shape == (4, 9, 3)
    assert (sheet[1:3, 1:3] == 0).all()
    assert sheet[0, 0, 0] == 255
    assert scaled(np.zeros((10, 20, 3), np.uint8), 40).shape == (20, 40, 3)
    with pytest.raises(ValueError, match="expected pictures and columns from 1, got 0 and 3"):
        grid([], 3)
