"""DeepLab on VGG-16 (Chen et al. 2015 and 2018): few pools, dilated convolutions, a large field of view.

    v1 LargeFOV    atrous VGG-16 -> fc6 3 x 3, rate 12, 1024 -> fc7 1 x 1, 1024 -> fc8 -> x 8
    v2 ASPP-S      four such branches side by side, rates 2, 4, 8, 12, whose scores are added
    v2 ASPP-L      rates 6, 12, 18, 24

The pools are 3 x 3 with a border of 1, the last two of stride 1; conv5 has dilation 2.  A kernel of 3 x 3
whose taps lie 12 apart sees 25 x 25, as VGG's fc6 of 7 x 7 with taps 4 apart does, with a fifth of its
weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import nn
from ...nn import init
from .atrous import atrous
from .crop import check_size
from .enlarge import Resize
from .layers import convolution
from .vgg import CHANNELS, COUNTS, stages

RATES = {"largefov": (12,), "aspp-s": (2, 4, 8, 12), "aspp-l": (6, 12, 18, 24)}
FINAL_STD = 0.01  # of fc8's first weights


class Branch(nn.Sequential):
    """fc6 - fc7 - fc8, x (N, C, P, Q) -> scores (N, classes, P, Q); fc6 dilated by the rate.

    Dilation 12 is as good as a 7 x 7 kernel of dilation 4, with 20.5 instead of 134.3 million parameters in
    all (Chen et al. 2015, Table 2).
    """

    def __init__(self, inputs: int, classes: int, hidden: int, rate: int, dropout: float, rng: Any):
        super().__init__(
            {
                "fc6": convolution(inputs, hidden, 3, padding=rate, dilation=rate, rng=rng),
                "relu6": nn.ReLU(),
                "drop6": nn.Dropout(dropout, rng=rng),
                "fc7": convolution(hidden, hidden, 1, rng=rng),
                "relu7": nn.ReLU(),
                "drop7": nn.Dropout(dropout, rng=rng),
                "fc8": convolution(hidden, classes, 1, std=FINAL_STD, rng=rng),
            }
        )


class ASPP(nn.ModuleList):
    """Atrous spatial pyramid pooling, x (N, C, P, Q) -> (N, classes, P, Q): several rates, added."""

    def __init__(
        self,
        inputs: int,
        classes: int,
        rates: Sequence[int] = RATES["aspp-l"],
        hidden: int = 1024,
        dropout: float = 0.5,
        *,
        rng: init.Rng = None,
    ):
        rng = init.generator(rng)
        super().__init__(Branch(inputs, classes, hidden, rate, dropout, rng) for rate in rates)

    def forward(self, x: Any) -> Any:
        first, *others = (branch(x) for branch in self)
        for scores in others:
            first = first + scores
        return first


class DeepLab(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W), without the dense CRF of the papers.

    Parameters
    ----------
    classes : of the scores; 21 for PASCAL VOC.
    kind : "largefov" (20.5 million parameters), "aspp-s" or "aspp-l".
    dropout : behind fc6 and fc7.
    channels, hidden : of VGG's stages, of fc6 and fc7.

    ``features`` has the paths of torchvision's VGG-16, ``features.0.weight``, so that its weights load.
    """

    def __init__(
        self,
        classes: int = 21,
        kind: str = "largefov",
        dropout: float = 0.5,
        *,
        channels: Sequence[int] = CHANNELS,
        hidden: int = 1024,
        rng: init.Rng = None,
    ):
        super().__init__()
        if kind not in RATES:
            raise ValueError(f"DeepLab: expected kind {', '.join(map(repr, RATES))}, got {kind!r}")
        rng = init.generator(rng)
        self.features = atrous_vgg(channels, rng)
        self.head = ASPP(channels[-1], classes, RATES[kind], hidden, dropout, rng=rng)
        self.resize = Resize(align_corners=True)

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        check_size(self, x, 1, "there must be a pixel")
        return self.resize(self.head(self.features(x)), x.shape[2:])


def atrous_vgg(channels: Sequence[int] = CHANNELS, rng: init.Rng = None) -> nn.Sequential:
    """Return DeepLab's VGG-16, (N, 3, H, W) -> (N, channels[-1], ceil(H / 8), ceil(W / 8))."""
    features = stages(COUNTS["D"], channels, rng=rng)
    for layer in features:
        if isinstance(layer, nn.MaxPool2d):
            layer.kernel_size, layer.stride, layer.padding = 3, 2, 1
    return atrous(features, 8)
