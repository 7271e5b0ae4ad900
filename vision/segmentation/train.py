"""Training a segmentation network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import nn
from ...core import ranks
from .predict import VOID, evaluate


def train_segmentation(
    model: nn.Module,
    train: Any,
    test: Any,
    classes: Sequence[str],
    *,
    epochs: int,
    batch_size: int = 8,
    lr: float = 3e-3,
    weight: np.ndarray | None = None,
    transform: Callable | None = None,
    seed: int = 0,
    comm: Any = None,
    **options: Any,
) -> list[dict[str, float]]:
    """Train with Adam, one-cycle rates (short warm-up, then cosine) and pixel-wise cross-entropy;
    return the history.

    Parameters
    ----------
    train, test : data sets of (image (C, H, W), mask (H, W)); void pixels are 255.
    classes : names, one for each channel of the scores.
    weight : factor of each class in the loss.
    transform : augmentation ``f(item, rng)`` for the training images.
    comm : as of `nn.fit`; batch_size is that of each rank.
    options : passed on to `nn.fit` (checkpoint, callbacks, show, ...).
    """
    loader = nn.DataLoader(
        nn.Mapped(train, transform) if transform else train, batch_size, shuffle=True, seed=seed
    )
    comm = ranks.chosen(comm)
    if comm is not None:
        loader = loader.part(comm.rank, comm.size)
    steps = epochs * len(loader)
    warm = max(1, steps // 20)

    loss = nn.CrossEntropyLoss(weight, ignore_index=VOID)

    def validate(network: nn.Module) -> dict[str, float]:
        matrix = evaluate(network, test, classes, batch_size)
        return {"mean_iou": matrix.mean_iou(), "pixel_accuracy": matrix.pixel_accuracy}

    schedule = nn.schedule.warm_up(warm, nn.schedule.cosine(max(1, steps - warm)))
    return nn.fit(
        model,
        loader,
        loss,
        nn.optim.Adam(model.parameters(), lr),
        epochs=epochs,
        schedule=schedule,
        validate=validate,
        comm=comm or False,
        **options,
    )
