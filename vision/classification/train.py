"""Training a classifier on photos: by random pieces, mirrored half of the time; judged by their middles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, no_grad, ranks
from ...nn import functional as F
from ..data.class_folders import Photo, Photos
from ..networks.classifier import Classifier
from ..networks.random_piece import RandomPiece


def train_classifier(
    net: Classifier,
    train: Sequence[Photo],
    val: Sequence[Photo],
    *,
    epochs: int,
    batch_size: int = 16,
    lr: float = 1e-3,
    seed: int = 0,
    comm: Any = None,
    **options: Any,
) -> list[dict[str, float]]:
    """Train with Adam, one-cycle rates (short warm-up, then cosine) and cross-entropy; return the history.

    Parameters
    ----------
    net : its ``preprocess`` says the size.
    train, val : photos, as `find_classes` gives.
    comm : as of `nn.fit`; batch_size is that of each rank.
    options : passed on to `nn.fit` (checkpoint, callbacks, show, ...).
    """
    photographed: Any = Photos(train)
    pieces = nn.Mapped(photographed, RandomPiece(net.preprocess))
    loader = nn.DataLoader(pieces, batch_size, shuffle=True, seed=seed)
    comm = ranks.chosen(comm)
    if comm is not None:
        loader = loader.part(comm.rank, comm.size)
    steps = epochs * len(loader)
    warm = max(1, steps // 20)

    def validate(network: nn.Module) -> dict[str, float]:
        scores, numbers = scores_of(net, val, batch_size)
        loss = F.cross_entropy(scores, numbers)
        return {
            "validation_accuracy": float((scores.argmax(1) == numbers).mean()),
            "validation_loss": float(loss),
        }

    return nn.fit(
        net,
        loader,
        lambda scores, numbers: F.cross_entropy(scores, numbers),
        nn.optim.Adam(net.parameters(), lr),
        epochs=epochs,
        schedule=nn.schedule.warm_up(warm, nn.schedule.cosine(max(1, steps - warm))),
        validate=validate,
        comm=comm or False,
        **options,
    )


def scores_of(
    net: Classifier, photos: Sequence[Photo], batch_size: int = 16
) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores (N, classes) of photos by a network in evaluation mode, and their classes (N,)."""
    photographed: Any = Photos(photos)
    middles = nn.Mapped(photographed, lambda item: (net.preprocess(item[0]), item[1]))
    net.eval()
    scores, numbers = [], []
    with no_grad():
        for images, classes in nn.DataLoader(middles, batch_size):
            scores.append(net(Tensor(images)).data)
            numbers.append(classes)
    return np.concatenate(scores), np.concatenate(numbers)
