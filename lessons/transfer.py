"""Story: transfer learning.  A network that knows shapes by day names them in a night camera's images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import nn
from ..nn import functional as F
from ..vision import CLASSES, Preprocess, classification_net, draw_scene
from ..vision.transfer.backbone import moved, snapshot
from ..vision.transfer.features import features, scores_of
from ..vision.transfer.fine_tune import DECAY, fine_tune, show_rates
from ..vision.transfer.probe import fit_probe
from .drawing import COLOURS, GREY, SMALL, bare, new_figure, open_axes
from .page import Section

KINDS = CLASSES[1:]
PIXELS, SCENE = 32, 64  # to a side, of what the network sees and of a scene
MARGIN, LEAST = 3, 14  # around an object that is cut out; of a cut
READ, EPOCHS = 300, 5  # images of each kind by day, passes over them
SIZES, ASKED = (4, 16, 64), 50  # images of each kind by night to learn from, to be asked about
STEPS, BATCH = 40, 16  # of each training by night
DARK, NOISE = 0.7, 0.04  # contrast of the night camera, deviation of its noise
SOURCE_RATE, SCRATCH_RATE, RATE = 5e-3, 5e-3, 3e-3
SEEN = Preprocess(size=PIXELS, resize=None, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
WAYS = ("from scratch", "last layer alone", "all layers, rates by depth")
Examples = list[tuple[np.ndarray, int]]


@dataclass
class Found:
    """Accuracy (sizes,) of each way, of the source task; moves and rates of layers."""

    curves: dict[str, np.ndarray]
    source: float
    moved: dict[str, float]
    rates: str
    numbers: int


def transfer(show: bool = False) -> Section:
    """Run the story: one task with many scenes, another with few."""
    section = Section("Begin where another task ended", "transfer")
    found = run(show)
    day, night = (images(1, 9, is_night) for is_night in (False, True))
    section.text(
        "A network needs many labelled images, and most tasks have few. But much of what it learns is not "
        "about its task: edges, patterns, outlines. So a network that has learnt a task with *many* images "
        f"(ImageNet, as a rule) is taken over. Here it has learnt {len(KINDS)} kinds of object from "
        f"{READ * len(KINDS):,} images in colour, and names {found.source:.0%} of new ones rightly. Now "
        f"there is a night camera: grey, dark, with noise; and of each kind {SIZES[0]} "
        f"to {SIZES[-1]} images with labels."
    )
    section.figure(_examples_picture(day, night), "Above: by day, many images. Below: by night, few.")
    _tell_curves(section, found)
    _tell_rates(section, found)
    section.code(tuned, fine_tune)
    return section


def _tell_curves(section: Section, found: Found) -> None:
    scratch, probe, tuned_ = (found.curves[way] for way in WAYS)
    section.text(
        "*Few images: the last layer alone.* All layers but the last stay as they are, so every image "
        f"becomes the same {found.numbers} numbers each time it is shown, and what is left is a linear "
        "model (logistic regression: one minimum, whatever it begins with). *More images: other layers, "
        "too*, the nearer to the input the slower. *From scratch* is the same network without any past."
    )
    section.figure(
        _curves_picture(found),
        f"Share of {len(KINDS) * ASKED} unseen images named rightly, against images of each kind to learn "
        f"from. Guessing is right once in {len(KINDS)} times.",
    )
    section.text(
        f"With {SIZES[0]} images of each kind the network from scratch is right {scratch[0]:.0%} of the "
        f"time, the last layer alone {probe[0]:.0%}, all layers {tuned_[0]:.0%}; with {SIZES[-1]} it is "
        f"{scratch[-1]:.0%}, {probe[-1]:.0%} and {tuned_[-1]:.0%}. {told(scratch, probe, tuned_)}"
    )
    section.facts[f"right with {SIZES[0]} images of each kind, from scratch and by the last layer alone"] = (
        f"{scratch[0]:.0%} and {probe[0]:.0%}"
    )


def told(scratch: np.ndarray, probe: np.ndarray, tuned_: np.ndarray) -> str:
    """Say what the curves say; a hundredth is no difference."""
    gaps = np.maximum(probe, tuned_) - scratch
    helps = "What was learnt on the other task helps" if gaps[0] > 0.01 else "The other task does not help"
    if gaps[0] > 0.01:
        shrinks = gaps[-1] < gaps[0] - 0.01
        helps += ", and the less the more images there are" if shrinks else ", and no less with more images"
    more = tuned_[-1] - probe[-1]
    if abs(more) <= 0.01:
        return f"{helps}. With many, more layers are as good as the last one alone."
    return f"{helps}. With many, it {'pays' if more > 0 else 'does not pay'} to let all layers learn."


def _tell_rates(section: Section, found: Found) -> None:
    shares = list(found.moved.values())
    nearer = "less" if shares[0] < shares[-2] else "no less"
    section.text(
        f"*The nearer to the input, the lower the rate.* Each layer has {DECAY:g} times the rate of the one "
        "before it, since first layers see what every task needs. So they should move little: here the "
        f"weights of the first layer changed by {100 * shares[0]:.2g} % of their length, {nearer} than "
        f"those of the last before the scores, {shares[-2]:.1%}."
    )
    section.output(found.rates)
    section.figure(
        _moved_picture(found.moved),
        "How far each layer moved on the target task, from the input (left) to the new layer of scores "
        "(right).",
    )


def run(show: bool) -> Found:
    """Train the source task, then the target by every way and size."""
    source, train, asked = network(0), images(READ, 1), images(ASKED, 3, True)
    pairs = nn.Mapped(train, lambda item: (SEEN(item[0]), item[1]))
    loader = nn.DataLoader(pairs, 32, shuffle=True, seed=0)
    nn.fit(
        source, loader, lambda s, y: F.cross_entropy(s, y), nn.optim.Adam(source.parameters(), SOURCE_RATE),
        epochs=EPOCHS, schedule=nn.schedule.cosine(EPOCHS * len(loader)), show=show,
    )  # fmt: skip
    some, curves = images(SIZES[-1], 10, True), {way: np.zeros(len(SIZES)) for way in WAYS}
    x_asked, y_asked = features(source, asked)
    for i, size in enumerate(SIZES):
        few = some[: len(KINDS) * size]
        curves[WAYS[0]][i], _ = tuned(network(1), few, asked, SCRATCH_RATE, decay=1)
        curves[WAYS[1]][i] = fit_probe(*features(source, few), x_asked, y_asked).validation_accuracy
        taken = network(1)
        taken.load_state_dict(source.state_dict())
        taken.reset_classifier(len(KINDS), rng=0)
        curves[WAYS[2]][i], shares = tuned(taken, few, asked, RATE, DECAY)
    right = accuracy(source, images(ASKED, 2))
    return Found(curves, right, shares, show_rates(taken, RATE), source.num_features)


def network(seed: int) -> Any:
    """Return a small classifier as it begins."""
    net = classification_net("small", len(KINDS), rng=seed)
    net.preprocess = SEEN
    return net


def tuned(
    net: Any, few: Examples, asked: Examples, rate: float, decay: float
) -> tuple[float, dict[str, float]]:
    """Train all layers for so many steps; return the accuracy, and how far each layer moved."""
    before, times = snapshot(net), -(-STEPS * BATCH // len(few))
    fine_tune(net, few * times, asked[:2], epochs=1, lr=rate, decay=decay, batch_size=BATCH,
              augment=False, show=False)  # fmt: skip
    return accuracy(net, asked), moved(net, before)


def accuracy(net: Any, asked: Examples) -> float:
    """Return the share of examples whose class has the largest score."""
    scores, y = scores_of(net, asked, 50)
    return float((scores.argmax(1) == y).mean())


def images(count: int, seed: int, is_night: bool = False) -> Examples:
    """Return so many cuts of scenes with one object of each kind, in turn: (image (H, W, 3) uint8, kind)."""
    rng = np.random.default_rng(seed)
    found: list[list[np.ndarray]] = [[] for _ in KINDS]
    while min(map(len, found)) < count:
        scene = draw_scene(rng, SCENE, most_objects=1)
        if not len(scene.boxes):
            continue
        kind, top, left, bottom, right = scene.boxes[0]
        rows, columns = (slice(max(0, a - MARGIN), b + MARGIN) for a, b in ((top, bottom), (left, right)))
        cut = scene.image[:, rows, columns]
        if min(cut.shape[1:]) >= LEAST and len(found[kind - 1]) < count:
            shown = night(cut, rng) if is_night else cut
            found[kind - 1].append(np.moveaxis(np.round(255 * shown), 0, -1).astype(np.uint8))
    return [(each[i], kind) for i in range(count) for kind, each in enumerate(found)]


def night(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an image (3, H, W) as the night camera sees it."""
    grey = np.repeat(image.mean(0, keepdims=True), 3, axis=0)
    return np.clip(DARK * grey + rng.normal(0, NOISE, image.shape), 0, 1)


