"""VGG (Simonyan & Zisserman 2015, Table 1): nothing but 3 x 3 convolutions, rectifiers and 2 x 2 max-pools.

Five stages, each ending in a pool that halves the image; a configuration says how many convolutions each has:

    stage      1    2    3    4    5     then
    channels  64  128  256  512  512     fc 4096, fc 4096, fc classes
    VGG-11     1    1    2    2    2     (A)
    VGG-13     2    2    2    2    2     (B)
    VGG-16     2    2    3    3    3     (D)
    VGG-19     2    2    4    4    4     (E)

Parameter paths are torchvision's (``features.0.weight``, ``classifier.6.bias``), so its checkpoints load.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import nn
from ...nn import init
from .classifier import Classifier
from .layers import convolution

CHANNELS = (64, 128, 256, 512, 512)
COUNTS = {"A": (1, 1, 2, 2, 2), "B": (2, 2, 2, 2, 2), "D": (2, 2, 3, 3, 3), "E": (2, 2, 4, 4, 4)}


def stages(
    counts: Sequence[int], channels: Sequence[int] = CHANNELS, norm: bool = False, *, rng: init.Rng = None
) -> nn.Sequential:
    """Return the five stages as one `Sequential`, (N, 3, H, W) -> (N, channels[-1], H / 32, W / 32).

    Weights are drawn as He et al. 2015 advise: with those of 2014 the deep ones did not learn from scratch.

    Parameters
    ----------
    counts : convolutions of each stage.
    channels : of each stage.
    norm : batch norm behind every convolution (not in the paper, which predates it).
    """
    rng = init.generator(rng)
    layers: list[nn.Module] = []
    inputs = 3
    for count, outputs in zip(counts, channels, strict=True):
        for _ in range(count):
            conv = convolution(inputs, outputs, 3, padding=1, rng=rng)
            layers += [conv, *([nn.BatchNorm2d(outputs)] if norm else []), nn.ReLU()]
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


class VGG(Classifier):
    """x (N, 3, H, W), 224 x 224 as a rule and at least 32 x 32 -> scores (N, classes).

    Parameters
    ----------
    counts : convolutions of each stage, as in `COUNTS`.
    classes : scores for an image; 0: features.
    norm : batch norm behind every convolution.
    dropout : behind each of the first two fully connected layers.
    channels, hidden : of the stages, of the first two fully connected layers.
    """

    def __init__(
        self,
        counts: Sequence[int] = COUNTS["D"],
        classes: int = 1000,
        norm: bool = False,
        dropout: float = 0.5,
        *,
        channels: Sequence[int] = CHANNELS,
        hidden: int = 4096,
        rng: init.Rng = None,
    ):
        super().__init__()
        rng = init.generator(rng)
        self.features = stages(counts, channels, norm, rng=rng)  # 224 -> 7
        self.avgpool = nn.AdaptiveAvgPool2d(7)
        self.classifier = nn.Sequential(
            nn.Linear(channels[-1] * 7 * 7, hidden, rng=rng),
            nn.ReLU(),
            nn.Dropout(dropout, rng=rng),
            nn.Linear(hidden, hidden, rng=rng),
            nn.ReLU(),
            nn.Dropout(dropout, rng=rng),
            nn.Linear(hidden, classes, rng=rng),
        )
        self._begun(classes)


def vgg11(classes: int = 1000, norm: bool = False, **options: Any) -> VGG:
    """VGG-11, 132,863,336 parameters; options as of `VGG`."""
    return VGG(COUNTS["A"], classes, norm, **options)


def vgg13(classes: int = 1000, norm: bool = False, **options: Any) -> VGG:
    """VGG-13, 133,047,848 parameters; options as of `VGG`."""
    return VGG(COUNTS["B"], classes, norm, **options)


def vgg16(classes: int = 1000, norm: bool = False, **options: Any) -> VGG:
    """VGG-16, 138,357,544 parameters; options as of `VGG`."""
    return VGG(COUNTS["D"], classes, norm, **options)


def vgg19(classes: int = 1000, norm: bool = False, **options: Any) -> VGG:
    """VGG-19, 143,667,240 parameters; options as of `VGG`."""
    return VGG(COUNTS["E"], classes, norm, **options)
