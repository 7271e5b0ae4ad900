"""GloVe (Pennington et al. 2014): vectors whose dot products are the logarithms of co-occurrence counts."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ...ext.embeddings import glove_loop
from ...ext.embeddings.glove.reference import first_values, weight
from ...ext.embeddings.tables import stride
from ...nn.progress import progress as progress_bar
from ..corpus.encode import MAX_WORDS, encode
from ..corpus.vocabulary import Vocabulary
from ..embeddings.base import Callback
from ..embeddings.options import check_options
from ..files import checkpoint
from ..vectors.word_vectors import WordVectors
from . import cells, strata
from .cooccurrence import PairCounter, write_shuffled


class GloVe:
    """Vectors for the words of a corpus, from how often which words stand near each other.

    Parameters
    ----------
    dim : int
        Numbers in a vector.
    window : int
        Words to the left, and with ``symmetric`` to the right, that count.
    epochs : int
        Times the co-occurrences are read.
    eta : float
        Rate of AdaGrad.
    x_max, alpha : float
        A pair seen x times weighs (x / x_max)^alpha, at most 1.
    min_count, max_vocab_size : int
        As for `Word2Vec`.
    symmetric : bool
        Else only words to the left are context.
    weighted : bool
        A pair at distance d counts 1/d, else 1.
    memory : float
        Gigabytes for counting and shuffling, about; what does not fit goes to temporary files.
    clip : float
        No component of a gradient counts more.
    seed : int
    threads : int
        Up to 8 are of use; they change nothing in the result (``strata.py``).

    Attributes
    ----------
    vectors : WordVectors
        w + c of all words, as the paper does (section 4.2).
    vocabulary : Vocabulary
    w, c : float32 (V, S)
        Rows [w, b, 1] of words and [c, 1, b'] of contexts, padded with zeros to whole vector registers.
    w_squares, c_squares : float32 (V, S)
        What AdaGrad has summed.
    epoch : int
        Epochs done.
    history : list of dict
        For each epoch: epoch, loss (the mean cost of a cell, before its own step), seconds, cells_per_second.
    stop : bool
        A callback sets it to end training early.

    Notes
    -----
    Numbers are float32, those of the C tool float64; and a bias takes the same step as the other numbers of
    its row, where the C tool of 2020 leaves the rate out.

    Examples
    --------
    >>> model = GloVe(dim=50, epochs=15).fit(Path("wiki.txt.xz"))           # doctest: +SKIP
    >>> model.vectors.most_similar("matrix")                                # doctest: +SKIP
    """

    def __init__(
        self,
        dim: int = 100,
        window: int = 15,
        epochs: int = 25,
        eta: float = 0.05,
        x_max: float = 100.0,
        alpha: float = 0.75,
        min_count: int = 5,
        symmetric: bool = True,
        weighted: bool = True,
        memory: float = 4.0,
        clip: float = 100.0,
        seed: int = 1,
        threads: int = 1,
        max_vocab_size: int = MAX_WORDS,
    ) -> None:
        self.dim, self.window, self.epochs = dim, window, epochs
        self.eta, self.x_max, self.alpha = eta, x_max, alpha
        self.min_count, self.symmetric, self.weighted = min_count, symmetric, weighted
        self.memory, self.clip, self.seed, self.threads = memory, clip, seed, threads
        self.max_vocab_size = max_vocab_size
        self.history: list[dict[str, float]] = []
        self.epoch = 0
        self.stop = False
        check_options(self)

    def fit(self, corpus: object, progress: bool = True, callbacks: Iterable[Callback] = ()) -> GloVe:
        """Train on a corpus, from the beginning: a `Corpus`, a path, or an iterable of lines or
        lists of words.

        Parameters
        ----------
        progress : bool
            A bar on stderr.
        callbacks : iterable of callable
            Each is called with this model after each epoch.

        Raises
        ------
        FloatingPointError
            The vectors became infinite: names the option to change.
        ValueError
            Fewer than two words are left, or the corpus cannot be read.
        """
        vocabulary, tokens = encode(corpus, self.min_count, max_vocab_size=self.max_vocab_size)
        return self.fit_tokens(vocabulary, tokens, progress, callbacks)

    def fit_tokens(
        self,
        vocabulary: Vocabulary,
        tokens: np.ndarray,
        progress: bool = True,
        callbacks: Iterable[Callback] = (),
    ) -> GloVe:
        """Train on token ids, as `encode` or `open_encoded` return them; otherwise as `fit`."""
        with tempfile.TemporaryDirectory() as folder:
            path = self.write_cells([tokens], len(vocabulary), Path(folder) / "cells")
            return self.fit_cells(vocabulary, path, progress, callbacks)

    def fit_cells(
        self,
        vocabulary: Vocabulary,
        path: str | os.PathLike,
        progress: bool = True,
        callbacks: Iterable[Callback] = (),
    ) -> GloVe:
        """Train on a file of shuffled cells (``cells.py``); otherwise as `fit`."""
        check_options(self)
        self.begin(vocabulary)
        return self.resume_cells(path, progress, callbacks)

    def begin(self, vocabulary: Vocabulary) -> GloVe:
        """Set the first values: w, c and the biases uniform in +-1/(2 (D + 1))."""
        self.vocabulary = vocabulary
        self.history, self.epoch, self.text = [], 0, ""
        self.w, self.c, self.w_squares, self.c_squares = first_values(len(vocabulary), self.dim, self.seed)
        return self

    def resume(self, corpus: object, progress: bool = True, callbacks: Iterable[Callback] = ()) -> GloVe:
        """Go on with a training that was stopped after an epoch and saved; ``corpus`` is the same as before.

        The result is that of a training never stopped, bit for bit.
        """
        self._expect_vectors()
        vocabulary, tokens = encode(corpus, self.min_count, max_vocab_size=self.max_vocab_size)
        with tempfile.TemporaryDirectory() as folder:
            path = self.write_cells([tokens], len(vocabulary), Path(folder) / "cells")
            return self.resume_cells(path, progress, callbacks)

    def write_cells(self, pieces: Iterable[np.ndarray], words: int, path: Path) -> Path:
        """Count the pairs of a text and write them to ``path``, shuffled; returns it.

        Parameters
        ----------
        pieces : iterable of int32 arrays
            Token ids, whole sentences.
        words : int
            Words of the vocabulary.
        """
        if words < 3:
            raise ValueError(
                f"GloVe: expected at least 2 words seen min_count={self.min_count} times, came {words - 1}\n"
                f"    hint: a longer corpus, or a smaller min_count"
            )
        sides = {"symmetric": self.symmetric, "weighted": self.weighted}
        counter = PairCounter(words, self.window, **sides, memory=self.memory, folder=str(path.parent))
        write_shuffled(counter, pieces, path, self.seed, self.memory)
        return path

    def resume_cells(
        self, path: str | os.PathLike, progress: bool = True, callbacks: Iterable[Callback] = ()
    ) -> GloVe:
        """As `resume`, on the file of cells that training began with."""
        self._expect_vectors()
        self._expect_same_text(cells.fingerprint(path))
        total, self.stop = cells.count(path), False
        scale = {"total": total * self.epochs, "initial": total * self.epoch, "unit_scale": True}
        bar = progress_bar(desc="GloVe", enabled=progress, unit=" cells", **scale)
        with bar, ThreadPoolExecutor(self.threads) as pool:
            while self.epoch < self.epochs and not self.stop:
                self.epoch += 1
                began = time.perf_counter()
                cost = self._epoch(path, pool, bar)
                seconds = time.perf_counter() - began
                entry = {"loss": cost / total, "seconds": seconds, "cells_per_second": total / seconds}
                self.history.append({"epoch": self.epoch, **entry})
                bar.set_postfix(loss=f"{cost / total:.4f}", refresh=False)
                for callback in callbacks:
                    callback(self)
        return self

    def _epoch(self, path: str | os.PathLike, pool: ThreadPoolExecutor, bar: Any) -> float:
        """Read the cells once; returns the cost."""
        loop = glove_loop(self.dim)
        matrices = self.w, self.c, self.w_squares, self.c_squares
        cost = 0.0
        for block, bounds in strata.blocks(cells.read(path, len(self.vocabulary) - 1)):
            x = block["x"].astype(np.float32)
            sides = block["word"].copy(), block["context"].copy()
            given = (*sides, np.log(x), weight(x, self.x_max, self.alpha))

            def train(first: int, last: int, given=given) -> float:
                return loop(*given, first, last, *matrices, self.eta, self.clip)

            cost += strata.run(train, bounds, pool)
            bar.update(len(block))
        if not np.isfinite(cost):
            raise FloatingPointError(
                f"GloVe: vectors became infinite or NaN in epoch {self.epoch}\n"
                f"    hint: lower eta (it was {self.eta:g}; 0.05 is usual) or clip (it was {self.clip:g})"
            )
        return cost

    @property
    def vectors(self) -> WordVectors:
        self._expect_vectors()
        return WordVectors(self.vocabulary.words[1:], self.w[1:, : self.dim] + self.c[1:, : self.dim])

    @property
    def biases(self) -> tuple[np.ndarray, np.ndarray]:
        """b and b' of all words, float32 (V,) each; row 0 is ``</s>``, which has none."""
        self._expect_vectors()
        return self.w[:, self.dim], self.c[:, self.dim + 1]

    def save(self, path: str | os.PathLike) -> None:
        """Write all that is needed to go on: see ``text/files/checkpoint.py``.  `vectors.save` writes
        the vectors alone.
        """
        self._expect_vectors()
        checkpoint.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike) -> GloVe:
        """Read what `save` wrote; then `resume`."""
        return checkpoint.load(cls, path)

    def shapes(self) -> dict[str, tuple[int, int]]:
        """The matrices that a checkpoint keeps, and their shapes."""
        shape = len(self.vocabulary), stride(self.dim + 2)
        return {name: shape for name in ("w", "c", "w_squares", "c_squares")}

    def _expect_vectors(self) -> None:
        if not hasattr(self, "w"):
            raise AttributeError("GloVe: no vectors yet; call fit(corpus) first")

    def _expect_same_text(self, text: str) -> None:
        if self.text and self.text != text:
            raise ValueError(
                "GloVe.resume: these are not the cells that training began with\n    hint: fit(corpus) begins anew"
            )
        if self.epoch >= self.epochs:
            raise ValueError(
                f"resume: all {self.epochs} epochs are done\n    hint: more epochs, or fit(corpus)"
            )
        self.text = text
