"""What a filter looks for: the pieces of many images that it answers to most (Zeiler & Fergus 2014, Fig. 2).

Images pass one by one, or in batches of a stream: only the k best of each channel are held.

C channels, k pieces, (P, Q) the layer's map
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, grad, no_grad
from ..networks.field_boxes import FieldBoxes
from .objectives import neuron
from .relu_rules import relu_rule
from .watch import grey_level, seen_by

BATCH = 16  # images at a time


@dataclass
class TopPatches:
    """The strongest answers of a layer, the strongest first.

    Attributes
    ----------
    layer : its path.
    values : (C, k), what was answered; minus infinity where there were no more images.
    images : (C, k), the image's number in the stream; -1 where there were no more.
    places : (C, k, 2), row and column of the map.
    fields : of the layer's places, for images of this size.
    """

    layer: str
    values: np.ndarray
    images: np.ndarray
    places: np.ndarray
    fields: FieldBoxes

    @property
    def answered(self) -> np.ndarray:
        """(C,) bool: whether all k answers are above 0; behind a rectifier, others are no answer at all."""
        return self.values[:, -1] > 0

    def box(self, channel: int, i: int) -> tuple[int, int, int, int]:
        """Return (top, bottom, left, right) of the piece that answer i of a channel saw, within its image."""
        row, column = self.places[channel, i]
        return self.fields.box(int(row), int(column))

    def crop(self, image: np.ndarray, channel: int, i: int) -> np.ndarray:
        """Return that piece of its image (..., H, W)."""
        top, bottom, left, right = self.box(channel, i)
        return image[..., top:bottom, left:right]


def top_patches(
    net: nn.Module,
    images: Iterable[np.ndarray],
    layers: Sequence[str],
    k: int = 9,
    *,
    one_per_image: bool = True,
) -> dict[str, TopPatches]:
    """Return the k strongest answers of every channel of some layers.

    Parameters
    ----------
    images : (C, H, W), as the network expects them, all of one size; read once.
    layers : paths of modules whose outputs are (N, C, P, Q).
    one_per_image : at most one piece of each image, so that k pieces are of k images.

    Raises
    ------
    KeyError : there is no such layer.
    ValueError : there is no image, or one of another size; a layer gives no maps; k is below 1.
    """
    if k < 1:
        raise ValueError(f"top_patches: expected k from 1, got {k}")
    net.eval()
    stream, first = iter(images), 0
    found: dict[str, TopPatches] = {}
    while batch := list(islice(stream, BATCH)):
        x = _stacked(batch, first)
        if not found:
            fields = {each: FieldBoxes(net, each, x.shape[2:], x.shape[1]) for each in layers}
        elif x.shape[2:] != next(iter(fields.values())).size:
            raise ValueError(f"top_patches: image {first} is of another size, {x.shape[2:]}")
        with no_grad():
            maps = seen_by(net, Tensor(x / grey_level(net)), list(layers)).maps
        for each in layers:
            answers = maps[each].data  # (B,C,P,Q)
            if each not in found:
                found[each] = _empty(each, answers.shape[1], k, fields[each])
            _merge(found[each], answers, first, k, one_per_image)
        first += len(batch)
    if not found:
        raise ValueError("top_patches: expected images, came none")
    return found


def label_entropy(top: TopPatches, labels: Any) -> np.ndarray:
    """Return of each channel the entropy of the labels (N,) of its images, in bits, (C,).

    0: all are of one class; log2 K: evenly of K classes.
    """
    numbers = np.asarray(labels)[top.images]  # (C,k)
    shares = np.stack([(numbers == label).mean(1) for label in np.unique(labels)], 1)  # (C,K)
    return -(shares * np.log2(np.maximum(shares, 1e-300))).sum(1) + 0.0


def projection(
    net: nn.Module, image: np.ndarray, layer: str, channel: int, place: Any, rule: str = "guided"
) -> np.ndarray:
    """Return which pixels raise one answer, (C, H, W): its gradient under a rule of `relu_rule`.

    "deconvnet" is the picture of Zeiler & Fergus 2014 beside each patch, "guided" that of Springenberg et al.
    """
    scale = grey_level(net)
    z = Tensor(np.asarray(image, np.float32)[None] / scale).requires_grad_()
    with relu_rule(net, rule):
        seen = seen_by(net, z, [layer])
        g: Any = grad(neuron(layer, channel, int(place[0]), int(place[1]))(seen).sum(), z)
    return g.data[0] / scale


def _stacked(batch: list[np.ndarray], first: int) -> np.ndarray:
    for i, image in enumerate(batch):
        if np.ndim(image) != 3 or np.shape(image) != np.shape(batch[0]):
            raise ValueError(
                f"top_patches: expected images (C, H, W) of one size, the first of this batch is "
                f"{np.shape(batch[0])}, image {first + i} is {np.shape(image)}"
            )
    return np.stack(batch).astype(np.float32)


def _empty(layer: str, channels: int, k: int, fields: FieldBoxes) -> TopPatches:
    values, images = np.full((channels, k), -np.inf, np.float32), np.full((channels, k), -1)
    return TopPatches(layer, values, images, np.zeros((channels, k, 2), int), fields)


def _merge(top: TopPatches, answers: np.ndarray, first: int, k: int, one_per_image: bool) -> None:
    """Take the strongest of (B, C, P, Q) into what is held; of equal ones those that came first stay."""
    count, channels, rows, columns = answers.shape
    flat = answers.reshape(count, channels, -1)
    most = 1 if one_per_image else min(k, rows * columns)
    best_first = flat.argmax(2)[:, :, None] if most == 1 else np.argsort(-flat, axis=2, kind="stable")
    order = best_first[:, :, :most]  # (B,C,m)
    new = np.take_along_axis(flat, order, 2)
    numbers = np.broadcast_to(first + np.arange(count)[:, None, None], order.shape)
    places = np.stack(np.divmod(order, columns), -1)

    def by_channel(each: np.ndarray) -> np.ndarray:  # (B,C,m,...) -> (C,Bm,...)
        return np.moveaxis(each, 1, 0).reshape(channels, count * most, *each.shape[3:])

    values = np.concatenate([top.values, by_channel(new)], 1)
    best = np.argsort(-values, axis=1, kind="stable")[:, :k]
    top.values = np.take_along_axis(values, best, 1)
    top.images = np.take_along_axis(np.concatenate([top.images, by_channel(numbers)], 1), best, 1)
    kept = np.concatenate([top.places, by_channel(places)], 1)
    top.places = np.take_along_axis(kept, best[..., None], 1)
