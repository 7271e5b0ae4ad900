"""The fast gradient sign method: a change too small to see, and another class (Goodfellow et al. 2015).

    x' = x + epsilon sign(d J(x, y) / d x)        J the cross-entropy of the right class y
    x' = x - epsilon sign(d J(x, t) / d x)        towards a class t instead (Kurakin et al. 2017, eq. 4)

epsilon is in grey levels, of 0 .. 255; whole ones are exact: the image can be saved as a picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from ... import nn
from ...core import Tensor, grad, no_grad, ops
from ...nn import functional as F
from .targets import score_of

BATCH = 16  # images at a time


class Attacked(NamedTuple):
    """How a network fares on images changed by one epsilon, in grey levels.

    Attributes
    ----------
    right : share of the images whose class is still the likeliest.
    chance : mean probability of the right class.
    carried : share right in the second network, shown the same pixels; None without one.
    """

    epsilon: float
    right: float
    chance: float
    carried: float | None


def fgsm(net: Any, pixels: np.ndarray, label: Any, epsilon: float, *, towards: bool = False) -> np.ndarray:
    """Return images that the network is to take for something else, within 0 .. 1.

    Parameters
    ----------
    net : with its ``preprocess``; put into evaluation mode.
    pixels : (3, H, W), or (N, 3, H, W), red-green-blue of 0 .. 1.
    label : the right class, one number or (N,); with ``towards`` the class that they are to be taken for.
    epsilon : grey levels by which each number changes, at most.

    Raises
    ------
    ValueError : pixels out of 0 .. 1, no such class, or epsilon below 0.
    """
    x = np.asarray(pixels, np.float32)
    batch = x[None] if x.ndim == 3 else x
    labels = np.broadcast_to(np.asarray(label, np.int64), len(batch))
    _expect(batch, epsilon)
    changed = _moved(batch, _signs(net, batch, labels), -epsilon if towards else epsilon)
    return changed.reshape(x.shape)


def sweep(
    net: Any, pixels: np.ndarray, labels: Sequence[int], epsilons: Sequence[float], other: Any = None
) -> list[Attacked]:
    """Return how a network, and a second one that the attack does not know, fare for each epsilon.

    Parameters
    ----------
    pixels : (N, 3, H, W) of 0 .. 1; the second network is shown the same ones, in its own range and order.
    labels : (N,), the right classes.
    """
    numbers, found = np.asarray(labels, np.int64), []
    for epsilon in epsilons:
        _expect(pixels, epsilon)
    signs = _signs(net, pixels, numbers)  # of all epsilons: the method takes one step
    for epsilon in epsilons:
        changed = _moved(pixels, signs, epsilon)
        chances = chances_of(net, changed)
        right = float((chances.argmax(1) == numbers).mean())
        mean = float(chances[np.arange(len(numbers)), numbers].mean())
        carried = None
        if other is not None:
            carried = float((chances_of(other, changed).argmax(1) == numbers).mean())
        found.append(Attacked(float(epsilon), right, mean, carried))
    return found


def chances_of(net: nn.Module, pixels: np.ndarray) -> np.ndarray:
    """Return the probabilities (N, K) of images (N, 3, H, W) of 0 .. 1."""
    parts = range(0, len(pixels), BATCH)
    return chances_of_prepared(net, (x for i in parts for x in _shown(net, pixels[i : i + BATCH])))


def chances_of_prepared(net: nn.Module, images: Iterable[np.ndarray]) -> np.ndarray:
    """Return the probabilities (N, K) of images (C, H, W), as the network expects them."""
    net.eval()
    rows, stream = [], iter(images)
    with no_grad():
        while batch := list(islice(stream, BATCH)):
            rows.append(ops.softmax(net(Tensor(np.stack(batch))), axis=1).data)
    return np.concatenate(rows)


def _moved(pixels: np.ndarray, signs: np.ndarray, epsilon: float) -> np.ndarray:
    return np.clip(pixels + np.float32(epsilon / 255) * signs, 0, 1)


def _signs(net: nn.Module, pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """sign(dJ / d pixels) of images (N, 3, H, W), batch by batch."""
    parts = range(0, len(pixels), BATCH)
    return np.concatenate([_signs_of(net, pixels[i : i + BATCH], labels[i : i + BATCH]) for i in parts])


def _signs_of(net: nn.Module, pixels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The range only scales a gradient, the order of the colours turns it."""
    net.eval()
    x = Tensor(_shown(net, pixels)).requires_grad_()
    scores = net(x)
    for label in labels:
        score_of(scores, int(label))  # ValueError for a class that there is not
    g: Any = grad(F.cross_entropy(scores, labels, reduction="sum"), x)
    turned = getattr(net, "preprocess", None) is not None and net.preprocess.order == "BGR"
    return np.sign(g.data[:, ::-1] if turned else g.data)


def _shown(net: Any, pixels: np.ndarray) -> np.ndarray:
    shown = getattr(net, "preprocess", None)
    return np.ascontiguousarray(pixels if shown is None else shown.normalised(pixels))


def _expect(batch: np.ndarray, epsilon: float) -> None:
    if batch.ndim != 4 or not np.isfinite(batch).all() or batch.min() < 0 or batch.max() > 1:
        raise ValueError(f"fgsm: expected pixels (N, 3, H, W) of 0 .. 1, got shape {batch.shape}")
    if not np.isfinite(epsilon) or epsilon < 0:
        raise ValueError(f"fgsm: expected epsilon in grey levels, from 0, got {epsilon}")
