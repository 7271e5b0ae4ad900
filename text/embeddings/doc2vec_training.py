"""One training of `Doc2Vec` on one text: what differs from ``training.py``.

N documents, V words, S row length
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...ext.embeddings import document_loop
from ...ext.embeddings.tables import stride
from . import deterministic
from .loss import HiddenOf, mean_loss, thinned_example
from .training import Run

if TYPE_CHECKING:
    from .doc2vec import Doc2Vec

EXAMPLES = 10_000  # whose loss is measured


def document_starts(tokens: np.ndarray) -> np.ndarray:
    """Where each document begins, int64 (N,): at 0, and behind every ``</s>`` but the last.

    >>> document_starts(np.array([1, 2, 0, 0, 3, 0]))
    array([0, 3, 4])
    """
    return np.concatenate([[0], np.flatnonzero(tokens[:-1] == 0) + 1])


class DocumentRun(Run):
    """What follows from a model's options, its vocabulary and a text."""

    model: Doc2Vec

    def __init__(self, model: Doc2Vec, tokens: np.ndarray, d: np.ndarray) -> None:
        self.d, self.starts = d, document_starts(tokens)
        super().__init__(model, tokens)

    def prepare(self) -> None:
        model = self.model
        self.subwords = (self.starts, self.d)  # where `Run.read` hands over what the loop needs besides
        what = model.output, model.architecture
        self.loop = document_loop(model.dim, model.window, model.negative, *what)

    @functools.cached_property
    def sample(self) -> DocumentSample:
        """Examples as the loop meets them; ``</s>`` fills up what a context lacks."""
        model, tokens = self.model, self.tokens
        rng = np.random.default_rng([model.seed, 1])
        places, words, contexts = [], [], []
        for place in rng.integers(0, len(tokens), 5 * EXAMPLES).tolist():
            reach = model.window if model.dm_concat else int(rng.integers(1, model.window + 1))
            word, left, right = thinned_example(tokens, place, reach, self.keep, rng)
            if word:
                left, right = (
                    [0] * (model.window - len(left)) + left,
                    right + [0] * (model.window - len(right)),
                )
                places.append(place)
                words.append(word)
                contexts.append(left + right)
            if len(words) >= EXAMPLES:
                break
        documents = np.searchsorted(self.starts, places, side="right") - 1
        noise, negative = self.noise
        drawn = rng.choice(noise, (len(words), negative))
        context = np.array(contexts, np.int64).reshape(-1, 2 * model.window)
        return DocumentSample(documents, context, np.array(words, np.int64), drawn)

    def loss(self) -> float:
        """Mean loss of examples fixed in advance."""
        model = self.model
        hidden_of = self.sample.hidden_of(self.d, model.v, model.dim, model.architecture)
        return mean_loss(self.sample, hidden_of, model.vp, model.output, self.tables, model.threads)

    def slices(self) -> Iterator[list[tuple[int, int]]]:
        """`rounds.slices` with every edge moved to the end of its document: no two slices share one."""
        edges = np.append(self.starts, len(self.tokens))
        for parts in deterministic.slices(len(self.tokens)):
            moved = [tuple(edges[np.searchsorted(edges, part)].tolist()) for part in parts]
            if kept := [part for part in moved if part[0] < part[1]]:
                yield kept

    @functools.cached_property
    def expected_steps(self) -> tuple[np.ndarray, np.ndarray]:
        """As `Run.expected_steps`, with the examples of documents."""
        self.subwords = ()
        v_steps, vp_steps = super().expected_steps
        self.subwords = (self.starts, self.d)
        return v_steps, vp_steps


class DocumentSample(NamedTuple):
    """Examples: document and context, in one of the ways of ``documents_reference.py``, predict a word."""

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
