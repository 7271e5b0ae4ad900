"""MobileNet (Howard et al. 2017, Table 1): convolutions taken apart, into one a channel and one a pixel.

    a 3 x 3 convolution, C -> K channels       9 C K  multiplications a pixel
    depthwise 3 x 3, then pointwise 1 x 1      9 C + C K:  8 to 9 times fewer for large K

Each convolution is followed by batch norm and a rectifier that is cut off at 6.  Where the stride is 2 the
border is one pixel below and right (TensorFlow's "same"), so that the published weights fit.
"""

from __future__ import annotations

from typing import Any

from ... import nn
from ...nn import init
from .classifier import Classifier
from .layers import convolution

# Output channels and stride of the 13 separable blocks, for width 1.
BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))
EPSILON = 1e-3  # of batch norm, as Keras has it


def _convolved(
    inputs: int, outputs: int, size: int, stride: int, groups: int, rng: Any, name: str = ""
) -> dict[str, nn.Module]:
    """Return border, convolution, batch norm and rectifier, by name."""
    border = {f"{name}pad": nn.ZeroPad2d((0, 1, 0, 1))} if stride == 2 else {}
    padding = size // 2 if stride == 1 else 0
    steps = {"stride": stride, "padding": padding, "groups": groups, "bias": False}
    return {
        **border,
        f"{name}conv": convolution(inputs, outputs, size, rng=rng, **steps),
        f"{name}norm": nn.BatchNorm2d(outputs, eps=EPSILON),
        f"{name}relu": nn.ReLU6(),
    }


class MobileNet(Classifier):
    """x (N, 3, H, W), 224 x 224 as a rule and at least 32 x 32 -> scores (N, classes).

    Parameters
    ----------
    width : multiplies the channels of every layer; 1, 0.75, 0.5 or 0.25 in the paper.
    classes : scores for an image; 0: features.
        With 1000 there are 4,231,976 parameters for width 1, 470,072 for 0.25.
    dropout : before the last convolution.
    """

    LAST = "classifier.1"

    def __init__(
        self, width: float = 1.0, classes: int = 1000, dropout: float = 1e-3, *, rng: init.Rng = None
    ):
        super().__init__()
        rng = init.generator(rng)
        inputs = int(32 * width)
        blocks = [nn.Sequential(_convolved(3, inputs, 3, 2, 1, rng))]
        for channels, stride in BLOCKS:
            outputs = int(channels * width)
            depthwise = _convolved(inputs, inputs, 3, stride, inputs, rng, "depthwise_")
            pointwise = _convolved(inputs, outputs, 1, 1, 1, rng, "pointwise_")
            blocks.append(nn.Sequential({**depthwise, **pointwise}))
            inputs = outputs
        self.features = nn.Sequential(*blocks)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout, rng=rng), nn.Conv2d(inputs, classes, 1, rng=rng), nn.Flatten()
        )
        self._begun(classes)

    def forward_head(self, maps: Any) -> Any:
        return self.classifier(self.avgpool(maps))

    def _new_last(self, classes: int, rng: Any) -> nn.Module:
        return nn.Conv2d(self.num_features, classes, 1, rng=rng)


def mobilenet_v1(classes: int = 1000, width: float = 1.0, **options: Any) -> MobileNet:
    """MobileNet of 2017; options as of `MobileNet`."""
    return MobileNet(width, classes, **options)
