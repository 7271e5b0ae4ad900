"""What word2vec, FastText and Doc2Vec have in common: to begin, to stop and go on, to take more text."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np

from ...ext.embeddings.tables import first_vectors, stride
from ..corpus.again import readable_again
from ..corpus.shards import shard
from ..corpus.token import expect_words
from ..corpus.token_ids import checked, fingerprint, has_neighbours
from ..corpus.vocabulary import Vocabulary
from .epochs import Callback, of_state, random_states, run_epochs
from .options import EmbeddingOptions
from .training import EmbeddingState, EmbeddingTraining
from .word_model import WordModel

Model = TypeVar("Model", bound="Embedding")


class Embedding(WordModel):
    """A model that trains vectors on text; `Word2Vec` says what its parts are."""

    State = EmbeddingState
    options: EmbeddingOptions
    v, vp, random = (of_state(name) for name in ("v", "vp", "random"))

    def fit_tokens(
        self: Model,
        vocabulary: Vocabulary,
        tokens: np.ndarray,
        progress: Any = True,
        callbacks: Iterable[Callback] = (),
    ) -> Model:
        """Train on token ids, as `encode` returns them; otherwise as `fit`."""
        self._expect_words(len(vocabulary))
        expect_words(vocabulary.words, type(self).__name__)
        tokens = checked(f"{type(self).__name__}.fit_tokens", tokens, len(vocabulary))
        self.vocabulary, self.state = vocabulary, self.State()
        self.state.random = self.first_states()
        self.state.v, self.state.vp = self._first_vectors()
        return self._train(tokens, progress, callbacks)

    def resume(
        self: Model, corpus: object, progress: bool = True, callbacks: Iterable[Callback] = ()
    ) -> Model:
        """Go on with a training that was stopped after an epoch and saved; ``corpus`` is the same as before.

        It may be token ids, too, if training began with `fit_tokens`.

        With one thread, or ``deterministic``, the result is that of a training never stopped, bit for bit.

        Raises
        ------
        ValueError
            Another corpus than before, or nothing is left to do.
        """
        self._expect_vectors()
        tokens = self._encode(corpus)
        if fingerprint(tokens, self.comm) != self.state.text:
            raise ValueError(
                f"{type(self).__name__}.resume: the corpus is not the one that training began with\n"
                f"    hint: continue_on(corpus) trains on new text"
            )
        if self.state.epoch >= self.options.epochs:
            raise ValueError(
                f"resume: all {self.options.epochs} epochs are done\n    hint: fit, or continue_on(corpus)"
            )
        return self._train(tokens, progress, callbacks)

    def continue_on(
        self: Model, corpus: object, progress: bool = True, callbacks: Iterable[Callback] = ()
    ) -> Model:
        """Train ``epochs`` more on new text.  Its words (min_count times) that are new get new rows,
        at the end.

        With ``hs`` the tree is built anew for the new counts, and its decisions are learnt anew.
        """
        self._expect_vectors()
        corpus = readable_again(corpus)
        new, _ = self._count_and_encode(corpus)
        before, state = len(self.vocabulary), self.state
        extended = self.vocabulary.extended(new)
        tokens = extended.encode(
            shard(corpus, self.comm)
        )  # subtle: what may fail comes before the model changes
        self.vocabulary = extended
        first_v, first_vp = self._first_vectors()
        state.v = self._grown(state.v, first_v, before)
        state.vp = first_vp if self.options.hs else np.concatenate([state.vp, first_vp[before:]])
        state.epoch = 0
        return self._train(tokens, progress, callbacks)

    def loss(self, corpus: object) -> float:
        """Mean loss of examples from another text, as in ``history``; unknown words are left out."""
        self._expect_vectors()
        alone = copy.copy(self)  # on several ranks each reads the whole text
        return alone._training_on(alone._encode(corpus)).loss()

    @property
    def output(self) -> str:
        """The output layer: "negative", "tree" or "softmax"."""
        return self.options.output

    @property
    def rate(self) -> float:
        """The rate at the present place in the text."""
        return self._training.rate

    @property
    def rows(self) -> int:
        """Rows of v: one a word."""
        return len(self.vocabulary)

    def shapes(self) -> dict[str, tuple[int, int]]:
        """The matrices that a checkpoint keeps, and their shapes."""
        step = stride(self.options.dim)
        return {"v": (self.rows, step), "vp": (len(self.vocabulary), step)}

    def first_states(self) -> list[int]:
        """A generator of random numbers for each thread of each rank, or for each slice of a round."""
        ranks = self.comm.size if self.comm is not None else 1
        return random_states(self.options.seed, self.options.slices or self.options.threads * ranks)

    def subword_table(self) -> tuple[np.ndarray, ...]:
        """``(starts, rows)`` of `word2vec.reference.subword_rows`, or ``()`` if each word has one row."""
        return ()

    def _train(self: Model, tokens: np.ndarray, progress: Any, callbacks: Iterable[Callback]) -> Model:
        self._expect_matrices()
        self._expect_examples(tokens)
        if len(self.state.v) != self.rows:
            came = f"expected {self.rows:,} rows of v for this vocabulary, came {len(self.state.v):,}"
            raise ValueError(f"{type(self).__name__}: {came}\n    hint: fit(corpus) begins anew")
        self.state.text = fingerprint(tokens, self.comm)
        self.state.random += self.first_states()[len(self.state.random) :]  # more threads than before
        self._training = self._training_on(tokens)
        run_epochs(self, self._training, self._training.length, " words", progress, callbacks)
        return self

    def _expect_examples(self, tokens: np.ndarray) -> None:
        has_some = has_neighbours(tokens)
        self._expect_pairs(has_some if self.comm is None else any(self.comm.allgather(has_some)))

    def _training_on(self, tokens: np.ndarray) -> EmbeddingTraining:
        given = self.options, self.state, self.vocabulary.counts, tokens, self.subword_table()
        if self.comm is None:
            return EmbeddingTraining(*given)
        from .mpi.schemes import SCHEMES

        return SCHEMES[self.options.meeting](*given, self.comm)

    def _encode(self, corpus: object) -> np.ndarray:
        if isinstance(corpus, np.ndarray) and corpus.dtype.kind in "iuf":
            return checked(type(self).__name__, corpus, len(self.vocabulary))
        return self.vocabulary.encode(shard(corpus, self.comm))

    def _first_vectors(self) -> tuple[np.ndarray, np.ndarray]:
        return first_vectors(len(self.vocabulary), self.options.dim, self.options.seed)

    def _grown(self, v: np.ndarray, first: np.ndarray, before: int) -> np.ndarray:
        return np.concatenate([v, first[before:]])
