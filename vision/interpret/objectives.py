"""What an image is changed to maximise: objectives that add and scale.

    class_score(130) - 1e-4 * l2() - 0.1 * tv()
    0.2 * channel("features.12", 7) + 0.8 * channel("features.12", 30)

N images, C channels, (P, Q) a layer's map, K classes.  Each objective is one number an image, (N,):

    class_score(y)           S_y, before the softmax                      Simonyan et al. 2013, eq. 1
    class_probability(y)     exp S_y / sum_k exp S_k                      rises, too, when the others fall
    channel(layer, c)        mean over the map of a_c                     Olah et al. 2017, "channel"
    neuron(layer, c, p, q)   a_cpq; without a place, that in the middle   Erhan et al. 2009
    layer(name)              sum of a^2 / 2, whose gradient is a          DeepDream
    direction(layer, v)      mean over the map of <a_pq, v>               Olah et al. 2017, "direction"
    guide(layer, b)          sum over places of max_j <a_pq, b_j>         DeepDream, "controlling dreams"
    l2()                     |z|^2, z the image in grey levels off the training mean       Simonyan, eq. 1
    tv()                     mean |z - right neighbour| + mean |z - lower neighbour|, its total variation

A layer is named by its module's path (``features.3.squeeze``).  Penalties are positive: subtract them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ... import nn
from ...core import ops
from .targets import layer_of


class Seen(NamedTuple):
    """What a network has made of images.

    Attributes
    ----------
    image : z (N, C, H, W), the images in grey levels off the training mean.
    output : scores (N, K), or (N, K, H, W).
    maps : of each watched layer its output (N, C, P, Q), or (N, C).
    """

    image: Any
    output: Any
    maps: dict[str, Any]


class Term(NamedTuple):
    """One summand: its name, the layer that it watches ("" for none) and its value (N,)."""

    name: str
    layer: str
    value: Callable[[Seen], Any]


class Objective:
    """A weighted sum of terms.

    >>> both = class_score(3) - 0.1 * l2()
    >>> both
    class_score(3) - 0.1 * l2()
    >>> both.layers
    []
    """

    def __init__(self, terms: tuple[tuple[float, Term], ...]):
        self.terms = terms

    @property
    def layers(self) -> list[str]:
        """The paths of the layers that are watched."""
        return sorted({term.layer for _, term in self.terms if term.layer})

    def expect_layers(self, net: nn.Module) -> None:
        """Raise KeyError, with the nearest that there are, for a layer that the network has not."""
        for path in self.layers:
            layer_of(net, path)

    def __call__(self, seen: Seen) -> Any:
        """Return the objective of each image, (N,).

        Raises
        ------
        ValueError : there is no such class, channel or place; a layer has another shape than is needed.
        """
        total: Any = None
        for weight, term in self.terms:
            value = term.value(seen) * weight
            total = value if total is None else total + value
        return total

    def __add__(self, other: Objective) -> Objective:
        if not isinstance(other, Objective):
            return NotImplemented
        return Objective(self.terms + other.terms)

    def __sub__(self, other: Objective) -> Objective:
        return self + -1 * other if isinstance(other, Objective) else NotImplemented

    def __mul__(self, factor: float) -> Objective:
        if not isinstance(factor, (int, float)) or not np.isfinite(factor):
            raise TypeError(f"{self!r}: expected a finite number to scale it by, got {factor!r}")
        return Objective(tuple((weight * factor, term) for weight, term in self.terms))

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        return -1 * self

    def __repr__(self) -> str:
        said = ""
        for weight, term in self.terms:
            sign = (" - " if weight < 0 else " + ") if said else ("-" if weight < 0 else "")
            said += sign + (f"{abs(weight):g} * " if abs(weight) != 1 else "") + term.name
        return said


def class_score(y: int) -> Objective:
    """Return the score of class y, before the softmax; of a segmentation network, its mean over pixels."""
    return _one(f"class_score({y})", "", lambda seen: _mean_map(seen.output)[:, _in(y, seen.output, "class")])


def class_probability(y: int) -> Objective:
    """Return the probability of class y, after the softmax."""

    def value(seen: Seen) -> Any:
        return ops.softmax(_mean_map(seen.output), axis=1)[:, _in(y, seen.output, "class")]

    return _one(f"class_probability({y})", "", value)


def channel(layer: str, c: int) -> Objective:
    """Return the mean of a layer's channel."""

    def value(seen: Seen) -> Any:
        maps = seen.maps[layer]
        return _mean_map(maps)[:, _in(c, maps, f"channel of {layer!r}")]

    return _one(f"channel({layer!r}, {c})", layer, value)