def _examples_picture(day: Examples, night: Examples) -> Any:
    figure, axes = new_figure(7.6, 4.0, 2, len(day))
    for row, examples in zip(axes, (day, night), strict=True):
        for axis, (image, kind) in zip(row, examples, strict=True):
            axis.imshow(SEEN.cut(image))
            axis.set_title(KINDS[kind], fontsize=SMALL)
            bare(axis)
    return figure


def _curves_picture(found: Found) -> Any:
    figure, axis = new_figure(7.6, 4.2)
    for (way, shares), colour, marker in zip(found.curves.items(), COLOURS, "osD", strict=False):
        axis.plot(SIZES, 100 * shares, marker=marker, color=colour, label=way)
    axis.axhline(100 / len(KINDS), color=GREY, linestyle=":", label="guessing")
    axis.set_xscale("log")
    axis.set_xticks(SIZES, [str(size) for size in SIZES])
    axis.minorticks_off()
    axis.set(xlabel="images of each kind to learn from", ylabel="named rightly, per cent", ylim=(0, 100))
    axis.legend(frameon=False, fontsize=SMALL, loc="upper left")
    open_axes(axis)
    return figure


def _moved_picture(shares: dict[str, float]) -> Any:
    figure, axis = new_figure(7.6, 3.0)
    axis.bar(range(1, len(shares) + 1), [100 * share for share in shares.values()], color=COLOURS[0])
    axis.set(yscale="log", xlabel="layer", ylabel="moved, per cent")
    axis.set_xticks(range(1, len(shares) + 1))
    open_axes(axis, "y")
    return figure
