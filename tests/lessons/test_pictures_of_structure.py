"""Drawings of networks and trees: what is drawn is what was recorded, and a U is called a U only if it is one."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree

import numpy as np
import pytest
from cutaway import graph, nn, tensor
from cutaway.ext.embeddings.hierarchical_softmax.huffman import huffman
from cutaway.lessons import huffman_picture, unet_picture
from cutaway.vision import UNet

SVG = "{http://www.w3.org/2000/svg}"


def recorded(model, shape):
    scores = model(tensor(np.zeros(shape, np.float32)))
    return unet_picture.boxes_and_arrows(graph(scores, fold=1).boxes, shape)


@pytest.mark.parametrize(("depth", "shape"), [(2, (1, 3, 16, 16)), (3, (1, 3, 24, 40)), (3, (1, 3, 22, 38))])
def test_a_u_net_is_a_u(depth, shape):
    boxes, arrows = recorded(UNet(3, 5, 4, depth, norm=True, rng=0), shape)
    told = f"It goes down {depth} times, up {depth} times, and {depth} copies go across, which makes it a U."
    assert unet_picture.told(boxes, arrows) == told
    copies = unet_picture.copies(boxes, arrows)
    assert [(boxes[a.source].label, boxes[a.target].label) for a in copies] == [
        ("DoubleConv", "join")
    ] * depth
    svg = ElementTree.fromstring(unet_picture.draw(boxes, arrows))
    assert len(svg.findall(f"{SVG}rect")) == len(boxes)
    texts = [each.text for each in svg.iter(f"{SVG}text")]
    assert texts.count("copy") == texts.count("max-pool") == texts.count("up-convolution") == depth
    assert " × ".join(map(str, boxes[-1].shape[1:])) in texts
    corners = [(float(each.get("x")), float(each.get("y"))) for each in svg.findall(f"{SVG}rect")]
    wide, tall = unet_picture.WIDE, unet_picture.TALL
    for (x, y), (u, v) in itertools.combinations(corners, 2):
        assert abs(x - u) >= wide or abs(y - v) >= tall, "two boxes cover each other"
    assert max(x for x, _ in corners) + wide <= float(svg.get("width"))
    assert max(y for _, y in corners) + tall <= float(svg.get("height"))


def test_without_copies_it_is_no_u():
    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.ModuleList(
                [nn.Conv2d(1, 2, 3, padding=1), nn.MaxPool2d(2), nn.ConvTranspose2d(2, 1, 2, stride=2)]
            )
            self.head = nn.Conv2d(1, 2, 1)

        def forward(self, x):
            for each in self.body:
                x = each(x)
            return self.head(x)

    boxes, arrows = recorded(Plain(), (1, 1, 8, 8))
    assert unet_picture.told(boxes, arrows).endswith("and 0 copies go across, which makes it no U.")


COUNTS = [50, 20, 9, 8, 3, 1]
WORDS = ["the", "of", "sine", "cosine", "row", "<b>"]


def test_the_tree_is_drawn_as_it_is():
    nodes, codes = huffman(COUNTS)
    svg = ElementTree.fromstring(huffman_picture.draw(WORDS, COUNTS, "row"))
    leaves = [(float(each.get("x")), float(each.get("y"))) for each in svg.iter(f"{SVG}rect")]
    assert len(leaves) == len(WORDS)
    assert len(list(svg.iter(f"{SVG}circle"))) == len(WORDS) - 1
    assert len(list(svg.iter(f"{SVG}line"))) == 2 * len(WORDS) - 2
    red = [each for each in svg.iter(f"{SVG}line") if each.get("class") == "way"]
    assert len(red) == len(codes[WORDS.index("row")])
    deeper = sorted(zip(map(len, codes), (y for _, y in leaves), strict=True))
    assert [y for _, y in deeper] == sorted(y for _, y in leaves), "a longer way leads further down"
    for (x, y), (u, v) in itertools.combinations(leaves, 2):
        assert abs(x - u) >= huffman_picture.ACROSS - 6 or abs(y - v) >= huffman_picture.TALL
    assert {each.text for each in svg.iter(f"{SVG}text")} >= {*WORDS, "50", *(str(n) for n in nodes[0])}
