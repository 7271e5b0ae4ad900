"""A network run on images, with what some of its layers answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ... import nn
from .objectives import Seen
from .targets import layer_of


@contextmanager
def watching(net: nn.Module, layers: list[str]) -> Iterator[dict[str, Any]]:
    """Inside, the outputs of the named layers stand in a dictionary after each run; the last call counts.

    Raises
    ------
    KeyError : there is no such layer; names the nearest.
    """
    found: dict[str, Any] = {}

    def keep(path: str) -> Any:
        return lambda module, inputs, output: found.__setitem__(path, output)

    removers = [layer_of(net, path).register_forward_hook(keep(path)) for path in layers]
    try:
        yield found
    finally:
        for remove in removers:
            remove()


def seen_by(net: nn.Module, z: Any, layers: list[str]) -> Seen:
    """Run a network, in evaluation mode, on images z (N, C, H, W) in grey levels off its training mean.

    Raises
    ------
    KeyError : there is no such layer.
    ValueError : a layer was not called.
    """
    net.eval()
    with watching(net, layers) as maps:
        output = net(z * grey_level(net))
    for path in layers:
        if path not in maps:
            raise ValueError(f"layer {path!r} was not called: the network does not use it for its output")
    return Seen(z, output, maps)


def grey_level(net: nn.Module) -> Any:
    """What a grey level is for a network, (C, 1, 1); 1 for one that does not say what it was shown."""
    shown = getattr(net, "preprocess", None)
    return np.float32(1) if shown is None else shown.grey_level


def bounds(net: nn.Module) -> tuple[Any, Any] | None:
    """The darkest and the brightest z (C, 1, 1) that a pixel can be; None if the network does not say."""
    shown = getattr(net, "preprocess", None)
    if shown is None:
        return None
    dark, bright = (shown.normalised(np.full((3, 1, 1), each)) for each in (0.0, 1.0))
    return dark / shown.grey_level, bright / shown.grey_level
