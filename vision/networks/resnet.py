"""ResNet (He et al. 2016, Table 1): each block learns what to add to its input, F(x) + x.

    basic (18, 34)     x -> 3 x 3 -> bn -> relu -> 3 x 3 -> bn ----------------------> (+ x) -> relu
    bottleneck (50)    x -> 1 x 1 -> bn -> relu -> 3 x 3 -> bn -> relu -> 1 x 1 -> bn -> (+ x) -> relu

    stage     maps   18   34   50    channels
    conv1      1/2   7 x 7, stride 2                  64, then a 3 x 3 pool of stride 2
    layer1     1/4    2    3    3 blocks              64 (times 4 at the end of a bottleneck)
    layer2     1/8    2    4    4                    128
    layer3    1/16    2    6    6                    256
    layer4    1/32    2    3    3                    512

Where size or channels change, x passes a 1 x 1 convolution (option B).  The stride of a bottleneck is in its
3 x 3, as torchvision has it; in the paper in the first 1 x 1.  Paths are torchvision's; each rectifier is a
module of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import nn
from ...nn import init
from ...nn.fusing import rectified_sum
from .classifier import Classifier
from .layers import convolution
from .part import part

WIDTHS = (64, 128, 256, 512)


class BasicBlock(nn.Module):
    """x (N, inputs, H, W) -> (N, width, H / stride, W / stride)."""

    growth = 1

    def __init__(self, inputs: int, width: int, stride: int, *, rng: init.Rng = None):
        super().__init__()
        rng = init.generator(rng)
        self.conv1 = convolution(inputs, width, 3, stride=stride, padding=1, bias=False, rng=rng)
        self.bn1, self.relu1 = nn.BatchNorm2d(width), nn.ReLU()
        self.conv2 = convolution(width, width, 3, padding=1, bias=False, rng=rng)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = shortcut(inputs, width, stride, rng)
        self.relu2 = nn.ReLU()

    def forward(self, x: Any) -> Any:
        return rectified_sum(self.relu2, part(self, "conv1", "bn2")(x), self.downsample(x))


class Bottleneck(nn.Module):
    """x (N, inputs, H, W) -> (N, 4 width, H / stride, W / stride)."""

    growth = 4

    def __init__(self, inputs: int, width: int, stride: int, *, rng: init.Rng = None):
        super().__init__()
        rng = init.generator(rng)
        outputs = self.growth * width
        self.conv1 = convolution(inputs, width, 1, bias=False, rng=rng)
        self.bn1, self.relu1 = nn.BatchNorm2d(width), nn.ReLU()
        self.conv2 = convolution(width, width, 3, stride=stride, padding=1, bias=False, rng=rng)
        self.bn2, self.relu2 = nn.BatchNorm2d(width), nn.ReLU()
        self.conv3 = convolution(width, outputs, 1, bias=False, rng=rng)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = shortcut(inputs, outputs, stride, rng)
        self.relu3 = nn.ReLU()

    def forward(self, x: Any) -> Any:
        return rectified_sum(self.relu3, part(self, "conv1", "bn3")(x), self.downsample(x))


def shortcut(inputs: int, outputs: int, stride: int, rng: Any) -> nn.Module:
    """Return what x passes on its way around a block."""
    if stride == 1 and inputs == outputs:
        return nn.Identity()
    conv = convolution(inputs, outputs, 1, stride=stride, bias=False, rng=rng)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs))


class ResNet(Classifier):
    """x (N, 3, H, W), 224 x 224 as a rule and at least 32 x 32 -> scores (N, classes).

    Parameters
    ----------
    block : `BasicBlock` or `Bottleneck`.
    counts : blocks of each stage.
    classes : scores for an image; 0: features.
    widths : channels of each stage.
    """

    LAST = "fc"

    def __init__(
        self,
        block: type[BasicBlock | Bottleneck],
        counts: Sequence[int],
        classes: int = 1000,
        *,
        widths: Sequence[int] = WIDTHS,
        rng: init.Rng = None,
    ):
        super().__init__()
        rng = init.generator(rng)
        inputs = widths[0]
        self.conv1 = convolution(3, inputs, 7, stride=2, padding=3, bias=False, rng=rng)
        self.bn1, self.relu = nn.BatchNorm2d(inputs), nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for number, (count, width) in enumerate(zip(counts, widths, strict=True), start=1):
            blocks = []
            for i in range(count):
                blocks.append(block(inputs, width, 2 if i == 0 and number > 1 else 1, rng=rng))
                inputs = block.growth * width
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(inputs, classes, rng=rng)
        self._begun(classes)

    def trunk(self) -> dict[str, nn.Module]:
        return {name: child for name, child in self.named_children() if name not in ("avgpool", "fc")}

    def forward_features(self, x: Any) -> Any:
        return part(self, "conv1", "layer4")(x)

    def forward_head(self, maps: Any) -> Any:
        return self.fc(self.avgpool(maps).reshape(len(maps), -1))


def resnet18(classes: int = 1000, **options: Any) -> ResNet:
    """ResNet-18, 11,689,512 parameters; options as of `ResNet`."""
    return ResNet(BasicBlock, (2, 2, 2, 2), classes, **options)


def resnet34(classes: int = 1000, **options: Any) -> ResNet:
    """ResNet-34, 21,797,672 parameters; options as of `ResNet`."""
    return ResNet(BasicBlock, (3, 4, 6, 3), classes, **options)


def resnet50(classes: int = 1000, **options: Any) -> ResNet:
    """ResNet-50, 25,557,032 parameters; options as of `ResNet`."""
    return ResNet(Bottleneck, (3, 4, 6, 3), classes, **options)
