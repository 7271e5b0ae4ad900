"""Paragraph vectors (Le and Mikolov 2014), known as Doc2Vec: vectors for documents."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ...core.errors import ShapeError
from ...ext.embeddings import document_loop
from ...ext.embeddings.tables import first_vectors, stride, zeros
from ..corpus.stream import Corpus
from ..corpus.vocabulary import Vocabulary
from ..vectors.word_vectors import WordVectors
from .base import Embedding
from .deterministic import WORKERS
from .doc2vec_training import Doc2VecState, Doc2VecTraining, document_starts
from .epochs import Callback, of_state, random_states
from .options import Doc2VecOptions
from .training import looked_up


class Doc2Vec(Embedding):
    """Vectors for documents, such that documents on one subject are near each other; and for new ones.

    A document is one line, or one list of words, of the corpus, whatever words it holds: ``</s>`` within it
    is none.

    Parameters
    ----------
    dim, window, negative, sample, alpha, epochs, min_count, power, seed, threads
        As for `Word2Vec`.
    dm : bool
        PV-DM: the document and the words around predict each word.  Else PV-DBOW: the document alone does.
    dm_concat : bool
        With ``dm``: their vectors one after the other, as in the paper, and not their mean.  v' grows
        with the window.
    dbow_words : bool
        Without ``dm``: train the words' vectors by skip-gram, too; else they stay as they began.
    hs, softmax, deterministic, max_vocab_size
        As for `Word2Vec`.

    Attributes
    ----------
    documents : WordVectors
        One for each document, named by its number, "0", "1" and so on.
    vectors : WordVectors
        Of the words.
    d : float32 (N, S)
        The documents' vectors, each row padded with zeros to whole vector registers.
    vocabulary, v, vp, epoch, history, stop
        As for `Word2Vec`; ``dm_concat`` has rows of v' that are 2 window + 1 times as long.

    Examples
    --------
    >>> model = Doc2Vec(dm=False, epochs=20).fit(["first document", "second one"] * 5)   # doctest: +SKIP
    >>> model.infer_vector("a new document".split())                                   # doctest: +SKIP
    """

    Options = Doc2VecOptions
    FOLLOWING = ("_training", "_known")
    State = Doc2VecState
    options: Doc2VecOptions
    state: Doc2VecState
    d = of_state("d")

    @property
    def documents(self) -> WordVectors:
        self._expect_vectors()
        d = self.state.d
        return WordVectors(map(str, range(len(d))), d[:, : self.options.dim])

    @property
    def vectors(self) -> WordVectors:
        self._expect_vectors()
        return WordVectors(self.vocabulary.words[1:], self.state.v[1:, : self.options.dim])

    def infer_vector(self, words: Iterable[str], epochs: int | None = None) -> np.ndarray:
        """The vector of a new document, (D,): `infer` of one."""
        return self.infer([words], epochs)[0]

    def infer(self, corpus: object, epochs: int | None = None, alpha: float | None = None) -> np.ndarray:
        """Vectors of new documents, float32 (N, D): each begins at 0 and learns, while all else stays.

        The same documents give the same vectors, at any number of threads.

        Parameters
        ----------
        corpus : Corpus, or what it takes
        epochs : int, optional
            Times each is read; by default those of the training.
        alpha : float, optional
            First rate; by default that of the training.
        """
        self._expect_vectors()
        options, tokens = self.options, self._encode(corpus)
        return self._infer(tokens, epochs or options.epochs, alpha or options.alpha)[:, : options.dim]

    def _infer(self, tokens: np.ndarray, epochs: int, alpha: float) -> np.ndarray:
        """The documents of ``tokens``, padded."""
        options, state = self.options, self.state
        if len(tokens) == 0:
            return np.zeros((0, state.v.shape[1]), np.float32)
        if getattr(self, "_known", (None,))[0] is not self.vocabulary:
            self._known = (self.vocabulary, *looked_up(options, self.vocabulary.counts))
        _, keep, tables = self._known
        starts = document_starts(tokens)
        d = np.zeros((len(starts), state.v.shape[1]), np.float32)
        what = options.output, options.architecture.removesuffix("_words")
        loop = document_loop(options.dim, options.window, options.negative, *what, fixed=True)
        edges = np.linspace(0, len(starts), WORKERS + 1).astype(int)
        parts = np.append(starts, len(tokens))[edges].tolist()
        states = random_states(options.seed, WORKERS)

        def read(worker: int) -> None:
            first, last, random = parts[worker], parts[worker + 1], states[worker]
            done, total = np.zeros(1, np.int64), epochs * (last - first)
            for _ in range(epochs):
                given = state.v, state.vp, tables, (starts, d), keep, done, 0, total, alpha
                random = int(loop(tokens, first, last, random, *given))

        with ThreadPoolExecutor(options.threads) as pool:
            list(pool.map(read, range(WORKERS)))
        return d

    def loss(self, corpus: object) -> float:
        """Mean loss of examples from another text, whose documents' vectors are inferred first."""
        self._expect_vectors()
        tokens, state = self._encode(corpus), copy.copy(self.state)
        state.d = self._infer(tokens, self.options.epochs, self.options.alpha)
        return Doc2VecTraining(self.options, state, self.vocabulary.counts, tokens).loss()

    def shapes(self) -> dict[str, tuple[int, int]]:
        dim, words = self.options.dim, len(self.vocabulary)
        pieces = 2 * self.options.window + 1 if self.options.dm_concat else 1
        return {"v": (words, stride(dim)), "vp": (words, stride(pieces * dim)), "d": (-1, stride(dim))}

    def _count_and_encode(self, corpus: object) -> tuple[Vocabulary, np.ndarray]:
        return super()._count_and_encode(documents_of(corpus))

    def _encode(self, corpus: object) -> np.ndarray:
        return super()._encode(corpus if isinstance(corpus, np.ndarray) else documents_of(corpus))

    def _first_vectors(self) -> tuple[np.ndarray, np.ndarray]:
        v, _ = first_vectors(len(self.vocabulary), self.options.dim, self.options.seed)
        return v, zeros(*self.shapes()["vp"])

    def _train(self, tokens: np.ndarray, progress: Any, callbacks: Iterable[Callback]) -> Doc2Vec:
        documents = len(document_starts(tokens))
        if self.state.epoch == 0:
            self.state.d = first_vectors(documents, self.options.dim, self.options.seed + 1)[0]
        if len(self.state.d) != documents:  # subtle: the loops trust it
            raise ShapeError(
                f"Doc2Vec: d has {len(self.state.d):,} rows, the text {documents:,} documents\n"
                "    hint: is the checkpoint of another text?"
            )
        return super()._train(tokens, progress, callbacks)

    def _expect_examples(self, tokens: np.ndarray) -> None:
        """A document and one of its words are enough."""

    def _training_on(self, tokens: np.ndarray) -> Doc2VecTraining:
        return Doc2VecTraining(self.options, self.state, self.vocabulary.counts, tokens)


def documents_of(corpus: Any) -> Corpus:
    """A corpus whose lines are documents, which are never cut."""
    return (corpus if isinstance(corpus, Corpus) else Corpus(corpus)).whole_lines()
