"""What a trained classifier is asked: labels of lines, how good they are, vectors, files.

N lines, R rows of v, D dimension, L labels
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ...ext.embeddings import line_reader
from ...ext.embeddings.hierarchical_softmax import huffman
from ..corpus.vocabulary import SENTENCE_END
from ..embeddings.subwords import char_ngrams, fnv1a
from ..files.fasttext_bin import MODELS, Args
from ..files.product_quantiser import Quantised
from ..vectors.word_vectors import WordVectors
from .dictionary import Dictionary, Reader
from .label_probabilities import Predictions, best, log_probabilities
from .precision_recall import Meter
from .predict_line import Labels, OneLine, predict_line
from .word_table import blocks

FOLLOWING = (
    "reader",
    "_tree",
    "_label_names",
    "one_line",
)  # attributes that are made when they are asked for
SCORES = 1 << 20  # numbers of a block of lines times labels
# multiplications of a block for few labels: BLAS would share more among threads, which then wait for the next
# in vain
ALONE, FEW_LINES = 1 << 18, 64


class Lines(NamedTuple):
    """Some lines as a model sees them."""

    h: np.ndarray  # float32 (N, D): the mean of each line's rows
    counts: np.ndarray  # int64 (N,): how many rows that were
    gold: np.ndarray  # int32 (n, 2): each (line, label) that stands in the text


class Predictor:
    """A dictionary, v and v', and what follows from them; `FastTextClassifier` trains it."""

    dim: int
    loss: str
    args: Args | None = None  # of the file that it was read from
    dictionary: Dictionary
    v: np.ndarray | Quantised
    vp: np.ndarray | Quantised
    one_line: OneLine | None = None  # what `predict` of a single line has put together

    def set_matrices(
        self, dictionary: Dictionary, v: np.ndarray | Quantised, vp: np.ndarray | Quantised
    ) -> None:
        """Take these in place of the present ones."""
        self.dictionary, self.v, self.vp = dictionary, v, vp
        for name in FOLLOWING:
            self.__dict__.pop(name, None)

    def __getstate__(self) -> dict[str, Any]:
        """What a copy of the model gets, also one for another process."""
        return {name: value for name, value in self.__dict__.items() if name not in FOLLOWING}

    @property
    def labels(self) -> list[str]:
        """Names of the labels, the prefix included."""
        return self._label_names

    @property
    def words(self) -> list[str]:
        """The known words."""
        return [text(word) for word in self._expect_dictionary().words]

    @property
    def supervised(self) -> bool:
        """Can it predict labels, or has it only word vectors?"""
        return self.args is None or self.args.model == MODELS["supervised"]

    @property
    def quantised(self) -> bool:
        """Is v quantised?"""
        return isinstance(self.v, Quantised)

    @property
    def vectors(self) -> WordVectors:
        """A vector for each known word: the mean of its rows."""
        return WordVectors(
            self.words, np.stack([self.vector(word) for word in self._expect_dictionary().words])
        )

    def vector(self, word: str | bytes) -> np.ndarray:
        """The vector of any word, (D,): the mean of its row and its n-grams'; zeros if it has none."""
        rows = self.reader.rows_of(word if isinstance(word, bytes) else _bytes(word))
        return self.v[rows].mean(0) if len(rows) else np.zeros(self.dim, np.float32)

    def sentence_vector(self, line: str | bytes) -> np.ndarray:
        """The vector of a line, (D,).

        Of a supervised model the mean of all its rows, ``</s>`` and word n-grams included; else the mean of
        its words' vectors, each divided by its length.
        """
        raw = line if isinstance(line, bytes) else _bytes(line)
        if self.supervised:
            return self.read(raw + b"\n").h[0]
        vectors = np.stack([self.vector(word) for word in raw.split()] or [np.zeros(self.dim, np.float32)])
        length = np.linalg.norm(vectors, axis=1)
        return (vectors[length > 0] / length[length > 0, None]).sum(0) / max((length > 0).sum(), 1)

    def ngrams(self, word: str) -> list[tuple[str, np.ndarray]]:
        """The word, if it is known, and its character n-grams, each with its row of v, (D,)."""
        book = self._expect_dictionary()
        grams = char_ngrams(word, book.grams.min_n, book.grams.max_n)[1:] if word != SENTENCE_END else []
        rows = self.reader.rows_of(_bytes(word))
        known = [word] if _bytes(word) in book.row else []
        buckets = [
            int(self.reader.buckets[fnv1a(gram) % book.grams.buckets]) for gram in grams if book.grams.buckets
        ]
        names = known + [gram for gram, row in zip(grams, buckets, strict=False) if row >= 0]
        return list(zip(names, self.v[rows], strict=True))

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
            quick = predict_line(self, lines, k, threshold)
            return self.predict([lines], k, threshold)[0] if quick is None else quick
        return [each for found, _ in self.predictions(lines, k, threshold) for each in self.named(found)]

    def predictions(
        self, source: Any, k: int = 1, threshold: float = 0.0
    ) -> Iterator[tuple[Predictions, Lines]]:
        """Predict a text block by block: a path, "-" for standard input, or lines."""
        if not self.supervised:
            raise ValueError("predict: expected a supervised model, came one of word vectors")
        tree = self._tree
        output = self.vp[:]
        for block in blocks(source):
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

    def test(self, source: Any, k: int = 1, threshold: float = 0.0) -> Meter:
        """Predict lines that have labels and compare; those without a label or a word are left out."""
        meter = Meter(self.labels)
        for found, lines in self.predictions(source, k, threshold):
            asked = lines.counts > 0
            asked &= np.isin(np.arange(len(asked)), lines.gold[:, 0])
            new_number = np.cumsum(asked) - 1
            gold = lines.gold[asked[lines.gold[:, 0]]]
            meter.add(
                Predictions(*(each[asked] for each in found)),
                np.stack([new_number[gold[:, 0]], gold[:, 1]], 1),
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
        """
        v, vp = self.v, self.vp
        if isinstance(v, Quantised) or isinstance(vp, Quantised):
            raise ValueError("quantise: the model is quantised already\n    hint: begin with its .bin")
        if cutoff < 0:
            raise ValueError(f"quantise: cutoff is a number of rows, 0 for all, got {cutoff}")
        if 0 < cutoff < len(v) or self.dictionary.place is not None:
            length = np.linalg.norm(v, axis=1)
            first = [] if b"</s>" not in self.dictionary.row else [self.dictionary.row[b"</s>"]]
            length[first if self.supervised else slice(len(self.dictionary.words))] = np.inf
            kept, order = self.dictionary.only(np.argsort(-length, kind="stable")[: cutoff or len(v)])
            of_words = not self.dictionary.labels or len(vp) != len(self.dictionary.labels)
            output = vp[order[: len(kept.words)]] if of_words else vp
            self.set_matrices(kept, v[order], output)
            if retrain is not None and 0 < cutoff < len(v):
                self.retrain(retrain, progress)
        small = Quantised.of(np.asarray(self.v), dsub, qnorm)
        last = np.asarray(self.vp)
        self.set_matrices(self.dictionary, small, Quantised.of(last, 2, qnorm) if qout else last)
        return self

    def retrain(self, source: Any, progress: Any = True) -> None:
        """Train the rows that are kept; only a supervised model can."""
        raise ValueError(
            "quantise: only a supervised model can be trained again\n    hint: leave -retrain out"
        )

    def read(self, block: bytes) -> Lines:
        """The lines of a piece of text that ends with a line."""
        tokens, lines, kinds = self.reader.read(block)
        count, v = len(lines) - 1, self.v
        if isinstance(v, Quantised):  # only the rows that are needed
            met = np.zeros(len(v), np.int64)
            line_reader().count_rows(tokens, lines, tuple(kinds), met)
            used = np.flatnonzero(met)
            place = np.full(len(met), -1, np.int32)
            place[used] = np.arange(len(used))
            buckets = np.where(kinds.buckets >= 0, place[kinds.buckets], -1).astype(np.int32)
            kinds, v = kinds._replace(rows=place[kinds.rows], buckets=buckets), v[used]
        h, counts = np.empty((count, self.dim), np.float32), np.zeros(count, np.int64)
        found = np.empty((len(tokens), 2), np.int32)
        written = line_reader().average_lines(tokens, lines, v, tuple(kinds), h, counts, found)
        return Lines(h, counts, found[:written])

    def _parts(self, count: int) -> list[slice]:
        labels = max(len(self.dictionary.labels), 1)
        step = max(min(SCORES // labels, max(ALONE // (labels * self.dim), FEW_LINES)), 1)
        return [slice(i, i + step) for i in range(0, count, step)]

    def _expect_dictionary(self) -> Dictionary:
        if not hasattr(self, "dictionary"):
            raise AttributeError(f"{type(self).__name__}: not trained yet; call fit(lines) first")
        return self.dictionary

    @functools.cached_property
    def reader(self) -> Reader:
        """What reads text with the dictionary."""
        return Reader(self._expect_dictionary())

    @functools.cached_property
    def _label_names(self) -> list[str]:
        return [text(label) for label in self._expect_dictionary().labels]

    @functools.cached_property
    def _tree(self) -> tuple[np.ndarray, ...]:
        return huffman.label_tree(self._expect_dictionary().label_counts) if self.loss == "hs" else ()


def text(word: bytes) -> str:
    """A word as str; bytes that are not UTF-8 come back when it is encoded with "surrogateescape"."""
    return word.decode("utf-8", "surrogateescape")


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogateescape")