def neuron(layer: str, c: int, row: int | None = None, column: int | None = None) -> Objective:
    """Return one number of a layer's map; by default that in the middle."""

    def value(seen: Seen) -> Any:
        maps = seen.maps[layer]
        k = _in(c, maps, f"channel of {layer!r}")
        if len(maps.shape) == 2:
            return maps[:, k]
        place = []
        for given, n, side in zip((row, column), maps.shape[2:], ("row", "column"), strict=True):
            i = n // 2 if given is None else given
            if not 0 <= i < n:
                raise ValueError(f"neuron: expected a {side} of {layer!r} from 0 to {n - 1}, got {given}")
            place.append(i)
        return maps[:, k, place[0], place[1]]

    where = "" if row is None and column is None else f", {row}, {column}"
    return _one(f"neuron({layer!r}, {c}{where})", layer, value)


def layer(name: str) -> Objective:
    """Return half the sum of squares of all that a layer answers: its gradient is the answer itself."""
    return _one(f"layer({name!r})", name, lambda seen: 0.5 * _per_image(seen.maps[name] ** 2))


def direction(layer: str, vector: Any) -> Objective:
    """Return the mean over a layer's map of its scalar product with a vector (C,)."""
    v = np.asarray(vector, np.float32)

    def value(seen: Seen) -> Any:
        means = _mean_map(seen.maps[layer])
        if v.shape != means.shape[1:]:
            raise ValueError(f"direction: expected a vector ({means.shape[1]},) for {layer!r}, got {v.shape}")
        return (means * v).sum(1)

    return _one(f"direction({layer!r}, ...)", layer, value)


def guide(layer: str, answers: Any) -> Objective:
    """Return how alike a layer's answers are to those (C, R, S) to a guide: place by place, the best."""
    b = np.asarray(answers, np.float32)
    b = b.reshape(len(b), -1)  # (C,J)

    def value(seen: Seen) -> Any:
        a = seen.maps[layer]
        if a.shape[1] != len(b):
            raise ValueError(f"guide: expected answers of {a.shape[1]} channels for {layer!r}, got {len(b)}")
        flat = a.reshape(len(a), len(b), -1)  # (N,C,PQ)
        nearest = np.einsum("ncp,cj->npj", flat.data, b).argmax(2)  # (N,PQ)
        return _per_image(flat * np.moveaxis(b[:, nearest], 0, 1))

    return _one(f"guide({layer!r}, ...)", layer, value)


def l2() -> Objective:
    """Return |z|^2, a penalty: subtract it."""
    return _one("l2()", "", lambda seen: _per_image(seen.image**2))


def tv() -> Objective:
    """Return the total variation of z, a penalty: subtract it."""

    def value(seen: Seen) -> Any:
        z = seen.image
        right, down = z[:, :, :, 1:] - z[:, :, :, :-1], z[:, :, 1:] - z[:, :, :-1]
        return sum(_per_image(ops.abs(each)) / np.prod(each.shape[1:]) for each in (right, down))

    return _one("tv()", "", value)


def _one(name: str, watched: str, value: Callable[[Seen], Any]) -> Objective:
    return Objective(((1.0, Term(name, watched, value)),))


def _in(k: int, maps: Any, what: str) -> int:
    if not 0 <= k < maps.shape[1]:
        raise ValueError(f"expected a {what} from 0 to {maps.shape[1] - 1}, got {k}")
    return int(k)


def _mean_map(maps: Any) -> Any:
    """(N, C, P, Q), or (N, C) -> (N, C)."""
    return maps.mean((2, 3)) if len(maps.shape) == 4 else maps


def _per_image(values: Any) -> Any:
    """(N, ...) -> (N,), summed."""
    return values.reshape(len(values), -1).sum(1)
