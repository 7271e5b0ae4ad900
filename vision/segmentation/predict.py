"""The class of every pixel, and how good that is over a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, no_grad
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
