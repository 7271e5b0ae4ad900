"""Story 3: a U-Net learns to name every pixel; on generated scenes, or on a folder of real images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import Tensor, graph
from ..nn import Module, summary
from ..vision import ConfusionMatrix, UNet, evaluate, overlay, predict, train_segmentation
from ..vision.data.palette import voc_palette
from . import unet_picture
from .drawing import SMALL, TYPE, bare, new_figure, open_axes, show_image, whole_ticks
from .networks import Task, Trained, told_training
from .page import Section

OPAQUE = 0.8  # of the colours over an image


def segmentation(trained: Trained) -> Section:
    """Run the story of a trained U-Net."""
    task, model = trained.task, trained.model
    section = Section(f"A U-Net names every pixel: {task.title}", "segmentation")
    _draw(section, model, task)
    matrix = evaluate(model, task.test, task.classes, task.batch_size)
    baseline = most_frequent_class(task)
    section.text(
        f"*Training.* The network sees {len(task.train)} images, {task.epochs} times, half of them mirrored, "
        f"and is judged by {len(task.test)} that it never saw.{told_training(trained)}"
    )
    section.figure(
        _curves(trained.history, baseline.mean_iou()),
        "After each epoch (one reading of all training images). Left: the loss, the mean over all pixels of "
        "-log of the probability that the network gives to the right class. Right: how good the masks of "
        "unseen images are.",
    )
    section.text(
        "*How good is it?* Pixel accuracy is the share of right pixels. The Jaccard measure of a class is "
        "the overlap of the predicted and the true region, divided by their union; its mean over the "
        "classes treats the rare ones like the common ones. All come from one confusion matrix over all "
        "test images. The last column calls every pixel "
        f"“{task.classes[int(np.argmax(baseline.counts.sum(0)))]}”, the most frequent class."
    )
    measures = [
        ("pixel accuracy", matrix.pixel_accuracy, baseline.pixel_accuracy),
        ("mean Jaccard", matrix.mean_iou(), baseline.mean_iou()),
        *(
            (f"Jaccard of {name}", mine, other)
            for name, mine, other in zip(task.classes, matrix.jaccard(), baseline.jaccard(), strict=True)
        ),
    ]
    section.table(
        ("measure", "U-Net", "most frequent class"),
        [(name, _score(mine), _score(other)) for name, mine, other in measures],
        f"On {len(task.test)} unseen images. {told_scores(task.classes, matrix, baseline)}",
    )
    section.figure(
        _examples(model, task),
        "Unseen images. Columns: what the network saw; the true classes; the classes that it names; where "
        "the two differ (grey: a pixel without a label). The colours of the classes are named below; a white "
        "line is a border between them.",
    )
    section.code(UNet, train_segmentation, ConfusionMatrix.jaccard)
    section.facts["mean Jaccard on unseen images"] = f"{matrix.mean_iou():.3f}"
    section.facts["of their pixels are right"] = f"{matrix.pixel_accuracy:.1%}"
    return section


def _draw(section: Section, model: Module, task: Task) -> None:
    image = np.asarray(task.test[0][0], np.float32)[None]
    model.eval()
    recorded = graph(model(Tensor(image)), fold=1).boxes
    boxes, arrows = unet_picture.boxes_and_arrows(recorded, image.shape)
    totals = summary(model, image.shape).splitlines()[-1]
    section.text(
        "The network goes down by max-pooling, where it learns *what* is there, and up again by "
        "up-convolutions (transposed ones), where it says *where*. At each level a copy of the way down is "
        f"laid beside the way up. {unet_picture.told(boxes, arrows)} In all: {totals}."
    )
    section.svg(
        unet_picture.draw(boxes, arrows),
        "The trained network, drawn from what the engine recorded while it ran on one image: boxes are "
        "results, with channels × height × width. *DoubleConv* is two 3 x 3 convolutions, each with batch "
        "norm and rectifier; *join* lays the copy's channels beside those from below; the last *Conv2d* "
        f"makes {len(task.classes)} scores for each pixel, one a class. Each row down has half the height "
        "and width.",
    )


def told_scores(classes: Sequence[str], matrix: ConfusionMatrix, baseline: ConfusionMatrix) -> str:
    """Say whether the network is better than the most frequent class, and its best and worst class."""
    mine, other, each = matrix.mean_iou(), baseline.mean_iou(), np.asarray(matrix.jaccard())
    verdict = "better" if mine > other else "no better"
    best, worst = (classes[int(find(each))] for find in (np.nanargmax, np.nanargmin))
    return (
        f"By its mean Jaccard the network is {verdict} than naming the most frequent class; it does best on "
        f"{best} ({np.nanmax(each):.2f}) and worst on {worst} ({np.nanmin(each):.2f})."
    )


def most_frequent_class(task: Task) -> ConfusionMatrix:
    """Return the confusion matrix of a "network" that calls every pixel the commonest class of
    the training images.
    """
    counts = np.zeros(len(task.classes), np.int64)
    for i in range(len(task.train)):
        mask = task.train[i][1]
        counts += np.bincount(mask[mask < len(counts)], minlength=len(counts))
    matrix = ConfusionMatrix(task.classes)
    for i in range(len(task.test)):
        mask = task.test[i][1]
        matrix.update(mask, np.full_like(mask, int(counts.argmax())))
    return matrix


def _score(value: float) -> str:
    return "absent" if np.isnan(value) else f"{value:.3f}"


def _curves(history: list[dict[str, float]], baseline: float) -> Any:
    figure, axes = new_figure(8.6, 3.6, 1, 2)
    left, right = axes[0]
    epochs = [entry["epoch"] for entry in history]
    left.plot(epochs, [entry["loss"] for entry in history], "o-", color="#1f5fa8", ms=4)
    left.set(xlabel="epoch", ylabel="cross-entropy per pixel", ylim=(0, None), title="training images")
    for key, name, style in (("pixel_accuracy", "pixel accuracy", "s-"), ("mean_iou", "mean Jaccard", "o-")):
        colour = "#8a6d00" if key == "pixel_accuracy" else "#228833"
        right.plot(epochs, [entry[key] for entry in history], style, color=colour, ms=4, label=name)
    right.axhline(baseline, color="#777", ls=":", label="Jaccard, most frequent class")
    right.set(xlabel="epoch", ylabel="share", ylim=(0, 1), title="unseen images")
    right.legend(fontsize=SMALL, loc="lower right")
    for axis in (left, right):
        open_axes(axis)
        whole_ticks(axis)
    return figure


def _examples(model: Module, task: Task, count: int = 4) -> Any:
    from matplotlib.patches import Patch

    tall = 8.6 / 4 * task.test[0][1].shape[0] / task.test[0][1].shape[1]
    figure, axes = new_figure(8.6, tall * count + 1, count, 4)
    for row, i in zip(axes, np.linspace(0, len(task.test) - 1, count).astype(int), strict=True):
        image, truth = task.test[int(i)]
        guess = predict(model, image)
        show_image(row[0], image)
        for axis, mask in ((row[1], truth), (row[2], guess)):
            axis.imshow(overlay(image, coloured(mask, task.classes), OPAQUE))
        row[3].imshow(np.where(truth == 255, 0.5, (guess != truth) * 1.0), cmap="Greys", vmin=0, vmax=1)
        for axis in row:
            bare(axis)
    for axis, title in zip(axes[0], ("image", "truth", "U-Net", "wrong: black"), strict=True):
        axis.set_title(title, fontsize=TYPE)
    colours, first = voc_palette() / 255, 0 if task.classes[0] == "ground" else 1
    handles = [Patch(color=colours[k + first], label=n) for k, n in enumerate(task.classes) if k + first]
    names = {"loc": "outside lower center", "fontsize": TYPE, "frameon": False}
    figure.legend(handles=handles, ncols=min(5, len(handles)), **names)
    return figure


def coloured(mask: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """Return colour numbers: where class 0 is no background, all classes move up by one, so that each
    has a colour.
    """
    return mask if classes[0] == "ground" else np.where(mask == 255, 0, mask + 1)
