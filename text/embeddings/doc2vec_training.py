"""One training of `Doc2Vec` on one text: what differs from ``training.py``.

N documents, V words, S row length
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ...ext.embeddings import document_loop
from ...ext.embeddings.tables import stride
from . import deterministic
from .loss import HiddenOf, thinned_example
from .options import Doc2VecOptions
from .training import EmbeddingState, EmbeddingTraining

EXAMPLES = 10_000  # whose loss is measured


def document_starts(tokens: np.ndarray) -> np.ndarray:
    """Where each document begins, int64 (N,): at 0, and behind every ``</s>`` but the last.

    >>> document_starts(np.array([1, 2, 0, 0, 3, 0]))
    array([0, 3, 4])
    """
    return np.concatenate([[0], np.flatnonzero(tokens[:-1] == 0) + 1])


@dataclass
class Doc2VecState(EmbeddingState):
    """What training moves: v and v', and d (N, S), the documents' vectors.

    Attributes
    ----------
    rows : int64
        The row of d of each document of the text.
    tags : list of str
        The name of each row.
    """

    d: np.ndarray = field(init=False, repr=False)
    rows: np.ndarray = field(init=False, repr=False)
    tags: list[str] = field(default_factory=list, repr=False)


class Doc2VecTraining(EmbeddingTraining):
    """What follows from options, a vocabulary and a text; ``state.d`` is moved, too."""

    options: Doc2VecOptions
    state: Doc2VecState

    def choose_loop(self) -> tuple[Callable[..., int], tuple[np.ndarray, ...]]:
        """The loop over documents; it needs to know where each begins, and its vector."""
        options = self.options
        self.starts = document_starts(self.tokens)
        kind = options.output, options.architecture
        loop = document_loop(options.dim, options.window, options.negative, *kind)
        return loop, (self.starts, self.state.rows, self.state.d)

    @functools.cached_property
    def sample(self) -> DocumentSample:
        """Examples as the loop meets them; ``</s>`` fills up what a context lacks."""
        window, tokens = self.options.window, self.tokens
        rng = np.random.default_rng([self.options.seed, 1])
        places, words, contexts = [], [], []
        for place in rng.integers(0, len(tokens), 5 * EXAMPLES).tolist():
            reach = window if self.options.dm_concat else int(rng.integers(1, window + 1))
            word, left, right = thinned_example(tokens, place, reach, self.keep, rng)
            if word:
                places.append(place)
                words.append(word)
                contexts.append([0] * (window - len(left)) + left + right + [0] * (window - len(right)))
            if len(words) >= EXAMPLES:
                break
        documents = self.state.rows[np.searchsorted(self.starts, places, side="right") - 1]
        noise, negative = self.noise
        drawn = rng.choice(noise, (len(words), negative))
        context = np.array(contexts, np.int64).reshape(-1, 2 * window)
        return DocumentSample(documents, context, np.array(words, np.int64), drawn)

    def loss(self) -> float:
        """Mean loss of examples fixed in advance."""
        state, options = self.state, self.options
        return self.loss_of(self.sample.hidden_of(state.d, state.v, options.dim, options.architecture))

    def slices(self) -> Iterator[list[tuple[int, int]]]:
        """`deterministic.slices`, each edge moved to the end of its document: no two slices share one."""
        edges = np.append(self.starts, len(self.tokens))
        for parts in deterministic.slices(len(self.tokens), workers=self.options.slices):
            moved = [tuple(edges[np.searchsorted(edges, part)].tolist()) for part in parts]
            if kept := [part for part in moved if part[0] < part[1]]:
                yield kept


class DocumentSample(NamedTuple):
    """Examples: document and context, in one of the ways of
    ``ext/embeddings/paragraph_vectors/reference.py``, predict a word.
    """

    documents: np.ndarray  # (N,)
    context: np.ndarray  # (N, 2 window), filled up with 0
    words: np.ndarray  # (N,)
    noise: np.ndarray  # (N, K)

    def hidden_of(self, d: np.ndarray, v: np.ndarray, dim: int, architecture: str) -> HiddenOf:
        """h of some of the examples."""

        def hidden(block: slice) -> np.ndarray:
            own, context = d[self.documents[block]].astype(np.float64), self.context[block]
            if architecture == "pv_dm_concat":
                h = np.concatenate([own[:, None, :dim], v[context, :dim]], axis=1).reshape(len(own), -1)
                return np.pad(h, ((0, 0), (0, stride(h.shape[1]) - h.shape[1])))
            if architecture == "pv_dm":
                there = (context > 0)[:, :, None]
                return (own + (v[context] * there).sum(1)) / (1 + there.sum(1))
            return own

        return hidden
