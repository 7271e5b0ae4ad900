"""All measures of one photo's maps, method by method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from ... import nn
from .gradients import difference, gradient_x_input, integrated_gradients
from .methods import COMPLETE, METHODS, attribution
from .sanity import Forgotten, max_sensitivity, randomised
from .score import STEPS, Curve, blurred, completeness_gap, deletion, insertion

PATH_STEPS = 32  # of integrated gradients
BLUR = 5 / 224  # deviation of the Gaussian of insertion, as a share of the image's side


class Measured(NamedTuple):
    """The measures of one method's map of one image.

    Attributes
    ----------
    values : the map, (H, W).
    deletion, insertion : curves; grey takes the pixels' place, the blurred image is what they come into.
    gap : completeness gap as a share of f(x) - f(0); None for a method that is not meant to be complete.
    sensitivity : max-sensitivity; None if it was not asked for.
    forgotten : rank correlations while layers forget; empty if that was not asked for.
    """

    method: str
    values: np.ndarray
    deletion: Curve
    insertion: Curve
    gap: float | None
    sensitivity: float | None
    forgotten: list[Forgotten]


def measured(
    net: nn.Module,
    image: np.ndarray,
    label: int,
    layer: str,
    methods: Sequence[str] = METHODS,
    *,
    samples: int = 0,
    points: int = 0,
    steps: int = STEPS,
    seed: int = 0,
) -> Iterator[Measured]:
    """Yield the measures of each method's map of an image (C, H, W), as the network expects it.

    Parameters
    ----------
    samples : of max-sensitivity; 0 leaves it out.
    points : layers at which a map is made again while they forget; 0 leaves that out.
    steps : of the curves.

    With "random" as a method the map is noise: what a map must be better than.
    """
    x = np.asarray(image)
    soft = blurred(x, BLUR * min(x.shape[1:]))
    for method in methods:
        noise = np.random.default_rng(seed).random(x.shape[1:])
        ask = partial(_asked, method, net, label, layer)
        values = noise if method == "random" else ask(x)
        gone = deletion(net, x, values, label, steps=steps)
        come = insertion(net, x, values, label, baseline=soft, steps=steps)
        gap, moved, left = _gap(method, net, x, label), None, []
        if method != "random":
            if samples:
                moved = max_sensitivity(ask, x, samples=samples, seed=seed)
            if points:
                left = list(randomised(net, ask, x, points=points, seed=seed))
        yield Measured(method, values, gone, come, gap, moved, left)


def _asked(method: str, net: nn.Module, label: int, layer: str, image: np.ndarray) -> np.ndarray:
    return attribution(method, net, image, label, layer, samples=PATH_STEPS)


def _gap(method: str, net: nn.Module, x: np.ndarray, label: int) -> float | None:
    if method not in COMPLETE:
        return None
    if method == "gradient x input":
        whole = gradient_x_input(net, x, label)
    else:
        whole = integrated_gradients(net, x, label, steps=PATH_STEPS)
    return completeness_gap(net, x, whole, label) / max(abs(difference(net, x, label)), 1e-12)
