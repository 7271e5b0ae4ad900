"""Story 3: a U-Net learns to name every pixel; on generated scenes, or on a folder of real images."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..nn import Module, summary
from ..vision import (
    CLASSES,
    ConfusionMatrix,
    SceneDataset,
    SegmentationFolder,
    UNet,
    evaluate,
    overlay,
    predict,
    train_segmentation,
)
from ..vision.data.palette import voc_palette
from ..vision.data.transforms import flipped
from .page import Section


@dataclass
class Task:
    """What is to be learned: data, the network's size, and for how long."""

    title: str
    train: Any
    test: Any
    classes: tuple[str, ...]
    base: int
    depth: int
    epochs: int
    batch_size: int
    lr: float


def generated(epochs: int = 14) -> Task:
    """Return the task of the tour: 400 scenes to learn from, 100 others to judge by."""
    size = 64
    return Task(
        "generated scenes",
        SceneDataset(400, size, seed=1),
        SceneDataset(100, size, seed=2),
        CLASSES,
        16,
        3,
        epochs,
        8,
        4e-3,
    )


def camvid(root: str | os.PathLike, epochs: int = 14) -> Task:
    """Return the task on a folder laid out as CamVid is: ``train`` to learn from, ``test`` to judge by."""
    train, test = SegmentationFolder(root, "train"), SegmentationFolder(root, "test")
    return Task("CamVid", train, test, train.classes, 32, 4, epochs, 4, 2e-3)


def segmentation(
    task: Task, checkpoint: str | os.PathLike | None = None, show: bool = True
) -> tuple[Section, Module]:
    """Run the story; return it and the trained network."""
    section = Section(f"A U-Net names every pixel: {task.title}", "segmentation")
    model = UNet(3, len(task.classes), task.base, task.depth, norm=True, rng=0)
    shape = np.shape(task.train[0][0])
    totals = summary(model, (1, *shape)).splitlines()[-1]
    section.text(
        "The network goes down by max-pooling, where it learns *what* is there, and up again by transposed "
        "convolutions, where it says *where*; "
        f"at each level a copy of the way down is laid beside the way up. This one starts with {task.base} "
        f"channels and goes down {task.depth} times; {totals}. "
        f"It sees {len(task.train)} images, {task.epochs} times, half of them mirrored, and is judged by "
        f"{len(task.test)} that it never saw.",
    )
    history = train_segmentation(
        model,
        task.train,
        task.test,
        task.classes,
        epochs=task.epochs,
        batch_size=task.batch_size,
        lr=task.lr,
        transform=flipped,
        checkpoint=checkpoint,
        show=show,
    )
    matrix = evaluate(model, task.test, task.classes, task.batch_size)
    baseline = most_frequent_class(task)
    section.figure(
        _curves(history, baseline.mean_iou()),
        "The loss on the training images, and how good the masks of unseen images are, after each epoch.",
    )
    section.text(
        "How good is it? Pixel accuracy is the share of right pixels. The Jaccard measure of a class is the "
        "overlap of the predicted and the true region, "
        "divided by their union; its mean over the classes treats the rare ones like the common ones. All "
        "come from one confusion matrix over all test images. "
        f"Calling every pixel “{task.classes[int(np.argmax(baseline.counts.sum(0)))]}”, the most frequent "
        "class, gives the figures on the right."
    )
    scores = [
        ("pixel accuracy", matrix.pixel_accuracy, baseline.pixel_accuracy),
        ("mean Jaccard", matrix.mean_iou(), baseline.mean_iou()),
    ]
    scores += [
        (f"Jaccard of {n}", s, b)
        for n, s, b in zip(task.classes, matrix.jaccard(), baseline.jaccard(), strict=True)
    ]
    rows = [(n, _score(s), _score(b)) for n, s, b in scores]
    section.table(("measure", "U-Net", "most frequent class"), rows, f"On {len(task.test)} unseen images.")
    section.figure(
        _examples(model, task),
        "Unseen images: what the network saw, the true mask, its own mask, and where the two differ.",
    )
    section.code(UNet, train_segmentation, ConfusionMatrix.jaccard)
    section.facts["mean Jaccard on unseen images"] = f"{matrix.mean_iou():.3f}"
    section.facts["pixel accuracy on unseen images"] = f"{matrix.pixel_accuracy:.3f}"
    return section, model


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


def _curves(history: list[dict[str, float]], baseline: float):
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9.2, 3.2), layout="constrained")
    epochs = [entry["epoch"] for entry in history]
    left.plot(epochs, [entry["loss"] for entry in history], "o-", color="#1f5fa8", ms=4)
    left.set(xlabel="epoch", ylabel="cross-entropy per pixel", ylim=(0, None), title="training loss")
    right.plot(
        epochs,
        [entry["pixel_accuracy"] for entry in history],
        "s-",
        color="#8a6d00",
        ms=4,
        label="pixel accuracy",
    )
    right.plot(
        epochs, [entry["mean_iou"] for entry in history], "o-", color="#228833", ms=4, label="mean Jaccard"
    )
    right.axhline(baseline, color="#777", ls=":", label="mean Jaccard of the most frequent class")
    right.set(xlabel="epoch", ylabel="share", ylim=(0, 1), title="unseen images")
    right.legend(fontsize=9, loc="lower right")
    for axis in (left, right):
        axis.grid(alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    plt.close(figure)
    return figure


def _examples(model: Module, task: Task, count: int = 4):
    from matplotlib import pyplot as plt
    from matplotlib.patches import Patch

    figure, axes = plt.subplots(count, 4, figsize=(9.2, 2.35 * count + 0.5), layout="constrained")
    for row, i in zip(axes, np.linspace(0, len(task.test) - 1, count).astype(int), strict=True):
        image, truth = task.test[int(i)]
        guess = predict(model, image)
        wrong = np.where(truth == 255, 0.5, (guess != truth) * 1.0)
        row[0].imshow(np.moveaxis(image, 0, -1))
        row[1].imshow(overlay(image, _coloured(truth, task)))
        row[2].imshow(overlay(image, _coloured(guess, task)))
        row[3].imshow(wrong, cmap="Greys", vmin=0, vmax=1)
        for axis in row:
            axis.set_xticks([])
            axis.set_yticks([])
    for axis, title in zip(axes[0], ("image", "truth", "U-Net", "wrong pixels (black)"), strict=True):
        axis.set_title(title, fontsize=11)
    colours = voc_palette() / 255
    first = 0 if task.classes[0] == "ground" else 1
    handles = [
        Patch(color=colours[k + first], label=name) for k, name in enumerate(task.classes) if k + first
    ]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=min(6, len(handles)), fontsize=9, frameon=False
    )
    plt.close(figure)
    return figure


def _coloured(mask: np.ndarray, task: Task) -> np.ndarray:
    """Return colour numbers: where class 0 is no background, all classes move up by one, so that each
    has a colour.
    """
    return mask if task.classes[0] == "ground" else np.where(mask == 255, 0, mask + 1)
