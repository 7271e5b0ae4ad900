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
from .atrous import atrous
from .backbones import LEAST, taps
from .crop import check_size, cropped, filled
from .deeplab import FINAL_STD, RATES, Branch, atrous_vgg
from .enlarge import Resize
from .layers import convolution
from .vgg import CHANNELS

SIDE = 128  # channels of each side branch
STRIDE = 8  # all branches end at an 8th of the image
SCALES = (0.5, 0.75, 1.0)


class DeepLabMSc(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W): LargeFOV whose fc8 sees finer maps, too.

    Parameters
    ----------
    classes, dropout, channels, hidden : as of `DeepLab`.
    side : channels of each side branch; there are five on VGG-16.
    features : the convolutional part of another classifier, in place of VGG-16's; it is changed in place, see
        `atrous`.  Its side branches begin where its maps become smaller.
    """

    def __init__(
        self,
        classes: int = 21,
        dropout: float = 0.5,
        *,
        channels: Sequence[int] = CHANNELS,
        hidden: int = 1024,
        side: int = SIDE,
        features: nn.Sequential | None = None,
        rng: init.Rng = None,
    ):
        super().__init__()
        rng = init.generator(rng)
        self.features = atrous_vgg(channels, rng) if features is None else atrous(features, STRIDE)
        width, maps = channels[-1], _behind_pools(self.features, channels)
        if features is not None:
            *finer, (_, (_, width)) = taps(self.features).items()
            maps = [(end, stride, of) for stride, (end, of) in finer if stride > 1]
        self.least = (1, 1) if features is None else (STRIDE, LEAST)  # what images are filled up to
        self.ends = [0, *(end for end, _, _ in maps)]
        branch = Branch(width, classes, hidden, RATES["largefov"][0], dropout, rng)
        self.fc67 = branch[:-1]
        self.side = nn.ModuleList(
            nn.Sequential(
                convolution(inputs, side, 3, stride=STRIDE // stride, padding=1, rng=rng),
                nn.ReLU(),
                convolution(side, side, 1, rng=rng),
                nn.ReLU(),
            )
            for _, stride, inputs in [(0, 1, 3), *maps]
        )
        self.fc8 = convolution(hidden + len(self.ends) * side, classes, 1, std=FINAL_STD, rng=rng)
        self.resize = Resize(align_corners=True)

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        check_size(self, x, 1, "there must be a pixel")
        size, maps, x = x.shape[2:], [], filled(x, *self.least)
        whole = x.shape[2:]
        for start, end in zip(self.ends, [*self.ends[1:], len(self.features)], strict=True):
            maps.append(x)
            x = self.features[start:end](x)
        x = self.fc67(x)
        sides = [side(each) for side, each in zip(self.side, maps, strict=True)]
        sides = [each if each.shape[2:] == x.shape[2:] else self.resize(each, x.shape[2:]) for each in sides]
        return cropped(self.resize(self.fc8(ops.concat([x, *sides], axis=1)), whole), 0, size)


def _behind_pools(features: nn.Sequential, channels: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return of VGG-16's first four pools (layers up to it, its stride in all, channels)."""
    pools = [i for i, layer in enumerate(features) if isinstance(layer, nn.MaxPool2d)][:-1]
    return [(pool + 1, min(2**i, STRIDE), channels[i - 1]) for i, pool in enumerate(pools, start=1)]


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
