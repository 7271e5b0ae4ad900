"""What Word2Vec and FastText have in common: to begin, to stop and go on, to go on with other text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ...ext.embeddings.tables import first_vectors, stride
from ...nn.progress import progress as progress_bar
from ..corpus.encode import encode
from ..corpus.stream import Corpus
from ..corpus.vocabulary import Vocabulary
from . import deterministic
from .options import check_options
from .training import Run, fingerprint

Callback = Callable[[Any], object]


class Embedding:
    """A model that trains vectors on text; `Word2Vec` and `FastText` say what the options mean."""

    dim: int
    window: int
    negative: int
    sample: float
    alpha: float
    epochs: int
    min_count: int
    max_vocab_size: int
    power: float
    seed: int
    threads: int
    cbow: bool
    hs: bool
    softmax: bool
    shared: bool
    deterministic: bool
    vocabulary: Vocabulary
    v: np.ndarray
    vp: np.ndarray
    random: list[int]  # states of the generators of random numbers, one for each thread or worker
    text: str  # fingerprint of the corpus

    def __init__(self) -> None:
        self.history: list[dict[str, float]] = []
        self.epoch = 0
        self.stop = False
        check_options(self)

    def fit(self, corpus: object, progress: bool = True, callbacks: Iterable[Callback] = ()) -> Any:
        """Train on a corpus, from the beginning: a `Corpus`, a path, or an iterable of lines or
        lists of words.

        Parameters
        ----------
        progress : bool
            A bar on stderr: words read, words per second, current rate, loss after each epoch.
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

    def fit_tokens(
        self,
        vocabulary: Vocabulary,
        tokens: np.ndarray,
        progress: Any = True,
        callbacks: Iterable[Callback] = (),
    ) -> Any:
        """Train on token ids, as `corpus.encode` returns them; otherwise as `fit`."""
        check_options(self)
        if len(vocabulary) < 3:
            raise ValueError(
                f"{type(self).__name__}: expected at least 2 words seen min_count={self.min_count} times, "
                f"came {len(vocabulary) - 1}\n    hint: a longer corpus, or a smaller min_count"
            )
        self.vocabulary = vocabulary
        self.history, self.epoch = [], 0
        self.v, self.vp = self._first_vectors()
        self.random = self.first_states()
        return self._train(tokens, progress, callbacks)

    def resume(self, corpus: object, progress: bool = True, callbacks: Iterable[Callback] = ()) -> Any:
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
        if fingerprint(tokens) != self.text:
            raise ValueError(
                f"{type(self).__name__}.resume: the corpus is not the one that training began with\n"
                f"    hint: continue_on(corpus) trains on new text"
            )
        if self.epoch >= self.epochs:
            raise ValueError(
                f"resume: all {self.epochs} epochs are done\n    hint: fit, or continue_on(corpus)"
            )
        return self._train(tokens, progress, callbacks)

    def continue_on(self, corpus: object, progress: bool = True, callbacks: Iterable[Callback] = ()) -> Any:
        """Train ``epochs`` more on new text.  Its words (min_count times) that are new get new rows,
        at the end.

        With ``hs`` the tree is built anew for the new counts, and its decisions are learnt anew.
        """
        self._expect_vectors()
        new, _ = self._count_and_encode(corpus)
        before = len(self.vocabulary)
        self.vocabulary = self.vocabulary.extended(new)
        first_v, first_vp = self._first_vectors()
        self.v = self._grown(self.v, first_v, before)
        self.vp = first_vp if self.hs else np.concatenate([self.vp, first_vp[before:]])
        self.epoch = 0
        return self._train(self._encode(corpus), progress, callbacks)

    def loss(self, corpus: object) -> float:
        """Mean loss of examples from another text, in the units of ``history``; unknown words are left out."""
        self._expect_vectors()
        return self._begin_run(self._encode(corpus)).loss()

    @property
    def output(self) -> str:
        """The output layer: "negative", "tree" or "softmax"."""
        return "tree" if self.hs else "softmax" if self.softmax else "negative"

    @property
    def rate(self) -> float:
        """The rate at the present place in the text."""
        return self._run.rate

    @property
    def rows(self) -> int:
        """Rows of v: one a word."""
        return len(self.vocabulary)

    def shapes(self) -> dict[str, tuple[int, int]]:
        """The matrices that a checkpoint keeps, and their shapes."""
        return {"v": (self.rows, stride(self.dim)), "vp": (len(self.vocabulary), stride(self.dim))}

    def first_states(self) -> list[int]:
        """A generator of random numbers for each thread, or for each worker."""
        streams = deterministic.WORKERS if self.deterministic else self.threads
        return [int(n) for n in np.random.SeedSequence(self.seed).generate_state(streams, np.uint64)]

    def subword_table(self) -> tuple[np.ndarray, ...]:
        """``(starts, rows)`` of `reference.subword_rows`, or ``()`` if each word has one row."""
        return ()

    def _train(self, tokens: np.ndarray, progress: Any, callbacks: Iterable[Callback]) -> Any:
        self.stop, self.text = False, fingerprint(tokens)
        self._run = self._begin_run(tokens)
        scale = {"total": self.epochs * len(tokens), "unit": " words", "unit_scale": True}
        make: Callable[..., Any] = progress if callable(progress) else progress_bar
        with make(desc="compiling", enabled=bool(progress), **scale, initial=self.epoch * len(tokens)) as bar:
            self._run.compile()
            while self.epoch < self.epochs and not self.stop:
                self.epoch += 1
                bar.set_description(f"epoch {self.epoch} of {self.epochs}", refresh=False)
                self.history.append({"epoch": self.epoch, **self._run.epoch(bar)})
                for callback in callbacks:
                    callback(self)
        return self

    def _begin_run(self, tokens: np.ndarray) -> Run:
        return Run(self, tokens)

    def _count_and_encode(self, corpus: object) -> tuple[Vocabulary, np.ndarray]:
        return encode(corpus, self.min_count, max_vocab_size=self.max_vocab_size)

    def _encode(self, corpus: object) -> np.ndarray:
        if isinstance(corpus, np.ndarray):  # token ids
            return corpus
        return self.vocabulary.encode(corpus if isinstance(corpus, Corpus) else Corpus(corpus))

    def _expect_vectors(self) -> None:
        if not hasattr(self, "v"):
            raise AttributeError(f"{type(self).__name__}: no vectors yet; call fit(corpus) first")

    def _first_vectors(self) -> tuple[np.ndarray, np.ndarray]:
        return first_vectors(len(self.vocabulary), self.dim, self.seed)

    def _grown(self, v: np.ndarray, first: np.ndarray, before: int) -> np.ndarray:
        return np.concatenate([v, first[before:]])
