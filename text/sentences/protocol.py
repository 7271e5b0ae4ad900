"""How a system is judged: trained on one part of a set, accuracy on another, an interval around the mean.

N sentences

Sources: Kim (2014), section 3, for folds and for a dev part of a tenth of the training sentences; Student's
(1908) distribution for the mean of folds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..corpus.sentence_sets import TRAIN, SentenceSet

DEV_SHARE = 10  # a dev part is that part of the training sentences
LEVEL = 0.95


class Found(NamedTuple):
    """Classes that a system gives to texts: of the epoch that dev chose, and of its last one."""

    best: np.ndarray
    last: np.ndarray


class System(Protocol):
    """What can be judged: candidates that differ in a setting, and how one of them learns and predicts.

    One with ``reads_words = True`` gets the words of the set's clean-up in place of texts, one with
    ``reads_trees = True`` parse trees: those of train and dev with the labels of all nodes, those to predict
    without.  One with ``takes_dev = True`` gets ``dev=(texts, y)`` too, where the set has a dev part.  Where
    the set has phrases, they come behind its training sentences, if these are all.
    """

    def candidates(self) -> Sequence[Mapping[str, Any]]:
        """Settings to choose from by accuracy on dev; a single one is taken as it is."""
        ...

    def predict(
        self, setting: Mapping[str, Any], train: Sequence[str], y: np.ndarray, texts: Sequence[str]
    ) -> np.ndarray | Found:
        """Learn from ``train`` and return the classes of ``texts``."""
        ...


@dataclass(frozen=True)
class Fold:
    """One system trained and tested once."""

    accuracy: float  # 0 to 1
    tested: int  # sentences that were predicted
    seconds: float
    chosen: dict[str, Any]  # the setting that was taken
    last: float | None = None  # accuracy after the last epoch, of systems of which dev chooses one

    def as_json(self) -> dict[str, Any]:
        """Return a dict that JSON can hold."""
        return asdict(self)


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
    count = sum(1 for _ in sentences.splits(seed))
    folds = [judge_fold(system, sentences, number, seed) for number in range(count)]
    tested, accuracies = sum(fold.tested for fold in folds), [fold.accuracy for fold in folds]
    mean, half = mean_interval(accuracies, tested)
    seconds = round(sum(fold.seconds for fold in folds), 2)
    return Cell(mean, half, accuracies, tested, seconds, [fold.chosen for fold in folds])


def judge_fold(
    system: System, sentences: SentenceSet, number: int, seed: int = 0, size: int | None = None
) -> Fold:
    """Train and test on one split; on ``size`` training sentences at random, if asked.

    Raises
    ------
    ValueError : the set has fewer training sentences.
    """
    began, candidates = time.perf_counter(), system.candidates()
    train, dev, test = next(split for n, split in enumerate(sentences.splits(seed)) if n == number)
    if size is not None:
        if size > len(train):
            raise ValueError(f"{sentences.name}: expected at most {len(train)} sentences, came {size}")
        train = np.sort(np.random.default_rng([seed, number, 1]).permutation(train)[:size])
    setting = dict(candidates[0])
    if len(candidates) > 1:
        fit, held = (train, dev) if len(dev) else hold_out(train, np.random.default_rng([seed, number]))
        setting = select(system, candidates, sentences, fit, held)
    accuracy, last = _accuracies(system, setting, sentences, train, test, dev)
    return Fold(accuracy, len(test), round(time.perf_counter() - began, 2), setting, last)


def select(
    system: System,
    candidates: Iterable[Mapping[str, Any]],
    sentences: SentenceSet,
    train: np.ndarray,
    dev: np.ndarray,
) -> dict[str, Any]:
    """Return the setting that is best on dev, the first of equals; test sentences are not looked at."""
    return dict(max(candidates, key=lambda each: _accuracies(system, each, sentences, train, dev)[0]))


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


def reads_trees(system: Any) -> bool:
    """Whether a system gets parse trees in place of texts."""
    return getattr(system, "reads_trees", False)


def _accuracies(
    system: System,
    setting: Mapping[str, Any],
    sentences: SentenceSet,
    train: np.ndarray,
    test: np.ndarray,
    dev: np.ndarray | None = None,
) -> tuple[float, float | None]:
    texts, phrases = _form(system, sentences)
    more: dict[str, Any] = {}
    if getattr(system, "takes_dev", False) and dev is not None and len(dev):
        more["dev"] = [texts[i] for i in dev], sentences.y[dev]
    train_texts, test_texts, y = [texts[i] for i in train], [texts[i] for i in test], sentences.y[train]
    if reads_trees(system):
        test_texts = [tree.unlabelled() for tree in test_texts]
    if sentences.phrases is not None and phrases and len(train) == np.sum(sentences.parts == TRAIN):
        train_texts, y = [*train_texts, *phrases], np.concatenate([y, sentences.phrases[1]])
    found = system.predict(setting, train_texts, y, test_texts, **more)
    if isinstance(found, Found):
        best, last = (float(np.mean(each == sentences.y[test])) for each in found)
        return best, last
    return float(np.mean(found == sentences.y[test])), None


def _form(system: System, sentences: SentenceSet) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the sentences, and the phrases of the set, as the system reads them."""
    if reads_trees(system):
        return sentences.trees, ()
    phrases = [] if sentences.phrases is None else sentences.phrases[0]
    if getattr(system, "reads_words", False):
        return sentences.words, sentences.cleaned(phrases)
    return sentences.texts, phrases
