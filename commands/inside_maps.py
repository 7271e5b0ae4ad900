"""`cutaway inside saliency`, `cam` and `occlusion`: where in a photo a score comes from."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .inside_common import (
    SHOWN,
    class_named,
    expect_numbers,
    expect_photo,
    family,
    layer_named,
    loaded,
    prepared,
    written,
)

Maps = Iterator[tuple[str, np.ndarray, np.ndarray]]  # method, values (H, W), picture (H, W, 3)


def add_families(families: Any) -> None:
    saliency = family(
        families, "saliency", "pixels that move a class's score, by several methods", look_saliency
    )
    cam = family(families, "cam", "where in a layer's maps the evidence for a class lies", look_cam)
    cam.add_argument("--layer", help="path of a module with maps; that of the last maps by default")
    occlusion = family(families, "occlusion", "what a score loses when a part is covered", look_occlusion)
    occlusion.add_argument("--patch", type=int, default=32, help="side of what is covered, pixels (32)")
    occlusion.add_argument("--stride", type=int, default=16, help="pixels from one to the next (16)")
    for parser in (saliency, cam, occlusion):
        parser.add_argument("photo", metavar="PHOTO", help="JPEG, PNG, GIF or TIFF")
        parser.add_argument("--class", dest="label", metavar="CLASS", help="number or name; the likeliest")


def look_saliency(arguments: argparse.Namespace) -> int:
    def maps(net: Any, x: np.ndarray, y: int, seen: np.ndarray) -> Maps:
        from ..vision.interpret import gradients
        from ..vision.interpret.pictures import heat

        grey = net.preprocess.grey_level
        found = {"gradient": gradients.saliency(net, x, y)}
        for rule in ("deconvnet", "guided"):
            found[rule] = gradients.saliency(net, x, y, rule)
        found["SmoothGrad"] = gradients.smooth_grad(net, x, y, samples=16)
        found["integrated gradients"] = gradients.integrated_gradients(net, x, y, steps=32) / grey
        for name, each in found.items():
            strength = gradients.strength(each * grey)
            yield name, strength, heat(np.minimum(strength, np.percentile(strength, 99.5)))

    return _look(arguments, "saliency", "Which pixels move the score", maps)


def look_cam(arguments: argparse.Namespace) -> int:
    def maps(net: Any, x: np.ndarray, y: int, seen: np.ndarray) -> Maps:
        from ..vision.interpret.cam import METHODS, cam, enlarged
        from ..vision.interpret.pictures import over

        layer = layer_named(net, arguments.layer)
        for method in METHODS:
            large = enlarged(cam(net, x, layer, y, method), x.shape[1:])
            yield method, large, over(seen, large)

    return _look(arguments, "cam", "Where the evidence lies", maps)


def look_occlusion(arguments: argparse.Namespace) -> int:
    expect_numbers(arguments, patch=1, stride=1)
    if arguments.stride > arguments.patch:
        raise ValueError(
            f"--stride {arguments.stride} is larger than --patch {arguments.patch}: pixels between"
        )

    def maps(net: Any, x: np.ndarray, y: int, seen: np.ndarray) -> Maps:
        from ..vision.interpret.occlusion import occlusion
        from ..vision.interpret.pictures import over

        falls = occlusion(net, x, y, patch=arguments.patch, stride=arguments.stride)
        yield "occlusion", falls, over(seen, falls)

    return _look(arguments, "occlusion", "What the score loses where a square is covered", maps)


def _look(
    arguments: argparse.Namespace,
    kind: str,
    title: str,
    maps: Callable[[Any, np.ndarray, int, np.ndarray], Maps],
) -> int:
    from ..lessons.page import Section
    from ..vision.classification.predict import probabilities
    from ..vision.data.images import read_image
    from ..vision.interpret.pictures import grid, scaled

    expect_photo(arguments.photo)
    read = [("PHOTO", arguments.photo), ("--labels", arguments.labels or "")]
    out = prepared(arguments, (f"{kind}.png",), read)
    net, labels = loaded(arguments)
    if kind == "cam":
        layer_named(net, arguments.layer)
    y = None if arguments.label is None else class_named(labels, arguments.label)
    photo = read_image(arguments.photo)
    (chances,) = probabilities(net, [photo])
    y = int(chances.argmax()) if y is None else y
    seen = net.preprocess.cut(photo)
    found = list(maps(net, net.preprocess(photo), y, seen))
    pictures = [scaled(each, SHOWN) for each in (seen, *(drawn for *_, drawn in found))]
    sheet = grid(pictures, 3, gap=6)
    names = ", ".join(name for name, *_ in found)
    section = Section(title, kind)
    section.picture(sheet, f"The photo as the network sees it, then {names}; light is much, black little.")
    peaks = {
        name: [int(i) for i in np.unravel_index(values.argmax(), values.shape)] for name, values, _ in found
    }
    rows = [(name, row, column) for name, (row, column) in peaks.items()]
    section.table(("method", "row", "column"), rows, "Where each map is largest, in pixels of the cut photo.")
    lead = f"{labels[y]}: probability {100 * chances[y]:.2f} %."
    told = {"class": y, "label": labels[y], "probability": float(chances[y]), "largest": peaks}
    return written(arguments, out, f"{title}: {labels[y]}", lead, [section], {f"{kind}.png": sheet}, told)
