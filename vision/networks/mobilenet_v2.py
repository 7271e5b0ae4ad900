"""MobileNetV2 (Sandler et al. 2018, Table 2): inverted residuals with linear bottlenecks.

Few channels travel from block to block; inside they are multiplied by t, seen by a depthwise 3 x 3
convolution, and made few again without a rectifier, which would lose too much of so few (section 3.2):

    x (C) -> [1 x 1] -> t C -> [depthwise 3 x 3, stride s] -> t C -> [1 x 1] -> K (+ x, if s = 1 and K = C)

Parameter paths are torchvision's (``features.1.conv.0.0.weight``), so its checkpoints load.
"""

from __future__ import annotations

from typing import Any

from ... import nn
from ...nn import init
from .classifier import Classifier
from .layers import convolution

# t expansion, c channels, n blocks, s stride of the first: Table 2.
BLOCKS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def _rounded(channels: float) -> int:
    """Return the multiple of 8 nearest to a number of channels, no less than 8 and than 90 % of it.

    >>> [_rounded(c) for c in (3, 8, 24 * 0.75, 32 * 0.35)]
    [8, 8, 24, 16]
    """
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest


def _convolved(inputs: int, outputs: int, size: int, stride: int, groups: int, rng: Any) -> nn.Sequential:
    """Return convolution, batch norm and rectifier."""
    steps = {"stride": stride, "padding": size // 2, "groups": groups, "bias": False}
    conv = convolution(inputs, outputs, size, rng=rng, **steps)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU6())


class InvertedResidual(nn.Module):
    """x (N, inputs, H, W) -> (N, outputs, H / stride, W / stride): one block of Fig. 3(b)."""

    def __init__(self, inputs: int, outputs: int, stride: int, expansion: int, *, rng: init.Rng = None):
        super().__init__()
        rng = init.generator(rng)
        inside = inputs * expansion
        layers = [_convolved(inputs, inside, 1, 1, 1, rng)] if expansion > 1 else []
        project = convolution(inside, outputs, 1, bias=False, rng=rng)
        self.conv = nn.Sequential(
            *layers, _convolved(inside, inside, 3, stride, inside, rng), project, nn.BatchNorm2d(outputs)
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Any) -> Any:
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(Classifier):
    """x (N, 3, H, W), 224 x 224 as a rule and at least 32 x 32 -> scores (N, classes).

    Parameters
    ----------
    width : multiplies the channels of every layer.
    classes : scores for an image; 0: features.
        With 1000 and width 1 there are 3,504,872 parameters.
    dropout : before the fully connected layer.
    """

    LAST = "classifier.1"

    def __init__(
        self, width: float = 1.0, classes: int = 1000, dropout: float = 0.2, *, rng: init.Rng = None
    ):
        super().__init__()
        rng = init.generator(rng)
        inputs, last = _rounded(32 * width), _rounded(1280 * max(1.0, width))
        layers: list[nn.Module] = [_convolved(3, inputs, 3, 2, 1, rng)]
        for expansion, channels, count, stride in BLOCKS:
            outputs = _rounded(channels * width)
            for i in range(count):
                layers.append(InvertedResidual(inputs, outputs, 1 if i else stride, expansion, rng=rng))
                inputs = outputs
        self.features = nn.Sequential(*layers, _convolved(inputs, last, 1, 1, 1, rng))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(dropout, rng=rng), nn.Linear(last, classes, rng=rng))
        init.normal(self.classifier[1].weight, 0.01, rng=rng)
        init.constant(self.classifier[1].bias, 0.0)
        self._begun(classes)


def mobilenet_v2(classes: int = 1000, width: float = 1.0, **options: Any) -> MobileNetV2:
    """MobileNet of 2018; options as of `MobileNetV2`."""
    return MobileNetV2(width, classes, **options)
