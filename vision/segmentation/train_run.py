"""Training a run of ``run.py``: data, augmentation, loss, validation, checkpoints."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ... import nn
from ...core import ranks
from ...core.files import replacing
from ..data.folders import VOID, SegmentationFolder
from ..data.transforms import Augment
from ..data.weights import border_weights, class_weights
from .metrics import ConfusionMatrix
from .recipe_loss import RecipeLoss
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
    comm: Any = None,
    sync_batch_norm: bool = False,
) -> list[dict[str, float]]:
    """Train a run into its folder, or go on with it; return the history.

    Parameters
    ----------
    root : the data, a folder or a `Layout`.
    net : the network with the weights that it begins with, as of `begun`; the run's own if not given.
    pixels : of each class in the training images, for the class weights; counted here if not given.
    comm, sync_batch_norm : as of `nn.fit`; the recipe's batch is that of each rank.
    """
    comm = ranks.chosen(comm)
    recipe, folder = run.recipe, Path(folder)
    net = run.network() if net is None else net
    recipe.freeze(net)
    train, val = run.split(root, "train"), run.split(root, "val")
    loader = nn.DataLoader(
        nn.Mapped(train, prepare(recipe)), min(recipe.batch, len(train)), shuffle=True, seed=recipe.seed
    )
    if comm is not None:
        loader = loader.part(comm.rank, comm.size)
    weight = None
    if recipe.class_weights != "none":
        counts = pixels if pixels is not None else _counts(train)
        weight = class_weights(counts, recipe.class_weights)
    history = nn.fit(
        net,
        loader,
        RecipeLoss(recipe, weight),
        recipe.optimiser_of(net),
        epochs=recipe.epochs,
        schedule=recipe.schedule_of(recipe.epochs * len(loader)),
        validate=lambda model: summary(evaluate_run(run, model, val)),
        callbacks=[SaveBest(folder / BEST), lambda state: _write_history(folder, state)],
        checkpoint=folder / TRAIN,
        checkpoint_every=200,
        show=show,
        comm=comm or False,
        sync_batch_norm=sync_batch_norm,
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


def epochs_in(run: SegmentationRun, root: Any, minutes: float, size: int = 1) -> int:
    """How many epochs fit into so many minutes on this machine: measured on a few steps, at least 1.

    On ``size`` ranks an epoch has as many times fewer steps; what messages cost is not measured.
    """
    recipe = replace(run.recipe, epochs=1)
    net, train, val = run.network(), run.split(root, "train"), run.split(root, "val")
    recipe.freeze(net)
    few = nn.Subset(train, range(min(3 * recipe.batch, len(train))))
    loader = nn.DataLoader(nn.Mapped(few, prepare(recipe)), min(recipe.batch, len(few)), seed=0)
    seconds = []
    for _ in range(2):  # the first one compiles
        started = time.perf_counter()
        optimiser = recipe.optimiser_of(net)
        nn.fit(net, loader, RecipeLoss(recipe), optimiser, epochs=1, show=False, comm=False)
        seconds.append((time.perf_counter() - started) / len(few))
    started = time.perf_counter()
    evaluate_run(run, net, nn.Subset(val, range(min(4, len(val)))))
    check = (time.perf_counter() - started) / min(4, len(val))
    return max(int(60 * minutes / (seconds[-1] * len(train) / size + check * len(val))), 1)


def _counts(dataset: SegmentationFolder) -> np.ndarray:
    counts = np.zeros(len(dataset.classes), np.int64)
    for _, mask in (dataset[i] for i in range(len(dataset))):
        counts += np.bincount(mask[mask != VOID], minlength=len(counts))
    return counts


def _write_history(folder: Path, training: nn.Training) -> None:
    if training.speaks:
        with replacing(folder / HISTORY, "w") as file:
            json.dump(training.history, file, indent=1)
