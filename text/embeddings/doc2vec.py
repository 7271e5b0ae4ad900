"""Paragraph vectors (Le and Mikolov 2014), known as Doc2Vec: vectors for documents."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ...core.errors import ShapeError
from ...ext.embeddings import document_inference
from ...ext.embeddings.tables import first_vectors, stride, zeros
from ..corpus.again import readable_again
from ..corpus.utf8 import to_bytes, to_text
from ..corpus.vocabulary import Vocabulary
from ..vectors.word_vectors import WordVectors
from .base import Embedding
from .deterministic import WORKERS
from .doc2vec_training import Doc2VecState, Doc2VecTraining, document_starts
from .document_tags import documents_of, rows_of_tags, untagged
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
        One for each document, named by its number, "0", "1" and so on; or one for each tag (`fit`).
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
    FOLLOWING = (*Embedding.FOLLOWING, "_known", "_given")
    State = Doc2VecState
    options: Doc2VecOptions
    state: Doc2VecState
    d = of_state("d")
    _given: tuple[np.ndarray, list[str]] | None = None  # rows and tags of the text that training begins with

    def fit(
        self,
        corpus: object,
        progress: bool = True,
        callbacks: Iterable[Callback] = (),
        tags: Sequence[str | int] | None = None,
    ) -> Doc2Vec:
        """As `Word2Vec.fit`; ``tags`` name the documents, and those with the same tag share a vector.

        The documents may be gensim's, too, with ``words`` and ``tags``, one for each.
        """
        corpus, found = untagged(corpus)
        vocabulary, tokens = self._count_and_encode(corpus)
        return self.fit_tokens(vocabulary, tokens, progress, callbacks, found if tags is None else tags)

    def fit_tokens(
        self,
        vocabulary: Vocabulary,
        tokens: np.ndarray,
        progress: Any = True,
        callbacks: Iterable[Callback] = (),
        tags: Sequence[str | int] | None = None,
    ) -> Doc2Vec:
        """Train on token ids, as `encode` returns them; otherwise as `fit`."""
        self._given = self._rows_of(tags, len(document_starts(tokens)))
        return super().fit_tokens(vocabulary, tokens, progress, callbacks)

    def continue_on(
        self,
        corpus: object,
        progress: bool = True,
        callbacks: Iterable[Callback] = (),
        tags: Sequence[str | int] | None = None,
    ) -> Doc2Vec:
        """Train ``epochs`` more on new documents, in place of the old; words as for `Word2Vec`."""
        corpus, found = untagged(corpus)
        corpus = readable_again(corpus)
        tags = found if tags is None else tags
        self._given = self._rows_of(tags, sum(1 for _ in documents_of(corpus)) if tags is not None else 0)
        return super().continue_on(corpus, progress, callbacks)

    @property
    def documents(self) -> WordVectors:
        """A vector for each document, or for each tag; kept until training goes on."""
        self._expect_vectors()
        d = self.state.d
        names = self.state.tags or map(str, range(len(d)))
        return self.kept("documents", lambda: WordVectors(names, d[:, : self.options.dim]))

    @property
    def dv(self) -> WordVectors:
        """gensim's name for ``documents``."""
        return self.documents

    def _make_vectors(self) -> WordVectors:
        return WordVectors(self.vocabulary.words[1:], self.state.v[1:, : self.options.dim])

    def infer_vector(self, words: Iterable[str], epochs: int | None = None) -> np.ndarray:
        """The vector of a new document, (D,): `infer` of one."""
        return self.infer([words], epochs)[0]

    def infer(self, corpus: object, epochs: int | None = None, alpha: float | None = None) -> np.ndarray:
        """Vectors of new documents, float32 (N, D): each begins at 0 and learns, while all else stays.

        A document has the same vector at any number of threads, alone or among others.

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
        starts = np.append(document_starts(tokens), len(tokens))
        documents = len(starts) - 1
        d = np.zeros((documents, state.v.shape[1]), np.float32)
        what = options.output, options.architecture.removesuffix("_words")
        infer = document_inference(options.dim, options.window, options.negative, *what)
        (random,) = random_states(options.seed, 1)
        given = random, state.v, state.vp, tables, (starts, np.arange(documents), d), keep, epochs, alpha

        def read(part: np.ndarray) -> None:
            if len(part):
                infer(tokens, part[0], part[-1] + 1, *given)

        with ThreadPoolExecutor(options.threads) as pool:
            list(pool.map(read, np.array_split(np.arange(documents), WORKERS)))
        return d

    def loss(self, corpus: object) -> float:
        """Mean loss of examples from another text, whose documents' vectors are inferred first."""
        self._expect_vectors()
        tokens, state = self._encode(corpus), copy.copy(self.state)
        state.d = self._infer(tokens, self.options.epochs, self.options.alpha)
        state.rows = np.arange(len(state.d))
        return Doc2VecTraining(self.options, state, self.vocabulary.counts, tokens).loss()

    def shapes(self) -> dict[str, tuple[int, int]]:
        dim, words = self.options.dim, len(self.vocabulary)
        pieces = 2 * self.options.window + 1 if self.options.dm_concat else 1
        return {"v": (words, stride(dim)), "vp": (words, stride(pieces * dim)), "d": (-1, stride(dim))}

    def _count_and_encode(self, corpus: object) -> tuple[Vocabulary, np.ndarray]:
        return super()._count_and_encode(documents_of(corpus))

    def _encode(self, corpus: object) -> np.ndarray:
        return super()._encode(corpus if isinstance(corpus, np.ndarray) else documents_of(corpus))

    def _rows_of(self, tags: Sequence[str | int] | None, documents: int) -> tuple[np.ndarray, list[str]]:
        rows, names = rows_of_tags(tags, documents, "Doc2Vec")
        if names and self.options.deterministic and len(names) < documents:
            raise ValueError(
                "Doc2Vec: with deterministic=True each document needs a tag of its own, came one twice"
            )
        return rows, names

    def annotations(self) -> dict[str, np.ndarray]:
        """What a checkpoint keeps besides: the tags, if there are any."""
        if not self.state.tags:
            return {}
        tags = np.frombuffer(to_bytes("\n".join(self.state.tags)), np.uint8)
        return {"rows": self.state.rows, "tags": tags}

    def annotate(self, arrays: dict[str, np.ndarray]) -> None:
        """Take what `annotations` returned."""
        state, documents = self.state, len(self.state.d)
        state.rows = arrays.get("rows", np.arange(documents)).copy()
        state.tags = to_text(arrays["tags"].tobytes()).split("\n") if "tags" in arrays else []
        fits = state.rows.dtype == np.int64 and state.rows.ndim == 1
        if not fits or state.rows.min(initial=0) < 0 or state.rows.max(initial=0) >= documents:
            raise ValueError(
                f"expected rows from 0 to {documents - 1:,}, int64, came {state.rows.dtype} others"
            )
        if state.tags and (len(state.tags) != documents or len(set(state.tags)) != documents):
            raise ValueError(f"expected {documents:,} different tags, came {len(state.tags):,}")

    def _first_vectors(self) -> tuple[np.ndarray, np.ndarray]:
        v, _ = first_vectors(len(self.vocabulary), self.options.dim, self.options.seed)
        return v, zeros(*self.shapes()["vp"])

    def _train(self, tokens: np.ndarray, progress: Any, callbacks: Iterable[Callback]) -> Doc2Vec:
        documents = len(document_starts(tokens))
        state = self.state
        if state.epoch == 0:
            given, self._given = self._given, None
            state.rows, state.tags = given if given and given[1] else self._rows_of(None, documents)
            d = int(state.rows.max(initial=-1)) + 1
            state.d = first_vectors(d, self.options.dim, self.options.seed + 1)[0]
        if len(state.rows) != documents or state.rows.max(initial=-1) >= len(state.d):  # the loops trust it
            raise ShapeError(
                f"Doc2Vec: d has {len(state.d):,} rows for {len(state.rows):,} documents, the text has "
                f"{documents:,}\n    hint: is the checkpoint of another text?"
            )
        return super()._train(tokens, progress, callbacks)

    def _expect_examples(self, tokens: np.ndarray) -> None:
        """A document and one of its words are enough."""

    def _training_on(self, tokens: np.ndarray) -> Doc2VecTraining:
        return Doc2VecTraining(self.options, self.state, self.vocabulary.counts, tokens)
