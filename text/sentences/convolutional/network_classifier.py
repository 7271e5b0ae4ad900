"""What classifiers of sentences by a network share: words to numbers, training with dev, predicting.

N texts, K classes
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from .... import nn
from ....core import no_grad, ops
from ...estimators.estimator import Estimator, texts_of
from ...vectors.find_words import FindWords, read_vectors
from ...vectors.word_vectors import WordVectors
from .batches import SentenceBatches, pad_sentences
from .last_epoch import LastEpoch
from .words import TOKENISERS, Text, WordTable, words_of

FORWARD = 100  # sentences at once when nothing is learnt


class NetworkClassifier(Estimator):
    """A network over the words of texts, with scikit-learn's ``fit`` and ``predict``.

    Attributes
    ----------
    classes_ : (K,)
    multi_label_ : bool
        A text has any number of labels.
    net_ : Module
        Its word vectors are ``net_.embeddings``.
    table_ : WordTable
    longest_ : int
        Words of the longest text of training.
    history_ : list of dict, an epoch each: loss, dev_accuracy, seconds
    last_ : LastEpoch
        What the network was after the last epoch; ``net_`` is that of the best one on dev.
    """

    KIND: ClassVar[str] = "classifier"
    classes_: np.ndarray
    multi_label_: bool
    net_: Any
    table_: WordTable
    longest_: int
    last_: LastEpoch
    # parameters that all have
    vectors: WordVectors | str | os.PathLike | None
    dim: int
    batch_size: int
    epochs: int
    dev_share: float
    patience: int
    pool: int
    words: str
    seed: int
    progress: bool

    def new_net(self, vectors: np.ndarray, classes: int) -> nn.Module:
        """Return the network before training, from vectors (V, D)."""
        raise NotImplementedError

    def new_optimiser(self, net: Any) -> nn.optim.Optimiser:
        """Return what trains the network."""
        raise NotImplementedError

    @property
    def border(self) -> int:
        """Empty words that a text needs on either side."""
        raise NotImplementedError

    def expect_common(self) -> None:
        """Raise ValueError for a value of a common parameter that cannot be."""
        name = type(self).__name__
        for each in ("dim", "batch_size", "epochs", "patience", "pool"):
            value = getattr(self, each)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(f"{name}: {each} is a whole number from 1 on, got {value!r}")
        if self.words not in TOKENISERS:
            raise ValueError(f"{name}: words is one of {', '.join(TOKENISERS)}, got {self.words!r}")
        if not 0 <= self.dev_share < 1:
            raise ValueError(f"{name}: dev_share is from 0 to below 1, got {self.dev_share!r}")

    def fit(
        self,
        texts: Iterable[Text],
        y: Any,
        dev: tuple[Sequence[Text], Any] | None = None,
        checkpoint: str | os.PathLike | None = None,
    ) -> Self:
        """Learn from texts and their classes.

        Parameters
        ----------
        texts : iterable of str, or of lists of words
        y : (N,) classes, or (N, K) of zeros and ones, where a text has any number of K labels
        dev : (texts, y), optional
            In place of ``dev_share``.
        checkpoint : file name ending in ".safetensors"
            As of `nn.fit`: a training that was interrupted goes on.

        Raises
        ------
        ValueError : not a class for each text, or a single class.
        """
        split, y = (
            [words_of(text, self.words) for text in texts_of(texts, type(self).__name__)],
            np.asarray(y),
        )
        numbers = self._classes(y, len(split))
        if dev is not None:
            held = [words_of(text, self.words) for text in dev[0]], self._numbers_of(np.asarray(dev[1]))
            train = np.arange(len(split))
        else:
            train, out = self._hold_out(len(split))
            held = [split[i] for i in out], numbers[out]
        find = None if self.vectors is None else FindWords(read_vectors(self.vectors))
        dim = self.dim if find is None else find.vectors.matrix.shape[1]
        self.table_ = WordTable(find, dim, self.seed)
        self.table_.add(word for words in split for word in words)
        self.table_.add(word for words in held[0] for word in words)
        self.longest_ = max((len(words) for words in [*split, *held[0]]), default=0)
        self.net_ = self.new_net(self.table_.vectors, len(self.classes_))
        rows = [self.table_.numbers(split[i]) for i in train]
        loader = SentenceBatches(
            rows, numbers[train], self.batch_size, self.border, self.longest_, self.pool, self.seed
        )
        self.history_ = self._train(loader, held, checkpoint)
        return self

    def _train(self, loader: Any, held: tuple, checkpoint: Any) -> list[dict[str, float]]:
        optimiser = self.new_optimiser(self.net_)
        loss = nn.BCEWithLogitsLoss() if self.multi_label_ else nn.CrossEntropyLoss()

        def validate(net: Any) -> dict[str, float]:
            del net
            return {"dev_accuracy": float(np.mean(self._decide(held[0]) == held[1]))}

        self.last_, best = LastEpoch(), []
        if len(held[0]):
            best = [nn.EarlyStopping("dev_accuracy", self.patience, "max", later=True)]
        return nn.fit(
            self.net_, loader, loss, optimiser, epochs=self.epochs, validate=validate if best else None,
            callbacks=[self.last_, *best], checkpoint=checkpoint, show=self.progress,
        )  # fmt: skip

    def _classes(self, y: np.ndarray, count: int) -> np.ndarray:
        """Find the classes; return y as numbers of them, or (N, K) for several labels."""
        name = type(self).__name__
        if y.ndim not in (1, 2) or len(y) != count:
            raise ValueError(f"{name}: expected a class for each of {count} texts, came y {y.shape}")
        self.multi_label_ = y.ndim == 2
        if self.multi_label_ and not np.isin(y, (0, 1)).all():
            raise ValueError(f"{name}: expected zeros and ones, a column a label, came others")
        self.classes_ = np.arange(y.shape[1]) if self.multi_label_ else np.unique(y)
        if len(self.classes_) < 2 and not self.multi_label_:
            raise ValueError(f"{name}: expected at least two classes, came {self.classes_.tolist()}")
        return self._numbers_of(y)

    def _numbers_of(self, y: np.ndarray) -> np.ndarray:
        if self.multi_label_:
            return y.astype(np.float32)
        unknown = np.setdiff1d(y, self.classes_)
        if len(unknown):
            raise ValueError(f"{type(self).__name__}: no training text is of class {unknown.tolist()[0]!r}")
        return np.searchsorted(self.classes_, y)

    def _hold_out(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        mixed = np.random.default_rng([self.seed, 2]).permutation(count)
        held = round(self.dev_share * count)
        return np.sort(mixed[held:]), np.sort(mixed[:held])

    def predict_proba(self, texts: Iterable[Text]) -> np.ndarray:
        """Return how probable each class is, float32 (N, K); a row sums to 1 unless labels are several."""
        split = [words_of(text, self.words) for text in texts_of(texts, type(self).__name__)]
        scores = self._scores(split)
        return np.asarray(ops.sigmoid(scores) if self.multi_label_ else ops.softmax(scores, axis=1))

    def predict(self, texts: Iterable[Text]) -> np.ndarray:
        """Return the most probable class of each text, (N,); of several labels (N, K), those above 1/2."""
        found = self._decide([words_of(text, self.words) for text in texts_of(texts, type(self).__name__)])
        return found if self.multi_label_ else self.classes_[found]

    def predict_last(self, texts: Iterable[Text]) -> np.ndarray:
        """Return what `predict` would, had dev chosen the last epoch."""
        given = list(texts_of(texts, type(self).__name__))
        self.add_words(word for text in given for word in words_of(text, self.words))
        with self.last_.within(self.net_):
            return self.predict(given)

    def score(self, texts: Iterable[Text], y: Any) -> float:
        """Return the share of classes, or of labels, that are predicted."""
        return float(np.mean(self.predict(texts) == np.asarray(y)))

    def _decide(self, split: list[list[str]]) -> np.ndarray:
        scores = self._scores(split)
        return (scores > 0).astype(int) if self.multi_label_ else scores.argmax(1)

    def _scores(self, split: list[list[str]]) -> np.ndarray:
        """Return the scores of lists of words, (N, K); words that are new get the vectors they would have."""
        if not hasattr(self, "net_"):
            raise ValueError(
                f"{type(self).__name__}: nothing is learnt yet\n    hint: call fit(texts, y) first"
            )
        self.add_words(word for words in split for word in words)
        rows = [self.table_.numbers(words) for words in split]
        scores = np.zeros((len(rows), self.net_.fc.out_features), np.float32)
        order = np.argsort([len(row) for row in rows], kind="stable")
        self.net_.eval()
        with no_grad():
            for start in range(0, len(order), FORWARD):
                few = order[start : start + FORWARD]
                batch = pad_sentences([rows[i] for i in few], self.border, self.longest_)
                scores[few] = self.net_(batch).data
        return scores

    def add_words(self, words: Iterable[str]) -> None:
        """Give vectors to words that training did not see: of the file, or random."""
        added = self.table_.add(words)
        for embedding in self.net_.embeddings if len(added) else ():
            embedding.weight = nn.Parameter(
                np.concatenate([embedding.weight.data, added]), embedding.weight.requires_grad
            )
            embedding.num_embeddings = len(embedding.weight)
