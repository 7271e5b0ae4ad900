"""Classifiers that can be the trunk of a segmentation network, and where their maps have which size."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ... import nn
from ...core import no_grad
from ...nn import init
from .alexnet import AlexNet
from .atrous import stride_of
from .mobilenet import mobilenet_v1
from .small import CHANNELS, COUNTS
from .squeezenet import squeezenet1_0
from .vgg import stages, vgg16

LEAST = 64  # pixels to which smaller images are filled up, so that every trunk has a map of 1 x 1 at least


class Small(nn.Module):
    """A VGG of 8 layers with batch norm, 179,040 parameters: trains on two processor cores in minutes."""

    def __init__(self, *, rng: init.Rng = None):
        super().__init__()
        self.features = stages(COUNTS, CHANNELS, norm=True, rng=rng)


CLASSIFIERS: dict[str, Callable[..., Any]] = {
    "small": Small,
    "vgg16": vgg16,
    "alexnet": AlexNet,
    "squeezenet": squeezenet1_0,
    "mobilenet": lambda **options: mobilenet_v1(width=0.25, **options),
}


def features_of(classifier: nn.Module) -> nn.Sequential:
    """Return the convolutional part of a classifier, whose layers run in their order."""
    found = getattr(classifier, "features", None)
    if not isinstance(found, nn.Sequential):
        raise ValueError(f"a {type(classifier).__name__} has no features, a Sequential of its convolutions")
    return found


def taps(features: nn.Sequential) -> dict[int, tuple[int, int]]:
    """Return for each stride of a trunk how many of its layers lead to the last map there, and its channels.

    >>> taps(stages((1, 1), (4, 6), rng=0))
    {1: (2, 4), 2: (5, 6), 4: (6, 6)}
    """
    found, stride = {}, 1
    x = np.zeros((1, 3, LEAST, LEAST), next(features.parameters()).dtype)
    modes = {id(module): module.training for module in features.modules()}
    features.eval()
    with no_grad():
        for count, layer in enumerate(features, start=1):
            x = layer(x)
            windows = [each for each in layer.modules() if isinstance(each, (nn.Conv2d, nn.MaxPool2d))]
            stride *= math.prod(stride_of(each) for each in windows)
            found[stride] = (count, x.shape[1])
    for module in features.modules():
        object.__setattr__(module, "training", modes[id(module)])
    return found
