"""Making a classifier small: its largest rows only, and those quantised (Joulin et al. 2016b, section 3)."""

from __future__ import annotations

import numpy as np

from ..files.product_quantiser import Quantised
from .dictionary import Dictionary

Matrix = np.ndarray | Quantised


def not_quantised(v: Matrix, vp: Matrix) -> tuple[np.ndarray, np.ndarray]:
    """The matrices; ValueError if one of them is quantised already."""
    if isinstance(v, Quantised) or isinstance(vp, Quantised):
        raise ValueError("quantise: the model is quantised already\n    hint: begin with its .bin")
    return v, vp


def largest_rows(
    book: Dictionary, v: np.ndarray, vp: np.ndarray, count: int, supervised: bool
) -> tuple[Dictionary, np.ndarray, np.ndarray]:
    """Dictionary, v and v' with only so many rows of v: ``</s>`` and those of largest length.

    Of a model of word vectors the words' own rows go first.
    """
    length = np.linalg.norm(v, axis=1)
    first = [book.row[b"</s>"]] if b"</s>" in book.row else []
    length[first if supervised else slice(len(book.words))] = np.inf
    kept, order = book.only(np.argsort(-length, kind="stable")[:count])
    of_words = not book.labels or len(vp) != len(book.labels)
    return kept, v[order], vp[order[: len(kept.words)]] if of_words else vp


def quantise_rows(
    v: np.ndarray, vp: np.ndarray, dsub: int, qnorm: bool, qout: bool
) -> tuple[Quantised, Matrix]:
    """v, and with ``qout`` v', as `Quantised`."""
    return Quantised.of(v, dsub, qnorm), Quantised.of(vp, 2, qnorm) if qout else vp
