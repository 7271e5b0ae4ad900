"""The lecture's segmentation networks side by side: same data, same training, what each is good at."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..nn import Subset
from ..vision import (
    ConfusionMatrix,
    draw_network,
    overlay,
    predict,
    receptive_field,
    segmentation_net,
    voc_palette,
)
from ..vision.segmentation.train import train_segmentation
from ..vision.segmentation.trimap import Trimap
from .crf import refine
from .drawing import COLOURS, SMALL, TYPE, bare, new_figure, open_axes, show_image
from .networks import Task, Trained, told_training, train
from .page import Section
from .segmentation import coloured

NETS = {  # name on the page: network, options
    "FCN-32s": ("fcn32s", {}),
    "FCN-16s": ("fcn16s", {}),
    "FCN-8s": ("fcn8s", {}),
    "front end": ("frontend", {}),
    "DeepLab, ASPP": ("deeplab-aspp", {}),
    "U-Net": ("unet", {}),
    "U-Net, no copies": ("unet", {"copies": False}),
}
TRAINED_ON, EPOCHS, RATE = 200, 6, 4e-3  # of the generated scenes
WATCHED = 16  # test images looked at after each epoch
WIDTHS = (1, 2, 3, 5, 8, 12)
PANELS = ("FCN-8s", "DeepLab, ASPP", "front end")  # as in Yu & Koltun 2016, Fig. 2


@dataclass
class Judged:
    """A trained network and what it is worth."""

    name: str
    trained: Trained
    parameters: int
    field: int  # rows and columns that an output pixel can see
    matrix: ConfusionMatrix
    borders: Trimap
    seconds: float


def compared_nets(task: Task, folder: Path, show: bool) -> Section:
    """Run the story."""
    if task.kind == "scenes":
        few = Subset(task.train, range(min(TRAINED_ON, len(task.train))))
        task = replace(task, train=few, epochs=min(EPOCHS, task.epochs), lr=RATE)
    judged = {name: _judged(name, task, folder, show) for name in NETS}
    section = Section("From FCN to DeepLab", "networks")
    section.text(
        "A classifier says *what*; pooled five times, it has forgotten *where*. The networks of the lecture "
        "mend this in different ways. *FCN* turns the classifier into a sliding window, and enlarges its "
        "scores by 32; 16s and 8s add finer scores from earlier layers. *U-Net* goes up in as many steps as "
        "down, with copies across. The *front end* of Yu and Koltun and *DeepLab* leave out the last pools "
        "and see as far with dilated convolutions. Here all of them learn the same "
        f"{len(task.train)} {'images' if task.kind == 'camvid' else 'scenes'} for {task.epochs} epochs, the "
        "FCNs and the dilated ones on one small trunk. Few images and short training favour some over "
        "others: it is a comparison of ideas, not of records."
        + told_training(next(iter(judged.values())).trained)
    )
    _table(section, judged)
    _copies(section, judged)
    _five_panels(section, task, judged)
    _borders(section, judged)
    refine(section, task, judged["FCN-8s"].trained.model)
    net = judged["FCN-8s"].trained.model
    section.svg(
        draw_network(net, (1, 3, *task.test[0][1].shape)).svg(),
        "FCN-8s, drawn from what the engine recorded: down the trunk, then up, with two finer scores added "
        "on the way.",
    )
    section.code(segmentation_net)
    best = max(judged.values(), key=lambda each: each.matrix.mean_iou())
    section.facts[f"mean Jaccard of the best of {len(judged)} networks, {best.name}"] = (
        f"{best.matrix.mean_iou():.3f}"
    )
    return section


def _judged(name: str, task: Task, folder: Path, show: bool) -> Judged:
    """Train a network, or take over an earlier training, and judge it by the test images."""
    kind, options = NETS[name]
    net = segmentation_net(kind, len(task.classes), rng=0, **options)
    started = time.perf_counter()
    few = Subset(task.test, range(min(WATCHED, len(task.test))))
    trained = train(task, net, folder, lambda checkpoint: train_segmentation(
        net, task.train, few, task.classes, epochs=task.epochs, batch_size=task.batch_size,
        lr=task.lr, checkpoint=checkpoint, show=show,
    ))  # fmt: skip
    seconds = time.perf_counter() - started
    matrix, borders = ConfusionMatrix(list(task.classes)), Trimap(list(task.classes), WIDTHS)
    for i in range(len(task.test)):
        image, truth = task.test[i]
        guess = predict(net, image)
        matrix.update(truth, guess)
        borders.update(truth, guess)
    size = task.test[0][1].shape
    field = max(receptive_field(net, size)[-1].field)
    parameters = sum(p.data.size for p in net.parameters())
    return Judged(name, trained, parameters, field, matrix, borders, seconds)


def _table(section: Section, judged: dict[str, Judged]) -> None:
    section.table(
        (
            "network",
            "parameters",
            "sees, pixels",
            "mean Jaccard",
            "pixels right",
            "right beside borders",
            "training",
        ),
        [
            (
                each.name,
                f"{each.parameters:,}",
                f"{each.field}",
                f"{each.matrix.mean_iou():.3f}",
                f"{each.matrix.pixel_accuracy:.1%}",
                f"{each.borders.pixel_accuracy()[1]:.1%}",
                f"{each.seconds:.0f} s",
            )
            for each in judged.values()
        ],
        "On images that no network has seen. *Sees*: the side of the receptive field of an output pixel, by "
        f"the formula. *Beside borders*: the pixels at most {WIDTHS[1]} from a border between classes.",
    )
    scores = [judged[f"FCN-{n}s"].matrix.mean_iou() for n in (32, 16, 8)]
    held = scores[0] <= scores[1] <= scores[2]
    section.text(
        f"Long and others found 8s better than 16s, and 16s better than 32s; here: {scores[2]:.3f}, "
        f"{scores[1]:.3f}, {scores[0]:.3f}, {'as they did' if held else 'not quite as they did'}. The front "
        f"end, whose maps are four times as fine, is {_than(judged, 'front end', 'FCN-32s')} FCN-32s."
    )


def _than(judged: dict[str, Judged], one: str, other: str) -> str:
    a, b = (judged[name].matrix.mean_iou() for name in (one, other))
    return "better than" if a > b else "not better than"


def _copies(section: Section, judged: dict[str, Judged]) -> None:
    whole, without = judged["U-Net"], judged["U-Net, no copies"]
    a, b = (each.borders.pixel_accuracy()[1] for each in (whole, without))
    lost = whole.matrix.mean_iou() - without.matrix.mean_iou()
    told = "loses" if lost > 0 else "does not lose"
    section.text(
        f"What are U-Net's copies good for? Without them it {told} mean Jaccard "
        f"({whole.matrix.mean_iou():.3f} with, {without.matrix.mean_iou():.3f} without); beside borders "
        f"{a:.1%} of the pixels are right with the copies and {b:.1%} without."
    )


def _five_panels(section: Section, task: Task, judged: dict[str, Judged], rows: int = 3) -> None:
    size = task.test[0][1].shape
    figure, axes = new_figure(8.6, rows * 8.6 / 5 * size[0] / size[1] + 1.1, rows, 5)
    for row, i in zip(axes, np.linspace(2, len(task.test) - 1, rows).astype(int), strict=True):
        image, truth = task.test[int(i)]
        show_image(row[0], image)
        masks = [*(predict(judged[name].trained.model, image) for name in PANELS), truth]
        for axis, mask in zip(row[1:], masks, strict=True):
            axis.imshow(overlay(image, coloured(mask, task.classes), 0.85))
            bare(axis)
    titles = ("image", "FCN-8s", "DeepLab", "front end", "truth")
    for axis, title in zip(axes[0], titles, strict=True):
        axis.set_title(title, fontsize=TYPE)
    named(figure, task.classes)
    section.figure(
        figure, "Five panels as in Yu and Koltun's figure 2, by the networks of this page, on unseen images."
    )


def named(figure: Any, classes: Any) -> None:
    """Say below a picture of masks which colour is which class."""
    from matplotlib.patches import Patch

    colours, first = voc_palette() / 255, 0 if classes[0] == "ground" else 1
    handles = [Patch(color=colours[k + first], label=name) for k, name in enumerate(classes) if k + first]
    below = {"loc": "outside lower center", "fontsize": TYPE, "frameon": False}
    figure.legend(handles=handles, ncols=min(5, len(handles)), **below)


def _borders(section: Section, judged: dict[str, Judged]) -> None:
    figure, axis = new_figure(8.6, 4.4)
    styles: list[Any] = ["o-", "s-", "^-", "D--", "v--", "P-", "x:"]
    for i, (each, style) in enumerate(zip(judged.values(), styles, strict=True)):
        axis.plot(
            WIDTHS, each.borders.pixel_accuracy(), style, color=[*COLOURS, "#555"][i], label=each.name, ms=5
        )
    axis.set(xlabel="at most so many pixels from a border", ylabel="pixels right")
    figure.legend(fontsize=SMALL, ncols=4, loc="outside lower center", frameon=False)
    open_axes(axis)
    near = {name: each.borders.pixel_accuracy()[0] for name, each in judged.items()}
    best, worst = max(near, key=near.__getitem__), min(near, key=near.__getitem__)
    section.figure(
        figure,
        f"How many pixels near borders are right? Right beside them {best} does best ({near[best]:.1%}) and "
        f"{worst} worst ({near[worst]:.1%}).",
    )
