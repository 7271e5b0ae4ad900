"""Occlusion: cover a part of the image and look at the score (Zeiler & Fergus 2014, section 4.2)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, no_grad
from .gradients import BATCH, _fixed
from .targets import Target, as_batch, score_of


def occlusion(
    net: nn.Module, image: Any, target: Target = None, *, patch: int = 8, stride: int = 4, fill: Any = 0.0
) -> np.ndarray:
    """Return by how much the score falls where the patch lies, the mean over all patches on a pixel, (H, W).

    Parameters
    ----------
    image : (C, H, W), prepared as the network expects it.
    patch, stride : side of the square that is covered, and how far apart squares begin, pixels.
    fill : what covers it: a number, or (C, 1, 1).

    Raises
    ------
    ValueError : the patch is larger than the image, or the stride larger than the patch (pixels between).
    """
    x = as_batch(image)[:1]
    height, width = x.shape[2:]
    if not 1 <= stride <= patch <= min(height, width):
        raise ValueError(
            f"occlusion: expected 1 <= stride <= patch <= {min(height, width)}, got patch={patch}, "
            f"stride={stride}"
        )
    target = _fixed(net, x, target)
    rows, columns = ([*range(0, n - patch, stride), n - patch] for n in (height, width))
    places = [(top, left) for top in rows for left in columns]
    falls, covered = np.zeros((height, width)), np.zeros((height, width))
    with no_grad():
        whole = float(score_of(net(Tensor(x)), target))
        for i in range(0, len(places), BATCH):
            some = places[i : i + BATCH]
            batch = np.repeat(x, len(some), 0)
            for each, (top, left) in zip(batch, some, strict=True):
                each[:, top : top + patch, left : left + patch] = fill
            output = net(Tensor(batch))
            for k, (top, left) in enumerate(some):
                where = slice(top, top + patch), slice(left, left + patch)
                falls[where] += whole - float(score_of(output[k : k + 1], target))
                covered[where] += 1
    return falls / covered
