"""How a system is judged: trained on one part of a set, accuracy on another, an interval around the mean.

N sentences

Sources: Kim (2014), section 3, for folds and for a dev part of a tenth of the training sentences; Student's
(1908) distribution for the mean of folds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from ..corpus.sentence_sets import SentenceSet

DEV_SHARE = 10  # a dev part is that part of the training sentences
LEVEL = 0.95


class System(Protocol):
    """What can be judged: candidates that differ in a setting, and how one of them learns and predicts."""

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Settings to choose from by accuracy on dev; a single one is taken as it is."""
        ...

    def predict(
        self, setting: Mapping[str, Any], train: Sequence[str], y: np.ndarray, texts: Sequence[str]
    ) -> np.ndarray:
        """Learn from ``train`` and return the classes of ``texts``."""
        ...


@dataclass(frozen=True)
class Cell:
    """One system on one set."""

    accuracy: float  # mean over folds, 0 to 1
    interval: float  # half the width of the 95 % interval of that mean
    folds: list[float]
    tested: int  # sentences that were predicted
    seconds: float
    chosen: list[dict[str, Any]]  # the setting that each fold took

    def as_json(self) -> dict[str, Any]:
        """Return a dict that JSON can hold."""
        return asdict(self)


def judge(system: System, sentences: SentenceSet, seed: int = 0) -> Cell:
    """Train and test on every split of a set.

    The seed decides folds and dev parts; two systems that are judged with one seed see the same.
    """
    began, accuracies, chosen, tested = time.perf_counter(), [], [], 0
    candidates = system.candidates()
    for number, (train, dev, test) in enumerate(sentences.splits(seed)):
        setting = dict(candidates[0])
        if len(candidates) > 1:
            fit, held = (train, dev) if len(dev) else hold_out(train, np.random.default_rng([seed, number]))
            setting = select(system, candidates, sentences, fit, held)
        accuracies.append(_accuracy(system, setting, sentences, train, test))
        chosen.append(setting)
        tested += len(test)
    mean, half = mean_interval(accuracies, tested)
    return Cell(mean, half, accuracies, tested, round(time.perf_counter() - began, 2), chosen)


def select(
    system: System,
    candidates: Iterable[Mapping[str, Any]],
    sentences: SentenceSet,
    train: np.ndarray,
    dev: np.ndarray,
) -> dict[str, Any]:
    """Return the setting that is best on dev, the first of equals; test sentences are not looked at."""
    return dict(max(candidates, key=lambda setting: _accuracy(system, setting, sentences, train, dev)))


def hold_out(train: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Part training sentences in nine tenths to learn from and one tenth, at random, as dev."""
    mixed = rng.permutation(train)
    held = max(len(train) // DEV_SHARE, 1)
    return np.sort(mixed[held:]), np.sort(mixed[:held])


def mean_interval(accuracies: Sequence[float], tested: int) -> tuple[float, float]:
    """Return the mean and half the width of its 95 % interval.

    Of several folds by Student's t; of a single test part by the normal form for a share of ``tested``.
    Folds share their training sentences, so that the interval of folds is too narrow rather than too wide.

    >>> [round(x, 4) for x in mean_interval([0.7, 0.8, 0.9], 30)]
    [0.8, 0.2484]
    >>> [round(x, 4) for x in mean_interval([0.8], 100)]
    [0.8, 0.0784]
    """
    from scipy.special import ndtri, stdtrit

    count, mean = len(accuracies), float(np.mean(accuracies))
    upper = (1 + LEVEL) / 2
    if count == 1:
        return mean, float(ndtri(upper) * np.sqrt(mean * (1 - mean) / tested))
    return mean, float(stdtrit(count - 1, upper) * np.std(accuracies, ddof=1) / np.sqrt(count))


def _accuracy(
    system: System, setting: Mapping[str, Any], sentences: SentenceSet, train: np.ndarray, test: np.ndarray
) -> float:
    texts = sentences.texts
    found = system.predict(setting, [texts[i] for i in train], sentences.y[train], [texts[i] for i in test])
    return float(np.mean(found == sentences.y[test]))
