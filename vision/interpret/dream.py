"""DeepDream (Mordvintsev et al. 2015, the program of their notebook): let a layer see more of what it sees.

    octaves, from the smallest:   z <- base image of this size + detail so far, enlarged
        steps:                    roll by a jitter; z <- z + step g / mean|g|; roll back; clip
        detail                    <- z - base image

The objective is half the sum of squares of a layer, so that its gradient there is the answer itself; or with
a guide image, how much the answers look like the guide's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, no_grad
from .maximise import resized, stepped
from .objectives import Objective, guide, layer
from .settings import LEAST, Settings
from .watch import grey_level, seen_by

STEPS, STEP, JITTER = 10, 1.5, 32  # of the notebook: steps an octave; grey levels; pixels
OCTAVES, SCALE = 4, 1.4
ZOOM = 0.05  # of the notebook's film: by how much each picture is a piece of the last


def dream(
    net: nn.Module,
    image: Any,
    objective: Objective | str,
    *,
    octaves: int = OCTAVES,
    scale: float = SCALE,
    steps: int = STEPS,
    step: float = STEP,
    jitter: int = JITTER,
    seed: int = 0,
) -> np.ndarray:
    """Return an image in which the network sees more of what it saw, (C, H, W).

    Parameters
    ----------
    image : (C, H, W), as the network expects it, of any size that it takes; noise, too.
    objective : what is to grow, or the name of a layer, as `layer`; `guided_by` makes one of an image.
    octaves, scale : how many sizes, each so many times the one before; the last is the image's.  Those below
        32 pixels are left out.
    steps, step : of each octave; the mean change of a pixel in a step, grey levels.
    jitter : pixels by which the image is rolled before a step, at most.

    Raises
    ------
    KeyError, ValueError : as `maximise`.
    """
    objective = layer(objective) if isinstance(objective, str) else objective
    objective.expect_layers(net)
    if not 1 <= octaves <= 20 or not 1 < scale <= 4:
        raise ValueError(
            f"dream: expected 1 to 20 octaves and a scale above 1, at most 4; got {octaves}, {scale}"
        )
    settings = Settings(steps, step, normalised=True, jitter=jitter, clip=True)
    x = np.asarray(image, np.float32)
    if x.ndim != 3:
        raise ValueError(f"dream: expected an image (C, H, W), got shape {x.shape}")
    rng = np.random.default_rng(seed)
    whole = (x / grey_level(net))[None]
    detail = np.zeros_like(whole)
    for size in sizes(x.shape[1:], octaves, scale):
        base = resized(whole, size)
        z = base + resized(detail, size)
        for number in range(steps):
            z, _, _ = stepped(net, objective, z, settings, number, rng)
        detail = z - base
    return (whole + detail)[0] * grey_level(net)


def sizes(full: tuple[int, ...], octaves: int, scale: float) -> list[tuple[int, int]]:
    """Return the octaves' sizes (H, W), the smallest first.

    >>> sizes((140, 280), 3, 1.4)
    [(71, 143), (100, 200), (140, 280)]
    """
    found: list[tuple[int, int]] = []
    for octave in range(octaves):
        height, width = (round(n / scale**octave) for n in full)
        if octave and min(height, width) < LEAST:
            break
        found.insert(0, (height, width))
    return found


def guided_by(net: nn.Module, image: Any, name: str) -> Objective:
    """Return the objective "look like what this image (C, H, W) makes the layer answer"."""
    x = np.asarray(image, np.float32)[None]
    with no_grad():
        answers = seen_by(net, Tensor(x / grey_level(net)), [name]).maps[name].data[0]
    return guide(name, answers)


def noise(net: nn.Module, size: tuple[int, int], seed: int = 0, spread: float = 30.0) -> np.ndarray:
    """Return an image (3, H, W) of Gaussian noise around the training mean, ``spread`` grey levels."""
    z = np.random.default_rng(seed).normal(0, spread, (3, *size)).astype(np.float32)
    return z * grey_level(net)


def zoom(
    net: nn.Module, image: Any, objective: Objective | str, frames: int, by: float = ZOOM, **options: Any
) -> Iterator[np.ndarray]:
    """Yield pictures (C, H, W) of a film: each a dream of the middle of the last, enlarged.

    Parameters
    ----------
    by : share of the side that falls away before each dream.
    options : of `dream`.
    """
    if not 0 < by < 0.9:
        raise ValueError(f"zoom: expected a share above 0 and below 0.9, got {by}")
    x = np.asarray(image, np.float32)
    for number in range(frames):
        x = dream(net, x, objective, **{**options, "seed": options.get("seed", 0) + number})
        yield x
        x = middle(x, by)


def middle(x: np.ndarray, by: float) -> np.ndarray:
    """Return the middle (1 - by) of an image (C, H, W), enlarged to its size."""
    height, width = x.shape[1:]
    top, left = (max(1, round(n * by / 2)) for n in (height, width))
    return resized(x[None, :, top : height - top, left : width - left], (height, width))[0]
