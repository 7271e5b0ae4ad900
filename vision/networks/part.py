"""A network with named layers, run part by part: ``part(net, "conv1_1", "pool3")(x)``."""

from __future__ import annotations

from ... import nn


def part(net: nn.Module, first: str, last: str) -> nn.Sequential:
    """Return the layers of ``net`` from one to another, in the order in which they were assigned.

    They stay what they are, the network's, under its names; the `Sequential` only calls them in turn (and
    so has a convolution and the rectifier behind it computed in one pass).

    Raises
    ------
    ValueError : if there is no such layer.
    """
    names = [name for name, _ in net.named_children()]
    for name in (first, last):
        if name not in names:
            raise ValueError(f"{type(net).__name__} has no layer {name!r}, only {', '.join(names)}")
    inside = names[names.index(first) : names.index(last) + 1]
    return nn.Sequential({name: net.get_submodule(name) for name in inside})
