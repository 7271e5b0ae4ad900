"""All ways to make a map, by name, each as one map (H, W) of what speaks for a class.

Maps by gradients (C, H, W) become one channel by `strength`; those of a layer are enlarged to the image; of
occlusion what makes the score rise when it is covered, below 0, is left out.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import nn
from .cam import cam, enlarged, guided_grad_cam, score_cam
from .gradients import (
    expected_gradients,
    gradient_x_input,
    integrated_gradients,
    saliency,
    smooth_grad,
    strength,
)
from .occlusion import occlusion

METHODS = (
    "saliency", "gradient x input", "smooth-grad", "integrated gradients", "expected gradients", "grad-cam",
    "hires-cam", "layer-cam", "score-cam", "guided grad-cam", "guided", "deconvnet", "occlusion",
)  # fmt: skip
COMPLETE = ("gradient x input", "integrated gradients")  # those that are to sum to f(x) - f(0)


def attribution(
    method: str,
    net: nn.Module,
    image: np.ndarray,
    label: int,
    layer: str,
    *,
    baselines: np.ndarray | None = None,
    samples: int = 32,
    patch: int | None = None,
) -> np.ndarray:
    """Return one map (H, W) of an image (C, H, W), prepared as the network expects it.

    Parameters
    ----------
    method : one of `METHODS`.
    layer : path of the module whose maps the class activation maps weigh.
    baselines : (N, C, H, W), for expected gradients; without them the image's mean colours, and 0.
    samples : of noise, or steps of a path.
    patch : side of what occlusion covers; an eighth of the image's by default, and half of it between two.

    Raises
    ------
    ValueError : there is no such method; names the nearest.
    """
    x = np.asarray(image)
    side = patch or max(2, min(x.shape[1:]) // 8)
    if baselines is None:
        baselines = np.stack([np.zeros_like(x), np.broadcast_to(x.mean((1, 2), keepdims=True), x.shape)])
    given = baselines
    ways: dict[str, Callable[[], np.ndarray]] = {
        "saliency": lambda: saliency(net, x, label),
        "gradient x input": lambda: gradient_x_input(net, x, label),
        "smooth-grad": lambda: smooth_grad(net, x, label, samples=samples),
        "integrated gradients": lambda: integrated_gradients(net, x, label, steps=samples),
        "expected gradients": lambda: expected_gradients(net, x, given, label, samples=samples),
        "grad-cam": lambda: cam(net, x, layer, label),
        "hires-cam": lambda: cam(net, x, layer, label, "hires-cam"),
        "layer-cam": lambda: cam(net, x, layer, label, "layer-cam"),
        "score-cam": lambda: score_cam(net, x, layer, label),
        "guided grad-cam": lambda: guided_grad_cam(net, x, layer, label),
        "guided": lambda: saliency(net, x, label, "guided"),
        "deconvnet": lambda: saliency(net, x, label, "deconvnet"),
        "occlusion": lambda: np.maximum(
            occlusion(net, x, label, patch=side, stride=max(1, side // 2)), 0
        ),
    }  # fmt: skip
    expect_methods([method])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the map of .* is negative everywhere")  # its measures say so
        found = ways[method]()
    if found.ndim == 3:
        return strength(found)
    return found if found.shape == x.shape[1:] else enlarged(found, x.shape[1:])


def expect_methods(names: Sequence[str], flag: str = "method") -> None:
    """ValueError, which names the nearest, for a method that there is not."""
    for name in names:
        if name not in METHODS:
            near: Any = difflib.get_close_matches(name, METHODS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{flag}: no method {name!r}, there are {', '.join(METHODS)}{hint}")
