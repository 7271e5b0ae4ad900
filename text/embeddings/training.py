"""One training of a model on one text: tables, threads, epochs.

The loop over the text is in ``ext/embeddings``: the files called reference explain it, their twins run it.
"""

from __future__ import annotations

import functools
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from ...ext.embeddings import kernel
from ...ext.embeddings.hierarchical_softmax import huffman
from ...ext.embeddings.tables import MIN_RATE, keep_probability, noise_table
from ...ext.embeddings.word2vec.reference import subword_rows
from . import deterministic, thread_copies
from .hogwild import read_once
from .loss import draw_sample, mean_loss

if TYPE_CHECKING:
    from ...ext.embeddings.model_averaging.reference import Meeting
    from .base import Embedding


class Run:
    """What follows from a model's options, its vocabulary and a text.

    Parameters
    ----------
    model : Embedding
        Its v, v' and states of random numbers are moved.
    tokens : int32 (T,)
    """

    def __init__(self, model: Embedding, tokens: np.ndarray) -> None:
        self.model, self.tokens = model, tokens
        self.keep, self.tables = looked_up(model)
        self.done = np.zeros(len(model.random), np.int64)  # tokens read by each thread
        self.done[0] = model.epoch * len(tokens)
        self.prepare()

    def prepare(self) -> None:
        """Choose the loop and what it needs besides."""
        model = self.model
        self.subwords = model.subword_table()
        kind = {"output": model.output, "cbow": model.cbow, "shared": model.shared}
        self.loop = kernel(model.dim, model.window, model.negative, **kind, subwords=bool(self.subwords))

    @property
    def noise(self) -> tuple[np.ndarray, int]:
        """Noise words, and how many an example has: none without negative sampling."""
        return self.tables if self.model.output == "negative" else (np.zeros(1, np.int32), 0)

    @functools.cached_property
    def sample(self) -> Any:
        """The examples whose loss is measured."""
        model = self.model
        return draw_sample(
            self.tokens,
            self.noise,
            self.keep,
            model.window,
            np.random.default_rng([model.seed, 1]),
            cbow=model.cbow,
            subwords=subword_rows(*self.subwords) if self.subwords else None,
            # an example of n-grams has 20 rows, or with CBOW 120: looking must not take long
            # beside the training
            size=(1000 if model.cbow else 3000) if self.subwords else 10_000,
        )

    @property
    def rate(self) -> float:
        """The rate at the present place in the text."""
        total = self.model.epochs * len(self.tokens)
        return self.model.alpha * max(MIN_RATE, 1 - int(self.done.sum()) / (total + 1))

    def loss(self) -> float:
        """Mean loss of examples fixed in advance."""
        model = self.model
        hidden_of = self.sample.means_of(model.v)
        return mean_loss(self.sample, hidden_of, model.vp, model.output, self.tables, model.threads)

    def compile(self) -> None:
        """Compile what an epoch calls, on no token: an epoch's seconds are those of its work."""
        if self._each_has_its_own():
            copies = self._own_copies()
            self.read(0, 0, 0, (self.model.v, copies.own[1]), meeting=copies.meetings[1])
            copies.finish(self.rate)
        else:
            self.read(0, 0, 0)
        if self.model.output != "softmax":  # whose loss takes seconds
            self.loss()

    def read(
        self,
        stream: int,
        start: int,
        stop: int,
        vectors: Any = None,
        done: np.ndarray | None = None,
        meeting: Meeting | None = None,
    ) -> None:
        """Train ``vectors``, by default the model's, on ``tokens[start:stop]``."""
        model = self.model
        v, vp = vectors or (model.v, model.vp)
        counter = (self.done, stream) if done is None else (done, 0)
        state = self.loop(
            self.tokens,
            start,
            stop,
            model.random[stream],
            v,
            vp,
            self.tables,
            self.subwords,
            self.keep,
            *counter,
            model.epochs * len(self.tokens),
            model.alpha,
            meeting=meeting,
        )
        model.random[stream] = int(state)

    def epoch(self, bar: Any) -> dict[str, float]:
        """Read the text once; returns what the history keeps of it."""
        model = self.model

        def look() -> None:
            bar.set_postfix(rate=f"{self.rate:.2g}", refresh=False)
            bar.update(int(self.done.sum()) - bar.n)

        began = time.perf_counter()
        if model.deterministic:
            self._read_in_rounds(look)
        elif self._each_has_its_own():
            self._read_side_by_side(look)
        else:
            read_once(len(self.tokens), model.threads, self.read, look)
        seconds = time.perf_counter() - began
        words = model.v[: len(model.vocabulary)]  # what spoils a bucket's row spoils a word's own, too
        # NaN passes through min and max; np.isfinite of whole matrices would take a quarter of their memory
        if not np.isfinite(
            [extreme for each in (words, model.vp) for extreme in (each.min(), each.max())]
        ).all():
            raise FloatingPointError(
                f"{type(model).__name__}: vectors became infinite or NaN in epoch {model.epoch}\n"
                f"    hint: lower alpha (it was {model.alpha:g}; 0.025 is usual, 0.05 for CBOW)"
            )
        loss = self.loss()
        bar.set_postfix(rate=f"{self.rate:.2g}", loss=f"{loss:.3f}", refresh=False)
        return {"loss": loss, "seconds": seconds, "words_per_second": len(self.tokens) / seconds}

    def _each_has_its_own(self) -> bool:
        """Whether each thread has a v' of its own."""
        model = self.model
        return not model.deterministic and thread_copies.pay(model.vp, model.threads, len(self.tokens))

    def _own_copies(self) -> thread_copies.OwnCopies:
        model, (_, often) = self.model, self.expected_steps
        return thread_copies.OwnCopies(model.vp, model.threads, often, len(self.tokens), self.rate)

    def _read_side_by_side(self, look: Callable[[], None]) -> None:
        """One epoch, each thread with a v' of its own: see ``hogwild.py`` and ``thread_copies.py``."""
        model, copies = self.model, self._own_copies()

        def read(thread: int, start: int, stop: int) -> None:
            self.read(thread, start, stop, (model.v, copies.own[thread]), meeting=copies.meetings[thread])

        try:
            read_once(len(self.tokens), model.threads, read, look)
        finally:  # also of an interrupted epoch
            copies.finish(self.rate)

    def _read_in_rounds(self, look: Callable[[], None]) -> None:
        """One epoch, the same at any number of threads: see ``deterministic.py``."""
        copies = deterministic.Copies([self.model.v, self.model.vp])
        steps = self.expected_steps

        def read(worker: int, start: int, stop: int, vectors: list[np.ndarray]) -> None:
            own = np.array([before])  # a slice sees the rate of its own place, not the others' progress
            self.read(worker, start, stop, vectors, own)

        with ThreadPoolExecutor(self.model.threads) as pool:
            for parts in self.slices():
                before = int(self.done.sum())
                copies.train(parts, read, pool)
                length = max(stop - start for start, stop in parts)
                copies.combine(len(parts), [length * step for step in steps], self.rate, pool)
                self.done[0] += parts[-1][1] - parts[0][0]
                look()

    def slices(self) -> Iterator[list[tuple[int, int]]]:
        """The rounds of an epoch: `rounds.slices`."""
        return deterministic.slices(len(self.tokens))

    @functools.cached_property
    def expected_steps(self) -> tuple[np.ndarray, np.ndarray]:
        """How often a token of text moves each row of v and each row of v', on average."""
        model, counts = self.model, self.model.vocabulary.counts
        kept = counts / counts.sum() * self.keep
        kept[0] = 0
        near = model.window + 1  # a window reaches (window + 1) / 2 words to each side, on average
        examples = kept if model.cbow else kept * near
        v_steps = kept * near
        if self.subwords:
            starts, rows = self.subwords
            v_steps = np.bincount(rows, np.repeat(v_steps, np.diff(starts)), len(model.v))
        if model.output == "tree":
            starts, nodes, _ = self.tables
            return v_steps, np.bincount(nodes, np.repeat(examples, np.diff(starts)), len(counts))
        if model.output == "softmax":
            return v_steps, np.full(len(counts), examples.sum())
        noise, negative = self.noise
        drawn = np.bincount(noise, minlength=len(counts)) / len(noise)
        return v_steps, examples + examples.sum() * negative * drawn


def looked_up(model: Embedding) -> tuple[np.ndarray, tuple[Any, ...]]:
    """Keep probabilities, and what the output layer looks up."""
    counts = model.vocabulary.counts
    tables = {
        "negative": lambda: (noise_table(counts, model.power), model.negative),
        "tree": lambda: huffman.paths(counts),
        "softmax": tuple,
    }
    return keep_probability(counts, model.sample), tables[model.output]()


def fingerprint(tokens: np.ndarray) -> str:
    """Length and CRC of a text: enough to notice that it is another one."""
    crc = 0
    for start in range(0, len(tokens), 1 << 20):  # they may be more than fit into memory
        crc = zlib.crc32(tokens[start : start + (1 << 20)].tobytes(), crc)
    return f"{len(tokens)}-{crc:08x}"
