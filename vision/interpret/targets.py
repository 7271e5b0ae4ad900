"""What a map explains: a number that the network gives, such as the score of a class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, ops

Target = int | Callable[[Any], Any] | None


def score_of(output: Any, target: Target) -> Any:
    """Return the number to explain, one tensor of one number for a batch.

    Parameters
    ----------
    output : scores (N, K) of a classifier, or (N, K, H, W) of a segmentation network.
    target : a class: its score, over all pixels of a segmentation; None: the class that the network names for
        the first image; or a function of the output, such as ``lambda y: y[:, 5, 20, 30].sum()``.

    Raises
    ------
    ValueError : there is no such class, or the function gives something else than one number.
    """
    if callable(target):
        score = target(output)
        if getattr(score, "shape", None) not in ((), (1,)):
            raise ValueError(f"target: expected a function to one number, it gave shape {np.shape(score)}")
        return ops.sum(score)
    classes = output.shape[1]
    if target is None:
        target = int(np.asarray(output.data[0]).reshape(classes, -1).sum(1).argmax())
    if not 0 <= target < classes:
        raise ValueError(f"target: expected a class from 0 to {classes - 1}, got {target}")
    return ops.sum(output[:, target])


def class_pixels(label: int, mask: np.ndarray | None = None) -> Callable[[Any], Any]:
    """Return the target "scores of this class over these pixels" of a segmentation network.

    Parameters
    ----------
    mask : (H, W) bool; None: the pixels that the network gives that class.
    """

    def score(output: Any) -> Any:
        where = output.data.argmax(1) == label if mask is None else np.broadcast_to(mask, output.shape[2:])
        return ops.sum(output[:, label] * np.asarray(where, output.dtype))

    return score


def as_batch(image: Any) -> np.ndarray:
    """An image (C, H, W), or a batch, as float (N, C, H, W)."""
    image = np.asarray(image.data if isinstance(image, Tensor) else image)
    image = image if image.dtype.kind == "f" else image.astype(np.float32)
    if image.ndim not in (3, 4):
        raise ValueError(f"expected an image (C, H, W) or a batch (N, C, H, W), got shape {image.shape}")
    return image[None] if image.ndim == 3 else image


def layer_of(net: nn.Module, layer: str) -> nn.Module:
    """Return the module of a path; KeyError with the nearest that there are."""
    import difflib

    modules = dict(net.named_modules())
    if layer not in modules:
        near = difflib.get_close_matches(layer, modules, n=3) or [path for path in modules if path][-3:]
        raise KeyError(f"no layer {layer!r}; there are {', '.join(near)} and others")
    return modules[layer]
