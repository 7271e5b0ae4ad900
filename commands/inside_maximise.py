"""`cutaway inside maximise`: an image that a class, a channel, a neuron or a whole layer wants to see."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from .inside_common import SHOWN, class_named, expect_numbers, family, layer_named, loaded, prepared, written

PRESETS = ("jitter", "simonyan", "yosinski-1", "yosinski-2", "yosinski-3", "yosinski-4")
FRAMES = 24


def add_families(families: Any) -> None:
    parser = family(families, "maximise", "an image that a class, channel or layer wants to see", look)
    parser.add_argument("--class", dest="label", metavar="CLASS", help="number or name")
    parser.add_argument("--layer", help="path of a module, such as features.9")
    parser.add_argument("--channel", type=int, help="of the layer; without it, all that the layer answers")
    parser.add_argument("--neuron", action="store_true", help="only the place in the middle of the map")
    parser.add_argument("--preset", choices=PRESETS, default="jitter", help="published settings (jitter)")
    parser.add_argument("--steps", type=int, help="at each scale; the preset's by default")
    parser.add_argument("--rate", type=float, help="of the ascent; the preset's by default")
    parser.add_argument("--l2", type=float, default=0.0, help="lambda of |z|^2, z in grey levels (0)")
    parser.add_argument("--tv", type=float, default=0.0, help="weight of the total variation (0)")
    parser.add_argument("--probability", action="store_true", help="the class after the softmax")
    parser.add_argument("--size", type=int, help="pixels to a side; the network's by default")
    parser.add_argument("--seed", type=int, default=0, help="of noise and jitter (0)")


def look(arguments: argparse.Namespace) -> int:
    from ..lessons.page import Section
    from ..vision.interpret.attack import chances_of
    from ..vision.interpret.maximise import maximise
    from ..vision.interpret.pictures import picture, scaled
    from ..vision.interpret.settings import PRESETS as KNOWN

    expect_numbers(arguments, steps=1, rate=1e-12, l2=0, tv=0, size=16, seed=0, channel=0)
    if (arguments.label is None) == (arguments.layer is None):
        raise ValueError("expected either --class CLASS or --layer PATH, which is to be maximised")
    if arguments.label is None and arguments.probability:
        raise ValueError("--probability is of a class: expected --class, too")
    if arguments.layer is None and (arguments.channel is not None or arguments.neuron):
        raise ValueError("--channel and --neuron are of a layer: expected --layer, too")
    if arguments.neuron and arguments.channel is None:
        raise ValueError("--neuron is one place of a channel: expected --channel, too")
    out = prepared(arguments, ("maximised.png", "maximised.gif"), [("--labels", arguments.labels)])
    net, labels = loaded(arguments)
    objective, what = asked(arguments, net, labels)
    given = {name: getattr(arguments, name) for name in ("steps", "rate") if getattr(arguments, name)}
    settings = dataclasses.replace(KNOWN[arguments.preset], **given)
    found = maximise(net, objective, settings, size=arguments.size, seed=arguments.seed, frames=FRAMES)
    last = picture(net, found.image)
    scale = net.preprocess.grey_level
    film = [scaled(picture(net, z * scale), SHOWN) for z in found.frames]
    section = Section("The image", "image")
    section.picture(scaled(last, SHOWN), f"The last image: {what}.", wide=SHOWN)
    section.picture(film, "From the first image to the last.", wide=SHOWN)
    section.figure(
        curve(found.scores), "The objective before each step, and at the end; " + told_falls(settings)
    )
    chances = chances_of(net, (last.transpose(2, 0, 1) / 255)[None].astype("float32"))[0]
    order = (-chances).argsort(kind="stable")[:5]
    rows = [(labels[i], f"{100 * chances[i]:.2f} %") for i in order]
    section.table(("class", "probability"), rows, "What the network takes the picture for.")
    lead = (
        f"{objective}: {found.scores[0]:.3g} at the start, {found.scores[-1]:.3g} after "
        f"{len(found.scores) - 1} steps (preset {arguments.preset})."
    )
    told = {"objective": repr(objective), "preset": arguments.preset, "start": found.scores[0]}
    told |= {"end": found.scores[-1], "norm": found.norms[-1]}
    told["top"] = [{"label": labels[i], "probability": float(chances[i])} for i in order]
    pictures: dict[str, Any] = {"maximised.png": last, "maximised.gif": film}
    return written(arguments, out, f"What is wanted: {what}", lead, [section], pictures, told)


def asked(arguments: argparse.Namespace, net: Any, labels: list[str]) -> tuple[Any, str]:
    """Return the objective that the flags ask for, and its name in words."""
    from ..vision.interpret import objectives as o

    if arguments.label is not None:
        y = class_named(labels, arguments.label)
        goal, what = (o.class_probability if arguments.probability else o.class_score)(y), labels[y]
    else:
        path = layer_named(net, arguments.layer)
        if arguments.channel is None:
            goal, what = o.layer(path), f"all of {path}"
        else:
            goal = (o.neuron if arguments.neuron else o.channel)(path, arguments.channel)
            what = f"{'neuron' if arguments.neuron else 'channel'} {arguments.channel} of {path}"
    if arguments.l2:
        goal = goal - arguments.l2 * o.l2()
    if arguments.tv:
        goal = goal - arguments.tv * o.tv()
    return goal, what


def told_falls(settings: Any) -> str:
    """Say why the objective may fall on the way."""
    reasons = {
        "a step was too long": True,
        "the image is blurred": settings.blur > 0,
        "it is rolled about": settings.jitter > 0,
        "small pixels go": settings.small_norm > 0 or settings.small_contribution > 0,
        "a larger scale begins": len(settings.scales) > 1,
    }
    return "it falls where " + ", or ".join(reason for reason, there in reasons.items() if there) + "."


def curve(scores: list[float]) -> Any:
    """Return the picture of an objective over the steps."""
    from ..lessons.drawing import COLOURS, new_figure, open_axes, whole_ticks

    figure, axis = new_figure(6, 2.6)
    axis.plot(scores, color=COLOURS[0])
    axis.set_xlabel("step")
    axis.set_ylabel("objective")
    open_axes(axis)
    whole_ticks(axis)
    return figure
