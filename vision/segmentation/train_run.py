"""Training a run of ``run.py``: data, augmentation, loss, validation, checkpoints."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor
from ...core.files import replacing
from ..data.folders import VOID, SegmentationFolder
from ..data.transforms import Augment
from ..data.weights import border_weights, class_weights
from .losses import dice_loss, focal_loss, pixel_cross_entropy
from .metrics import ConfusionMatrix
from .recipes import Recipe
from .run import BEST, HISTORY, TRAIN, SaveBest, SegmentationRun


def train_run(
    run: SegmentationRun,
    root: Any,
    folder: str | os.PathLike,
    *,
    net: nn.Module | None = None,
    show: bool = True,
    pixels: np.ndarray | None = None,
) -> list[dict[str, float]]:
    """Train a run into its folder, or go on with it; return the history.

    Parameters
    ----------
    root : the data, a folder or a `Layout`.
    net : the network with the weights that it begins with, as of `begun`; the run's own if not given.
    pixels : of each class in the training images, for the class weights; counted here if not given.
    """
    recipe, folder = run.recipe, Path(folder)
    net = run.network() if net is None else net
    recipe.freeze(net)
    train, val = run.split(root, "train"), run.split(root, "val")
    loader = nn.DataLoader(
        nn.Mapped(train, prepare(recipe)), min(recipe.batch, len(train)), shuffle=True, seed=recipe.seed
    )
    weight = None
    if recipe.class_weights != "none":
        counts = pixels if pixels is not None else _counts(train)
        weight = class_weights(counts, recipe.class_weights)
    history = nn.fit(
        net,
        loader,
        loss_of(recipe, weight),
        recipe.optimiser_of(net),
        epochs=recipe.epochs,
        schedule=recipe.schedule_of(recipe.epochs * len(loader)),
        validate=lambda model: summary(evaluate_run(run, model, val)),
        callbacks=[SaveBest(folder / BEST), lambda state: _write_history(folder, state.history)],
        checkpoint=folder / TRAIN,
        checkpoint_every=200,
        show=show,
    )
    return history


def prepare(recipe: Recipe) -> Callable[..., Any]:
    """A transform of training items: augmented, and the image as the network expects it; with the weights of
    borders as a second map of the target, if the recipe has them.
    """
    augment = Augment(**{**recipe.augment, **_pairs(recipe.augment)}) if recipe.augment else None

    def item(given: Any, rng: np.random.Generator) -> Any:
        image, mask = augment(given, rng) if augment else given
        if recipe.border:
            mask = np.stack([mask.astype(np.float32), border_weights(mask, w0=recipe.border)])
        return recipe.prepared(image), mask

    return item


def _pairs(options: Mapping[str, Any]) -> dict[str, Any]:
    """Lists that came from JSON as the tuples that they were."""
    return {name: tuple(value) for name, value in options.items() if isinstance(value, list)}


def loss_of(recipe: Recipe, weight: np.ndarray | None) -> Callable[[Any, Any], Tensor]:
    """The loss of scores and targets (N, H, W), or with border weights (N, 2, H, W)."""

    def loss(scores: Any, targets: Any) -> Any:
        masks, pixel_weights = targets, None
        if recipe.border:
            masks, pixel_weights = targets[:, 0].astype(np.int64), targets[:, 1]
        if scores.shape[2:] != masks.shape[1:]:  # without padding: the middle of the mask
            masks, pixel_weights = (_middle(each, scores.shape[2:]) for each in (masks, pixel_weights))
        if recipe.loss == "dice":
            return dice_loss(scores, masks)
        if recipe.loss == "focal":
            return focal_loss(scores, masks, weight=weight)
        value = pixel_cross_entropy(scores, masks, weight, pixel_weights, recipe.reduction)
        return value + dice_loss(scores, masks) if recipe.loss.endswith("dice") else value

    return loss


def _middle(array: np.ndarray | None, size: Sequence[int]) -> Any:
    if array is None:
        return None
    top, left = ((n - m) // 2 for n, m in zip(array.shape[1:], size, strict=True))
    return array[:, top : top + size[0], left : left + size[1]]


def evaluate_run(run: SegmentationRun, net: nn.Module, dataset: Any, **how: Any) -> ConfusionMatrix:
    """The confusion matrix of a network over a data set, image by image; options of `run.labelled`."""
    matrix = ConfusionMatrix(list(run.classes), VOID)
    for i in range(len(dataset)):
        image, mask = dataset[i]
        matrix.update(mask, run.labelled(net, image, **how))
    return matrix


def summary(matrix: ConfusionMatrix) -> dict[str, float]:
    """The numbers of an epoch."""
    return {"mean_iou": matrix.mean_iou(), "pixel_accuracy": matrix.pixel_accuracy}


def epochs_in(run: SegmentationRun, root: Any, minutes: float) -> int:
    """How many epochs fit into so many minutes on this machine: measured on a few steps, at least 1."""
    recipe = replace(run.recipe, epochs=1)
    net, train, val = run.network(), run.split(root, "train"), run.split(root, "val")
    recipe.freeze(net)
    few = nn.Subset(train, range(min(3 * recipe.batch, len(train))))
    loader = nn.DataLoader(nn.Mapped(few, prepare(recipe)), min(recipe.batch, len(few)), seed=0)
    seconds = []
    for _ in range(2):  # the first one compiles
        started = time.perf_counter()
        nn.fit(net, loader, loss_of(recipe, None), recipe.optimiser_of(net), epochs=1, show=False)
        seconds.append((time.perf_counter() - started) / len(few))
    started = time.perf_counter()
    evaluate_run(run, net, nn.Subset(val, range(min(4, len(val)))))
    check = (time.perf_counter() - started) / min(4, len(val))
    return max(int(60 * minutes / (seconds[-1] * len(train) + check * len(val))), 1)


def _counts(dataset: SegmentationFolder) -> np.ndarray:
    counts = np.zeros(len(dataset.classes), np.int64)
    for _, mask in (dataset[i] for i in range(len(dataset))):
        counts += np.bincount(mask[mask != VOID], minlength=len(counts))
    return counts


def _write_history(folder: Path, history: list[dict[str, float]]) -> None:
    with replacing(folder / HISTORY, "w") as file:
        json.dump(history, file, indent=1)
