"""SqueezeNet (Iandola et al. 2016): AlexNet's accuracy with fifty times fewer parameters.

A fire module first squeezes the channels by a 1 x 1 convolution, so that few meet the expensive 3 x 3 one:

    x -> [squeeze 1 x 1] -> relu -+-> [expand 1 x 1] -> relu --> concat
                                  +-> [expand 3 x 3] -> relu --^

Parameter paths are torchvision's (``features.3.squeeze.weight``), so its checkpoints load.
"""

from __future__ import annotations

from typing import Any

from ... import nn
from ...core import ops
from ...nn import init
from ...nn.fusing import run
from .classifier import Classifier
from .layers import convolution

# What follows conv1: fire modules (squeeze, each expand), and pools.
SMALL, MIDDLE, LARGE = (32, 128), (48, 192), (64, 256)
LAYERS_1_0 = (
    *("pool", (16, 64), (16, 64), SMALL, "pool"),
    *(SMALL, MIDDLE, MIDDLE, LARGE, "pool", LARGE),
)
LAYERS_1_1 = ("pool", (16, 64), (16, 64), "pool", SMALL, SMALL, "pool", MIDDLE, MIDDLE, LARGE, LARGE)
FINAL_STD = 0.01  # of conv10's first weights


class Fire(nn.Module):
    """x (N, inputs, H, W) -> (N, 2 expand, H, W): the fire module of Fig. 1."""

    def __init__(self, inputs: int, squeeze: int, expand: int, *, rng: init.Rng = None):
        super().__init__()
        rng = init.generator(rng)
        self.squeeze = convolution(inputs, squeeze, 1, rng=rng)
        self.squeeze_activation = nn.ReLU()
        self.expand1x1 = convolution(squeeze, expand, 1, rng=rng)
        self.expand1x1_activation = nn.ReLU()
        self.expand3x3 = convolution(squeeze, expand, 3, padding=1, rng=rng)
        self.expand3x3_activation = nn.ReLU()

    def forward(self, x: Any) -> Any:
        x = run([self.squeeze, self.squeeze_activation], x)
        narrow = run([self.expand1x1, self.expand1x1_activation], x)
        wide = run([self.expand3x3, self.expand3x3_activation], x)
        return ops.concat([narrow, wide], axis=1)


class SqueezeNet(Classifier):
    """x (N, 3, H, W), 224 x 224 as a rule and at least 32 x 32 -> scores (N, classes).

    Parameters
    ----------
    version : "1.0" (the paper: conv1 7 x 7, 1,248,424 parameters) or "1.1" (the authors' later one: conv1 3 x
        3 and earlier pools, 2.4 times less work, 1,235,496 parameters).
    classes : scores for an image; 0: features.
    dropout : before the last convolution.
    final_padding : of the last convolution, conv10; 1 in the authors' network description, 0 in torchvision.
    """

    LAST = "classifier.1"

    def __init__(
        self,
        version: str = "1.0",
        classes: int = 1000,
        dropout: float = 0.5,
        *,
        final_padding: int = 0,
        rng: init.Rng = None,
    ):
        super().__init__()
        if version not in ("1.0", "1.1"):
            raise ValueError(f"SqueezeNet: expected version '1.0' or '1.1', got {version!r}")
        rng = init.generator(rng)
        inputs, size, plan = (96, 7, LAYERS_1_0) if version == "1.0" else (64, 3, LAYERS_1_1)
        layers: list[nn.Module] = [convolution(3, inputs, size, stride=2, rng=rng), nn.ReLU()]
        for each in plan:
            if isinstance(each, str):
                layers.append(nn.MaxPool2d(3, 2, ceil_mode=True))
            else:
                layers.append(Fire(inputs, *each, rng=rng))
                inputs = 2 * each[1]
        self.features = nn.Sequential(*layers)
        conv10 = convolution(inputs, classes, 1, padding=final_padding, std=FINAL_STD, rng=rng)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout, rng=rng), conv10, nn.ReLU(), nn.AdaptiveAvgPool2d(1)
        )
        self._begun(classes)

    def forward_head(self, maps: Any) -> Any:
        """Return the scores (N, classes): the mean map of each class."""
        return self.classifier(maps).reshape(len(maps), -1)

    def _new_last(self, classes: int, rng: Any) -> nn.Module:
        return convolution(self.num_features, classes, 1, std=FINAL_STD, rng=rng)


def squeezenet1_0(classes: int = 1000, **options: Any) -> SqueezeNet:
    """SqueezeNet 1.0; options as of `SqueezeNet`."""
    return SqueezeNet("1.0", classes, **options)


def squeezenet1_1(classes: int = 1000, **options: Any) -> SqueezeNet:
    """SqueezeNet 1.1; options as of `SqueezeNet`."""
    return SqueezeNet("1.1", classes, **options)
