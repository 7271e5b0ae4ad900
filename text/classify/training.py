"""One training of a classifier on labelled lines: the rows that the text uses, threads, epochs.

The loop over the lines: ``ext/embeddings/classifier/reference.py`` explains it, its twin runs it.

    T tokens, N lines, R rows of v, L labels, D dimension, S row length
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...ext.embeddings import count_rows, line_loop
from ...ext.embeddings.classifier.reference import Kinds
from ...ext.embeddings.hierarchical_softmax import huffman
from ...ext.embeddings.tables import linear_rate, noise_table, stride, zeros
from ..embeddings.deterministic import Copies, read_in_rounds, slices
from ..embeddings.epochs import State
from ..embeddings.hogwild import read_once
from ..embeddings.options import Diverged
from .options import OUTPUTS, FastTextClassifierOptions

CHUNK = 1 << 13  # lines a thread reads before it looks whether to stop
SHORTEST = 64  # lines of a slice of a round (``text/embeddings/deterministic.py``)


class Lines(NamedTuple):
    """A text as `train_lines` of ``ext/embeddings/classifier/reference.py`` takes it."""

    tokens: np.ndarray  # int32 (T,)
    starts: np.ndarray  # int64 (N + 1,): line n is tokens[starts[n]:starts[n + 1]]
    kinds: Kinds  # what each token stands for


class ClassifierTraining:
    """What follows from options, labels and a text.

    Parameters
    ----------
    options : FastTextClassifierOptions
    state : State
        Its states of random numbers are moved.
    label_counts : int (L,)
        How often each label stands in the text.
    v, vp : float32 (R, D), (L, D)
        Where training begins; `matrices` is where it ends.
    text : Lines
    """

    def __init__(
        self,
        options: FastTextClassifierOptions,
        state: State,
        label_counts: np.ndarray,
        v: np.ndarray,
        vp: np.ndarray,
        text: Lines,
    ) -> None:
        self.options, self.state, self.label_counts, self.text = options, state, label_counts, text
        self.v, self.vp = _padded(v), _padded(vp)
        self.tables = self._tables()
        self.loop = line_loop(OUTPUTS[options.loss], options.dim)
        self.total = options.epochs * len(text.tokens)
        streams = len(state.random)
        self.done, self.losses = np.zeros(streams, np.int64), np.zeros((streams, 2))

    def _tables(self) -> tuple[Any, ...]:
        """What the output layer looks up."""
        options, counts = self.options, self.label_counts
        if options.loss == "hs":
            return huffman.label_tree(counts)
        if options.loss == "ns":
            shifted = np.concatenate([[0], counts])  # `noise_table` leaves its first row out
            return noise_table(shifted, options.power) - 1, options.negative
        return ()

    @property
    def rate(self) -> float:
        """The rate at the present place in the text."""
        return linear_rate(self.options.alpha, int(self.done.sum()) / self.total, least=0)

    @property
    def mean_loss(self) -> float:
        """Of the epoch's examples so far, as they were met; nan before the first."""
        total, examples = self.losses.sum(0)
        return float(total / examples) if examples else float("nan")

    def compile(self) -> None:
        """Compile the loop, on no line."""
        self.read(0, 0, 0)

    def read(
        self, stream: int, first: int, last: int, vectors: Any = None, done: np.ndarray | None = None
    ) -> None:
        """Train ``vectors``, by default the training's, on the lines ``first`` to ``last``."""
        counter = (self.done, self.losses, stream) if done is None else (done, self.losses[stream][None], 0)
        text, random = (self.text.tokens, self.text.starts, first, last), self.state.random
        moved, how = (
            vectors or (self.v, self.vp),
            (self.total, float(self.options.alpha), self.options.refresh),
        )
        random[stream] = int(
            self.loop(*text, random[stream], *moved, self.text.kinds, self.tables, *counter, *how)
        )

    def epoch(self, bar: Any) -> dict[str, float]:
        """Read the text once; returns what the history keeps of it."""
        self.losses[:] = 0
        began = time.perf_counter()

        def report() -> None:
            bar.set_postfix(rate=f"{self.rate:.6f}", loss=f"{self.mean_loss:.6f}", refresh=False)
            bar.update(int(self.done.sum()) - bar.n)

        if self.options.deterministic:
            self._read_in_rounds(report)
        else:
            read_once(len(self.text.starts) - 1, self.options.threads, self.read, report, CHUNK)
        seconds, loss = time.perf_counter() - began, self.mean_loss
        if self.losses[:, 1].any() and not np.isfinite(loss):
            raise self._diverged()
        return {"loss": loss, "seconds": seconds, "words_per_second": len(self.text.tokens) / seconds}

    def _read_in_rounds(self, report: Callable[[], None]) -> None:
        """One epoch, the same at any number of threads: see ``text/embeddings/deterministic.py``."""
        starts = self.text.starts
        rounds = slices(len(starts) - 1, SHORTEST)
        copies = Copies([self.v, self.vp])
        read_in_rounds(self, rounds, copies, lambda first, last: int(starts[last] - starts[first]), report)

    def matrices(self) -> tuple[np.ndarray, np.ndarray]:
        """What was learnt: v (R, D) and v' (L, D)."""
        if not (np.isfinite(self.v).all() and np.isfinite(self.vp).all()):
            raise self._diverged()
        dim = self.options.dim
        return self.v[:, :dim].copy(), self.vp[:, :dim].copy()

    def _diverged(self) -> Diverged:
        alpha, usual = self.options.alpha, "0.1 to 1"
        return Diverged(self.options.model, self.state.epoch, "alpha", alpha, usual)

    @functools.cached_property
    def expected_steps(self) -> tuple[np.ndarray, np.ndarray]:
        """How often a line moves each row of v and of v', on average; a row of v moves a share of the way."""
        tokens, starts, kinds = self.text
        lines, labels = len(starts) - 1, len(self.vp)
        met = np.zeros(len(self.v), np.int64)
        count_rows(tokens, starts, tuple(kinds), met)
        v_steps = met / lines / max(met.sum() / lines, 1)
        share = self.label_counts / max(self.label_counts.sum(), 1)
        if self.options.loss == "hs":
            starts, nodes, _ = self.tables
            return v_steps, np.bincount(nodes, np.repeat(share, np.diff(starts)), labels)
        if self.options.loss == "ns":
            drawn = np.bincount(self.tables[0], minlength=labels) / len(self.tables[0])
            return v_steps, share + self.options.negative * drawn
        return v_steps, np.ones(labels)


def _padded(matrix: np.ndarray) -> np.ndarray:
    """The rows, each filled with zeros to whole vector registers: (n, D) -> (n, S)."""
    padded = zeros(len(matrix), stride(matrix.shape[1]))
    padded[:, : matrix.shape[1]] = matrix
    return padded
