"""Is a way of making maps to be trusted?  Two questions that need no right answer.

Phi a way to make a map (H, W) of an image x (C, H, W)

    max-sensitivity             max |Phi(x + d) - Phi(x)| / |Phi(x)|,  |d| <= r         Yeh et al. 2019, eq. 3
    parameter randomisation     rank correlation of Phi before and after layers, from the
                                scores downwards, have lost what they learnt           Adebayo et al. 2018

A map that stays as it is when the network forgets does not show what the network has learnt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ... import nn
from .targets import as_batch

Explain = Callable[[np.ndarray], np.ndarray]  # (C,H,W) -> (H,W)
UNCHANGED = 0.5  # rank correlation from which a map counts as unchanged; ours, the paper judges by curves


class Forgotten(NamedTuple):
    """What is left of a map when layers have forgotten.

    Attributes
    ----------
    layer : path of the last one that forgot; those behind it have, too.
    correlation : of the ranks of the map's values with those before; 1 is the same map.
    """

    layer: str
    correlation: float


def max_sensitivity(
    explain: Explain, image: Any, *, radius: float = 0.02, samples: int = 10, seed: int = 0
) -> float:
    """Return by how much a map changes, at most, when the image hardly does; a share of the map's norm.

    Parameters
    ----------
    explain : makes the map of an image.
    radius : by which each number of the image changes at most, as a share of the image's range; d is drawn
        evenly from that cube.
    samples : a greatest value of so many: a lower bound of the one over all d.

    Infinite for a map of zeros that another image changes; 0 if none does.
    """
    if radius <= 0 or samples < 1:
        raise ValueError(f"max_sensitivity: expected radius above 0, samples from 1, got {radius}, {samples}")
    x, rng = as_batch(image)[0], np.random.default_rng(seed)
    reach, before = radius * float(np.ptp(x)), explain(x)
    worst = 0.0
    for _ in range(samples):
        moved = x + rng.uniform(-reach, reach, x.shape).astype(x.dtype)
        worst = max(worst, float(np.linalg.norm(explain(moved) - before)))
    norm = float(np.linalg.norm(before))
    return worst / norm if norm else float("inf") if worst else 0.0


def randomised(
    net: nn.Module, explain: Explain, image: Any, *, points: int | None = None, seed: int = 0
) -> Iterator[Forgotten]:
    """Yield what is left of a map when one layer more has forgotten, the scores' layer first.

    Weights are drawn anew from a normal distribution as wide as they were, biases become 0.  At the end, also
    when one stops in between, the network has its own weights again.

    Parameters
    ----------
    points : at how many layers, spread evenly, the map is made, the last among them; all by default.

    Raises
    ------
    ValueError : the network has no convolution and no linear layer.
    """
    layers = [path for path, each in net.named_modules() if isinstance(each, (nn.Conv2d, nn.Linear))]
    if not layers:
        raise ValueError("randomised: expected a network with nn.Conv2d or nn.Linear")
    x, rng = as_batch(image)[0], np.random.default_rng(seed)
    before = explain(x)
    asked = (
        range(1, len(layers) + 1) if points is None else np.linspace(0, len(layers), points + 1).astype(int)
    )
    with kept(net):
        for count, path in enumerate(layers[::-1], 1):
            forget(net.get_submodule(path), rng)
            if count in asked:
                yield Forgotten(path, rank_correlation(before, explain(x)))


def forget(module: Any, rng: np.random.Generator) -> None:
    """Draw a layer's weights anew, as wide as they were; its bias becomes 0."""
    w = module.weight.data
    w[...] = rng.normal(0, max(float(w.std()), 1e-6), w.shape)
    if module.bias is not None:
        module.bias.data[...] = 0


@contextmanager
def kept(net: nn.Module) -> Iterator[None]:
    """Inside, the weights may change; behind it they are what they were."""
    before = [(each, each.data.copy()) for each in net.parameters()]
    try:
        yield
    finally:
        for parameter, values in before:
            parameter.data[...] = values


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Return Spearman's correlation: Pearson's of the ranks, equal values sharing theirs; 0 for a flat map.

    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
    1.0
    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([5.0, 5.0, 5.0]))
    0.0
    """
    x, y = _ranks(a), _ranks(b)
    x, y = x - x.mean(), y - y.mean()
    size = np.sqrt((x * x).sum() * (y * y).sum())
    return round(float((x * y).sum() / size), 12) if size else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    """The mean place of each value among all, from 0."""
    _, places, counts = np.unique(np.asarray(values).ravel(), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts + 1) / 2)[places.ravel()]
