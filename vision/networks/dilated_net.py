"""Any classifier's convolutions, made dense (atrous), with a head: the idea of Yu & Koltun and of DeepLab.

    image -> features, an 8th of the size -> head: scores -> (context module) -> x 8

The features keep the paths that they have in the classifier.
"""

from __future__ import annotations

from typing import Any

from ... import nn
from ...nn import init
from .atrous import atrous
from .backbones import LEAST, taps
from .crop import check_size, cropped, filled
from .enlarge import Resize
from .layers import convolution

STRIDE = 8


class DilatedNet(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W).

    Parameters
    ----------
    features : the convolutional part of a classifier; it is changed in place, see `atrous`.
    head : from its maps to scores, without changing their size.
    context : a `ContextModule` for the scores, before they are enlarged.
    keep_pools : as of `atrous`.
    """

    def __init__(
        self,
        features: nn.Sequential,
        head: nn.Module,
        context: nn.Module | None = None,
        *,
        keep_pools: bool = False,
    ):
        super().__init__()
        self.features = atrous(features, STRIDE, keep_pools)
        self.head = head
        self.context = nn.Identity() if context is None else context
        self.resize = Resize()

    def forward(self, x: Any) -> Any:
        """Return the scores (N, classes, H, W) of images x (N, 3, H, W)."""
        check_size(self, x, 1, "there must be a pixel")
        size = x.shape[2:]
        x = filled(x, STRIDE, LEAST)
        scores = self.context(self.head(self.features(x)))
        return cropped(self.resize(scores, x.shape[2:]), 0, size)


def width_of(features: nn.Sequential) -> int:
    """Return the channels of a trunk's last map."""
    return list(taps(features).values())[-1][1]


def front_end_head(
    inputs: int, classes: int, hidden: int, dropout: float, *, rng: init.Rng = None
) -> nn.Sequential:
    """Return fc6, 3 x 3 with dilation 4, fc7 and final: (N, inputs, P, Q) -> (N, classes, P, Q)."""
    rng = init.generator(rng)
    return nn.Sequential(
        {
            "fc6": convolution(inputs, hidden, 3, padding=4, dilation=4, rng=rng),
            "relu6": nn.ReLU(),
            "drop6": nn.Dropout(dropout, rng=rng),
            "fc7": convolution(hidden, hidden, 1, rng=rng),
            "relu7": nn.ReLU(),
            "drop7": nn.Dropout(dropout, rng=rng),
            "final": convolution(hidden, classes, 1, rng=rng),
        }
    )
