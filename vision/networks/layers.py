"""The convolution that the networks are made of, ready to be trained from scratch."""

from __future__ import annotations

import math
from typing import Any

from ... import nn
from ...nn import init

# PyTorch's default, which every layer begins with, has the variance 1 / (3 fan_in).
FROM_DEFAULT = math.sqrt(6)


def widen(conv: nn.Conv2d) -> None:
    """Give the weights that a layer begins with He's variance; drawing them anew would take as long again."""
    conv.weight.data *= FROM_DEFAULT


def convolution(
    inputs: int, outputs: int, size: int, *, std: float | None = None, rng: init.Rng = None, **options: Any
) -> nn.Conv2d:
    """Return a convolution with weights of the variance 2 / fan_in (He et al. 2015, eq. 10) and biases of 0.

    Parameters
    ----------
    std : the deviation of the weights, which are then N(0, std^2), if not that; 0 for weights of 0.
    options : as of `nn.Conv2d`: stride, padding, dilation, groups, bias.
    """
    rng = init.generator(rng)
    conv = nn.Conv2d(inputs, outputs, size, rng=rng, **options)
    if std is None:
        widen(conv)
    else:
        init.normal(conv.weight, std, rng=rng)
    if conv.bias is not None:
        init.constant(conv.bias, 0.0)
    return conv
