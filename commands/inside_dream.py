"""`cutaway inside dream`: DeepDream on a photo or on noise, led by a guide, or as a film that zooms in."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from .inside_common import SHOWN, expect_numbers, expect_photo, family, layer_named, loaded, prepared, written


def add_families(families: Any) -> None:
    parser = family(families, "dream", "let a layer see more of what it sees (DeepDream)", look)
    parser.add_argument("photo", nargs="?", metavar="PHOTO", help="without one, the dream begins with noise")
    parser.add_argument("--layer", help="path of a module; that of the last maps by default")
    parser.add_argument("--channel", type=int, help="of the layer; without it, all that the layer answers")
    parser.add_argument("--guide", metavar="PHOTO", help="a photo whose answers the dream is to look like")
    parser.add_argument("--octaves", type=int, default=4, help="sizes, one after the other (4)")
    parser.add_argument("--scale", type=float, default=1.4, help="from one to the next (1.4)")
    parser.add_argument("--steps", type=int, default=10, help="at each size (10)")
    parser.add_argument("--step", type=float, default=1.5, help="mean change of a pixel, grey levels (1.5)")
    parser.add_argument("--jitter", type=int, default=32, help="pixels (32)")
    parser.add_argument("--zoom", type=int, default=0, metavar="FRAMES", help="a film of so many dreams (0)")
    parser.add_argument("--size", type=int, default=400, help="longer side of the picture, pixels (400)")
    parser.add_argument("--seed", type=int, default=0, help="of jitter and noise (0)")


def look(arguments: argparse.Namespace) -> int:
    from ..lessons.page import Section
    from ..vision.interpret import objectives
    from ..vision.interpret.dream import dream, guided_by, noise, zoom
    from ..vision.interpret.pictures import picture, scaled

    expect_numbers(
        arguments, octaves=1, scale=1.01, steps=1, step=1e-6, jitter=0, zoom=0, size=32, seed=0, channel=0
    )
    if arguments.guide and arguments.channel is not None:
        raise ValueError("--guide and --channel: expected one of them")
    for photo in (arguments.photo, arguments.guide):
        expect_photo(photo)
    names = ("dream.png", *(("zoom.gif",) if arguments.zoom else ()))
    read = [("PHOTO", arguments.photo or ""), ("--guide", arguments.guide or "")]
    out = prepared(arguments, names, [*read, ("--labels", arguments.labels or "")])
    net, _ = loaded(arguments)
    layer = layer_named(net, arguments.layer)
    if arguments.guide:
        goal = guided_by(net, fitted(net, arguments.guide, net.preprocess.size), layer)
    elif arguments.channel is not None:
        goal = objectives.channel(layer, arguments.channel)
    else:
        goal = objectives.layer(layer)
    side = arguments.size
    x = fitted(net, arguments.photo, side) if arguments.photo else noise(net, (side, side), arguments.seed)
    names_of = ("octaves", "scale", "steps", "step", "jitter", "seed")
    options: dict[str, Any] = {name: getattr(arguments, name) for name in names_of}
    found = dream(net, x, goal, **options)
    before, after = value(net, goal, x), value(net, goal, found)
    section = Section("The dream", "dream")
    section.picture(picture(net, x), "Before.", wide=max(x.shape[1:]))
    section.picture(picture(net, found), f"After: {goal}.", wide=max(x.shape[1:]))
    pictures: dict[str, Any] = {"dream.png": picture(net, found)}
    if arguments.zoom:
        film = [scaled(picture(net, each), SHOWN) for each in zoom(net, x, goal, arguments.zoom, **options)]
        section.picture(film, "Each picture is a dream of the middle of the last.", wide=SHOWN)
        pictures["zoom.gif"] = film
    lead = f"{goal}: {before:.4g} in the first image, {after:.4g} in the dream."
    told = {"objective": repr(goal), "before": before, "after": after, "size": list(found.shape[1:])}
    return written(arguments, out, "What a layer dreams of", lead, [section], pictures, told)


def fitted(net: Any, photo: str, side: int) -> np.ndarray:
    """Return a photo with its longer side so many pixels, as the network expects it, (3, H, W)."""
    from ..vision.data.images import read_image
    from ..vision.interpret.pictures import scaled

    return net.preprocess.normalised(scaled(read_image(photo), side).transpose(2, 0, 1) / np.float32(255))


def value(net: Any, goal: Any, x: np.ndarray) -> float:
    """Return an objective of an image (3, H, W)."""
    from ..core import Tensor, no_grad
    from ..vision.interpret.watch import grey_level, seen_by

    with no_grad():
        return float(goal(seen_by(net, Tensor((x / grey_level(net))[None]), goal.layers)).data[0])
