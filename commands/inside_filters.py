"""`cutaway inside filters`: the filters of a convolution, and what a layer answers to a photo."""

from __future__ import annotations

import argparse
from typing import Any

from .inside_common import expect_numbers, expect_photo, family, layer_named, loaded, prepared, written

SIDE, ACROSS = 64, 12  # pixels of a filter or map, and how many in a row


def add_families(families: Any) -> None:
    parser = family(families, "filters", "filters of a convolution, and its maps of a photo", look)
    parser.add_argument("photo", nargs="?", metavar="PHOTO", help="shows its activation maps, too")
    parser.add_argument("--layer", help="path of a convolution; the first one by default")
    parser.add_argument("--most", type=int, default=96, help="filters and maps shown (96)")


def look(arguments: argparse.Namespace) -> int:
    from .. import nn
    from ..lessons.page import Section
    from ..vision.data.images import read_image
    from ..vision.interpret.activations import activations
    from ..vision.interpret.pictures import filters, grid, map_pictures, scaled

    expect_numbers(arguments, most=1)
    expect_photo(arguments.photo)
    names = ("filters.png", *(("maps.png",) if arguments.photo else ()))
    read = [("PHOTO", arguments.photo or ""), ("--labels", arguments.labels or "")]
    out = prepared(arguments, names, read)
    net, _ = loaded(arguments)
    first = next(path for path, each in net.named_modules() if isinstance(each, nn.Conv2d))
    layer = layer_named(net, arguments.layer or first)
    section = Section("The filters", "filters")
    drawn = filters(net, layer, arguments.most)
    sheet = grid([scaled(each, SIDE) for each in drawn], ACROSS, gap=4)
    colours = net.get_submodule(layer).weight.shape[1] == 3
    section.picture(
        sheet,
        f"{len(drawn)} filters of {layer}, each scaled to its largest weight, grey for 0"
        + ("." if colours else "; of each the kernel for the channel to which it gives the most weight."),
    )
    pictures: dict[str, Any] = {"filters.png": sheet}
    sections = [section]
    told: dict[str, Any] = {"layer": layer, "filters": len(drawn)}
    if arguments.photo:
        maps = activations(net, net.preprocess(read_image(arguments.photo)), [layer])[layer]
        answers = grid([scaled(each, SIDE) for each in map_pictures(maps, arguments.most)], ACROSS, gap=4)
        shown = Section("What they answer", "maps")
        shown.picture(
            answers, f"The maps of {layer} that vary most, for the photo; light is a strong answer."
        )
        sections.append(shown)
        pictures["maps.png"] = answers
        told["map"] = list(maps.shape)
    lead = f"{layer}: {len(drawn)} of {net.get_submodule(layer).weight.shape[0]} filters."
    return written(arguments, out, "What filters look like", lead, sections, pictures, told)
