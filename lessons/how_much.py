"""How many images segmentation needs, told pixels or told words; and how far a pixel must see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import nn
from ..core import no_grad
from ..nn import Subset
from ..vision import evaluate, segmentation_net, train_segmentation
from ..vision.networks.small import SmallNet
from .drawing import COLOURS, SMALL, new_figure, open_axes
from .networks import Task, train
from .page import Section, listed
from .reach import reach

COUNTS = (10, 40, 160)  # training images
STEPS, BATCH, RATE = 120, 8, 4e-3  # of every training, however many images there are
WATCHED = 4  # test images looked at after each epoch
LEAST = 20  # pixels of a class that count as its presence


def how_much(task: Task, folder: Path, show: bool) -> Section:
    """Run the story."""
    section = Section("How many images, how far to see", "how-much")
    _counts(section, task, folder, show)
    reach(section, show)
    return section


def _counts(section: Section, task: Task, folder: Path, show: bool) -> None:
    counts = [count for count in COUNTS if count <= len(task.train)] or [len(task.train)]
    scores, found, named = [], [], []
    truth = presence([task.test[i][1] for i in range(len(task.test))], len(task.classes))
    varied = truth.any(0) & ~truth.all(0)  # of the others there is nothing to tell
    for count in counts:
        some = replace(task, train=Subset(task.train, range(count)))
        net = _segmenter(some, segmentation_net("fcn8s", len(task.classes), rng=0), folder, show)
        scores.append(evaluate(net, task.test, task.classes).mean_iou())
        guesses = presence(predicted(net, task.test), len(task.classes))
        found.append(float((guesses == truth)[:, varied].mean()))
        named.append(float((classified(some, folder, show) == truth)[:, varied].mean()))
    usual = truth[:, varied].mean(0)
    always = float(np.maximum(usual, 1 - usual).mean())
    section.text(
        "The lecture says that segmentation can do with small sets: every object in an image is many "
        f"labelled pixels. Here an FCN-8s learns from {counts[0]} to {counts[-1]} images, with {STEPS} steps "
        "each time, so that only the data differs. Beside it a classifier learns from the same images, told "
        "only *which* classes there are; the FCN answers that question, too, by what it has found."
    )
    figure, axes = new_figure(8.6, 3.6, 1, 2)
    axes[0, 0].plot(counts, scores, "o-", color=COLOURS[0])
    axes[0, 0].set(ylabel="mean Jaccard of the FCN", ylim=(0, 1))
    for name, values, colour in (("FCN, by its pixels", found, 0), ("classifier", named, 1)):
        axes[0, 1].plot(counts, values, "o-", color=COLOURS[colour], label=name)
    axes[0, 1].axhline(always, color="black", ls=":", label="the usual answer, always")
    axes[0, 1].set(ylabel="right about what is there", ylim=(min(0.45, *named, *found), 1))
    axes[0, 1].legend(fontsize=SMALL)
    for axis in axes.flat:
        axis.set_xscale("log")
        axis.set_xticks(counts, map(str, counts), fontsize=SMALL)
        axis.minorticks_off()
        axis.set_xlabel("training images")
        open_axes(axis)
    section.figure(
        figure,
        f"Left: the share of overlap on {len(task.test)} unseen images. Right: how often each is right about "
        f"whether a class is in an image; the {np.count_nonzero(varied)} classes count that some images have "
        "and others have not.",
    )
    ahead = [count for count, a, b in zip(counts, found, named, strict=True) if a > b]
    told = "at none of these sizes" if not ahead else f"with {listed(ahead)} images"
    section.text(
        f"Told pixels, a network is better than one told words about the same question {told}. From "
        f"{counts[0]} to {counts[-1]} images the mean Jaccard goes from {scores[0]:.2f} to {scores[-1]:.2f}."
    )
    section.facts[f"mean Jaccard from {counts[-1]} images"] = f"{scores[-1]:.3f}"


def _segmenter(task: Task, net: nn.Module, folder: Path, show: bool) -> nn.Module:
    """Train for so many steps, or take over what an earlier run trained."""
    batch = min(BATCH, len(task.train))
    task = replace(task, epochs=-(-STEPS // -(-len(task.train) // batch)), batch_size=batch, lr=RATE)
    few = Subset(task.test, range(min(WATCHED, len(task.test))))
    return train(task, net, folder, lambda checkpoint: train_segmentation(
        net, task.train, few, task.classes, epochs=task.epochs, batch_size=batch, lr=RATE,
        checkpoint=checkpoint, show=show,
    )).model  # fmt: skip


def presence(masks: Sequence[np.ndarray], classes: int) -> np.ndarray:
    """Return which classes are in which mask, with at least LEAST pixels: (masks, classes) of booleans."""
    return np.array([np.bincount(mask[mask < classes], minlength=classes) >= LEAST for mask in masks])


def predicted(net: nn.Module, data: Any) -> list[np.ndarray]:
    """Return the mask that a network gives each image."""
    net.eval()
    with no_grad():
        return [np.asarray(net(data[i][0][None]).data[0].argmax(0)) for i in range(len(data))]


def classified(task: Task, folder: Path, show: bool) -> np.ndarray:
    """Return which classes a classifier, told only what there is, sees in the test images."""
    items = [task.train[i] for i in range(len(task.train))]
    images = np.stack([image for image, _ in items]).astype(np.float32)
    known = presence([mask for _, mask in items], len(task.classes)).astype(np.float32)
    net, batch = SmallNet(len(task.classes), rng=0), min(BATCH, len(items))
    loader = nn.DataLoader(nn.ArrayDataset(images, known), batch, shuffle=True, seed=0)
    epochs = -(-STEPS // len(loader))
    train(replace(task, epochs=epochs), net, folder, lambda checkpoint: nn.fit(
        net, loader, nn.BCEWithLogitsLoss(), nn.optim.Adam(net.parameters(), RATE), epochs=epochs,
        schedule=nn.schedule.cosine(epochs * len(loader)), checkpoint=checkpoint, show=show,
    ))  # fmt: skip
    net.eval()
    with no_grad():
        scores = [net(task.test[i][0][None].astype(np.float32)).data[0] for i in range(len(task.test))]
    return np.array(scores) > 0
