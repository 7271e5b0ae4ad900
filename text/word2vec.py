"""word2vec: skip-gram with negative sampling (Mikolov et al. 2013a, 2013b), trained as the C tool trains it.

The loop over the text is in ``ext/skipgram``: ``reference.py`` explains it, ``jit.py`` runs it.  Here: what
goes in, what comes out, and what one sees meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..ext.embeddings import kernel
from ..ext.embeddings.tables import MIN_RATE, first_vectors, keep_probability, noise_table
from ..nn.progress import progress as progress_bar
from .corpus import encode
from .hogwild import read_once
from .loss import draw_sample, mean_loss
from .options import check_options
from .vectors import WordVectors
from .vocabulary import Vocabulary

Callback = Callable[["Word2Vec"], object]


class Word2Vec:
    """Vectors for the words of a corpus, such that words used alike are near each other.

    Parameters
    ----------
    dim : int
        Numbers in a vector.
    window : int
        Words on each side that count as neighbours, at most; for each word the window is drawn from 1 ..
        window.
    negative : int
        Noise words for each pair of neighbours.
    sample : float
        Words more frequent than this share of the text are thinned out; 0 keeps all.
    alpha : float
        Rate at the beginning; it falls linearly to 1e-4 of that.
    epochs : int
        Times the text is read.
    min_count : int
        Words seen less often are dropped.
    power : float
        Noise is drawn in proportion to count ** power.
    seed : int
        Of the first vectors and of every draw.  With ``threads=1`` the same seed gives the same vectors.
    threads : int
        Threads that read different parts of the text and write the same vectors without locks; their order,
        so the result, differs slightly from run to run.

    Attributes
    ----------
    vectors : WordVectors
        All words but ``</s>``.
    vocabulary : Vocabulary
    v, vp : float32 (V, S)
        The input and output vectors of all words, each row padded with zeros to whole vector registers.
    history : list of dict
        For each epoch: epoch, loss (`loss.mean_loss`, of examples fixed in advance), words_per_second,
        seconds.
    stop : bool
        A callback sets it to end training early.

    Examples
    --------
    >>> model = Word2Vec(dim=50, epochs=3).fit(Path("wiki.txt.xz"))         # doctest: +SKIP
    >>> model.vectors.most_similar("matrix")                                # doctest: +SKIP
    """

    def __init__(
        self,
        dim: int = 100,
        window: int = 5,
        negative: int = 5,
        sample: float = 1e-3,
        alpha: float = 0.025,
        epochs: int = 5,
        min_count: int = 5,
        power: float = 0.75,
        seed: int = 1,
        threads: int = 1,
    ) -> None:
        self.dim, self.window, self.negative, self.sample, self.alpha = dim, window, negative, sample, alpha
        self.epochs, self.min_count, self.power = epochs, min_count, power
        self.seed, self.threads = seed, threads
        self.history: list[dict[str, float]] = []
        self.epoch = 0
        self.stop = False
        check_options(self)

    def fit(self, corpus: object, progress: bool = True, callbacks: Iterable[Callback] = ()) -> Word2Vec:
        """Train on a corpus: a `Corpus`, a path, or an iterable of lines or lists of words.

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
        return self.fit_tokens(*encode(corpus, self.min_count), progress, callbacks)

    def fit_tokens(
        self,
        vocabulary: Vocabulary,
        tokens: np.ndarray,
        progress: bool = True,
        callbacks: Iterable[Callback] = (),
    ) -> Word2Vec:
        """Train on token ids, as `corpus.encode` returns them; otherwise as `fit`."""
        check_options(self)
        self._start(vocabulary, tokens)
        total = self.epochs * len(tokens)
        scale = {"total": total, "unit": " words", "unit_scale": True}
        with progress_bar(desc="compiling", enabled=progress, **scale) as bar:
            self._read(0, 0, 0)  # no token: only compiles
            while self.epoch < self.epochs and not self.stop:
                self.epoch += 1
                bar.set_description(f"epoch {self.epoch} of {self.epochs}", refresh=False)
                self._one_epoch(bar)
                for callback in callbacks:
                    callback(self)
        return self

    @property
    def vectors(self) -> WordVectors:
        if not hasattr(self, "v"):
            raise AttributeError("Word2Vec: no vectors yet; call fit(corpus) first")
        return WordVectors(self.vocabulary.words[1:], self.v[1:, : self.dim])

    @property
    def rate(self) -> float:
        """The rate at the present place in the text."""
        done, total = int(self._done.sum()), self.epochs * len(self._tokens)
        return self.alpha * max(MIN_RATE, 1 - done / (total + 1))

    def _start(self, vocabulary: Vocabulary, tokens: np.ndarray) -> None:
        if len(vocabulary) < 3:
            raise ValueError(
                f"Word2Vec: expected at least 2 words seen min_count={self.min_count} times, "
                f"came {len(vocabulary) - 1}\n    hint: a longer corpus, or a smaller min_count"
            )
        self.vocabulary, self._tokens = vocabulary, tokens
        self.history, self.epoch, self.stop = [], 0, False
        self.v, self.vp = first_vectors(len(vocabulary), self.dim, self.seed)
        self._loop = kernel(self.dim, self.window, self.negative)
        self._noise = noise_table(vocabulary.counts, self.power)
        self._keep = keep_probability(vocabulary.counts, self.sample)
        self._done = np.zeros(self.threads, np.int64)
        states = np.random.SeedSequence(self.seed).generate_state(self.threads, np.uint64)
        self._random = [int(state) for state in states]
        rng = np.random.default_rng([self.seed, 1])
        self._sample = draw_sample(tokens, self._noise, self._keep, self.window, self.negative, rng)

    def _read(self, thread: int, start: int, stop: int) -> None:
        """Train on ``tokens[start:stop]``."""
        tables = (self.v, self.vp, (self._noise, self.negative), (), self._keep)
        place = (self._done, thread, self.epochs * len(self._tokens), self.alpha)
        state = self._loop(self._tokens, start, stop, self._random[thread], *tables, *place)
        self._random[thread] = int(state)

    def _one_epoch(self, bar: Any) -> None:
        def look() -> None:
            bar.set_postfix(rate=f"{self.rate:.2g}", refresh=False)
            bar.update(int(self._done.sum()) - bar.n)

        began = time.perf_counter()
        read_once(len(self._tokens), self.threads, self._read, look)
        seconds = time.perf_counter() - began
        if not (np.isfinite(self.v).all() and np.isfinite(self.vp).all()):
            raise FloatingPointError(
                f"Word2Vec: vectors became infinite or NaN in epoch {self.epoch}\n"
                f"    hint: lower alpha (it was {self.alpha:g}; 0.025 is usual)"
            )
        loss = mean_loss(self._sample, self.v, self.vp)
        bar.set_postfix(rate=f"{self.rate:.2g}", loss=f"{loss:.3f}", refresh=False)
        entry = {"epoch": self.epoch, "loss": loss, "seconds": seconds}
        self.history.append({**entry, "words_per_second": len(self._tokens) / seconds})
