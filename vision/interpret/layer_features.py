"""What a layer makes of many images: one vector an image, and how well it keeps the classes apart.

N images, C channels
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from ... import nn
from ...core import Tensor, no_grad
from ...nn.pca import pca
from ...nn.tsne import tsne
from .watch import grey_level, seen_by

BATCH = 16  # images at a time
METHODS = ("pca", "t-sne")


def layer_features(
    net: nn.Module, images: Iterable[np.ndarray], layers: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return for each layer the mean of its maps over the places, (N, C).

    Parameters
    ----------
    images : (C, H, W), as the network expects them; read once, in batches of equal size.

    Raises
    ------
    KeyError : there is no such layer.
    ValueError : there is no image.
    """
    found: dict[str, list[np.ndarray]] = {each: [] for each in layers}
    stream = iter(images)
    while batch := list(islice(stream, BATCH)):
        x = np.stack(batch).astype(np.float32)
        with no_grad():
            maps = seen_by(net, Tensor(x / grey_level(net)), list(layers)).maps
        for each, rows in found.items():
            answers = maps[each].data
            rows.append(answers.reshape(*answers.shape[:2], -1).mean(2))
    if not all(found.values()):
        raise ValueError("layer_features: expected layers and images, came none")
    return {each: np.concatenate(rows) for each, rows in found.items()}


def plane(features: np.ndarray, method: str = "pca") -> np.ndarray:
    """Return the images as points of a plane, (N, 2): PCA, or t-SNE with a perplexity that so few allow."""
    if method not in METHODS:
        raise ValueError(f"plane: expected one of {', '.join(METHODS)}, got {method!r}")
    if method == "pca":
        return pca(features)[0]
    return tsne(features, perplexity=min(30.0, (len(features) - 1) / 4))


def neighbours_agree(features: np.ndarray, labels: Sequence[int]) -> float:
    """Return the share of images whose nearest other image, by cosine, is of their class.

    >>> neighbours_agree(np.array([[1.0, 0], [2, 0.1], [0, 1], [0.1, 3]]), [0, 0, 1, 0])
    0.5
    """
    rows = np.asarray(features, np.float64)
    if len(rows) < 2:
        raise ValueError(f"neighbours_agree: expected two images or more, came {len(rows)}")
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
    alike = rows @ rows.T
    np.fill_diagonal(alike, -np.inf)
    numbers = np.asarray(labels)
    return float((numbers[alike.argmax(1)] == numbers).mean())
