"""FastText's classifier (Joulin et al. 2016): the mean of a line's rows of v predicts the line's labels.

"__label__pets a bat sleeps"  ->  rows of its words and n-grams  ->  their mean h  ->  a distribution over labels
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ...nn.progress import progress as progress_bar
from ..embeddings.options import check_options
from ..files.product_quantiser import Quantised
from ..vectors.word_vectors import WordVectors
from . import classifier_file
from .dictionary import Dictionary, Grams, Reader, line_starts
from .predictor import Predictor
from .training import OUTPUTS, LineRun
from .word_table import Words, blocks

Callback = Callable[[Any], object]


class FastTextClassifier(Predictor):
    """Labels for lines of text, learnt from lines that begin with ``__label__name``, once or more.

    Parameters
    ----------
    dim : int
        Numbers in a vector.
    alpha : float
        Rate at the beginning; it falls linearly to 0.
    epochs, min_count, seed, threads, deterministic
        As for `Word2Vec`.
    min_count_label : int
        Labels seen less often are dropped.
    word_ngrams : int
        Words in a word n-gram, at most; 1 has none.
    min_n, max_n : int
        Characters in an n-gram, as for `FastText`; ``max_n=0``: none.
    buckets : int
        Rows that all n-grams share by hashing.
    loss : {"softmax", "ns", "hs", "ova"}
        Full softmax; negative sampling; a tree of decisions; one-vs-all, for lines with several labels.
    negative, power : int, float
        For "ns": noise labels, drawn in proportion to count ** power.
    prefix : str
        What labels begin with.
    refresh : int
        Words between two changes of the rate.

    Attributes
    ----------
    labels, words : list of str
        From frequent to rare.
    v : float32 (words + buckets, D), or `Quantised`
        Rows that the training text does not have are zero.
    vp : float32 (L, D), or `Quantised`
        The labels' rows, or the tree's nodes'.
    dictionary : Dictionary
    epoch, history, stop
        As for `Word2Vec`; the loss of an epoch is the mean over its examples as they were met.

    Examples
    --------
    >>> lines = ["__label__pet a cat purrs", "__label__tool a saw cuts"] * 20
    >>> model = FastTextClassifier(dim=8, alpha=0.5).fit(lines, progress=False)
    >>> model.predict("the cat")[0][0]
    '__label__pet'
    """

    def __init__(
        self,
        dim: int = 100,
        alpha: float = 0.1,
        epochs: int = 5,
        min_count: int = 1,
        min_count_label: int = 0,
        word_ngrams: int = 1,
        min_n: int = 0,
        max_n: int = 0,
        buckets: int = 2_000_000,
        loss: str = "softmax",
        negative: int = 5,
        power: float = 0.5,
        seed: int = 1,
        threads: int = 1,
        deterministic: bool = False,
        prefix: str = "__label__",
        refresh: int = 100,
    ) -> None:
        self.dim, self.alpha, self.epochs = dim, alpha, epochs
        self.min_count, self.min_count_label = min_count, min_count_label
        self.word_ngrams, self.min_n, self.max_n, self.buckets = word_ngrams, min_n, max_n, buckets
        self.loss, self.negative, self.power = loss, negative, power
        self.seed, self.threads, self.deterministic = seed, threads, deterministic
        self.prefix, self.refresh = prefix, refresh
        self.history: list[dict[str, float]] = []
        self.epoch, self.stop = 0, False
        self.v: np.ndarray | Quantised
        self.vp: np.ndarray | Quantised
        check_options(self)
        if loss not in OUTPUTS:
            raise ValueError(f"FastTextClassifier: loss is one of {', '.join(OUTPUTS)}, got {loss!r}")

    def fit(
        self,
        source: Any,
        progress: Any = True,
        callbacks: Iterable[Callback] = (),
        pretrained: WordVectors | None = None,
    ) -> FastTextClassifier:
        """Train on a text, from the beginning: a path (.gz and .xz too), or an iterable of lines.

        Parameters
        ----------
        progress : bool
            A bar on stderr; or what makes one, called as `nn.progress.progress`.
        callbacks : iterable of callable
            Each is called with this model after each epoch; one that sets ``stop`` ends training.
        pretrained : WordVectors, optional
            Where these words' rows begin; their dimension is ``dim``.

        Raises
        ------
        FloatingPointError
            The vectors became infinite: names the option to change.
        ValueError
            No labels, or no words.
        """
        return self.fit_words(*read_text(source), progress, callbacks, pretrained)

    def fit_words(
        self,
        seen: Words,
        tokens: np.ndarray,
        progress: Any = True,
        callbacks: Iterable[Callback] = (),
        pretrained: WordVectors | None = None,
    ) -> FastTextClassifier:
        """Train on a text as `read_text` returns it; otherwise as `fit`."""
        check_options(self)
        self.args = None
        has_ngrams = self.word_ngrams > 1 or self.max_n > 0
        grams = Grams(self.word_ngrams, self.min_n, self.max_n, self.buckets if has_ngrams else 0)
        least = self.min_count, self.min_count_label
        book = Dictionary.of(seen, tokens, least, grams, self.prefix.encode())
        _expect_labels(book, self)
        if pretrained is not None:
            book = book.with_words([word.encode("utf-8", "surrogateescape") for word in pretrained.words])
        extra = [] if pretrained is None else [_bytes(word) for word in pretrained.words]
        if pretrained is not None and pretrained.matrix.shape[1] != self.dim:
            came = pretrained.matrix.shape[1]
            raise ValueError(f"pretrained: expected vectors of dim={self.dim} numbers, came {came}")
        book = book.with_words(extra)
        reader, lines = Reader(book, seen), line_starts(tokens)
        if has_ngrams:
            reader.compact(tokens, lines)
        rng = np.random.default_rng(self.seed)
        v = rng.random((book.rows, self.dim), np.float32)  # the original's first values: uniform in +-1/D
        v -= np.float32(0.5)
        v *= np.float32(2 / self.dim)
        if has_ngrams:
            v[-1] = 0  # of the buckets that the text does not have
        if pretrained is not None:
            v[[book.row[word] for word in extra]] = pretrained.matrix
        self.set_matrices(book, v, np.zeros((len(book.labels), self.dim), np.float32))
        return self._train(tokens, lines, reader, progress, callbacks)

    def save_bin(self, path: str | os.PathLike) -> None:
        """Write the original's ``.bin``, or a quantised model's ``.ftz``, which fastText loads."""
        self._expect_dictionary()
        classifier_file.save(self, path)

    @classmethod
    def load_bin(cls, path: str | os.PathLike, prefix: str = "__label__") -> FastTextClassifier:
        """Read a supervised ``.bin`` or ``.ftz``.  ValueError names the byte at which it makes no sense."""
        return classifier_file.load(cls, path, prefix)

    def retrain(self, source: Any, progress: Any = True) -> None:
        """Train the present rows again, ``epochs`` times."""
        seen, tokens = read_text(source)
        self._train(tokens, line_starts(tokens), Reader(self.dictionary, seen), progress, ())

    def _train(
        self,
        tokens: np.ndarray,
        lines: np.ndarray,
        reader: Reader,
        progress: Any,
        callbacks: Iterable[Callback],
    ) -> FastTextClassifier:
        """Train the present matrices."""
        callbacks, self.stop, self.epoch, self.history = list(callbacks), False, 0, []
        run = LineRun(self, tokens, lines, reader.kinds)
        scale = {"total": self.epochs * len(tokens), "unit": " words", "unit_scale": True}
        make: Callable[..., Any] = progress if callable(progress) else progress_bar
        with make(desc="compiling", enabled=bool(progress), **scale) as bar:
            run.read(0, 0, 0)  # no line: only compiles
            while self.epoch < self.epochs and not self.stop:
                self.epoch += 1
                bar.set_description(f"epoch {self.epoch} of {self.epochs}", refresh=False)
                self.history.append({"epoch": self.epoch, **run.epoch(bar)})
                if callbacks:
                    run.store()
                for callback in callbacks:
                    callback(self)
            run.store()
        return self


def read_text(source: Any) -> tuple[Words, np.ndarray]:
    """All words of a text, and their numbers, int32 (T,); see `words.blocks` for what it may be."""
    seen = Words()
    pieces = [seen.read(block) for block in blocks(source)]
    return seen, np.concatenate(pieces) if pieces else np.zeros(0, np.int32)


def _bytes(word: str) -> bytes:
    return word.encode("utf-8", "surrogateescape")


def _expect_labels(book: Dictionary, model: FastTextClassifier) -> None:
    if not book.labels:
        raise ValueError(
            f"FastTextClassifier: expected lines that begin with a label, such as '{model.prefix}name words ...', "
            f"seen {max(model.min_count_label, 1)} times; came none"
        )
    if not book.words:
        raise ValueError(
            f"FastTextClassifier: no word is seen {model.min_count} times\n    hint: a smaller min_count"
        )
    if model.loss == "ns" and len(book.labels) < 2:
        raise ValueError(
            "FastTextClassifier: negative sampling needs 2 labels, came 1\n    hint: loss='softmax'"
        )
