"""Class activation maps: where in a layer's maps A (C, P, Q) the evidence for a score lies, g = dS/dA.

Grad-CAM   relu(sum_c mean(g_c) A_c)          Selvaraju et al. 2017, eq. 1 and 2
HiResCAM   relu(sum_c g_c A_c)                Draelos & Carin 2020, eq. 4
LayerCAM   relu(sum_c relu(g_c) A_c)          Jiang et al. 2021, eq. 6
Score-CAM  relu(sum_c w_c A_c), w_c from the score of the image masked by A_c (Wang et al. 2020, alg. 1)
guided Grad-CAM  Grad-CAM times guided back-propagation
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, grad, no_grad, ops
from .gradients import BATCH, _fixed, saliency
from .targets import Target, as_batch, layer_of, score_of

METHODS = ("grad-cam", "hires-cam", "layer-cam")


def cam(
    net: nn.Module, image: Any, layer: str, target: Target = None, method: str = "grad-cam"
) -> np.ndarray:
    """Return the map of a layer, (P, Q), at least 0.

    Parameters
    ----------
    image : (C, H, W), prepared as the network expects it.
    layer : path of a module whose output is (N, C, P, Q); usually the last one before the pixels are
        averaged.
    target : as of `score_of`.
    method : "grad-cam", "hires-cam" or "layer-cam".

    Raises
    ------
    KeyError : there is no such layer.
    ValueError : its output is no map, or the score does not depend on it.

    A map that is negative everywhere is 0 everywhere, with a warning: nothing there speaks for the score.
    """
    if method not in METHODS:
        raise ValueError(f"cam: expected one of {', '.join(METHODS)}, got {method!r}")
    x = as_batch(image)[:1]
    maps, gradient = maps_and_gradients(net, x, layer, _fixed(net, x, target))
    weights = {
        "grad-cam": gradient.mean((1, 2), keepdims=True),
        "hires-cam": gradient,
        "layer-cam": np.maximum(gradient, 0),
    }[method]
    return _positive((weights * maps).sum(0), layer)


def score_cam(net: nn.Module, image: Any, layer: str, target: Target = None) -> np.ndarray:
    """Return the Score-CAM map of a layer, (P, Q): no gradient, one forward pass for each channel."""
    x = as_batch(image)[:1]
    target = _fixed(net, x, target)
    maps, _ = maps_and_gradients(net, x, layer, target)
    scores = []
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    masks = (maps - low) / np.where(high > low, high - low, 1)
    with no_grad():
        for i in range(0, len(masks), BATCH):
            large = np.stack([enlarged(mask, x.shape[2:]) for mask in masks[i : i + BATCH]])
            output = net(Tensor((x * large[:, None]).astype(x.dtype)))
            scores += [float(score_of(output[k : k + 1], target)) for k in range(len(large))]
    with no_grad():
        nothing = float(score_of(net(Tensor(np.zeros_like(x))), target))
    gains = np.array(scores) - nothing
    weights = np.exp(gains - gains.max())
    return _positive((weights[:, None, None] / weights.sum() * maps).sum(0), layer)


def guided_grad_cam(net: nn.Module, image: Any, layer: str, target: Target = None) -> np.ndarray:
    """Return guided back-propagation times the enlarged Grad-CAM map, (C, H, W)."""
    x = as_batch(image)[:1]
    target = _fixed(net, x, target)
    return saliency(net, x, target, "guided") * enlarged(cam(net, x, layer, target), x.shape[2:])


def maps_and_gradients(
    net: nn.Module, x: np.ndarray, layer: str, target: Target
) -> tuple[np.ndarray, np.ndarray]:
    """Return a layer's maps for one image, (C, P, Q), and dS of them."""
    seen: list[Any] = []

    def keep(module: nn.Module, inputs: Any, output: Any) -> Any:
        seen.append(
            output + 0 if isinstance(output, Tensor) else output
        )  # what follows uses this very tensor
        return seen[-1]

    remove = layer_of(net, layer).register_forward_hook(keep)
    try:
        net.eval()
        score = score_of(net(Tensor(x).requires_grad_()), target)
    finally:
        remove()
    maps = seen[-1] if seen else None
    if maps is None or len(maps.shape) != 4:
        came = "never called" if maps is None else f"of shape {tuple(maps.shape)}"
        raise ValueError(f"layer {layer!r}: expected maps (N, C, P, Q), it is {came}")
    gradient: Any = grad(score, maps)
    return maps.data[0], gradient.data[0]


def enlarged(small: np.ndarray, size: Any) -> np.ndarray:
    """Return a map (P, Q) in the image's size, (H, W), interpolated."""
    return np.asarray(ops.interpolate(np.asarray(small)[None, None], tuple(size), mode="bilinear"))[0, 0]


def _positive(total: np.ndarray, layer: str) -> np.ndarray:
    if total.max() <= 0:
        warnings.warn(
            f"the map of {layer!r} is negative everywhere: nothing in it speaks for the score", stacklevel=3
        )
    return np.maximum(total, 0)
