"""Two ways in which DeepLab looks at several scales.

v1 MSc (Chen et al. 2015, section 4.3)   the image and the first four pools each pass two layers of 128
                                         channels, which are laid beside fc7: 5 x 128 more for fc8
v2 (Chen et al. 2018, section 3.2)       the whole network, shared, on the image at 0.5, 0.75 and 1; of the
                                         three scores of a pixel the largest counts
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import nn
from ...core import ops
from ...nn import init
from .crop import check_size
from .deeplab import FINAL_STD, RATES, Branch, atrous_vgg
from .enlarge import Resize
from .layers import convolution
from .vgg import CHANNELS

SIDE = 128  # channels of each side branch
STRIDES = (8, 4, 2, 1, 1)  # of the side branches on the image and pools 1 to 4: all end at an 8th
SCALES = (0.5, 0.75, 1.0)


class DeepLabMSc(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W): LargeFOV whose fc8 sees finer maps, too.

    Parameters
    ----------
    classes, dropout, channels, hidden : as of `DeepLab`.
    side : channels of each of the five side branches.
    """

    def __init__(
        self,
        classes: int = 21,
        dropout: float = 0.5,
        *,
        channels: Sequence[int] = CHANNELS,
        hidden: int = 1024,
        side: int = SIDE,
        rng: init.Rng = None,
    ):
        super().__init__()
        rng = init.generator(rng)
        self.features = atrous_vgg(channels, rng)
        branch = Branch(channels[-1], classes, hidden, RATES["largefov"][0], dropout, rng)
        self.fc67 = branch[:-1]
        self.side = nn.ModuleList(
            nn.Sequential(
                convolution(inputs, side, 3, stride=stride, padding=1, rng=rng),
                nn.ReLU(),
                convolution(side, side, 1, rng=rng),
                nn.ReLU(),
            )
            for inputs, stride in zip((3, *channels[:4]), STRIDES, strict=True)
        )
        self.fc8 = convolution(hidden + len(STRIDES) * side, classes, 1, std=FINAL_STD, rng=rng)
        self.resize = Resize(align_corners=True)

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        check_size(self, x, 1, "there must be a pixel")
        size, maps, start = x.shape[2:], [x], 0
        pools = [i for i, layer in enumerate(self.features) if isinstance(layer, nn.MaxPool2d)]
        for pool in pools:
            x = self.features[start : pool + 1](x)
            maps.append(x)
            start = pool + 1
        sides = [side(each) for side, each in zip(self.side, maps, strict=False)]
        return self.resize(self.fc8(ops.concat([self.fc67(x), *sides], axis=1)), size)


class MultiScale(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W): the largest of the network's scores at several scales.

    Parameters
    ----------
    net : a network that gives scores of the image's size; one for all scales.
    scales : of the image.
    """

    def __init__(self, net: nn.Module, scales: Sequence[float] = SCALES):
        super().__init__()
        self.net, self.scales = net, tuple(scales)
        self.resize = Resize()

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        size, best = x.shape[2:], None
        for scale in self.scales:
            smaller = [max(1, round(n * scale)) for n in size]
            scores = self.net(x if scale == 1 else self.resize(x, smaller))
            scores = scores if scale == 1 else self.resize(scores, size)
            best = scores if best is None else ops.maximum(best, scores)
        return best

    def extra_repr(self) -> str:
        return f"scales={self.scales}"
