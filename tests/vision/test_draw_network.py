"""The drawing of a network: what is in it, and that it can be read."""

from __future__ import annotations

from xml.etree import ElementTree

import cutaway
import numpy as np
import pytest
from cutaway import nn
from cutaway.vision import FCN8s, UNet, draw_network, segmentation_net
from cutaway.vision.networks.context import ContextModule
from cutaway.vision.networks.dilated import FrontEnd
from cutaway.vision.networks.draw_network import _rows
from cutaway.vision.networks.vgg import vgg16

SVG = "{http://www.w3.org/2000/svg}"
THIN = {"channels": (2,) * 5, "hidden": 3, "rng": 0}


def test_a_unet_is_a_u():
    picture = draw_network(UNet(3, 2, base=4, depth=3, rng=0), (1, 3, 32, 32))
    rows = _rows(picture.maps)
    assert rows[0] == rows[-1] == 0
    lowest = rows.index(max(rows))
    assert max(rows) == 3
    assert rows[: lowest + 1] == sorted(rows[: lowest + 1])
    assert rows[lowest:] == sorted(rows[lowest:], reverse=True)
    joined = [box for box in picture.maps if box.kind == "concat"]
    assert [box.shape for box in joined] == [(32, 8, 8), (16, 16, 16), (8, 32, 32)]
    assert all(len(box.parents) == 2 for box in joined)
    kinds = [box.kind for box in picture.maps]
    assert [kinds.count(kind) for kind in ("conv", "pool", "up-conv", "concat")] == [15, 3, 3, 3]


def test_the_paper_s_crops_are_boxes():
    maps = draw_network(UNet(1, 2, base=1, depth=2, padded=False, rng=0), (1, 1, 60, 60)).maps
    crops = [(maps[box.parents[0]].shape[1], box.shape[1]) for box in maps if box.kind == "crop"]
    assert crops == [(24, 16), (56, 24)]
    maps = draw_network(FrontEnd(2, **THIN), (1, 3, 187, 192)).maps
    assert [box.shape for box in maps if box.kind == "border"] == [(3, 564, 564)]
    assert [box.window for box in maps if box.layer == "fc6"] == ["7×7 d 4"]


def test_a_classifier_goes_down_the_stairs():
    maps = draw_network(vgg16(5, **THIN), (1, 3, 224, 224)).maps
    assert _rows(maps) == sorted(_rows(maps))
    assert [box.shape for box in maps if box.kind == "full"] == [(3,), (3,), (5,)]
    assert [box.window for box in maps if box.kind == "pool"] == ["2×2 / 2"] * 5


@pytest.mark.parametrize(
    ("net", "shape"),
    [
        (UNet(3, 2, base=64, depth=4, rng=0), (1, 3, 32, 32)),
        (FCN8s(3, **THIN), (1, 3, 50, 60)),
        (ContextModule(5, "large", rng=0), (1, 5, 20, 20)),
        (segmentation_net("deeplab-aspp", 4, rng=0), (1, 3, 64, 64)),
        (segmentation_net("fcn8s", 4, "squeezenet", rng=0), (1, 3, 64, 64)),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, nn.Module) else "",
)
def test_boxes_and_their_numbers_do_not_overlap(net, shape):
    picture = draw_network(net, shape)
    root = ElementTree.fromstring(picture.svg())
    width, height = float(root.get("width")), float(root.get("height"))
    taken = []
    for group in root.iter(f"{SVG}g"):
        box, *texts = (each for each in group if each.tag != f"{SVG}title")
        x, y, w, h = (float(box.get(key)) for key in ("x", "y", "width", "height"))
        taken.append((x, y, x + w, y + h))
        for text in texts:
            half = len(text.text) * 7 / 2
            middle, base = float(text.get("x")), float(text.get("y"))
            taken.append((middle - half, base - 9, middle + half, base + 1))
    assert len([each for each in root.iter(f"{SVG}rect")]) == len(picture.maps)
    assert all(
        left >= 0 and top >= 0 and right <= width and bottom <= height for left, top, right, bottom in taken
    )
    for i, (left, top, right, bottom) in enumerate(taken):
        for other in taken[i + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (taken[i], other)


def test_it_leaves_the_network_alone_and_is_saved(tmp_path):
    net = segmentation_net("fcn16s", 3, rng=0)
    net.features[0].requires_grad_(False)
    before = {path: values.copy() for path, values in net.state_dict().items()}
    picture = draw_network(net, cutaway.zeros(1, 3, 64, 64))
    assert net.training
    assert [p.requires_grad for p in net.parameters()][:3] == [False, False, True]
    for path, values in net.state_dict().items():
        np.testing.assert_array_equal(values, before[path])
    picture.save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == picture.svg() == picture._repr_svg_()
    with pytest.raises(ValueError, match=r"expected a name ending in \.svg, got"):
        picture.save(tmp_path / "a.png")
