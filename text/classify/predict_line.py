"""A short cut for programs that ask for the labels of one line at a time.

What is done for many lines (`Predictor.predictions`) makes some thirty arrays, which for one line take twenty
times as long as the line itself.  Here one compiled function goes from its bytes to its labels, and what it
needs of the model is put together once.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...ext.dispatch import in_charge
from ...ext.embeddings import line_predictor
from ..corpus.token import line_bytes, without_ends
from .dictionary import Reader
from .label_probabilities import SIGMOID

FEW = 8  # labels that are looked for one after the other
Labels = list[tuple[str, float]]


class OneLine:
    """Predicts lines of words that were met before, with a model as it is now.

    Parameters
    ----------
    reader : Reader
    v, vp : float32 (R, D), (L, D)
        Not quantised, of a supervised model without a tree.
    names : list of str
        The labels.
    loss : str
    """

    def __init__(self, reader: Reader, v: Any, vp: Any, names: list[str], loss: str) -> None:
        self.v, self.vp, self.names, self.reading = v, vp, names, reader.reading
        with self.reading:
            self.seen, self.known, kinds = reader.seen, reader.known, reader.kinds
            self.model = (
                *(self.seen.slots, self.seen.hashes, self.seen.ends, self.seen.letters),
                *(kinds.label, kinds.starts, kinds.rows, kinds.ngram, kinds.buckets),
                *(v, vp, SIGMOID if loss != "softmax" else SIGMOID[:0]),
            )
        self.rung, self.best = in_charge(), np.empty((FEW, 2))
        self.predict_line = line_predictor(b"\n", self.known, self.model, 0.0, FEW, self.best)

    def fits(self, reader: Reader, v: Any, vp: Any) -> bool:
        """Is the model still as it was?"""
        is_same_reader = reader.seen is self.seen and self.seen.count == self.known
        return is_same_reader and v is self.v and vp is self.vp and in_charge() == self.rung

    def predict(self, line: str, k: int, threshold: float) -> Labels | None:
        """Return `Predictor.predict` of one line, for k up to FEW; None if it has a new word."""
        text = without_ends(line_bytes(line).replace(b"\n", b" ") + b"\n")
        with self.reading:
            if self.seen.count != self.known:  # another thread met new words since `fits`
                return None
            given = text, self.known, self.model, threshold, k, self.best
            found, self.seen.count = self.predict_line(*given)
            labels = self.best[:found].tolist() if found > 0 else []
        return None if found < 0 else [(self.names[int(n)], math.exp(log_p)) for n, log_p in labels]
