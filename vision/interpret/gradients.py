"""Maps of an image by the gradient of a score: which pixels move it, and how far that accounts for it.

x image, x' baseline, S score; all maps (C, H, W), signed; `strength` makes one channel of them.

    saliency              dS/dx                                         Simonyan et al. 2013, section 3
    gradient x input      x dS/dx                                       Shrikumar et al. 2016
    SmoothGrad            mean of dS/dx at x + noise                    Smilkov et al. 2017, eq. 1
    integrated gradients  (x - x') mean of dS/dx between x' and x       Sundararajan et al. 2017, eq. 1
    expected gradients    the same, over baselines from data            Erion et al. 2021, eq. 5

Integrated gradients are complete: they sum to S(x) - S(x').
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import nn
from ...core import Tensor, grad
from .relu_rules import relu_rule
from .targets import Target, as_batch, score_of

BATCH = 16  # images at a time


def saliency(net: nn.Module, image: Any, target: Target = None, rule: str = "plain") -> np.ndarray:
    """Return dS/dx, (C, H, W); ``rule`` of `relu_rule`: "deconvnet" and "guided" are other methods.

    Parameters
    ----------
    net : it is put into evaluation mode.
    image : (C, H, W), prepared as the network expects it.
    target : as of `score_of`.
    """
    x = as_batch(image)
    return _gradients(net, x, _fixed(net, x, target), rule)[0]


def gradient_x_input(net: nn.Module, image: Any, target: Target = None) -> np.ndarray:
    """Return x dS/dx, (C, H, W)."""
    return saliency(net, image, target) * as_batch(image)[0]


def smooth_grad(
    net: nn.Module,
    image: Any,
    target: Target = None,
    *,
    noise: float = 0.15,
    samples: int = 32,
    seed: int = 0,
) -> np.ndarray:
    """Return the mean gradient at noisy copies of the image, (C, H, W).

    Parameters
    ----------
    noise : standard deviation, as a share of the image's range; 0.1 to 0.2 in the paper.
    """
    x = as_batch(image)
    target = _fixed(net, x, target)
    rng, spread = np.random.default_rng(seed), noise * float(np.ptp(x))
    total = np.zeros(x.shape[1:], np.float64)
    for i in range(0, samples, BATCH):
        count = min(BATCH, samples - i)
        noisy = x + rng.normal(0, 1, (count, *x.shape[1:])).astype(x.dtype) * x.dtype.type(spread)
        total += _gradients(net, noisy, target).sum(0)
    return total / samples


def integrated_gradients(
    net: nn.Module, image: Any, target: Target = None, *, baseline: Any = 0.0, steps: int = 64
) -> np.ndarray:
    """Return the integrated gradients from a baseline to the image, (C, H, W).

    Parameters
    ----------
    baseline : (C, H, W), or a number: the image that stands for "nothing".
    steps : midpoints of the path; `completeness` says whether they are enough.
    """
    x = as_batch(image)
    target = _fixed(net, x, target)
    start = np.broadcast_to(np.asarray(baseline, x.dtype), x.shape[1:])
    total = np.zeros(x.shape[1:], np.float64)
    places = (np.arange(steps) + 0.5) / steps
    for i in range(0, steps, BATCH):
        part = places[i : i + BATCH].astype(x.dtype)[:, None, None, None]
        total += _gradients(net, start + part * (x - start), target).sum(0)
    return (x[0] - start) * total / steps


def expected_gradients(
    net: nn.Module, image: Any, baselines: Any, target: Target = None, *, samples: int = 64, seed: int = 0
) -> np.ndarray:
    """Return the integrated gradients expected over baselines drawn from images (N, C, H, W), (C, H, W)."""
    x, drawn = as_batch(image), as_batch(baselines)
    target = _fixed(net, x, target)
    rng = np.random.default_rng(seed)
    total = np.zeros(x.shape[1:], np.float64)
    for i in range(0, samples, BATCH):
        count = min(BATCH, samples - i)
        start = drawn[rng.integers(len(drawn), size=count)].astype(x.dtype)
        place = rng.random((count, 1, 1, 1)).astype(x.dtype)
        total += ((x - start) * _gradients(net, start + place * (x - start), target)).sum(0)
    return total / samples


def completeness(
    net: nn.Module, image: Any, attribution: np.ndarray, target: Target = None, baseline: Any = 0.0
) -> float:
    """Return by how much an attribution misses S(x) - S(x'), as a share of it; 0 is complete."""
    whole = difference(net, image, target, baseline)
    return abs(float(attribution.sum()) - whole) / max(abs(whole), 1e-12)


def difference(net: nn.Module, image: Any, target: Target = None, baseline: Any = 0.0) -> float:
    """Return S(x) - S(x')."""
    x = as_batch(image)
    target = _fixed(net, x, target)
    start = np.broadcast_to(np.asarray(baseline, x.dtype), x.shape)
    net.eval()
    return float(score_of(net(Tensor(x)), target)) - float(score_of(net(Tensor(start.copy())), target))


def strength(attribution: np.ndarray) -> np.ndarray:
    """Return one channel of a map (C, H, W): the largest absolute value of the channels, (H, W)."""
    return np.abs(attribution).max(0)


def _gradients(net: nn.Module, x: np.ndarray, target: Target, rule: str = "plain") -> np.ndarray:
    """dS/dx of each image of a batch; S is summed over the batch, whose images do not see each other."""
    net.eval()
    given = Tensor(np.ascontiguousarray(x)).requires_grad_()
    with relu_rule(net, rule):
        gradient: Any = grad(score_of(net(given), target), given)
    return gradient.data


def _fixed(net: nn.Module, x: np.ndarray, target: Target) -> Target:
    """The class that the network names for the image itself, if none is given."""
    if target is not None:
        return target
    net.eval()
    output = net(Tensor(x)).data
    return int(output[0].reshape(output.shape[1], -1).sum(1).argmax())
