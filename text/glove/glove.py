"""GloVe (Pennington et al. 2014): vectors whose dot products are the logarithms of co-occurrence counts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from ...core.files import scratch_folder
from ...core.ranks import together
from ...ext.embeddings.glove.reference import first_values
from ...ext.embeddings.tables import stride
from ..corpus.token import expect_words
from ..corpus.vocabulary import Vocabulary
from ..embeddings.epochs import Callback, of_state, run_epochs
from ..embeddings.word_model import WordModel
from ..vectors.word_vectors import WordVectors
from . import cells, ring_training
from .cooccurrence import PairCounter, whole, write_shuffled
from .count_shards import write_parts
from .options import GloVeOptions
from .ring import Ring
from .ring_training import PARTED
from .training import MATRICES, GloVeState, GloVeTraining


class GloVe(WordModel):
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
    comm : mpi4py communicator, optional
        Of ranks that train together, each on its own lines: ``threads`` and ``memory`` are a rank's
        (``ring.py``).

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
        For each epoch: epoch, loss (the mean cost of a cell, before its own step), seconds, cells_per_second;
        in a ring, bytes_sent by all ranks, too.
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

    Options = GloVeOptions
    State = GloVeState
    on_ranks = True
    options: GloVeOptions
    w, c, w_squares, c_squares = (of_state(name) for name in MATRICES)

    def fit_tokens(
        self,
        vocabulary: Vocabulary,
        tokens: np.ndarray,
        progress: bool = True,
        callbacks: Iterable[Callback] = (),
    ) -> GloVe:
        """Train on token ids, as `encode` or `open_encoded` return them; otherwise as `fit`."""
        with self._scratch() as path:
            self.write_cells([tokens], len(vocabulary), path)
            return self.fit_cells(vocabulary, path, progress, callbacks)

    def fit_cells(
        self,
        vocabulary: Vocabulary,
        path: str | os.PathLike,
        progress: bool = True,
        callbacks: Iterable[Callback] = (),
    ) -> GloVe:
        """Train on a file of shuffled cells (``cells.py``); otherwise as `fit`."""
        with together(self.comm):
            self.begin(vocabulary)
        return self.resume_cells(path, progress, callbacks)

    @property
    def in_parts(self) -> bool:
        """Whether cells are a folder, with a file for each part of the words (``part_files.py``), and
        training goes around a ring (``ring.py``): on several ranks, or when a training began on several.
        """
        return self.comm is not None or self.state.text.startswith(PARTED)

    def begin(self, vocabulary: Vocabulary) -> GloVe:
        """Set the first values: w, c and the biases uniform in +-1/(2 (D + 1))."""
        expect_words(vocabulary.words, type(self).__name__)
        self.vocabulary, self.state = vocabulary, GloVeState()
        first = first_values(len(vocabulary), self.options.dim, self.options.seed)
        self.w, self.c, self.w_squares, self.c_squares = first
        return self

    def resume(self, corpus: object, progress: bool = True, callbacks: Iterable[Callback] = ()) -> GloVe:
        """Go on with a training that was stopped after an epoch and saved; ``corpus`` is the same as before.

        The result is that of a training never stopped, bit for bit.
        """
        self._expect_vectors()
        vocabulary, tokens = self._count_and_encode(corpus)
        with self._scratch() as path:
            self.write_cells([tokens], len(vocabulary), path)
            return self.resume_cells(path, progress, callbacks)

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """Where cells may be while training lasts."""
        with ExitStack() as stack:
            with together(self.comm):
                folder = stack.enter_context(scratch_folder("cutaway-cells"))
            yield folder / "cells"

    def write_cells(self, pieces: Iterable[np.ndarray], words: int, path: Path) -> Path:
        """Count the pairs of a text and write them to ``path``, shuffled; returns it.

        Parameters
        ----------
        pieces : iterable of int32 arrays
            Token ids, whole sentences; of several ranks, those of this rank's shard.
        words : int
            Words of the vocabulary.

        Raises
        ------
        ValueError
            Fewer than two words, or no pair of them.
        """
        options = self.options
        ring_training.expect_same_options(self)
        with together(self.comm):
            self._expect_words(words)
            sides = {"symmetric": options.symmetric, "weighted": options.weighted}
            where = {"memory": options.memory, "folder": str(path.parent)}
            if self.in_parts:
                path.mkdir(exist_ok=True)
                where |= {"scale": whole(options.window, options.weighted)}
            counter = PairCounter(words, options.window, **sides, **where)
        if self.in_parts:
            write_parts(counter, pieces, path, Ring(self.comm), options.seed, options.memory)
            return path
        write_shuffled(counter, pieces, path, options.seed, options.memory)
        self._expect_pairs(path.stat().st_size > 0)
        return path

    def resume_cells(
        self, path: str | os.PathLike, progress: bool = True, callbacks: Iterable[Callback] = ()
    ) -> GloVe:
        """As `resume`, on the file of cells that training began with."""
        if self.in_parts:
            ring_training.resume(self, path, progress, callbacks)
            return self
        self._expect_vectors()
        self._expect_same_text(cells.fingerprint(path))
        self._expect_matrices()
        total = cells.count(path)
        with ThreadPoolExecutor(self.options.threads) as pool:
            training = GloVeTraining(self.options, self.state, len(self.vocabulary), path, total, pool)
            run_epochs(self, training, total, " cells", progress, callbacks)
        return self

    def _make_vectors(self) -> WordVectors:
        both = self.state.w + self.state.c
        return WordVectors(self.vocabulary.words[1:], both[1:, : self.options.dim])

    @property
    def biases(self) -> tuple[np.ndarray, np.ndarray]:
        """b and b' of all words, float32 (V,) each; row 0 is ``</s>``, which has none."""
        self._expect_vectors()
        return self.state.w[:, self.options.dim], self.state.c[:, self.options.dim + 1]

    def shapes(self) -> dict[str, tuple[int, int]]:
        """The matrices that a checkpoint keeps, and their shapes."""
        shape = len(self.vocabulary), stride(self.options.dim + 2)
        return {name: shape for name in MATRICES}

    def _expect_same_text(self, text: str) -> None:
        """ValueError unless training began with this text; from now on it is the text."""
        if self.state.text and self.state.text != text:
            raise ValueError(
                "GloVe.resume: these are not the cells that training began with, or not in their order\n"
                "    hint: fit(corpus) begins anew; what began in one process goes on in one process"
            )
        if self.state.epoch >= self.options.epochs:
            raise ValueError(
                f"resume: all {self.options.epochs} epochs are done\n    hint: more epochs, or fit(corpus)"
            )
        self.state.text = text
