"""The strongest answers of each filter, and that the pieces are exactly what was seen."""

from __future__ import annotations

import numpy as np
import pytest
from cutaway import nn
from cutaway.core import Tensor, no_grad
from cutaway.vision import squeezenet1_1
from cutaway.vision.interpret.activations import activations
from cutaway.vision.interpret.top_patches import label_entropy, projection, top_patches
from cutaway.vision.networks.field_boxes import FieldBoxes
from nets_inside import learnt, plain


@pytest.fixture
def images(rng):
    return rng.normal(size=(20, 3, 24, 26)).astype(np.float32)


def answers(net, images, layer):
    return np.stack([activations(net, image, [layer])[layer] for image in images])


def test_the_strongest_of_all_images_one_each(images):
    net = plain()
    maps = answers(net, images, "4")  # (20, 5, P, Q)
    top = top_patches(net, iter(images), ["4"], 6)["4"]
    peaks = maps.max((2, 3)).T  # (5, 20)
    np.testing.assert_allclose(top.values, np.sort(peaks, 1)[:, ::-1][:, :6], rtol=1e-5)
    np.testing.assert_array_equal(top.images, np.argsort(-peaks, 1, kind="stable")[:, :6])
    for c in range(5):
        for i in range(6):
            assert maps[(top.images[c, i], c, *top.places[c, i])] == pytest.approx(top.values[c, i], rel=1e-5)


def test_several_pieces_of_an_image_if_asked(images):
    net = plain()
    maps = answers(net, images[:3], "3")
    top = top_patches(net, images[:3], ["3"], 8, one_per_image=False)["3"]
    expected = np.sort(np.moveaxis(maps, 1, 0).reshape(5, -1), 1)[:, ::-1][:, :8]
    np.testing.assert_allclose(top.values, expected, rtol=1e-5)
    assert len({(i, *p) for i, p in zip(top.images[0], map(tuple, top.places[0]), strict=True)}) == 8


@pytest.mark.parametrize("padding", [0, 1])
def test_the_piece_alone_gives_the_same_answer_without_padding(images, padding):
    net, bare = plain(padding=padding), plain()
    found = top_patches(net, images, ["0", "2", "3"], 9, one_per_image=False)
    checked = 0
    for layer, top in found.items():
        for c, i in np.ndindex(top.values.shape):
            row, column = (int(n) for n in top.places[c, i])
            if not top.fields.lies_inside(row, column):
                continue
            piece = top.crop(images[top.images[c, i]], c, i)
            with no_grad():
                answer = nn.Sequential(*list(bare.children())[: int(layer) + 1])(Tensor(piece[None])).data
            assert answer.shape[2:] == (1, 1), "the piece is exactly the field"
            assert answer[0, c, 0, 0] == pytest.approx(top.values[c, i], rel=1e-4, abs=1e-6)
            checked += 1
    assert checked > 60


def test_nothing_but_the_piece_matters_in_a_branched_network(rng):
    net = squeezenet1_1(2, rng=0).eval()
    images = rng.normal(size=(3, 3, 70, 64)).astype(np.float32)
    layer = "features.6"
    top = top_patches(net, images, [layer], 2)[layer]
    for c in (0, 70, 255):
        image = images[top.images[c, 0]]
        noise = rng.normal(size=image.shape).astype(np.float32)
        t, b, left, right = top.box(c, 0)
        noise[:, t:b, left:right] = image[:, t:b, left:right]
        place = (c, *top.places[c, 0])
        assert activations(net, noise, [layer])[layer][place] == pytest.approx(top.values[c, 0], rel=1e-3)
        g = np.abs(projection(net, image, layer, c, top.places[c, 0], "plain")).sum(0)
        assert g[t:b, left:right].any()
        assert g.sum() == pytest.approx(g[t:b, left:right].sum())


def test_boxes_of_places():
    net = nn.Sequential(
        nn.Conv2d(1, 1, 5, stride=2, padding=2), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3, padding=1)
    )
    boxes = FieldBoxes(net, "2", (40, 44), channels=1)
    assert boxes.map_size == (10, 11)
    assert boxes.box(0, 5, cut=False) == (-6, 9, 14, 29)
    assert boxes.box(0, 5) == (0, 9, 14, 29)
    assert not boxes.lies_inside(0, 5)
    assert boxes.lies_inside(4, 5)
    with pytest.raises(ValueError, match="expected a column from 0 to 10, got 11"):
        boxes.box(0, 11)
    with pytest.raises(KeyError, match="no layer '7'"):
        FieldBoxes(net, "7", (40, 44), channels=1)
    with pytest.raises(ValueError, match=r"layer '6': expected maps \(N, C, P, Q\), it is of shape \(1, 5\)"):
        FieldBoxes(plain(), "6", (24, 24))


def test_entropy_of_labels(images):
    top = top_patches(plain(), images[:8], ["4"], 4)["4"]
    assert not label_entropy(top, [3] * 8).any()
    for c, bits in enumerate(label_entropy(top, range(8))):
        assert bits == pytest.approx(2), c
    labels = np.arange(8) % 2
    share = labels[top.images].mean(1)
    mixed = [0.0 if p in (0, 1) else -p * np.log2(p) - (1 - p) * np.log2(1 - p) for p in share]
    np.testing.assert_allclose(label_entropy(top, labels), mixed, atol=1e-12)


def test_fewer_images_than_pieces(images):
    top = top_patches(plain(), images[:2], ["4"], 3)["4"]
    assert (top.images[:, 2] == -1).all()
    assert np.isneginf(top.values[:, 2]).all()
    assert not top.answered.any()


def test_rules_differ_in_what_they_show(rng):
    net = learnt()
    image = rng.normal(size=(3, 24, 24)).astype(np.float32)
    maps = activations(net, image, ["4"])["4"]
    c, *place = np.unravel_index(maps.argmax(), maps.shape)
    plain_one, guided = (projection(net, image, "4", c, place, rule) for rule in ("plain", "guided"))
    assert plain_one.shape == guided.shape == image.shape
    assert np.abs(plain_one - guided).max() > 0.01 * np.abs(plain_one).max() > 0
    outside = np.ones((24, 24), bool)
    t, b, left, right = FieldBoxes(net, "4", (24, 24)).box(*place)
    outside[t:b, left:right] = False
    assert not plain_one[:, outside].any()


def test_mistakes_are_told(images):
    net = plain()
    with pytest.raises(ValueError, match="expected images, came none"):
        top_patches(net, [], ["4"])
    with pytest.raises(ValueError, match=r"image 1 is \(3, 24, 25\)"):
        top_patches(net, [images[0], images[1][:, :, :-1]], ["4"])
    with pytest.raises(ValueError, match="image 16 is of another size"):
        top_patches(net, [*images[:16], images[1][:, :, :-1]], ["4"])
    with pytest.raises(KeyError, match="no layer 'x'"):
        top_patches(net, images, ["x"])
    with pytest.raises(ValueError, match="expected k from 1, got 0"):
        top_patches(net, images, ["4"], 0)
