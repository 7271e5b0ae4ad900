"""Bag of words: a text as a row of numbers, one for each word or n-gram of a dictionary.

N texts, V features
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ..corpus.tokenise import letters
from ..estimators.estimator import Estimator, texts_of

BEGIN, END = "<s>", "</s>"  # before the first and behind the last word of a text
Text = str | Sequence[str]


class BagOfWords(Estimator):
    """Count, for every n-gram of the dictionary, how often a text has it; where, is forgotten.

    It stands in scikit-learn's pipelines and grid searches as its own features do.

    Parameters
    ----------
    ngram : int
        Words in a feature, at most: 1 has words only, 2 pairs of neighbours too, and so on.
    binary : bool
        1 for an n-gram that is there, 0 for one that is not, instead of counts.
    tfidf : bool
        Weigh rare features more: counts times ``ln((1 + N) / (1 + df)) + 1``, rows of length 1, where df is
        the number of texts that have the feature (scikit-learn's ``TfidfTransformer``).
    min_df, max_df : int or float
        Features of fewer, or of more, texts are not in the dictionary; a float is a share of all texts.
    max_features : int, optional
        Only so many features are, those that occur most often.
    stop_words : collection of str
        Words that are left out before n-grams are made, as ``tokenise`` spells them.
    marks : bool
        The text's begin and end are words of the longer n-grams: "<s> good" is not "good" anywhere.
    tokenise : callable, str -> list of str
        For texts that are not lists of words yet; `tokenise.letters` (lower case), `stem.stems`, `str.split`.

    Attributes
    ----------
    features : list of str
        The dictionary, sorted; an n-gram is joined by blanks.
    index : dict
        {feature: column}
    idf : float64 (V,)
        What `tfidf` multiplies with.

    Examples
    --------
    >>> bag = BagOfWords()
    >>> bag.fit_transform(["the cat saw the dog", "a dog"]).toarray().astype(int).tolist()
    [[0, 1, 1, 1, 2], [1, 0, 1, 0, 0]]
    >>> bag.features
    ['a', 'cat', 'dog', 'saw', 'the']
    """

    features: Sequence[str] = ()
    index: Mapping[str, int] = MappingProxyType({})
    idf: np.ndarray

    def __init__(
        self,
        ngram: int = 1,
        binary: bool = False,
        tfidf: bool = False,
        min_df: int | float = 1,
        marks: bool = False,
        tokenise: Callable[[str], list[str]] = letters,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        stop_words: Collection[str] = (),
    ) -> None:
        for name, value in (("ngram", ngram), ("max_features", 1 if max_features is None else max_features)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(f"BagOfWords: {name} is a whole number from 1 on, got {value!r}")
        for name, value in (("min_df", min_df), ("max_df", max_df)):
            share = isinstance(value, float) and 0 <= value <= 1
            number = isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= 1
            if not (share or number):
                raise ValueError(
                    f"BagOfWords: {name} is a whole number of texts from 1 on, or a share of them, 0.0 to "
                    f"1.0, got {value!r}"
                )
        if isinstance(stop_words, str):
            raise ValueError(f"BagOfWords: stop_words is a collection of words, got {stop_words!r}")
        self.ngram, self.binary, self.tfidf, self.min_df = ngram, binary, tfidf, min_df
        self.marks, self.tokenise, self.max_df = marks, tokenise, max_df
        self.max_features, self.stop_words = max_features, stop_words

    def fit(self, texts: Iterable[Text], y: Any = None) -> BagOfWords:
        """Make the dictionary from texts, in one pass.

        Parameters
        ----------
        texts : iterable of str, or of lists of words
        y : not looked at; scikit-learn's pipelines hand it to every step
        """
        del y
        having: Counter[str] = Counter()  # feature: texts that have it
        occurs: Counter[str] = Counter()
        count = 0
        for text in texts_of(texts, "BagOfWords"):
            ngrams = self.ngrams(text)
            having.update(set(ngrams))
            if self.max_features is not None:
                occurs.update(ngrams)
            count += 1
        least, most = (n * count if isinstance(n, float) else n for n in (self.min_df, self.max_df))
        self.features = sorted(feature for feature, df in having.items() if least <= df <= most)
        if self.max_features is not None:
            self.features = sorted(sorted(self.features, key=lambda f: -occurs[f])[: self.max_features])
        self.index = {feature: column for column, feature in enumerate(self.features)}
        df = np.array([having[feature] for feature in self.features], np.float64)
        self.idf = np.log((1 + count) / (1 + df)) + 1
        return self

    def transform(self, texts: Iterable[Text]) -> Any:
        """Return the rows of texts, a sparse float64 (N, V); what the dictionary lacks is left out.

        Raises
        ------
        ValueError : if there is no dictionary yet.
        """
        from scipy.sparse import csr_array

        self._expect_dictionary()
        columns, values, ends = [], [], [0]
        for text in texts_of(texts, "BagOfWords"):
            counts = Counter(self.index[ngram] for ngram in self.ngrams(text) if ngram in self.index)
            row = sorted(counts)
            columns += row
            values += [1 if self.binary else counts[column] for column in row]
            ends.append(len(columns))
        shape = (len(ends) - 1, len(self.features))
        integer = np.int32 if len(columns) < 2**31 else np.int64  # scikit-learn's LIBLINEAR takes int32 only
        places = np.array(columns, integer), np.array(ends, integer)
        bag = csr_array((np.array(values, np.float64), *places), shape)
        return self._weighted(bag) if self.tfidf else bag

    def fit_transform(self, texts: Iterable[Text], y: Any = None) -> Any:
        """Return the rows of the texts that the dictionary is made from: `fit`, then `transform`."""
        del y
        texts = list(texts_of(texts, "BagOfWords"))
        return self.fit(texts).transform(texts)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the dictionary as scikit-learn asks for it: object (V,)."""
        del input_features
        self._expect_dictionary()
        return np.array(self.features, object)

    def ngrams(self, text: Text) -> list[str]:
        """Return the n-grams of one text, the shorter ones first.

        >>> BagOfWords(ngram=2).ngrams("the cat sat")
        ['the', 'cat', 'sat', 'the cat', 'cat sat']
        """
        words = self.tokenise(text) if isinstance(text, str) else list(text)
        if stops := frozenset(self.stop_words):
            words = [word for word in words if word not in stops]
        marked = [BEGIN, *words, END] if self.marks else words
        longer = range(2, self.ngram + 1)
        return words + [" ".join(marked[i : i + n]) for n in longer for i in range(len(marked) - n + 1)]

    def _weighted(self, bag: Any) -> Any:
        bag.data *= self.idf[bag.indices]
        rows = np.repeat(np.arange(bag.shape[0]), np.diff(bag.indptr))
        bag.data /= np.sqrt(np.bincount(rows, bag.data**2, bag.shape[0]))[rows]
        return bag

    def _expect_dictionary(self) -> None:
        if not self.features:
            raise ValueError(
                "BagOfWords: the dictionary is empty\n    hint: call fit(texts) first, on training texts"
            )
