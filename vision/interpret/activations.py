"""What each layer of a network answers."""

from __future__ import annotations

import numpy as np

from ... import nn
from ...core import Tensor, no_grad


def activations(model: nn.Module, image: np.ndarray, layers: list[str]) -> dict[str, np.ndarray]:
    """Return the output (C, H, W) of the named layers for one image (3, H, W).

    Raises
    ------
    KeyError : if there is no layer of that path.
    """
    modules = dict(model.named_modules())
    unknown = [path for path in layers if path not in modules]
    if unknown:
        raise KeyError(
            f"activations: no layer {unknown[0]!r}; there are {', '.join(path for path in modules if path)}"
        )
    seen: dict[str, np.ndarray] = {}

    def keep(path: str):
        return lambda module, inputs, output: seen.__setitem__(path, output.data[0])

    removers = [modules[path].register_forward_hook(keep(path)) for path in layers]
    try:
        model.eval()
        with no_grad():
            model(Tensor(np.asarray(image, np.float32)[None]))
    finally:
        for remove in removers:
            remove()
    return seen
