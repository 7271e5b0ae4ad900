"""Story: what a network wants to see; the images that its classes rise for, the pieces its filters like."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..nn import Module
from ..vision.interpret.attack import chances_of
from ..vision.interpret.maximise import Maximised, maximise
from ..vision.interpret.objectives import class_score, l2
from ..vision.interpret.pictures import picture, signed
from ..vision.interpret.settings import Settings
from ..vision.interpret.top_patches import label_entropy, projection, top_patches
from . import kinds
from .drawing import COLOURS, SMALL, TYPE, bare, new_figure, open_axes
from .kinds import KINDS, SHOWN, accuracy, pieces, trained
from .page import Section

SEEDS, GROWN = 3, 48  # images of each class, from different noise, and their pixels to a side
PLAIN = Settings(40, rate=1e4)
ASCENT = Settings(50, rate=4.0, normalised=True, noise=10.0, jitter=4, blur=0.5, blur_every=4, clip=True)
LAMBDAS = (0.0, 1e-7, 1e-6, 1e-5)
SEARCHED, FILTERS, TOP = 300, 6, 9  # pieces looked through; filters shown of a layer; pieces of each
LAYERS = {"2": "first", "6": "second", "10": "third"}  # the rectifiers of KindNet


def wanted(show: bool) -> Section:
    """Run the story on two networks that share nothing but the kind of their task."""
    section = Section("What does a network want to see?", "maximise")
    one, other = trained(1, show), trained(2, show)
    images, labels = pieces(kinds.JUDGE, 7)
    right = [f"{100 * accuracy(net, images, labels):.0f} %" for net in (one, other)]
    section.text(
        "*Two small networks* have learnt to name the object in a piece of a scene: "
        f"{', '.join(KINDS)}. Each saw {kinds.COUNT:,} pieces of its own; of {len(labels)} others they name "
        f"{right[0]} and {right[1]} rightly (by guessing, {100 / len(KINDS):.0f} %)."
    )
    _classes(section, one, other)
    _price(section, one)
    _patches(section, one)
    section.code(maximise, top_patches)
    return section


def _classes(section: Section, one: Module, other: Module) -> None:
    found = [
        [maximise(one, class_score(y), ASCENT, size=GROWN, seed=seed) for seed in range(SEEDS)]
        for y in range(len(KINDS))
    ]
    pixels = np.stack([SHOWN.pixels(each.image) for row in found for each in row])
    truth = np.repeat(np.arange(len(KINDS)), SEEDS)
    agree = int((chances_of(other, np.clip(pixels, 0, 1)).argmax(1) == truth).sum())
    rough = np.mean([np.abs(a.z - b.z).mean() for row in found for a, b in pairwise(row)])
    shared = agree > 2 * len(truth) / len(KINDS)
    section.text(
        "*An image for each class.* Take noise, ask in which direction its pixels make the score of a class "
        f"rise, go a small step there, and again, {ASCENT.steps} times (Simonyan et al. 2013). The weights "
        "stay as they are; it is the image that learns. Rolling the image about and blurring it now and then "
        "keep it from filling up with specks that please only this network.",
        f"The second network, which had no part in it, names {agree} of these {len(truth)} images as they "
        f"were meant; guessing would name {len(truth) / len(KINDS):.0f}. So what is seen here is "
        f"{'of the task, not of one network alone' if shared else 'mostly of one network'}. Other noise "
        f"gives another image: between two of a class a number differs by {rough:.0f} of 255 grey levels.",
    )
    section.facts["images of a class that a second network recognises"] = f"{agree} of {len(truth)}"
    section.figure(
        _grown(found, one),
        f"Left: three pieces of scenes of each kind. Middle: {SEEDS} images that maximise its score, from "
        "different noise. Right: the score of each, step by step; it falls back where the image is blurred.",
    )


def _price(section: Section, net: Module) -> None:
    found = [maximise(net, class_score(0) - lam * l2(), PLAIN, size=kinds.SIDE) for lam in LAMBDAS]
    falling = all(a.norms[-1] > b.norms[-1] for a, b in pairwise(found))
    section.text(
        "*A price for being loud.* Without a bound the score grows with the image. So a price is put on the "
        f"pixels: maximise S(x) − λ|x|², here for {KINDS[0]}, from the zero image and by plain ascent. "
        f"{'Each larger λ' if falling else 'Not every larger λ'} ends with a smaller image."
    )
    rows = [
        (
            f"{lam:.7f}".rstrip("0").rstrip("."),
            f"{m.scores[-1] + lam * m.norms[-1] ** 2:.2f}",
            f"{m.norms[-1]:.0f}",
        )
        for lam, m in zip(LAMBDAS, found, strict=True)
    ]
    section.table(("λ", "score S", "|x|, grey levels"), rows, f"After {PLAIN.steps} steps.")


def _patches(section: Section, net: Module) -> None:
    images, labels = pieces(SEARCHED, 11)
    x = SHOWN.normalised(images)
    tops = top_patches(net, x, list(LAYERS), TOP)
    bits = [float(label_entropy(top, labels)[top.answered].mean()) for top in tops.values()]
    told = ", ".join(
        f"{value:.2f} in the {name} layer" for value, name in zip(bits, LAYERS.values(), strict=True)
    )
    section.text(
        f"*What does each filter look for?* Show the network {SEARCHED} pieces, and keep of each filter the "
        f"{TOP} places where it answers most, one a piece. Cut out exactly what the answer saw: the filter's "
        "receptive field. Below it, by guided back-propagation, which pixels there raised the answer.",
        f"Are a filter's {TOP} pieces of one kind? The entropy of their kinds (0 bits: all of one, "
        f"{np.log2(len(KINDS)):.0f}: evenly of all) is {told}: "
        f"{'the last filters are pickier than the first' if bits[-1] < bits[0] else 'it does not fall'}.",
    )
    section.facts["entropy of the kinds a filter answers to, first and last layer"] = (
        f"{bits[0]:.2f} → {bits[-1]:.2f} bits"
    )
    for name, top in tops.items():
        field = top.fields.box(*(n // 2 for n in top.fields.map_size), cut=False)
        side = field[1] - field[0]
        section.figure(
            _pieces(net, x, top),
            f"The {LAYERS[name]} layer, whose filters see {side} × {side} pixels: of each filter (a column) "
            "the strongest pieces, and below each what in it raised the answer.",
        )


def _grown(found: list[list[Maximised]], net: Module) -> Any:
    images, labels = pieces(80, 3)
    figure, axes = new_figure(
        8.6, 1.3 * len(KINDS), len(KINDS), 4 + SEEDS, width_ratios=[1] * (3 + SEEDS) + [2]
    )
    for y, row in enumerate(axes):
        for axis, image in zip(row, images[labels == y][:3], strict=False):
            axis.imshow(np.moveaxis(image, 0, -1))
        for axis, each in zip(row[3:], found[y], strict=False):
            axis.imshow(picture(net, each.image))
        for axis in row[:-1]:
            bare(axis)
        row[0].set_ylabel(KINDS[y], fontsize=TYPE)
        for i, each in enumerate(found[y]):
            row[-1].plot(each.scores, color=COLOURS[i])
        open_axes(row[-1])
    axes[-1, -1].set_xlabel("step", fontsize=SMALL)
    return figure


def _pieces(net: Module, x: np.ndarray, top: Any) -> Any:
    living = np.flatnonzero(top.answered)
    chosen = living[np.linspace(0, len(living) - 1, min(FILTERS, len(living))).astype(int)]
    shown = min(2, TOP)
    figure, axes = new_figure(8.6, 1.45 * 2 * shown, 2 * shown, len(chosen))
    axes = np.asarray(axes, object).reshape(2 * shown, len(chosen))
    for column, c in enumerate(chosen):
        axes[0, column].set_title(f"filter {c}", fontsize=SMALL)
        for i in range(shown):
            image = x[top.images[c, i]]
            raised = projection(net, image, top.layer, int(c), top.places[c, i])
            axes[2 * i, column].imshow(picture(net, top.crop(image, c, i)))
            axes[2 * i + 1, column].imshow(signed(net, top.crop(raised, c, i)))
    for axis in axes.flat:
        bare(axis)
    return figure
