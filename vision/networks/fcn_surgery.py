"""Weights from network to network: the staged training of Long et al. 2015, section 4.1.

    VGG-16 --> FCN-32s --> FCN-16s --> FCN-8s      each begins with all that the one before it has learned

Finer scores start at zero, so that each network begins by giving what the coarser one gave (but for how it
enlarges maps).
"""

from __future__ import annotations

from typing import Any, TypeVar

from ... import nn
from ...core import no_grad
from .convolutional import as_convolution

Net = TypeVar("Net", bound=nn.Module)


class Scale(nn.Module):
    """x times a fixed number."""

    def __init__(self, factor: float):
        super().__init__()
        self.factor = factor

    def forward(self, x: Any) -> Any:
        return x if self.factor == 1 else x * self.factor

    def extra_repr(self) -> str:
        return f"{self.factor}"


def transplanted(new: nn.Module, old: nn.Module) -> list[str]:
    """Copy every parameter that both networks have under one path and in one shape, and what batch norm has
    counted; return the parameters' paths.

    Raises
    ------
    ValueError : if they share no parameter, so that the wrong network was given.
    """
    source, target = old.state_dict(), new.state_dict()
    shared = {path for path in target if path in source and source[path].shape == target[path].shape}
    paths = [path for path, _ in new.named_parameters() if path in shared]
    if not paths:
        raise ValueError(f"{type(new).__name__} and {type(old).__name__} share no parameter")
    new.load_state_dict({path: source[path] if path in shared else target[path] for path in target})
    return paths


def transplanted_classifier(net: Net, classifier: Any) -> Net:
    """Copy a classifier's convolutions in their order, and its first two linear layers as fc6 and fc7.

    Raises
    ------
    ValueError : if the two have not the same convolutions.
    """
    given = [layer for layer in classifier.features.modules() if isinstance(layer, nn.Conv2d)]
    linear = [layer for layer in classifier.classifier if isinstance(layer, nn.Linear)]
    size = classifier.avgpool.output_size
    given += [as_convolution(linear[0], size), as_convolution(linear[1])]
    own = [
        layer
        for name, layer in net.named_children()
        if isinstance(layer, nn.Conv2d) and name.startswith(("conv", "fc"))
    ]
    shapes = [[tuple(conv.weight.shape) for conv in convs] for convs in (given, own)]
    if shapes[0] != shapes[1]:
        pairs = zip(*shapes, strict=False)
        differ = next((pair for pair in pairs if pair[0] != pair[1]), (len(given), len(own)))
        problem = f"{type(classifier).__name__} has {differ[0]} where {type(net).__name__} has {differ[1]}"
        raise ValueError(f"from_classifier: {problem}")
    with no_grad():
        for mine, other in zip(own, given, strict=True):
            mine.weight.copy_(other.weight.data)
            if mine.bias is not None and other.bias is not None:
                mine.bias.copy_(other.bias.data)
    return net
