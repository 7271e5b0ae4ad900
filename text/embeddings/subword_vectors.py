"""Vectors of FastText's words, and of all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...ext.embeddings import mean_rows
from ..vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from .fasttext import FastText

BLOCK = 4096  # words whose rows are averaged at a time


class SubwordVectors(WordVectors):
    """Word vectors that have one for every word: `WordVectors`, with n-grams for the unknown ones."""

    know_all_words = True

    def __init__(self, model: FastText) -> None:
        self.model = model
        starts, rows = model.subword_table()
        matrix = np.empty((len(model.vocabulary), model.options.dim), np.float32)
        for i in range(0, len(matrix), BLOCK):
            some = starts[i : i + BLOCK + 1]
            means = np.empty((len(some) - 1, model.state.v.shape[1]))
            mean_rows(rows, some, model.state.v, means)
            matrix[i : i + BLOCK] = means[:, : model.options.dim]
        super().__init__(model.vocabulary.words[1:], matrix[1:])

    def vector(self, word: str) -> np.ndarray:
        """The vector of any word, (D,)."""
        return self.matrix[self.index[word]] if word in self.index else self.model.vector(word)
