"""The idea of the FCN (Long et al. 2015, Fig. 3) on any classifier: coarse scores, refined by finer ones.

    1/32 -- score --> enlarged --> + --> enlarged --> + --> enlarged --> scores
    1/16 -- score -----------------^                  |
    1/8  -- score ------------------------------------^

Nothing pads by 100 and nothing is cropped: each map is enlarged to the size of the next finer one, and images
are filled up to a multiple of 32.
"""

from __future__ import annotations

from typing import Any

from ... import nn
from ...nn import init
from .backbones import LEAST, taps
from .crop import check_size, cropped, filled
from .enlarge import WAYS, Resize
from .layers import convolution

COARSEST = 32


class SkipNet(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W).

    Parameters
    ----------
    features : the convolutional part of a classifier; pools are added if it shrinks images less than 32
        times.
    classes : of the scores.
    finest : the smallest stride that is scored: 32, 16 or 8, as in FCN-32s, 16s and 8s.
    dropout : before the coarsest map is scored.
    up : "bilinear", "nearest" (replication), or "learned": transposed convolutions that begin by
        interpolating and are trained (Long et al. 2015, section 3.3).
    """

    def __init__(
        self,
        features: nn.Sequential,
        classes: int,
        finest: int = 8,
        dropout: float = 0.5,
        *,
        up: str = "bilinear",
        rng: init.Rng = None,
    ):
        super().__init__()
        if up not in WAYS:
            raise ValueError(f"SkipNet: expected up to be {', '.join(map(repr, WAYS))}, got {up!r}")
        rng = init.generator(rng)
        self.features = nn.Sequential(dict(features.named_children()))
        while max(taps(self.features)) < COARSEST:
            self.features.append(nn.MaxPool2d(2))
        at = {stride: tap for stride, tap in taps(self.features).items() if stride >= finest}
        if not {finest, COARSEST} <= set(at):
            raise ValueError(f"SkipNet: the trunk has strides {list(taps(self.features))}, no {finest}")
        self.ends = [count for count, _ in at.values()]
        self.dropout = nn.Dropout(dropout, rng=rng)
        self.scores = nn.ModuleDict(
            {f"stride{stride}": convolution(width, classes, 1, rng=rng) for stride, (_, width) in at.items()}
        )
        steps = [*(late // early for early, late in zip(at, list(at)[1:], strict=False)), finest]
        self.ups = nn.ModuleList(_enlarging(up, classes, step) for step in (*steps[-2::-1], steps[-1]))

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        check_size(self, x, 1, "there must be a pixel")
        size = x.shape[2:]
        x = filled(x, COARSEST, LEAST)
        whole, maps, start = x.shape[2:], [], 0
        for end in self.ends:
            x = self.features[start:end](x)
            maps.append(x)
            start = end
        maps[-1] = self.dropout(maps[-1])
        coarse, *finer = [score(each) for score, each in zip(self.scores.values(), maps, strict=True)][::-1]
        for up, scores in zip(self.ups, finer, strict=False):
            coarse = scores + up(coarse, scores.shape[2:])
        return cropped(self.ups[-1](coarse, whole), 0, size)


def _enlarging(way: str, classes: int, factor: int) -> nn.Module:
    return Learned(classes, factor) if way == "learned" else Resize(way)


class Learned(nn.Module):
    """A trained transposed convolution, brought to a size: ``up(x, size)``, (N, C, P, Q) -> (N, C, *size).

    Trunks without padding have maps a pixel smaller or larger than a multiple; then its output is
    interpolated.
    """

    def __init__(self, channels: int, factor: int):
        super().__init__()
        self.enlarge = nn.BilinearConvTranspose2d(
            channels, 2 * factor, stride=factor, padding=factor // 2
        ).requires_grad_()
        self.resize = Resize()

    def forward(self, x: Any, size: Any) -> Any:
        x = self.enlarge(x)
        return x if tuple(x.shape[2:]) == tuple(size) else self.resize(x, size)
