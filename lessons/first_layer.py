"""A first layer whose filters show something: 9 x 9 pixels of one colour, and what they answer to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .. import nn
from ..nn import functional as F
from ..nn import init
from ..vision.data.transforms import flipped
from ..vision.interpret.activations import activations
from ..vision.segmentation.predict import VOID, evaluate
from .drawing import TYPE, bare, new_figure
from .networks import Task, Trained, train
from .page import Section

FILTERS, SIZE, COARSE = 16, 9, 4  # filters, pixels along a side, pixels that the later layers see as one
EPOCHS, RATE = 10, 4e-3
DECAY = 4.0  # of the filters alone: what they do not need goes to 0
FIRST = 0.01  # deviation of their first values: so small that the training, not the start, is what is seen
GREEN = 1  # the channel
ASKED, PLACES, ACROSS = 60, 3, 8  # images searched for the strongest answers, places shown, filters in a row


class LargeFirst(nn.Sequential):
    """One layer of large filters, one of small ones, one score for each class and place."""

    def __init__(self, classes: int, rng: np.random.Generator):
        first = nn.Conv2d(1, FILTERS, SIZE, padding=SIZE // 2, bias=False, rng=rng)
        first.weight.data[...] = rng.normal(0, FIRST, first.weight.shape)
        second = nn.Conv2d(FILTERS, 48, 3, padding=1, bias=False, rng=rng)
        init.he_normal(second.weight, rng)
        super().__init__(
            first, nn.BatchNorm2d(FILTERS), nn.ReLU(), nn.MaxPool2d(COARSE),
            second, nn.BatchNorm2d(48), nn.ReLU(),
            nn.Conv2d(48, classes, 1, rng=rng), nn.Upsample(scale_factor=COARSE, mode="bilinear"),
        )  # fmt: skip


def green(item: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return an image's green channel, cut to whole coarse pixels, and its mask."""
    image, mask = item
    height, width = (n - n % COARSE for n in mask.shape)
    return image[GREEN : GREEN + 1, :height, :width], mask[:height, :width]


def trained(task: Task, folder: Path, show: bool) -> Trained:
    """Train the network on the task, or take over what an earlier run has trained in this folder."""
    model = LargeFirst(len(task.classes), np.random.default_rng(0))
    images: Any = nn.Mapped(task.train, lambda item, rng: flipped(green(item), rng))
    loader = nn.DataLoader(images, task.batch_size, shuffle=True, seed=0)
    steps = EPOCHS * len(loader)
    filters, *rest = model.parameters()
    groups = [{"params": [filters], "weight_decay": DECAY}, {"params": rest, "weight_decay": 0.0}]
    warm = max(1, steps // 20)
    schedule = nn.schedule.warm_up(warm, nn.schedule.cosine(max(1, steps - warm)))
    return train(task, model, folder, lambda checkpoint: nn.fit(
        model, loader, lambda scores, masks: F.cross_entropy(scores, masks, ignore_index=VOID),
        nn.optim.AdamW(groups, RATE), epochs=EPOCHS, schedule=schedule, checkpoint=checkpoint, show=show,
    ))  # fmt: skip


def filters(section: Section, first: Trained) -> None:
    """Add the filters, each with the places of unseen images that it answers to most."""
    task = first.task
    test = nn.Mapped(task.test, green)
    score = evaluate(first.model, test, task.classes, task.batch_size).mean_iou()
    section.text(
        "*What does a first layer look for?* The filters of a U-Net have 3 x 3 pixels: too few to see a "
        f"pattern in. So here is a smaller network for the same task, whose first layer has {FILTERS} "
        f"filters of {SIZE} x {SIZE} pixels and sees one colour channel alone, the green one. All its "
        f"filters began as faint noise. It reaches a mean Jaccard of {score:.2f} on the unseen images (1 "
        "would be perfect)."
    )
    weights = next(iter(first.model.parameters())).data[:, 0]
    section.figure(
        _picture(weights, strongest(first, test)),
        f"Each of the {FILTERS} filters, and below it the {PLACES} places in {min(ASKED, len(test))} "
        "unseen images where it answers most, one in an image. Red asks for light, blue for dark, white "
        "does not care. Two patches of colour side by side look for an edge, a spot with a ring around it "
        "for dots and corners, fine speckles for fine grain. Each filter is scaled to its own largest "
        "number.",
    )
    section.code(LargeFirst)


def strongest(first: Trained, test: Any) -> list[list[np.ndarray]]:
    """Return for each filter the pieces (SIZE, SIZE) of images that it answers to most, one an image."""
    found: list[list[tuple[float, int, np.ndarray]]] = [[] for _ in range(FILTERS)]
    reach = SIZE // 2
    for i in range(min(ASKED, len(test))):
        image = test[i][0]
        maps = activations(first.model, image, ["0"])["0"][
            :, reach:-reach, reach:-reach
        ]  # filters that fit in
        for k, answers in enumerate(maps):
            row, column = np.unravel_index(answers.argmax(), answers.shape)
            piece = image[0, row : row + SIZE, column : column + SIZE]
            found[k].append((float(answers[row, column]), -i, piece))
    return [[piece for *_, piece in sorted(each, key=lambda one: one[:2])[::-1][:PLACES]] for each in found]


def _picture(weights: np.ndarray, places: list[list[np.ndarray]]) -> Any:
    blocks, tall = -(-len(weights) // ACROSS), PLACES + 1
    figure, axes = new_figure(8.6, 1.08 * blocks * tall, blocks * tall, ACROSS)
    for axis in axes.flat:
        bare(axis)
        axis.spines[:].set_visible(False)
    for k, (kernel, pieces) in enumerate(zip(weights, places, strict=True)):
        top, column = k // ACROSS * tall, k % ACROSS
        most = np.abs(kernel).max()
        axes[top, column].imshow(kernel, cmap="RdBu_r", vmin=-most, vmax=most)
        axes[top, column].spines[:].set(visible=True, color="#1d2430", linewidth=1.2)
        for row, piece in enumerate(pieces, 1):
            axes[top + row, column].imshow(piece, cmap="gray")
    for top in range(0, blocks * tall, tall):
        axes[top, 0].set_ylabel("filter", fontsize=TYPE)
        axes[top + 2, 0].set_ylabel("strongest", fontsize=TYPE)
    return figure
