"""What all models of words have in common: trained on a corpus, saved with all that is needed to go on."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from inspect import signature
from typing import Any, TypeVar

import numpy as np

from ...core.ranks import speaks
from ..corpus.shards import encode_shards
from ..corpus.vocabulary import Vocabulary
from ..files import checkpoint
from ..vectors.word_vectors import WordVectors
from .epochs import Callback, Trainable
from .gensim_names import translated

Model = TypeVar("Model", bound="WordModel")


class WordModel(Trainable, ABC):
    """A model with a vocabulary; its state has the matrices that `shapes` names.

    On several ranks (``comm``, a communicator of mpi4py) each reads a part of the corpus, all have the model
    in the end, and rank 0 shows progress and saves; callbacks run on all.

    gensim's names are understood, too (``gensim_names.py``): ``Word2Vec(sentences=text, vector_size=50)``
    trains at once.  What is left out has this library's default: skip-gram, where gensim has CBOW.
    """

    vocabulary: Vocabulary

    FOLLOWING = (*Trainable.FOLLOWING, "comm")
    comm: Any = None
    on_ranks = False  # whether several ranks can train such a model

    def __init__(self, *given: Any, sentences: object = None, comm: Any = None, **named: Any) -> None:
        super().__init__(*given, **translated(named, signature(self.Options).parameters))
        if comm is not None and not self.on_ranks:
            hint = "each rank may train one of its own, without comm="
            raise TypeError(f"{type(self).__name__}: it does not train on several ranks\n    hint: {hint}")
        self.comm = comm if comm is not None and comm.size > 1 else None
        if sentences is not None:
            self.fit(sentences)

    @property
    def vectors(self) -> Any:
        """The words' vectors, without ``</s>``; kept until training goes on.

        Whoever writes numbers into the matrices by hand calls ``forget()`` afterwards.
        """
        self._expect_vectors()
        return self.kept("vectors", self._make_vectors)

    @property
    def wv(self) -> Any:
        """gensim's name for ``vectors``."""
        return self.vectors

    @abstractmethod
    def _make_vectors(self) -> WordVectors:
        """What ``vectors`` keeps."""

    def fit(self: Model, corpus: object, progress: bool = True, callbacks: Iterable[Callback] = ()) -> Model:
        """Train on a corpus, from the beginning: a `Corpus`, a path, or lines, or lists of words.

        Parameters
        ----------
        progress : bool
            A bar on stderr: how much is read, the loss and more.
        callbacks : iterable of callable
            Each is called with this model after each epoch.

        Raises
        ------
        FloatingPointError
            The vectors became infinite: names the option to change.
        ValueError
            Fewer than two words are left, or the corpus cannot be read.
        """
        return self.fit_tokens(*self._count_and_encode(corpus), progress, callbacks)

    @abstractmethod
    def fit_tokens(
        self: Model,
        vocabulary: Vocabulary,
        tokens: np.ndarray,
        progress: Any = True,
        callbacks: Iterable[Callback] = (),
    ) -> Model:
        """Train on token ids, as `encode` or `open_encoded` return them; otherwise as `fit`.

        On several ranks each has those of its part of the text, as `encode_shards` returns them.
        """

    def save(self, path: str | os.PathLike) -> None:
        """Write all that is needed to go on (``text/files/checkpoint.py``); of several ranks rank 0 does."""
        self._expect_vectors()
        if speaks(self.comm):
            checkpoint.save(self, path)

    @classmethod
    def load(cls: type[Model], path: str | os.PathLike, max_bytes: int | None = None) -> Model:
        """Read what `save` wrote; then `resume`, for example.

        Reading takes at most ``max_bytes`` of memory, by default four times the file and 200 MB.
        """
        return checkpoint.load(cls, path, max_bytes)

    @abstractmethod
    def shapes(self) -> dict[str, tuple[int, int]]:
        """The matrices that a checkpoint keeps, and their shapes; -1 is any number of rows."""

    def annotations(self) -> dict[str, np.ndarray]:
        """Arrays that a checkpoint keeps besides."""
        return {}

    def annotate(self, arrays: dict[str, np.ndarray]) -> None:
        """Take what `annotations` returned from a checkpoint; ValueError if it does not fit."""

    def _count_and_encode(self, corpus: object) -> tuple[Vocabulary, np.ndarray]:
        return encode_shards(corpus, self.options.min_count, self.options.max_vocab_size, self.comm)

    def _expect_words(self, count: int) -> None:
        """ValueError unless so many words, ``</s>`` among them, are enough to train on."""
        if count < 3:
            raise ValueError(
                f"{type(self).__name__}: expected at least 2 words seen min_count={self.options.min_count} "
                f"times, came {count - 1}\n    hint: a longer corpus, or a smaller min_count"
            )

    def _expect_pairs(self, has_some: bool) -> None:
        """ValueError unless the text has some: all that such a model learns is which words stand together."""
        if not has_some:
            raise ValueError(
                f"{type(self).__name__}: expected a sentence with two words, each seen min_count="
                f"{self.options.min_count} times, came none: there is no pair to train on\n"
                "    hint: a line, or a list of words, is a sentence; or a smaller min_count"
            )

    def _expect_matrices(self) -> None:
        """ValueError unless the matrices are such as the loops, which trust them, can train."""
        for name, (rows, length) in self.shapes().items():
            matrix = getattr(self.state, name)
            fits = matrix.dtype == np.float32 and matrix.shape == (len(matrix) if rows < 0 else rows, length)
            if not (fits and matrix.flags.carray):
                raise ValueError(
                    f"{type(self).__name__}: expected {name} to be float32 ({rows}, {length}) in one run, "
                    f"writable, came {matrix.dtype} {matrix.shape}\n    hint: change numbers, not arrays"
                )

    def _expect_vectors(self) -> None:
        if not hasattr(self, "vocabulary"):
            raise AttributeError(f"{type(self).__name__}: no vectors yet; call fit(corpus) first")
