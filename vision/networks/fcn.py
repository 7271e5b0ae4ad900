"""Fully convolutional networks on VGG-16 (Long, Shelhamer & Darrell 2015): a classifier as a sliding window.

The classifier's fully connected layers become convolutions, fc6 of 7 x 7 and fc7 of 1 x 1; the coarse scores
are enlarged by transposed convolutions that interpolate, and finer scores join on the way:

    pool3 (1/8) --------------------------- score_pool3 --> + --> x 8 --> crop   FCN-8s
    pool4 (1/16) ---------- score_pool4 --> + --> x 2 ------^
                                            |---> x 16 -----------------> crop   FCN-16s
    fc7 (1/32) -- score_fr --> x 2 ---------^
                      |---------> x 32 ---------------------------------> crop   FCN-32s

conv1_1 pads by 100, so that small images have an output at all; each crop cuts where the two maps overlap
(offsets 5, 9, 19, 27 and 31, as in the authors' network descriptions).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import nn
from ...nn import init
from .crop import check_size, cropped
from .enlarge import enlarging
from .fcn_surgery import Scale, transplanted, transplanted_classifier
from .layers import convolution
from .part import part
from .vgg import CHANNELS, COUNTS, VGG

PADDING = 100  # of conv1_1
AT_ONCE = {"pool4": 0.01, "pool3": 0.0001}  # so that finer scores, all new, do not shake the coarse ones


class FCN32s(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W), from the coarse scores alone.

    Parameters
    ----------
    classes : of the scores; 21 for PASCAL VOC.
    dropout : behind fc6 and fc7.
    up : how maps are enlarged: "bilinear" (frozen, as the authors' are), "learned", or "nearest"
        (replication).
    channels, hidden : of VGG's stages, of fc6 and fc7.

    The scoring layers begin at zero.  Parameters have the authors' names (``conv1_1``, ``fc6``, ``score_fr``,
    ``upscore``).
    """

    def __init__(
        self,
        classes: int = 21,
        dropout: float = 0.5,
        *,
        up: str = "bilinear",
        channels: Sequence[int] = CHANNELS,
        hidden: int = 4096,
        rng: init.Rng = None,
    ):
        super().__init__()
        rng = init.generator(rng)
        inputs = 3
        for stage, (count, width) in enumerate(zip(COUNTS["D"], channels, strict=True), 1):
            for i in range(1, count + 1):
                padding = PADDING if (stage, i) == (1, 1) else 1
                conv = convolution(inputs, width, 3, padding=padding, rng=rng)
                self.add_module(f"conv{stage}_{i}", conv)
                self.add_module(f"relu{stage}_{i}", nn.ReLU())
                inputs = width
            self.add_module(f"pool{stage}", nn.MaxPool2d(2, ceil_mode=True))
        self.fc6, self.relu6 = convolution(inputs, hidden, 7, rng=rng), nn.ReLU()
        self.drop6 = nn.Dropout(dropout, rng=rng)
        self.fc7, self.relu7 = convolution(hidden, hidden, 1, rng=rng), nn.ReLU()
        self.drop7 = nn.Dropout(dropout, rng=rng)
        self.score_fr = convolution(hidden, classes, 1, std=0.0)
        self._refine(classes, channels, up)

    def _refine(self, classes: int, channels: Sequence[int], up: str) -> None:
        """Add the layers behind score_fr: what the three networks differ in."""
        self.upscore = enlarging(up, classes, 32)

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        check_size(self, x, 1, "there must be a pixel")
        size = x.shape[2:]
        pool5 = part(self, "conv1_1", "pool5")(x)
        return cropped(self.upscore(self._coarse(pool5)), 19, size)

    def _coarse(self, pool5: Any) -> Any:
        """Return the scores (N, classes, P, Q) at a 32nd of the size."""
        return part(self, "fc6", "score_fr")(pool5)

    @classmethod
    def from_classifier(cls, vgg: VGG, classes: int = 21, **options: Any) -> FCN32s:
        """Return a network that begins with the weights of a VGG-16; the scores are new, and zero."""
        channels = [layer.out_channels for layer in vgg.features if isinstance(layer, nn.Conv2d)]
        stages = [channels[sum(COUNTS["D"][: i + 1]) - 1] for i in range(5)]
        net = cls(classes, channels=stages, hidden=vgg.classifier[0].out_features, **options)
        return transplanted_classifier(net, vgg)

    def take_over(self, coarser: nn.Module) -> list[str]:
        """Copy what a coarser network shares with this one (16s <- 32s, 8s <- 16s); return the paths."""
        return transplanted(self, coarser)


class FCN16s(FCN32s):
    """As `FCN32s`, with the scores of pool4 added at a 16th of the size."""

    def _refine(self, classes: int, channels: Sequence[int], up: str) -> None:
        self.upscore2 = enlarging(up, classes, 2)
        self.score_pool4 = convolution(channels[3], classes, 1, std=0.0)
        self.upscore16 = enlarging(up, classes, 16)

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        check_size(self, x, 1, "there must be a pixel")
        size = x.shape[2:]
        pool4 = part(self, "conv1_1", "pool4")(x)
        pool5 = part(self, "conv5_1", "pool5")(pool4)
        x = self.upscore2(self._coarse(pool5))
        x = x + cropped(self.score_pool4(pool4), 5, x.shape[2:])
        return cropped(self.upscore16(x), 27, size)


class FCN8s(FCN32s):
    """As `FCN16s`, with the scores of pool3 added at an 8th of the size.

    Parameters
    ----------
    at_once : train all streams together from the start, instead of 32s, 16s and 8s in turn: pool4 is scaled
        by 0.01 and pool3 by 0.0001 before they are scored.
    """

    def __init__(self, classes: int = 21, dropout: float = 0.5, *, at_once: bool = False, **options: Any):
        super().__init__(classes, dropout, **options)
        for name, factor in AT_ONCE.items():
            self.add_module(f"scale_{name}", Scale(factor if at_once else 1.0))

    def _refine(self, classes: int, channels: Sequence[int], up: str) -> None:
        self.upscore2 = enlarging(up, classes, 2)
        self.score_pool4 = convolution(channels[3], classes, 1, std=0.0)
        self.upscore_pool4 = enlarging(up, classes, 2)
        self.score_pool3 = convolution(channels[2], classes, 1, std=0.0)
        self.upscore8 = enlarging(up, classes, 8)

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        check_size(self, x, 1, "there must be a pixel")
        size = x.shape[2:]
        pool3 = part(self, "conv1_1", "pool3")(x)
        pool4 = part(self, "conv4_1", "pool4")(pool3)
        pool5 = part(self, "conv5_1", "pool5")(pool4)
        x = self.upscore2(self._coarse(pool5))
        x = x + cropped(self.score_pool4(self.scale_pool4(pool4)), 5, x.shape[2:])
        x = self.upscore_pool4(x)
        x = x + cropped(self.score_pool3(self.scale_pool3(pool3)), 9, x.shape[2:])
        return cropped(self.upscore8(x), 31, size)
