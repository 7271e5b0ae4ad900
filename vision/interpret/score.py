"""How good is a map?  Measures that need no eye, and in part no right answer.

m a map (H, W), the larger the more a pixel counts; x image, x' baseline, f the network, M the mask of a cue.

    deletion        area under p(class) while the pixels of largest m go, the first first; small is good
    insertion       the same while they come into an empty image; large is good         Petsiuk et al. 2018
    pointing game   1 if the pixel of the largest m lies in M                           Zhang et al. 2016
    relevance mass  sum of m+ in M / sum of m+                                          Arras et al. 2022
    completeness    sum of an attribution - (f(x) - f(x'))                        Sundararajan et al. 2017

What asks the way a map is made instead of the map is in ``sanity.py``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ... import nn
from .attack import chances_of_prepared
from .gradients import difference
from .targets import Target, as_batch

STEPS = 32  # points of a curve, beside the first


class Curve(NamedTuple):
    """A class's probability while pixels go or come.

    Attributes
    ----------
    shares : of the pixels that have gone or come, (n + 1,), from 0 to 1.
    chances : (n + 1,).
    """

    shares: np.ndarray
    chances: np.ndarray

    @property
    def area(self) -> float:
        """The area under the curve, by trapezia: 0 .. 1.

        >>> Curve(np.array([0.0, 0.5, 1.0]), np.array([1.0, 0.5, 0.0])).area
        0.5
        """
        means = (self.chances[1:] + self.chances[:-1]) / 2
        return float((np.diff(self.shares) * means).sum())


def deletion(
    net: nn.Module, image: Any, values: np.ndarray, label: int, *, baseline: Any = 0.0, steps: int = STEPS
) -> Curve:
    """Return p(label) while the pixels go, those of the largest values first (Petsiuk et al. 2018, alg. 1).

    Parameters
    ----------
    image : (C, H, W), prepared as the network expects it.
    values : the map, (H, W); of equal ones, those further up and left count as larger.
    baseline : what takes a pixel's place: a number (0 is the training mean, grey), or (C, H, W).
    steps : in each, as many pixels go as in the others, but for one.

    Raises
    ------
    ValueError : the map is of another size than the image, or not finite; there is no such class.
    """
    x = as_batch(image)[0]
    return _curve(net, x, np.broadcast_to(np.asarray(baseline, x.dtype), x.shape), values, label, steps)


def insertion(
    net: nn.Module, image: Any, values: np.ndarray, label: int, *, baseline: Any = 0.0, steps: int = STEPS
) -> Curve:
    """Return p(label) while the pixels come into the baseline; in the paper that is the image, `blurred`.

    Parameters and errors as of `deletion`.
    """
    x = as_batch(image)[0]
    return _curve(net, np.broadcast_to(np.asarray(baseline, x.dtype), x.shape), x, values, label, steps)


def blurred(image: Any, deviation: float = 5.0) -> np.ndarray:
    """Return an image (C, H, W) after a Gaussian of so many pixels; the paper's program: 5, of 224."""
    from scipy.ndimage import gaussian_filter1d

    x = as_batch(image)[0]
    for axis in (1, 2):
        x = gaussian_filter1d(x, deviation, axis)
    return x


def pointing(values: np.ndarray, mask: np.ndarray, tolerance: int = 0) -> float:
    """Return 1 if the largest value lies in the mask, else 0; of equal largest ones, the share that does.

    Zhang et al. 2016, section 4.1; the mean over images is their accuracy.  A map of zeros points nowhere: 0.

    Parameters
    ----------
    values, mask : (H, W); the mask of bool.
    tolerance : pixels by which the mask is made larger to each side, in both directions; 15 in the paper.

    >>> pointing(np.array([[0.0, 2.0], [1.0, 2.0]]), np.array([[False, True], [False, False]]))
    0.5
    """
    expect_map(values, mask.shape)
    inside = np.asarray(mask, bool)
    if tolerance:
        rows, columns = np.nonzero(inside)
        inside = np.zeros_like(inside)
        for row, column in zip(rows, columns, strict=True):
            inside[max(0, row - tolerance) : row + tolerance + 1,
                   max(0, column - tolerance) : column + tolerance + 1] = True  # fmt: skip
    largest = values == values.max()
    return float(inside[largest].mean()) if values.any() else 0.0


def relevance_mass(values: np.ndarray, mask: np.ndarray) -> float:
    """Return the share of what a map says that it says in the mask, 0 .. 1 (Arras et al. 2022, eq. 1).

    Negative values speak against the class and do not count; a map without positive values has 0.

    >>> relevance_mass(np.array([[1.0, 2.0], [1.0, -5.0]]), np.array([[False, True], [False, True]]))
    0.5
    """
    expect_map(values, mask.shape)
    positive = np.maximum(np.asarray(values, np.float64), 0)
    whole = positive.sum()
    return float(positive[np.asarray(mask, bool)].sum() / whole) if whole else 0.0


def completeness_gap(
    net: nn.Module, image: Any, attribution: np.ndarray, target: Target = None, baseline: Any = 0.0
) -> float:
    """Return sum of an attribution - (f(x) - f(x')), in units of the score; 0 for a complete one.

    Sundararajan et al. 2017, proposition 1; `completeness` is its size as a share.

    Parameters
    ----------
    attribution : (C, H, W), with its signs.
    target, baseline : as of `integrated_gradients`.
    """
    return float(attribution.sum()) - difference(net, image, target, baseline)


def expect_map(values: np.ndarray, size: tuple[int, ...]) -> None:
    """ValueError unless a map is finite and (H, W) of this size."""
    if np.shape(values) != tuple(size) or not np.isfinite(values).all():
        raise ValueError(
            f"expected a map of finite numbers, {tuple(size)} as the image; got shape {np.shape(values)}"
        )


def _curve(
    net: nn.Module, first: np.ndarray, last: np.ndarray, values: np.ndarray, label: int, steps: int
) -> Curve:
    """p(label) of the first image, and while the pixels of the last one take its pixels' place."""
    expect_map(values, last.shape[1:])
    order = np.argsort(-values.ravel(), kind="stable")
    if not 1 <= steps <= len(order):
        raise ValueError(f"steps: expected 1 to {len(order):,}, as many as pixels, got {steps}")
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    counts = np.rint(np.linspace(0, len(order), steps + 1)).astype(int)
    taken = rank.reshape(values.shape) < counts[:, None, None]  # (n + 1,H,W)
    chances = chances_of_prepared(net, (np.where(each, last, first) for each in taken))
    if not 0 <= label < chances.shape[1]:
        raise ValueError(f"label: expected a class from 0 to {chances.shape[1] - 1}, got {label}")
    return Curve(counts / len(order), chances[:, label])
