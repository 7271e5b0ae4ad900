"""One training of a model on one text: tables, threads, epochs.

The loop over the text is in ``ext/embeddings``: ``ext/embeddings/word2vec/reference.py`` explains it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...ext.embeddings import text_loop
from ...ext.embeddings.hierarchical_softmax import huffman
from ...ext.embeddings.model_averaging.reference import AveragingState
from ...ext.embeddings.tables import keep_probability, linear_rate, noise_table
from ...ext.embeddings.word2vec.reference import subword_rows
from . import deterministic, thread_copies
from .epochs import State
from .hogwild import read_once
from .loss import draw_sample, mean_loss
from .options import Diverged, EmbeddingOptions


@dataclass
class EmbeddingState(State):
    """What training moves: v (R, S) and v' (V, S), float32, each row padded to whole vector registers."""

    v: np.ndarray = field(init=False, repr=False)
    vp: np.ndarray = field(init=False, repr=False)


class EmbeddingTraining:
    """What follows from options, a vocabulary and a text.

    Parameters
    ----------
    options : EmbeddingOptions
    state : EmbeddingState
        Its v, v' and states of random numbers are moved.
    counts : int (V,)
        How often each word stands in the text.
    tokens : int32 (T,)
    subwords : tuple
        ``(starts, rows)``: word w has ``rows[starts[w]:starts[w + 1]]`` of v; or ``()``: each word
        has one row.
    length : int, optional
        Tokens of the whole text, if ``tokens`` are a part of it.
    """

    stream = 0  # the first of this process's generators of random numbers

    def __init__(
        self,
        options: EmbeddingOptions,
        state: EmbeddingState,
        counts: np.ndarray,
        tokens: np.ndarray,
        subwords: tuple[np.ndarray, ...] = (),
        length: int | None = None,
    ) -> None:
        self.options, self.state, self.counts = options, state, counts
        self.tokens, self.subwords = tokens, subwords
        self.keep, self.tables = looked_up(options, counts)
        self.length = len(tokens) if length is None else length
        self.done = np.zeros(len(state.random), np.int64)  # tokens read by each thread
        self.done[0] = state.epoch * self.length
        self.total = options.epochs * self.length
        self.loop, self.inputs = self.choose_loop()

    def choose_loop(self) -> tuple[Callable[..., int], tuple[Any, ...]]:
        """The loop over the text, and what it needs to know of its inputs."""
        options = self.options
        kind = {"output": options.output, "cbow": options.cbow, "shared": options.shared}
        loop = text_loop(options.dim, options.window, options.negative, **kind, subwords=bool(self.subwords))
        return loop, self.subwords

    @property
    def noise(self) -> tuple[np.ndarray, int]:
        """Noise words, and how many an example has: none without negative sampling."""
        return self.tables if self.options.output == "negative" else (np.zeros(1, np.int32), 0)

    @functools.cached_property
    def sample(self) -> Any:
        """The examples whose loss is measured."""
        options = self.options
        return draw_sample(
            self.tokens,
            self.noise,
            self.keep,
            options.window,
            np.random.default_rng([options.seed, 1]),
            cbow=options.cbow,
            subwords=subword_rows(*self.subwords) if self.subwords else None,
            # an example of n-grams has 20 rows, or with CBOW 120: looking must not take long beside training
            size=(1000 if options.cbow else 3000) if self.subwords else 10_000,
        )

    @property
    def rate(self) -> float:
        """The rate at the present place in the text."""
        return linear_rate(self.options.alpha, int(self.done.sum()) / (self.total + 1))

    def loss(self) -> float:
        """Mean loss of examples fixed in advance."""
        return self.loss_of(self.sample.means_of(self.state.v))

    def loss_of(self, hidden_of: Callable[[slice], np.ndarray]) -> float:
        """Mean loss, given h of the examples."""
        of = self.options
        return mean_loss(self.sample, hidden_of, self.state.vp, of.output, self.tables, of.threads)

    def compile(self) -> None:
        """Compile what an epoch calls, on no token: an epoch's seconds are those of its work."""
        if self._each_has_its_own():
            copies = self._thread_copies()
            self.read(0, 0, 0, (self.state.v, copies.own[1]), averaging=copies.states[1])
            copies.finish(self.rate)
        else:
            self.read(0, 0, 0)
        if self.options.output != "softmax":  # whose loss takes seconds
            self.loss()

    def read(
        self,
        stream: int,
        start: int,
        stop: int,
        vectors: Any = None,
        done: np.ndarray | None = None,
        averaging: AveragingState | None = None,
    ) -> None:
        """Train ``vectors``, by default the state's, on ``tokens[start:stop]``."""
        random, own = self.state.random, self.stream + stream
        text, moved = (self.tokens, start, stop, random[own]), vectors or (self.state.v, self.state.vp)
        counter = (self.done, stream) if done is None else (done, 0)
        looked_up = self.tables, self.inputs, self.keep
        random[own] = int(
            self.loop(
                *text, *moved, *looked_up, *counter, self.total, self.options.alpha, averaging=averaging
            )
        )

    def epoch(self, bar: Any) -> dict[str, float]:
        """Read the text once; returns what the history keeps of it."""

        def report() -> None:
            bar.set_postfix(rate=f"{self.rate:.2g}", refresh=False)
            bar.update(self.tokens_read() - bar.n)

        began = time.perf_counter()
        self.read_all(report)
        seconds = time.perf_counter() - began
        self._expect_finite()
        loss = self.loss()
        bar.set_postfix(rate=f"{self.rate:.2g}", loss=f"{loss:.3f}", refresh=False)
        return {"loss": loss, "seconds": seconds, "words_per_second": self.length / seconds}

    def read_all(self, report: Callable[[], None]) -> None:
        """Train on all tokens once; ``report`` is called now and then."""
        if self.options.deterministic:
            self._read_in_rounds(report)
        elif self._each_has_its_own():
            self._read_side_by_side(report)
        else:
            read_once(len(self.tokens), self.options.threads, self.read, report)

    def _expect_finite(self) -> None:
        words = self.state.v[: len(self.counts)]  # what spoils a bucket's row spoils a word's own, too
        # NaN passes through min and max; np.isfinite of whole matrices would take a quarter of their memory
        extremes = [extreme for each in (words, self.state.vp) for extreme in (each.min(), each.max())]
        if not np.isfinite(extremes).all():
            alpha = self.options.alpha
            raise Diverged(self.options.model, self.state.epoch, "alpha", alpha, "0.025 to 0.05")

    def _each_has_its_own(self) -> bool:
        """Whether each thread has a v' of its own."""
        options = self.options
        return not options.deterministic and thread_copies.worthwhile(
            self.state.vp, options.threads, len(self.tokens)
        )

    def _thread_copies(self) -> thread_copies.ThreadCopies:
        _, step_rate = self.expected_steps
        return thread_copies.ThreadCopies(
            self.state.vp, self.options.threads, step_rate, len(self.tokens), self.rate
        )

    def _read_side_by_side(self, report: Callable[[], None]) -> None:
        """One epoch, each thread with a v' of its own: see ``hogwild.py`` and ``thread_copies.py``."""
        copies = self._thread_copies()

        def read(thread: int, start: int, stop: int) -> None:
            moved = self.state.v, copies.own[thread]
            self.read(thread, start, stop, moved, averaging=copies.states[thread])

        try:
            read_once(len(self.tokens), self.options.threads, read, report)
        finally:  # also of an interrupted epoch
            copies.finish(self.rate)

    def _read_in_rounds(self, report: Callable[[], None]) -> None:
        copies = deterministic.Copies([self.state.v, self.state.vp], self.options.slices)
        deterministic.read_in_rounds(self, self.slices(), copies, lambda start, stop: stop - start, report)

    def tokens_read(self) -> int:
        """Of the whole text, in all epochs."""
        return int(self.done.sum())

    def slices(self) -> Iterator[list[tuple[int, int]]]:
        """The rounds of an epoch: `deterministic.slices`."""
        return deterministic.slices(self.length, workers=self.options.slices)

    @functools.cached_property
    def expected_steps(self) -> tuple[np.ndarray, np.ndarray]:
        """How often a token of text moves each row of v and each row of v', on average."""
        return self.steps_in(self.counts)

    def steps_in(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`expected_steps` of a text with so many of each word."""
        options = self.options
        kept = counts / counts.sum() * self.keep
        kept[0] = 0
        near = options.window + 1  # a window reaches (window + 1) / 2 words to each side, on average
        examples = kept if options.cbow else kept * near
        v_steps = kept * near
        if self.subwords:
            starts, rows = self.subwords
            v_steps = np.bincount(rows, np.repeat(v_steps, np.diff(starts)), len(self.state.v))
        if options.output == "tree":
            starts, nodes, _ = self.tables
            return v_steps, np.bincount(nodes, np.repeat(examples, np.diff(starts)), len(counts))
        if options.output == "softmax":
            return v_steps, np.full(len(counts), examples.sum())
        noise, negative = self.noise
        drawn = np.bincount(noise, minlength=len(counts)) / len(noise)
        return v_steps, examples + examples.sum() * negative * drawn


def looked_up(options: EmbeddingOptions, counts: np.ndarray) -> tuple[np.ndarray, tuple[Any, ...]]:
    """Keep probabilities, and what the output layer looks up."""
    tables = {
        "negative": lambda: (noise_table(counts, options.power), options.negative),
        "tree": lambda: huffman.paths(counts),
        "softmax": tuple,
    }
    return keep_probability(counts, options.sample), tables[options.output]()
