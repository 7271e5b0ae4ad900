"""Paragraph vectors (Le and Mikolov 2014), known as Doc2Vec: vectors for documents, trained with their words."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ...ext.embeddings import document_loop
from ...ext.embeddings.tables import first_vectors, stride, zeros
from ..corpus.encode import MAX_WORDS
from ..files import checkpoint
from ..vectors.word_vectors import WordVectors
from . import deterministic
from .base import Embedding
from .doc2vec_training import DocumentRun, document_starts
from .training import looked_up


class Doc2Vec(Embedding):
    """Vectors for documents, such that documents on one subject are near each other; and for new ones.

    A document is one line, or one list of words, of the corpus.

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

    cbow = shared = False

    def __init__(
        self,
        dim: int = 100,
        window: int = 5,
        negative: int = 5,
        sample: float = 1e-3,
        alpha: float = 0.025,
        epochs: int = 10,
        min_count: int = 5,
        power: float = 0.75,
        seed: int = 1,
        threads: int = 1,
        dm: bool = True,
        dm_concat: bool = False,
        dbow_words: bool = False,
        hs: bool = False,
        softmax: bool = False,
        deterministic: bool = False,
        max_vocab_size: int = MAX_WORDS,
    ) -> None:
        self.dim, self.window, self.negative, self.sample, self.alpha = dim, window, negative, sample, alpha
        self.epochs, self.min_count, self.power = epochs, min_count, power
        self.seed, self.threads = seed, threads
        self.dm, self.dm_concat, self.dbow_words = dm, dm_concat, dbow_words
        self.hs, self.softmax, self.deterministic = hs, softmax, deterministic
        self.max_vocab_size = max_vocab_size
        super().__init__()
        if (dm_concat and not dm) or (dbow_words and dm):
            raise ValueError(
                f"Doc2Vec: dm_concat is a form of dm=True, dbow_words of dm=False; got dm={dm}, "
                f"dm_concat={dm_concat}, dbow_words={dbow_words}"
            )

    @property
    def architecture(self) -> str:
        """The loop of ``documents_reference.py``."""
        if self.dm:
            return "pv_dm_concat" if self.dm_concat else "pv_dm"
        return "pv_dbow_words" if self.dbow_words else "pv_dbow"

    @property
    def documents(self) -> WordVectors:
        self._expect_vectors()
        return WordVectors(map(str, range(len(self.d))), self.d[:, : self.dim])

    @property
    def vectors(self) -> WordVectors:
        self._expect_vectors()
        return WordVectors(self.vocabulary.words[1:], self.v[1:, : self.dim])

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
        return self._infer(self._encode(corpus), epochs or self.epochs, alpha or self.alpha)[:, : self.dim]

    def _infer(self, tokens: np.ndarray, epochs: int, alpha: float) -> np.ndarray:
        """The documents of ``tokens``, padded."""
        if len(tokens) == 0:
            return np.zeros((0, self.v.shape[1]), np.float32)
        if getattr(self, "_known", (None,))[0] is not self.vocabulary:
            self._known = (self.vocabulary, *looked_up(self))
        _, keep, tables = self._known
        starts = document_starts(tokens)
        d = np.zeros((len(starts), self.v.shape[1]), np.float32)
        what = self.output, self.architecture.removesuffix("_words")
        loop = document_loop(self.dim, self.window, self.negative, *what, fixed=True)
        parts = np.append(starts, len(tokens))[
            np.linspace(0, len(starts), deterministic.WORKERS + 1).astype(int)
        ]
        seeds = np.random.SeedSequence(self.seed).generate_state(deterministic.WORKERS, np.uint64)

        def read(worker: int) -> None:
            first, last, state = int(parts[worker]), int(parts[worker + 1]), int(seeds[worker])
            done, total = np.zeros(1, np.int64), epochs * (last - first)
            for _ in range(epochs):
                given = self.v, self.vp, tables, (starts, d), keep, done, 0, total, alpha
                state = int(loop(tokens, first, last, state, *given))

        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(read, range(deterministic.WORKERS)))
        return d

    def loss(self, corpus: object) -> float:
        """Mean loss of examples from another text, whose documents' vectors are inferred first."""
        self._expect_vectors()
        tokens = self._encode(corpus)
        return DocumentRun(self, tokens, self._infer(tokens, self.epochs, self.alpha)).loss()

    def shapes(self) -> dict[str, tuple[int, int]]:
        step = stride(self.dim)
        pieces = 2 * self.window + 1 if self.dm_concat else 1
        words = len(self.vocabulary)
        return {"v": (words, step), "vp": (words, stride(pieces * self.dim)), "d": (-1, step)}

    def save(self, path: str | os.PathLike) -> None:
        """Write all that is needed to go on: see ``text/files/checkpoint.py``.  `documents.save` writes
        the vectors alone.
        """
        self._expect_vectors()
        checkpoint.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike) -> Doc2Vec:
        """Read what `save` wrote; then `resume`, `infer`, or `continue_on`, which gives the
        new documents vectors.
        """
        return checkpoint.load(cls, path)

    def _first_vectors(self) -> tuple[np.ndarray, np.ndarray]:
        v, _ = first_vectors(len(self.vocabulary), self.dim, self.seed)
        return v, zeros(*self.shapes()["vp"])

    def _begin_run(self, tokens: np.ndarray) -> DocumentRun:
        if self.epoch == 0:
            self.d = first_vectors(len(document_starts(tokens)), self.dim, self.seed + 1)[0]
        return DocumentRun(self, tokens, self.d)
