"""Finding a classifier's options by trying: a random walk round the best ones so far, as fastText does it.

Trial 1 has the options as they are given.  Each later trial moves every option that was not fixed by a
normally distributed step, on a scale of its own, away from the best trial; the steps become smaller between a
quarter and three quarters of the time.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..corpus.again import readable_again
from .classifier import FastTextClassifier, read_text
from .precision_recall import PrecisionRecall

# option: (least, most, first and last standard deviation, added? else a power of 2 that is multiplied)
SCALES = {
    "epochs": (1, 100, 2.8, 2.5, False),
    "alpha": (0.01, 5.0, 1.9, 1.0, False),
    "dim": (1, 1000, 1.4, 0.3, False),
    "word_ngrams": (1, 5, 4.3, 2.4, True),
    "dsub": (1, 4, 2.0, 1.0, True),  # the exponent of 2
    "min_n": (0, 2, 4.0, 1.4, True),  # a place in MIN_N
    "buckets": (10_000, 10_000_000, 2.0, 1.5, False),
}
MIN_N, MORE = (0, 2, 3), 3  # max_n is min_n + MORE
MANY_LABELS = 256  # from here on the labels' rows are quantised, too
HEADS = 400  # bytes of a quantised file besides its parts
UNITS = {"k": 10**3, "m": 10**6, "g": 10**9}


class Metric(NamedTuple):
    """What is to be made large on the validation text."""

    name: str = "f1"
    at: float = 0.0
    label: str | None = None

    @classmethod
    def parse(cls, text: str) -> Metric:
        """Read "f1", "f1:LABEL", "precisionAtRecall:PERCENT[:LABEL]" or "recallAtPrecision:PERCENT[:LABEL]".

        >>> Metric.parse("precisionAtRecall:30:__label__a")
        Metric(name='precisionAtRecall', at=0.3, label='__label__a')
        """
        name, _, rest = text.partition(":")
        if name == "f1":
            return cls(name, 0.0, rest or None)
        at, _, label = rest.partition(":")
        try:
            share = float(at) / 100
        except ValueError:
            share = math.nan
        if name not in ("precisionAtRecall", "recallAtPrecision") or not 0 <= share <= 1:
            raise ValueError(
                f"metric: expected f1, f1:LABEL, precisionAtRecall:PERCENT[:LABEL] or "
                f"recallAtPrecision:PERCENT[:LABEL], came {text!r}"
            )
        return cls(name, share, label or None)

    def of(self, meter: PrecisionRecall) -> float:
        """The metric of these predictions; nan if there are none."""
        if self.name == "f1":
            return meter.f1(self.label)
        measure = meter.precision_at_recall if self.name == "precisionAtRecall" else meter.recall_at_precision
        return measure(self.at, self.label)


class Trial(NamedTuple):
    """Options that were tried, and what came of them: nan if training diverged or the model was too large."""

    options: dict[str, Any]
    score: float
    seconds: float


def model_size(text: str) -> int:
    """Bytes of "100k", "2M" or "1G".

    >>> model_size("2M"), model_size("500")
    (2000000, 500)
    """
    unit = UNITS.get(text[-1:].lower(), 1)
    digits = text[:-1] if unit > 1 else text
    if not digits.isdecimal() or int(digits) == 0:
        raise ValueError(f"model size: expected a number and k, M or G, such as 2M, came {text!r}")
    return int(digits) * unit


def step(value: float, name: str, t: float, rng: np.random.Generator) -> float:
    """Move one option; ``t`` is the share of the time that is over."""
    least, most, first, last, added = SCALES[name]
    deviation = first - (first - last) / 0.5 * min(0.5, max(t - 0.25, 0.0))
    change = rng.normal(0, deviation)
    moved = value + change if added else value * 2.0**change
    moved = moved if name == "alpha" else int(min(max(moved, least), most))
    return min(max(moved, least), most)


def ask(
    best: Mapping[str, Any], fixed: Mapping[str, Any], t: float, rng: np.random.Generator
) -> dict[str, Any]:
    """The options of the next trial; those that are ``fixed`` stay."""
    options = dict(best)
    for name in SCALES:  # every option is drawn, fixed or not: fixing one does not change the others
        value = best[name]
        if name == "dsub":
            moved = 2 ** int(step(math.log2(value), name, t, rng))
        elif name == "min_n":
            place = MIN_N.index(value) if value in MIN_N else 0
            moved = MIN_N[int(step(place, name, t, rng))]
        else:
            moved = step(value, name, t, rng)
        options[name] = fixed.get(name, moved)
    options["max_n"] = fixed.get("max_n", options["min_n"] + MORE if options["min_n"] else 0)
    return options


def cutoff(size: int, labels: int, dim: int, dsub: int, qout: bool, entry: float) -> int:
    """How many rows a quantised model of ``size`` bytes may keep; ``entry`` is a word's bytes."""
    output = 4 * labels * dim
    if qout:
        output = 21 + labels * (-(-dim // 2)) + 16 + 4 * dim * 256 + labels
    left = size - HEADS - 4 * 256 * (dim + 1) - output
    return max(int(left / (-(-dim // dsub) + 1 + entry)), MANY_LABELS)


def autotune(
    source: Any,
    validation: Any,
    metric: str = "f1",
    predictions: int = 1,
    duration: float = 300,
    size: int | None = None,
    trials: int | None = None,
    fixed: Mapping[str, Any] | None = None,
    seed: int = 0,
    report: Callable[[Trial, Trial | None], object] | None = None,
    max_bytes: int | None = None,
) -> tuple[FastTextClassifier, list[Trial]]:
    """The classifier of the best options, and all that was tried.

    Parameters
    ----------
    source, validation : path or lines
        To train on, and to measure.
    metric : str
        See `Metric.parse`.
    predictions : int
        Labels predicted for each line of the validation text.
    duration : float
        Seconds after which no trial begins, and none goes on behind its epoch.
    size : int, optional
        Bytes: the models are quantised to files no larger.
    trials : int, optional
        A number of trials in place of a time: the same seed then gives the same model (with one
        thread, or ``deterministic``).
    fixed : dict
        Options of `FastTextClassifier`, and ``dsub``, that stay as they are.
    report : callable
        Is told each trial, and the best so far.
    max_bytes : int, optional
        Each text, if packed, may unpack to so many bytes; by default to 20 times its size and 32 MB.

    Raises
    ------
    ValueError
        No trial ended in time with a model that fits.
    """
    goal, fixed = Metric.parse(metric), dict(fixed or {})
    source, validation = readable_again(source), readable_again(validation)
    text, rng, began = read_text(source, max_bytes), np.random.default_rng(seed), time.monotonic()
    start = {"epochs": 5, "alpha": 0.1, "dim": 100, "word_ngrams": 1, "dsub": 2, "min_n": 0, "max_n": 0}
    best_options = {**start, "buckets": 2_000_000, "seed": seed, **fixed}
    tried: list[Trial] = []
    best: Trial | None = None

    def over(share: float = 1.0) -> bool:
        return trials is None and time.monotonic() - began > share * duration

    while len(tried) < trials if trials is not None else not over():
        gone = (time.monotonic() - began) / duration if trials is None else len(tried) / trials
        options = ask(best_options, fixed, gone, rng) if tried else best_options
        trial_began = time.monotonic()
        try:
            model = train(options, text, source, size, over, max_bytes)
            tested = model.test(validation, predictions, max_bytes=max_bytes) if fits(model, size) else None
            score = goal.of(tested) if tested else math.nan
        except (FloatingPointError, MemoryError):
            score = math.nan
        except TimeoutError:
            break
        tried.append(Trial(options, score, time.monotonic() - trial_began))
        if score > (best.score if best else -math.inf):
            best, best_options = tried[-1], options
        if report:
            report(tried[-1], best)
    if best is None:
        raise ValueError(
            "autotune: no trial ended with a usable model\n"
            "    hint: a longer duration, or a larger model size"
        )
    return train(best.options, text, source, size, lambda: False, max_bytes), tried


def train(
    options: Mapping[str, Any],
    text: Any,
    source: Any,
    size: int | None,
    over: Callable[[], bool],
    max_bytes: int | None = None,
) -> FastTextClassifier:
    """One model; quantised if its size is bounded.  TimeoutError if it is ``over`` before the last epoch."""

    def look(model: FastTextClassifier) -> None:
        if over():
            raise TimeoutError

    own = {name: value for name, value in options.items() if name != "dsub"}
    model = FastTextClassifier(**own).fit_words(*text, progress=False, callbacks=[look])
    if size is not None:
        labels, dsub = len(model.labels), min(options["dsub"], model.dim)
        qout = labels >= MANY_LABELS
        entry = sum(map(len, model.dictionary.words)) / len(model.words) + 10
        rows = cutoff(size, labels, model.dim, dsub, qout, entry)
        if len(model.v) >= MANY_LABELS:
            model.quantise(
                dsub, qnorm=True, qout=qout, cutoff=rows, retrain=source, progress=False, max_bytes=max_bytes
            )
    return model


def fits(model: FastTextClassifier, size: int | None) -> bool:
    """Is the model's file no larger than ``size`` bytes?"""
    if size is None:
        return True
    grams = model.dictionary.grams
    if not model.quantised:
        return 4 * (len(model.words) + grams.buckets + len(model.labels)) * model.dim < size
    with tempfile.TemporaryDirectory() as folder:
        model.save_bin(path := Path(folder) / "model.ftz")
        return path.stat().st_size <= size
