"""The convolution that the networks are made of, ready to be trained from scratch."""

from __future__ import annotations

from typing import Any

from ... import nn
from ...nn import init


def convolution(
    inputs: int, outputs: int, size: int, *, std: float | None = None, rng: init.Rng = None, **options: Any
) -> nn.Conv2d:
    """Return a convolution with weights N(0, 2 / fan_in) (He et al. 2015, eq. 10) and biases of 0.

    Parameters
    ----------
    std : the deviation of the weights, if not that; 0 for weights of 0.
    options : as of `nn.Conv2d`: stride, padding, dilation, groups, bias.
    """
    rng = init.generator(rng)
    conv = nn.Conv2d(inputs, outputs, size, rng=rng, **options)
    if std is None:
        init.he_normal(conv.weight, rng)
    else:
        init.normal(conv.weight, std, rng=rng)
    if conv.bias is not None:
        init.constant(conv.bias, 0.0)
    return conv
