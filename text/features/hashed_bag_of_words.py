"""Bag of words without a dictionary: a hash says which column an n-gram has.

N texts, V columns

    x_j = sum over n-grams t with h(t) mod V = j of s(t) count(t),   s(t) = 1 or -1 by another bit of h

Two n-grams may share a column; with signs, what they add to a product of two texts is 0 in the mean.

Source: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (ICML 2009), definition 1.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..corpus.tokenise import letters
from ..estimators.estimator import Estimator, texts_of
from .bag_of_words import BagOfWords, Text

MOST = 31  # bits of a column: the last one of the check sum is the sign


class HashedBagOfWords(Estimator):
    """Count n-grams in 2^bits columns; nothing is learnt, so texts may come in any number.

    Parameters
    ----------
    bits : int, 1 to 31
    ngram, binary, tokenise : as of `BagOfWords`
    signed : bool
        With s(t); without, all are added.

    Examples
    --------
    >>> rows = HashedBagOfWords(bits=10).transform(["the cat saw the dog", "a dog"])
    >>> rows.shape, abs(rows).sum(1).tolist(), (rows[[0]] @ rows[[1]].T).toarray().tolist()
    ((2, 1024), [5.0, 2.0], [[1.0]])
    """

    def __init__(
        self,
        bits: int = 18,
        ngram: int = 1,
        binary: bool = False,
        signed: bool = True,
        tokenise: Callable[[str], list[str]] = letters,
    ) -> None:
        if isinstance(bits, bool) or not isinstance(bits, int | np.integer) or not 1 <= bits <= MOST:
            raise ValueError(f"HashedBagOfWords: bits is a whole number from 1 to {MOST}, got {bits!r}")
        BagOfWords(ngram=ngram)  # says whether the value can be
        self.bits, self.ngram, self.binary, self.signed, self.tokenise = bits, ngram, binary, signed, tokenise

    def fit(self, texts: Iterable[Text], y: Any = None) -> HashedBagOfWords:
        """Do nothing: there is no dictionary."""
        del texts, y
        self.n_features_out_ = 1 << self.bits
        return self

    def transform(self, texts: Iterable[Text]) -> Any:
        """Return the rows of texts, a sparse float64 (N, 2^bits)."""
        from scipy.sparse import csr_array

        bag = BagOfWords(ngram=self.ngram, tokenise=self.tokenise)
        columns, values, ends = [], [], [0]
        for text in texts_of(texts, "HashedBagOfWords"):
            row: dict[int, float] = {}
            for ngram, count in Counter(bag.ngrams(text)).items():
                code = zlib.crc32(ngram.encode("utf-8", "surrogateescape"))
                sign = -1 if self.signed and code >> MOST else 1
                column = code & ((1 << self.bits) - 1)
                row[column] = row.get(column, 0) + sign * (1 if self.binary else count)
            columns += sorted(row)
            values += [row[column] for column in sorted(row)]
            ends.append(len(columns))
        places = np.array(columns, np.int32), np.array(ends, np.int32)
        return csr_array((np.array(values, np.float64), *places), (len(ends) - 1, 1 << self.bits))

    def fit_transform(self, texts: Iterable[Text], y: Any = None) -> Any:
        """Return the rows of texts."""
        del y
        return self.fit(()).transform(texts)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return names of the columns, object (V,); words cannot be read from them."""
        del input_features
        return np.array([f"hash{column}" for column in range(1 << self.bits)], object)
