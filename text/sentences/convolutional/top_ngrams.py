"""What filters over words look for: the windows that each answers to most.

F filters of a width of h words, K classes

A filter is one linear form on h vectors of words, so what it looks for is told by the windows with the
largest c_i = relu(w . x_[i : i+h-1] + b) of many sentences; and what for, by its column of the last layer.

Source: Kalchbrenner et al. (ACL 2014), section 6.5 and Fig. 4, for the picture; Kim (2014), eq. 2, for c.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ....core import no_grad
from ...estimators.estimator import texts_of
from .batches import pad_sentences
from .sentence_cnn import SentenceCNN
from .words import Text, words_of

NOTHING = "·"  # an empty word, beside a sentence


@dataclass(frozen=True)
class FilterNgrams:
    """A filter and what it answers to.

    Attributes
    ----------
    width, number : h, and which of the F filters of this width
    weights : float32 (K,), what one of its maximum adds to the score of each class
    ngrams : tuple of (words, c), the largest c first, each n-gram once
    """

    width: int
    number: int
    weights: np.ndarray
    ngrams: tuple[tuple[str, float], ...]

    @property
    def decides(self) -> float:
        """How far it can pull classes apart: the range of the weights times the largest c."""
        return float(np.ptp(self.weights)) * (self.ngrams[0][1] if self.ngrams else 0.0)


def top_ngrams(model: SentenceCNN, texts: Iterable[Text], count: int = 5) -> list[FilterNgrams]:
    """Return each filter's strongest n-grams in texts; the filters that decide most come first.

    Parameters
    ----------
    model : a `SentenceCNN` that has learnt
    texts : iterable of str, or of lists of words
    count : n-grams of a filter, fewer if it answers to fewer

    Raises
    ------
    ValueError : the model has learnt nothing yet, or ``count`` is below 1.
    """
    if count < 1:
        raise ValueError(f"top_ngrams: count is from 1 on, got {count!r}")
    best: dict[tuple[int, int], dict[str, float]] = {}
    for words, maps in feature_maps(model, texts):
        padded = [NOTHING] * model.border + words + [NOTHING] * model.border
        for width, answers in zip(model.windows, maps, strict=True):
            places, peaks = answers.argmax(1), answers.max(1)
            for number in np.flatnonzero(peaks > 0):
                ngram = " ".join(padded[places[number] : places[number] + width])
                found = best.setdefault((width, int(number)), {})
                found[ngram] = max(float(peaks[number]), found.get(ngram, 0.0))
    ends = model.net_.fc.weight.data * model.net_.keep
    rows = {width: n * model.maps for n, width in enumerate(model.windows)}
    tops = [
        FilterNgrams(width, number, ends[:, rows[width] + number], _largest(found, count))
        for (width, number), found in best.items()
    ]
    return sorted(tops, key=lambda top: -top.decides)


def _largest(found: dict[str, float], count: int) -> tuple[tuple[str, float], ...]:
    return tuple(heapq.nsmallest(count, found.items(), key=lambda item: (-item[1], item[0])))


def feature_maps(
    model: SentenceCNN, texts: Iterable[Text]
) -> Iterator[tuple[list[str], Sequence[np.ndarray]]]:
    """Yield the words of each text and, of each width, what the filters answer: (F, T - h + 1).

    T are the words with ``model.border`` empty ones on either side; nothing is filled to other sentences.

    Raises
    ------
    ValueError : the model has learnt nothing yet.
    """
    if not hasattr(model, "net_"):
        raise ValueError("SentenceCNN: nothing is learnt yet\n    hint: call fit(texts, y) first")
    model.net_.eval()
    for text in texts_of(texts, "SentenceCNN"):
        words = words_of(text, model.words)
        model.add_words(words)
        row = pad_sentences([model.table_.numbers(words)], model.border, len(words))
        with no_grad():
            yield words, [maps.data[0] for maps in model.net_.feature_maps(row)]
