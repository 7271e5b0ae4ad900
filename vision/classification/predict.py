"""The classes of photos, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...core import Tensor, no_grad
from ...core.ops import softmax
from ..networks.classifier import Classifier


class Guess(NamedTuple):
    """A class and how likely it is."""

    label: str
    probability: float


def probabilities(net: Classifier, images: Iterable[Any]) -> np.ndarray:
    """Return how likely each class is for images (H, W, 3) of uint8 and any sizes: (N, classes)."""
    net.eval()
    x = np.stack([net.preprocess(image) for image in images])
    with no_grad():
        return softmax(net(Tensor(x)), axis=1).data


def likeliest(chances: np.ndarray, labels: Sequence[str], top: int = 5) -> list[Guess]:
    """Return the likeliest classes of one image, of equal ones the first.

    >>> likeliest(np.array([0.25, 0.5, 0.25]), ["ant", "bee", "cat"], 2)
    [Guess(label='bee', probability=0.5), Guess(label='ant', probability=0.25)]
    """
    order: list[int] = np.argsort(-chances, kind="stable")[:top].tolist()
    return [Guess(labels[i], float(chances[i])) for i in order]
