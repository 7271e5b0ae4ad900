"""FastText's classifier (Joulin et al. 2016): the mean of a line's rows of v predicts the line's labels.

"__label__pets a bat sleeps" -> rows of its words and n-grams -> their mean h -> a distribution over labels
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from ...core.reading import reading
from ..corpus.token import expect_word, expect_words
from ..corpus.token_ids import checked
from ..corpus.utf8 import to_bytes, to_text
from ..embeddings.deterministic import WORKERS
from ..embeddings.epochs import Callback, Trainable, random_states, run_epochs
from ..vectors.word_vectors import WordVectors
from . import classifier_file
from .dictionary import Dictionary, Grams, Reader, line_starts
from .options import FastTextClassifierOptions
from .predictor import Predictor
from .training import ClassifierTraining, Lines
from .word_table import Words, blocks


class FastTextClassifier(Predictor, Trainable):
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

    Options = FastTextClassifierOptions
    options: FastTextClassifierOptions

    def fit(
        self,
        source: Any,
        progress: Any = True,
        callbacks: Iterable[Callback] = (),
        pretrained: WordVectors | None = None,
        max_bytes: int | None = None,
    ) -> FastTextClassifier:
        """Train on a text, from the beginning: a path (.gz, .bz2 and .xz too), or an iterable of lines.

        Parameters
        ----------
        progress : bool
            A bar on stderr; or what makes one, called as `nn.progress.progress`.
        callbacks : iterable of callable
            Each is called with this model after each epoch; one that sets ``stop`` ends training.
        pretrained : WordVectors, optional
            Where these words' rows begin; their dimension is ``dim``.  Words that begin with ``prefix`` are
            left out: labels have no row of v.
        max_bytes : int, optional
            A ``.gz`` or ``.xz`` may unpack to so many bytes, by default to 20 times its size and 32 MB.

        Raises
        ------
        FloatingPointError
            The vectors became infinite: names the option to change.
        ValueError
            No labels, or no words.
        """
        if not (isinstance(progress, bool) or callable(progress)):
            raise TypeError(
                f"FastTextClassifier.fit: progress is True, False or what makes a bar, came "
                f"{type(progress).__name__}\n"
                "    hint: texts and their classes apart: TextClassifier().fit(X, y)"
            )
        return self.fit_words(*read_text(source, max_bytes), progress, callbacks, pretrained)

    def fit_words(
        self,
        seen: Words,
        tokens: np.ndarray,
        progress: Any = True,
        callbacks: Iterable[Callback] = (),
        pretrained: WordVectors | None = None,
    ) -> FastTextClassifier:
        """Train on a text as `read_text` returns it; otherwise as `fit`."""
        options, self.args = self.options, None
        tokens = checked("FastTextClassifier.fit_words", tokens, len(seen))
        grams = Grams(
            options.word_ngrams, options.min_n, options.max_n, options.buckets if options.has_ngrams else 0
        )
        least = options.min_count, options.min_count_label
        book = Dictionary.of(seen, tokens, least, grams, options.prefix.encode())
        _expect_labels(book, options)
        given = _rows_that_begin(pretrained, options.prefix)
        if pretrained is not None and pretrained.matrix.shape[1] != options.dim:
            came = pretrained.matrix.shape[1]
            raise ValueError(f"pretrained: expected vectors of dim={options.dim} numbers, came {came}")
        if given and not any(word in book.row for word in given):
            first = to_text(next(iter(given)))
            warnings.warn(
                f"pretrained: none of its {len(given):,} words, such as {first!r}, is in the text: training "
                "begins at random",
                stacklevel=3,
            )
        book = book.with_words([*given])
        reader, lines = Reader(book, seen), line_starts(tokens)
        if options.has_ngrams:
            reader.compact(tokens, lines)
        rng = np.random.default_rng(options.seed)
        v = rng.random((book.rows, options.dim), np.float32)  # the original's first values: uniform in +-1/D
        v -= np.float32(0.5)
        v *= np.float32(2 / options.dim)
        if options.has_ngrams:
            v[-1] = 0  # of the buckets that the text does not have
        if pretrained is not None:
            v[[book.row[word] for word in given]] = pretrained.matrix[[*given.values()]]
        self.set_matrices(book, v, np.zeros((len(book.labels), options.dim), np.float32))
        return self._train(Lines(tokens, lines, reader.kinds), progress, callbacks)

    def save_bin(self, path: str | os.PathLike) -> None:
        """Write the original's ``.bin``, or a quantised model's ``.ftz``, which fastText loads."""
        self._expect_dictionary()
        classifier_file.save(self, path)

    @classmethod
    def load_bin(
        cls, path: str | os.PathLike, prefix: str = "__label__", max_bytes: int | None = None
    ) -> FastTextClassifier:
        """Read a supervised ``.bin`` or ``.ftz``.  FileError names the byte at which it makes no sense."""
        return classifier_file.load(cls, path, prefix, max_bytes)

    def retrain(self, source: Any, progress: Any = True, max_bytes: int | None = None) -> None:
        """Train the present rows again, ``epochs`` times; the text is read as by `fit`."""
        seen, tokens = read_text(source, max_bytes)
        self._train(Lines(tokens, line_starts(tokens), Reader(self.dictionary, seen).kinds), progress, ())

    def _train(self, text: Lines, progress: Any, callbacks: Iterable[Callback]) -> FastTextClassifier:
        """Train the present matrices."""
        options, callbacks = self.options, list(callbacks)
        self.state = self.State()
        self.state.random = random_states(options.seed, WORKERS if options.deterministic else options.threads)
        counts = self.dictionary.label_counts
        training = ClassifierTraining(options, self.state, counts, self.v[:], self.vp[:], text)

        def store(model: FastTextClassifier) -> None:
            model.set_matrices(model.dictionary, *training.matrices())

        each_epoch = [store, *callbacks] if callbacks else []
        try:
            run_epochs(self, training, len(text.tokens), " words", progress, each_epoch)
        except KeyboardInterrupt:  # what was learnt so far is not lost
            store(self)
            raise
        store(self)
        return self


def read_text(source: Any, max_bytes: int | None = None) -> tuple[Words, np.ndarray]:
    """All words of a text, and their numbers, int32 (T,); see `word_table.blocks` for what it may be.

    Raises
    ------
    ValueError
        A word that no file could hold (``text/corpus/token.py``); of a file it is a FileError.
    """
    seen = Words()
    pieces = [seen.read(block) for block in blocks(source, max_bytes)]
    longest = int(np.argmax(np.diff(seen.ends[: len(seen) + 1])))
    if isinstance(source, str | os.PathLike):
        with reading(source, "labelled text"):
            expect_word(to_text(seen[longest]), os.fspath(source))
    else:
        expect_word(to_text(seen[longest]), "FastTextClassifier")
    return seen, np.concatenate(pieces) if pieces else np.zeros(0, np.int32)


def _rows_that_begin(pretrained: WordVectors | None, prefix: str) -> dict[bytes, int]:
    """The words whose rows begin as those of ``pretrained``, and which of these that is."""
    words = [] if pretrained is None else pretrained.words
    expect_words(words, "pretrained")
    return {to_bytes(word): row for row, word in enumerate(words) if not (prefix and word.startswith(prefix))}


def _expect_labels(book: Dictionary, options: FastTextClassifierOptions) -> None:
    if not book.labels:
        raise ValueError(
            f"FastTextClassifier: expected lines that begin with a label, such as "
            f"'{options.prefix}name words ...', seen {max(options.min_count_label, 1)} times; came none"
        )
    if not book.words:
        raise ValueError(
            f"FastTextClassifier: no word is seen {options.min_count} times\n    hint: a smaller min_count"
        )
    if options.loss == "ns" and len(book.labels) < 2:
        raise ValueError(
            "FastTextClassifier: negative sampling needs 2 labels, came 1\n    hint: loss='softmax'"
        )
