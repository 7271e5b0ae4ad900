"""A linear probe: the last layer is new and learns, everything before it stays as it is.

So the features of a photo never change, and learning is logistic regression on them: seconds, one minimum.
How much the weights may grow is chosen among the training photos: each is held out once, and what the others
say of it is judged.  The photos of the validation part are asked once, in the end.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ... import nn
from ...nn.logistic import Logistic, fit_logistic
from ..data.class_folders import ClassFolders, dataset
from ..networks.classifier import Classifier
from ..networks.squeezenet import SqueezeNet
from .features import features

GRID = tuple(float(10.0**e) for e in range(-5, 1))  # of C
FOLDS = 5  # parts of the training photos, each of which is held out once to choose C
NEIGHBOURS = 5
ABOVE_ZERO = 32.0  # how many times the largest negative part the common constant of SqueezeNet's biases is


@dataclass(frozen=True)
class Probe:
    """What was found.

    Attributes
    ----------
    model : weights and biases for features as they come from the network.
    C : chosen; ``sweep`` has for each C that was tried the cross-entropy and the accuracy of photos held out.
    train_accuracy, validation_accuracy : of the model with this C, fitted to all training photos.
    neighbours_accuracy : of the vote of the nearest training photos, by cosine: nothing is fitted at all.
    features, judged : of the training photos (N, D), those varied last, and of those that judge (M, D).
    """

    model: Logistic
    C: float
    sweep: tuple[tuple[float, float, float], ...]
    train_accuracy: float
    validation_accuracy: float
    neighbours_accuracy: float
    features: np.ndarray
    judged: np.ndarray


def linear_probe(
    backbone: Classifier,
    data: ClassFolders,
    *,
    grid: Sequence[float] = GRID,
    seed: int = 0,
    cache: str | os.PathLike | None = None,
    mirror: bool = False,
    batch_size: int = 16,
    show: bool = False,
) -> Probe:
    """Fit a new last layer; the network itself is not changed, `put_head` does that.

    Parameters
    ----------
    grid : values of C to choose from.
    seed : of the parts held out.
    cache : folder of features, see `features`.
    mirror : learn from each training photo twice, as it is and mirrored.
    """
    how: Any = {"cache": cache, "batch_size": batch_size, "show": show}
    x, y = features(backbone, data.train, **how)
    more = None
    if mirror:
        mirrored = nn.Mapped(dataset(data.train), lambda item: (item[0][:, ::-1], item[1]))
        more, _ = features(backbone, mirrored, **how)
    x_val, y_val = features(backbone, data.val, **how)
    return fit_probe(x, y, x_val, y_val, classes=len(data.classes), grid=grid, seed=seed, more=more)


def fit_probe(
    x: np.ndarray,
    y: np.ndarray,
    x_val: np.ndarray,
    y_val: np.ndarray,
    *,
    classes: int | None = None,
    grid: Sequence[float] = GRID,
    seed: int = 0,
    more: np.ndarray | None = None,
) -> Probe:
    """Do what `linear_probe` does with features x (N, D), x_val (M, D) and classes y (N,), y_val (M,).

    Parameters
    ----------
    more : (N, D) features of the same photos varied, to learn from as well.
    """
    if not grid:
        raise ValueError("linear_probe: expected values of C to choose from, got none")
    classes = int(max(y.max(), y_val.max())) + 1 if classes is None else classes
    part = folds(y, seed)
    if more is not None:  # a photo and what it was varied to are held out together
        x, y, part = np.concatenate([x, more]), np.concatenate([y, y]), np.concatenate([part, part])
    sweep = tuple((float(C), *_held_out(x, y, part, float(C), classes)) for C in grid)
    C = min(sweep, key=lambda entry: entry[1])[0]
    model = _scaled_fit(x, y, C, classes)
    neighbours = float((nearest(x, y, x_val, classes=classes) == y_val).mean())
    right = model.accuracy(x, y), model.accuracy(x_val, y_val)
    return Probe(model, C, sweep, *right, neighbours, x, x_val)


def folds(y: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return the number (N,) of the part that each row is in; every class is spread over all parts.

    >>> np.bincount(folds(np.array([0] * 5 + [1] * 10))).tolist()
    [3, 3, 3, 3, 3]
    """
    rng, number = np.random.default_rng(seed), np.empty(len(y), int)
    for each in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == each))
        number[rows] = np.arange(len(rows)) % FOLDS
    return number


def _held_out(x: np.ndarray, y: np.ndarray, part: np.ndarray, C: float, classes: int) -> tuple[float, float]:
    """Return cross-entropy and accuracy of rows by models that were fitted to the other parts."""
    losses, right = [], []
    for number in range(int(part.max()) + 1):
        asked, rest = part == number, part != number
        if not rest.any():  # one row a class at most
            asked = rest = part == number
        z = _scaled_fit(x[rest], y[rest], C, classes).scores(x[asked])
        z -= z.max(1, keepdims=True)
        losses.append(np.log(np.exp(z).sum(1)) - z[np.arange(len(z)), y[asked]])
        right.append(z.argmax(1) == y[asked])
    return float(np.concatenate(losses).mean()), float(np.concatenate(right).mean())


def _scaled_fit(x: np.ndarray, y: np.ndarray, C: float, classes: int) -> Logistic:
    """Fit to features of mean 0 and deviation 1, so that C means the same for every network; scale back."""
    mean, deviation = x.mean(0, dtype=np.float64), x.std(0, dtype=np.float64)
    deviation[deviation < 1e-6 * max(1.0, float(deviation.max(initial=0)))] = np.inf  # a constant: weight 0
    fitted = fit_logistic((x - mean) / deviation, y, C, classes=classes)
    weight = fitted.weight / deviation
    return Logistic(weight, fitted.bias - weight @ mean, fitted.loss, fitted.steps)


def nearest(
    x: np.ndarray, y: np.ndarray, asked: np.ndarray, k: int = NEIGHBOURS, classes: int | None = None
) -> np.ndarray:
    """Return the class (M,) that most of the k nearest rows have, by cosine; of equals the nearest's."""
    unit, questions = _unit(x), _unit(asked)
    order = np.argsort(-(questions @ unit.T), axis=1, kind="stable")[:, : min(k, len(x))]  # (M,k)
    votes = np.zeros((len(asked), classes or int(y.max()) + 1))
    rows = np.arange(len(asked))
    for place in range(order.shape[1]):
        votes[rows, y[order[:, place]]] += 1 + (place == 0) / 2
    return votes.argmax(1)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def put_head(net: Classifier, probe: Probe) -> None:
    """Give a network the probe's last layer in place of its own.

    SqueezeNet rectifies its scores at every pixel before it averages them.  Softmax is blind to a constant
    that all scores share: so the biases get one, that keeps what is rectified above 0.
    """
    model = probe.model
    net.reset_classifier(len(model.bias), rng=0)
    bias = model.bias
    if isinstance(net, SqueezeNet):
        negative = probe.features @ np.maximum(-model.weight, 0).T  # (N,D)(D,K) -> (N,K)
        bias = bias - bias.min() + ABOVE_ZERO * float(negative.max(initial=0))
    net.last.weight.data[...] = model.weight.reshape(net.last.weight.shape)
    net.last.bias.data[...] = bias
