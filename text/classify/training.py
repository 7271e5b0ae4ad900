"""One training of a classifier on labelled lines: the rows that the text uses, threads, epochs.

The loop over the lines is in ``ext/embeddings``: ``lines_reference.py`` explains it, ``lines.py`` runs it.

    T tokens, N lines, R rows of v, L labels, D dimension, S row length
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from ...ext.embeddings import line_loop, line_reader
from ...ext.embeddings.classifier.reference import Kinds
from ...ext.embeddings.hierarchical_softmax import huffman
from ...ext.embeddings.tables import noise_table, stride, zeros
from ..embeddings import deterministic
from ..embeddings.hogwild import read_once

if TYPE_CHECKING:
    from .classifier import FastTextClassifier

OUTPUTS = {"softmax": "softmax", "ns": "negative", "hs": "tree", "ova": "every"}
CHUNK = 1 << 13  # lines a thread reads before it looks whether to stop
SHORTEST = 64  # lines of a slice of a round (``text/embeddings/deterministic.py``)


class LineRun:
    """What follows from a model's options, its vectors and a text.

    Parameters
    ----------
    model : FastTextClassifier
        Its v (R, D) and vp (L, D) are where training begins.
    tokens, lines, kinds
        See `lines_reference.train_lines`.
    """

    def __init__(
        self,
        model: FastTextClassifier,
        tokens: np.ndarray,
        lines: np.ndarray,
        kinds: Kinds,
    ) -> None:
        self.model, self.tokens, self.lines, self.kinds = model, tokens, lines, kinds
        self.v, self.vp = _padded(model.v[:]), _padded(model.vp[:])
        self.tables = self._tables()
        self.loop = line_loop(OUTPUTS[model.loss], model.dim)
        streams = deterministic.WORKERS if model.deterministic else model.threads
        self.done, self.losses = np.zeros(streams, np.int64), np.zeros((streams, 2))
        self.random = [int(n) for n in np.random.SeedSequence(model.seed).generate_state(streams, np.uint64)]

    def _tables(self) -> tuple[Any, ...]:
        """What the output layer looks up."""
        model, counts = self.model, self.model.dictionary.label_counts
        if model.loss == "hs":
            return huffman.label_tree(counts)
        if model.loss == "ns":
            shifted = np.concatenate([[0], counts])  # `noise_table` leaves its first row out
            return noise_table(shifted, model.power) - 1, model.negative
        return ()

    @property
    def rate(self) -> float:
        """The rate at the present place in the text."""
        return self.model.alpha * max(0, 1 - int(self.done.sum()) / (self.model.epochs * len(self.tokens)))

    def read(
        self, stream: int, first: int, last: int, vectors: Any = None, done: np.ndarray | None = None
    ) -> None:
        """Train ``vectors``, by default the run's, on the lines ``first`` to ``last``."""
        counter = (self.done, self.losses, stream) if done is None else (done, self.losses[stream][None], 0)
        model = self.model
        how = model.epochs * len(self.tokens), float(model.alpha), model.refresh
        text, state = (self.tokens, self.lines, first, last), self.random[stream]
        self.random[stream] = int(
            self.loop(*text, state, *(vectors or (self.v, self.vp)), self.kinds, self.tables, *counter, *how)
        )

    def epoch(self, bar: Any) -> dict[str, float]:
        """Read the text once; returns what the history keeps of it."""
        self.losses[:] = 0
        began = time.perf_counter()

        def look() -> None:
            total, examples = self.losses.sum(0)
            loss = total / examples if examples else float("nan")
            bar.set_postfix(rate=f"{self.rate:.6f}", loss=f"{loss:.6f}", refresh=False)
            bar.update(int(self.done.sum()) - bar.n)

        if self.model.deterministic:
            self._read_in_rounds(look)
        else:
            read_once(len(self.lines) - 1, self.model.threads, self.read, look, CHUNK)
        seconds = time.perf_counter() - began
        total, examples = self.losses.sum(0)
        loss = total / examples if examples else float("nan")
        if examples and not np.isfinite(loss):
            raise self._diverged()
        return {"loss": float(loss), "seconds": seconds, "words_per_second": len(self.tokens) / seconds}

    def store(self) -> None:
        """Give the model what was learnt."""
        if not (np.isfinite(self.v).all() and np.isfinite(self.vp).all()):
            raise self._diverged()
        dim = self.model.dim
        self.model.set_matrices(self.model.dictionary, self.v[:, :dim].copy(), self.vp[:, :dim].copy())

    def _diverged(self) -> FloatingPointError:
        return FloatingPointError(
            f"{type(self.model).__name__}: vectors became infinite or NaN in epoch {self.model.epoch}\n"
            f"    hint: lower alpha, the rate (-lr of the command); it was {self.model.alpha:g}, 0.1 to 1 is usual"
        )

    def _read_in_rounds(self, look: Callable[[], None]) -> None:
        """One epoch, the same at any number of threads: see ``text/embeddings/deterministic.py``."""
        copies = deterministic.Copies([self.v, self.vp])
        count = len(self.lines) - 1
        steps = self.expected_steps

        def read(worker: int, first: int, last: int, vectors: list[np.ndarray]) -> None:
            own = np.array([before])  # a slice sees the rate of its own place, not the others' progress
            self.read(worker, first, last, vectors, own)

        with ThreadPoolExecutor(self.model.threads) as pool:
            for parts in deterministic.slices(count, SHORTEST):
                before = int(self.done.sum())
                copies.train(parts, read, pool)
                length = parts[0][1] - parts[0][0]
                copies.combine(len(parts), [length * step for step in steps], self.rate, pool)
                self.done[0] += int(self.lines[parts[-1][1]] - self.lines[parts[0][0]])
                look()

    @functools.cached_property
    def expected_steps(self) -> tuple[np.ndarray, np.ndarray]:
        """How often a line moves each row of v and of v', on average; a row of v moves a share of the way."""
        lines, labels = len(self.lines) - 1, len(self.vp)
        met = np.zeros(len(self.v), np.int64)
        line_reader().count_rows(self.tokens, self.lines, tuple(self.kinds), met)
        v_steps = met / lines / max(met.sum() / lines, 1)
        counts = self.model.dictionary.label_counts
        share = counts / max(counts.sum(), 1)
        if self.model.loss == "hs":
            starts, nodes, _ = self.tables
            return v_steps, np.bincount(nodes, np.repeat(share, np.diff(starts)), labels)
        if self.model.loss == "ns":
            drawn = np.bincount(self.tables[0], minlength=labels) / len(self.tables[0])
            return v_steps, share + self.model.negative * drawn
        return v_steps, np.ones(labels)


def _padded(matrix: np.ndarray) -> np.ndarray:
    """The rows, each filled with zeros to whole vector registers: (n, D) -> (n, S)."""
    padded = zeros(len(matrix), stride(matrix.shape[1]))
    padded[:, : matrix.shape[1]] = matrix
    return padded
