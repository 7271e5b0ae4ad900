"""Looking inside a network: what each layer answers, and what a single output sees."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import nn
from ..core import Tensor, grad, no_grad


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


def influence(
    model: nn.Module, image: np.ndarray, pixel: tuple[int, int], label: int | None = None
) -> np.ndarray:
    """Return how much each pixel of the image moves one output pixel's score: max over channels of |d score /
    d pixel| (H, W).

    The absolute gradient of Simonyan et al. 2013, section 3, taken for one output pixel; where it is not
    zero lies in that pixel's receptive field (Luo et al. 2016).

    Parameters
    ----------
    image : (C, H, W).
    pixel : (row, column) of the output.
    label : the class whose score is meant; None for the predicted one.
    """
    x = Tensor(np.asarray(image, np.float32)[None]).requires_grad_()
    model.eval()
    scores = model(x)[0, :, pixel[0], pixel[1]]
    label = int(scores.data.argmax()) if label is None else label
    g: Any = grad(scores[label], x)
    return np.abs(g.data[0]).max(0)
