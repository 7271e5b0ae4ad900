"""What a trained classifier is asked: labels of lines, and how good they are."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...ext.embeddings.hierarchical_softmax import huffman
from ..corpus.utf8 import to_text
from .label_probabilities import Predictions, best, log_probabilities
from .line_vectors import LineMeans, LineVectors
from .precision_recall import PrecisionRecall
from .predict_line import FEW, Labels, OneLine
from .quantise import largest_rows, not_quantised, quantise_rows
from .word_table import blocks

SCORES = 1 << 20  # numbers of a block of lines times labels
# multiplications of a block for few labels: BLAS would share more among threads, which then wait for the next
# in vain
ALONE, FEW_LINES = 1 << 18, 64


class Predictor(LineVectors):
    """What is asked of a trained model; `FastTextClassifier` trains it."""

    FOLLOWING = (*LineVectors.FOLLOWING, "_tree", "_label_names", "one_line")
    loss: str
    one_line: OneLine | None = None  # what `predict` of a single line has put together

    @property
    def labels(self) -> list[str]:
        """Names of the labels, the prefix included."""
        return self._label_names

    def predict(self, lines: Any, k: int = 1, threshold: float = 0.0) -> Any:
        """The k most probable labels of a line, or of each of several lines.

        Parameters
        ----------
        lines : str, or iterable of str
        k : int
            Labels, at most; -1: all.
        threshold : float
            Labels less probable are left out.

        Returns
        -------
        list of (label, probability), best first; of several lines a list of these
            Probabilities are fastText's, 1e-5 too large (``label_probabilities.py``).
        """
        if isinstance(lines, str):
            quick = self._predict_line(lines, k, threshold)
            return self.predict([lines], k, threshold)[0] if quick is None else quick
        self._expect_dictionary()
        return [each for found, _ in self.predictions(lines, k, threshold) for each in self.named(found)]

    def _predict_line(self, line: str, k: int, threshold: float) -> Labels | None:
        """`predict` of one line; None if that takes more: a new word, a tree, a quantised
        matrix, many labels.
        """
        one = self.one_line
        if one is None or not one.fits(self.reader, self.v, self.vp):
            self._expect_dictionary()
            plain = type(self.v) is type(self.vp) is np.ndarray and self.supervised and self.loss != "hs"
            one = OneLine(self.reader, self.v, self.vp, self.labels, self.loss) if plain else None
            self.one_line = one
            if one is None or not one.fits(self.reader, self.v, self.vp):
                return None
        return one.predict(line, k, threshold) if 0 < k <= FEW else None

    def predictions(
        self, source: Any, k: int = 1, threshold: float = 0.0, max_bytes: int | None = None
    ) -> Iterator[tuple[Predictions, LineMeans]]:
        """Predict a text block by block: a path, "-" for standard input, or lines (`word_table.blocks`)."""
        if not self.supervised:
            raise ValueError("predict: expected a supervised model, came one of word vectors")
        tree = self._tree
        output = self.vp[:]
        for block in blocks(source, max_bytes):
            lines = self.read(block)
            found = [
                best(log_probabilities(lines.h[some], output, self.loss, tree), k, threshold)
                for some in self._parts(len(lines.h))
            ]
            if found:
                together = Predictions(*(np.concatenate(each) for each in zip(*found, strict=True)))
                together.counts[lines.counts == 0] = 0  # without a word, no label
                yield together, lines

    def named(self, found: Predictions) -> list[Labels]:
        """The predictions of each line as (label, probability)."""
        names = self.labels
        if found.labels.shape[1] == 1:  # the usual question, without a list for each line
            flat = (each.ravel().tolist() for each in found)
            return [[(names[n], p)][:k] for n, p, k in zip(*flat, strict=True)]
        rows = zip(found.labels.tolist(), found.probabilities.tolist(), found.counts.tolist(), strict=True)
        return [
            [(names[n], p) for n, p in zip(label[:k], chance[:k], strict=True)] for label, chance, k in rows
        ]

    def test(
        self, source: Any, k: int = 1, threshold: float = 0.0, max_bytes: int | None = None
    ) -> PrecisionRecall:
        """Predict lines that have labels and compare; those without a label or a word are left out.

        A ``.gz`` or ``.xz`` may unpack to ``max_bytes``, by default to 20 times its size and 32 MB.
        ValueError if no line is left.
        """
        meter = PrecisionRecall(self.labels)
        for found, lines in self.predictions(source, k, threshold, max_bytes):
            asked = lines.counts > 0
            asked &= np.isin(np.arange(len(asked)), lines.gold[:, 0])
            new_number = np.cumsum(asked) - 1
            gold = lines.gold[asked[lines.gold[:, 0]]]
            meter.add(
                Predictions(*(each[asked] for each in found)),
                np.stack([new_number[gold[:, 0]], gold[:, 1]], 1),
            )
        if not meter.examples:
            raise ValueError(
                f"test: no line has both a word and a label of the model, such as {self.labels[0]!r}"
                if self.labels
                else "test: the model has no labels"
            )
        return meter

    def quantise(
        self,
        dsub: int = 2,
        qnorm: bool = False,
        qout: bool = False,
        cutoff: int = 0,
        retrain: Any = None,
        progress: Any = True,
        max_bytes: int | None = None,
    ) -> Any:
        """Make the model small: product quantisation (``text/files/product_quantiser.py``), of its
        largest rows only.

        Parameters
        ----------
        dsub : int
            Numbers in a part of a row; a part becomes one byte.
        qnorm : bool
            Quantise the rows' lengths by themselves.
        qout : bool
            Quantise the labels' rows too.
        cutoff : int
            Keep only so many rows of v, ``</s>`` and those of largest length; 0 keeps all.  Of a model of
            word vectors the words' own rows go first.
        retrain : path or lines, optional
            Text to train the rows that are kept on, ``epochs`` times, before they are quantised.
        max_bytes : int, optional
            A ``.gz`` or ``.xz`` may unpack to so many bytes, by default to 20 times its size and 32 MB.
        """
        book = self._expect_dictionary()
        v, vp = not_quantised(self.v, self.vp)
        if cutoff < 0:
            raise ValueError(f"quantise: cutoff is a number of rows, 0 for all, got {cutoff}")
        if 0 < cutoff < len(v) or book.place is not None:
            self.set_matrices(*largest_rows(book, v, vp, cutoff or len(v), self.supervised))
            if retrain is not None and 0 < cutoff < len(v):
                self.retrain(retrain, progress, max_bytes)
        self.set_matrices(self.dictionary, *quantise_rows(self.v[:], self.vp[:], dsub, qnorm, qout))
        return self

    def retrain(self, source: Any, progress: Any = True, max_bytes: int | None = None) -> None:
        """Train the rows that are kept; only a supervised model can."""
        raise ValueError(
            "quantise: only a supervised model can be trained again\n    hint: leave -retrain out"
        )

    def _parts(self, count: int) -> list[slice]:
        labels = max(len(self.dictionary.labels), 1)
        step = max(min(SCORES // labels, max(ALONE // (labels * self.dim), FEW_LINES)), 1)
        return [slice(i, i + step) for i in range(0, count, step)]

    @functools.cached_property
    def _label_names(self) -> list[str]:
        return [to_text(label) for label in self._expect_dictionary().labels]

    @functools.cached_property
    def _tree(self) -> tuple[np.ndarray, ...]:
        return huffman.label_tree(self._expect_dictionary().label_counts) if self.loss == "hs" else ()
