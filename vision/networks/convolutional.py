"""A classifier made fully convolutional (Long et al. 2015, Fig. 2): a fully connected layer is a convolution.

A layer that sees all of a C x K x K map is a convolution with a K x K kernel that happens to fit once.  On a
larger image the same weights give a map of scores, as if the classifier had been slid over it:

    classifier      7 x 7 x 512 -> flatten -> Linear 25088 -> 4096 -> Linear -> 4096 -> Linear -> 1000
    convolutional   P x Q x 512 -> conv 7 x 7, 4096 -> conv 1 x 1, 4096 -> conv 1 x 1, 1000: (P - 6) x (Q - 6)
"""

from __future__ import annotations

from typing import Any

from ... import nn
from ...core import no_grad


def as_convolution(linear: nn.Linear, size: int = 1) -> nn.Conv2d:
    """Return the convolution with a ``size`` x ``size`` kernel that has the weights of a linear layer.

    weight (O, C size size) -> (O, C, size, size), in the order in which a map is flattened.

    Raises
    ------
    ValueError : if the layer's inputs are no maps of that size.
    """
    channels, rest = divmod(linear.in_features, size * size)
    if rest:
        problem = f"{linear.in_features} inputs are no maps of {size} x {size}"
        raise ValueError(f"as_convolution: {problem}")
    conv = nn.Conv2d(channels, linear.out_features, size, bias=linear.bias is not None, rng=0)
    with no_grad():
        conv.weight.copy_(linear.weight.data.reshape(conv.weight.shape))
        if conv.bias is not None and linear.bias is not None:
            conv.bias.copy_(linear.bias.data)
    return conv.astype(linear.weight.dtype)  # type: ignore[return-value]


def fully_convolutional(classifier: Any) -> nn.Sequential:
    """Return a network with the weights of a classifier that gives a map of scores: (N, classes, P, Q).

    At the classifier's own size P = Q = 1, and the scores are the classifier's.

    Parameters
    ----------
    classifier : a `VGG` or an `AlexNet`: ``features``, an ``avgpool`` to one size, and a ``classifier`` that
        begins with, or has behind a dropout, a linear layer.
    """
    size = getattr(classifier.avgpool, "output_size", 1)
    layers: list[nn.Module] = []
    for layer in classifier.classifier:
        if isinstance(layer, nn.Linear):
            layer, size = as_convolution(layer, size), 1
        layers.append(layer)
    return nn.Sequential({"features": classifier.features, "classifier": nn.Sequential(*layers)})
