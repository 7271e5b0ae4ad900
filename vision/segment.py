"""Training a segmentation network and judging it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import nn
from ..core import Tensor, no_grad
from ..nn import functional as F
from .metrics import ConfusionMatrix

VOID = 255


def predict(model: nn.Module, image: np.ndarray) -> np.ndarray:
    """Return the class of every pixel, (H, W) or (N, H, W), for an image (3, H, W) or a batch of them."""
    single = image.ndim == 3
    model.eval()
    with no_grad():
        scores = model(Tensor(np.ascontiguousarray(image[None] if single else image, np.float32)))
    classes = scores.data.argmax(1)
    return classes[0] if single else classes


def evaluate(
    model: nn.Module, dataset: Any, classes: Sequence[str] | int, batch_size: int = 8
) -> ConfusionMatrix:
    """Return the confusion matrix of the model over a whole data set of (image, mask)."""
    matrix = ConfusionMatrix(classes if isinstance(classes, int) else list(classes), VOID)
    for images, masks in nn.DataLoader(dataset, batch_size):
        matrix.update(masks, predict(model, images))
    return matrix


def flipped(item: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return an image and its mask, mirrored left to right half of the time."""
    image, mask = item
    return (image[:, :, ::-1], mask[:, ::-1]) if rng.random() < 0.5 else (image, mask)


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
    **options: Any,
) -> list[dict[str, float]]:
    """Train with Adam, one-cycle rates (short warm-up, then cosine) and pixel-wise cross-entropy; return the
    history.

    Parameters
    ----------
    train, test : data sets of (image (C, H, W), mask (H, W)); void pixels are 255.
    classes : names, one for each channel of the scores.
    weight : factor of each class in the loss.
    transform : augmentation ``f(item, rng)`` for the training images.
    options : passed on to `nn.fit` (checkpoint, callbacks, show, ...).
    """
    loader = nn.DataLoader(
        nn.Mapped(train, transform) if transform else train, batch_size, shuffle=True, seed=seed
    )
    steps = epochs * len(loader)
    warm = max(1, steps // 20)

    def loss(scores: Any, masks: Any) -> Tensor:
        return F.cross_entropy(scores, masks, weight, ignore_index=VOID)

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
        **options,
    )
