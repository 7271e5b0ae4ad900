"""Classifying sentences by a recursive autoencoder: its trees are its own, or a parser's.

N sentences, d numbers of a vector

Sources: Socher et al. (EMNLP 2011) with the settings of jrae, its authors' program, but words that are rare
are kept, and there are no sentences without classes to learn from besides.  With given trees it is
the simplest autoencoder of Hermann & Blunsom (ACL 2013), CCAE-A: one matrix, whatever the grammar says; but
of the trees of a treebank, not of their categorial grammar.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np

from .... import nn
from ....core import Tensor, no_grad, ops
from ....nn.logistic import Logistic, fit_logistic
from ....nn.progress import progress
from ...corpus.parse_trees import ParseTree
from ...vectors.find_words import FindWords, read_vectors
from .autoencoder import EMBEDDING, RecursiveAutoencoder
from .greedy import greedy_trees
from .tree_batch import Numbered, TreeBatch, pack

ITERATIONS = 80  # of L-BFGS, at most
LAMBDA = {"embedding": 1e-4}  # of others, 1e-5
OTHERS = 1e-5
COST, STEPS, FLAT = 10.0, 300, 1e-8  # C of the logistic regression, and when it ends
TOGETHER = 500  # sentences whose nodes are in memory at once
Sentence = Sequence[str] | ParseTree


class RAE:
    """Learn word vectors and an autoencoder by L-BFGS, then logistic regression on [root; mean of all nodes].

    Parameters
    ----------
    dim : int
        Numbers of a vector; those of ``vectors`` if there are any.
    iterations : int
        Of L-BFGS, at most; in each evaluation all greedy trees are made anew.
    vectors : WordVectors or path, optional
        Are added to the random vectors that words begin with.
    seed : int
    progress : bool

    Attributes
    ----------
    net_ : RecursiveAutoencoder
    classes_ : (K,)
    losses_ : list of float
        The loss of each evaluation.
    """

    net_: RecursiveAutoencoder
    classes_: np.ndarray
    losses_: list[float]

    def __init__(
        self,
        dim: int = 50,
        iterations: int = ITERATIONS,
        vectors: Any = None,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        if dim < 1 or iterations < 1:
            raise ValueError(f"RAE: dim and iterations are from 1 on, got {dim!r} and {iterations!r}")
        self.dim, self.iterations, self.vectors = dim, iterations, vectors
        self.seed, self.progress = seed, progress

    def fit(self, sentences: Sequence[Sentence], y: np.ndarray) -> Self:
        """Learn from lists of words, whose trees are greedy, or from parse trees; the classes are y (N,).

        Raises
        ------
        ValueError : not a class for each sentence, or a single class.
        """
        self.classes_, numbers = np.unique(np.asarray(y), return_inverse=True)
        if len(numbers) != len(sentences) or len(self.classes_) < 2:
            raise ValueError(
                f"RAE: expected classes of {len(sentences)} sentences, two or more, came {y!r:.60}"
            )
        self.index_ = {word: n for n, word in enumerate(_distinct(sentences), 1)}
        self.net_ = RecursiveAutoencoder(self._first_vectors(), len(self.classes_), self.seed)
        self._minimise(sentences, numbers)
        features = self._features(sentences)
        self.scale_ = features.std() or 1.0
        classes, rows = len(self.classes_), features / self.scale_
        self.logistic_: Logistic = fit_logistic(rows, numbers, COST, classes=classes, steps=STEPS, flat=FLAT)
        return self

    def predict(self, sentences: Sequence[Sentence]) -> np.ndarray:
        """Return the class of each sentence, (N,)."""
        scores = self.logistic_.scores(self._features(sentences) / self.scale_)
        return self.classes_[scores.argmax(1)]

    def trees(self, sentences: Sequence[Sentence], labels: np.ndarray | None = None) -> list[Numbered]:
        """Return the trees of sentences; labels (N,) are numbers of classes, for all nodes."""
        labels = np.zeros(len(sentences), np.int64) if labels is None else labels
        numbers = [np.array([self.index_.get(word, 0) for word in _words(each)] or [0]) for each in sentences]
        given = [each for each in sentences if isinstance(each, ParseTree)]
        if given:
            return [
                Numbered(words, tree.children, tree.heights, np.full(len(tree.labels), label))
                for tree, words, label in zip(given, numbers, labels, strict=True)
            ]
        known = [each[each > 0] if each.any() else each[:1] for each in numbers]
        return greedy_trees(self.net_, known, labels)

    def _first_vectors(self) -> np.ndarray:
        find = None if self.vectors is None else FindWords(read_vectors(self.vectors))
        dim = self.dim if find is None else find.vectors.matrix.shape[1]
        rng = np.random.default_rng([self.seed, 1])
        first = (EMBEDDING * rng.normal(size=(len(self.index_) + 1, dim))).astype(np.float32)
        for word, number in self.index_.items() if find else ():
            known = find.vector(word) if find else None
            first[number] += 0 if known is None else known
        return first

    def _minimise(self, sentences: Sequence[Sentence], numbers: np.ndarray) -> None:
        """Minimise the mean loss of a node, and the regularisation."""
        net, self.losses_ = self.net_, []
        optimiser = nn.optim.LBFGS(net.parameters(), self.iterations, history_size=20)
        order = np.argsort([len(_words(each)) for each in sentences], kind="stable")
        bar = progress(desc="L-BFGS", total=self.iterations, unit="evaluation", enabled=self.progress)

        def closure() -> Tensor:
            optimiser.zero_grad()
            trees, total = self.trees(sentences, numbers), 0.0
            nodes = sum(len(tree.labels) for tree in trees)
            for batch in _batches(trees, order):
                loss = net.loss(batch) / nodes
                loss.backward()
                total += loss.item()
            decay = [
                ops.sum(p * p) * (LAMBDA.get(name, OTHERS) / 2)
                for name, p in net.named_parameters()
                if p.ndim > 1
            ]
            for each in decay:
                each.backward()
                total += each.item()
            self.losses_.append(total)
            bar.set_postfix(loss=f"{total:.4f}", refresh=False)
            bar.update()
            return Tensor(np.array(total))

        with bar:
            optimiser.step(closure)

    def _features(self, sentences: Sequence[Sentence]) -> np.ndarray:
        """Return the root's vector and the mean of all nodes' of each sentence, (N, 2 d)."""
        trees = self.trees(sentences)
        features = np.zeros((len(trees), 2 * self.net_.embedding.shape[1]))
        order = np.argsort([len(tree.words) for tree in trees], kind="stable")
        with no_grad():
            for start, batch in enumerate(_batches(trees, order)):
                few = order[start * TOGETHER : (start + 1) * TOGETHER]
                nodes = np.asarray(self.net_(batch).data)
                counts = np.array([len(trees[i].labels) for i in few])
                begins = np.cumsum(counts) - counts
                means = np.add.reduceat(nodes[batch.rows], begins) / counts[:, None]
                features[few] = np.concatenate([nodes[batch.roots], means], 1)
        return features


def _batches(trees: Sequence[Numbered], order: np.ndarray) -> Iterable[TreeBatch]:
    for start in range(0, len(order), TOGETHER):
        yield pack([trees[i] for i in order[start : start + TOGETHER]])


def _words(sentence: Sentence) -> list[str]:
    if isinstance(sentence, ParseTree):
        return [word.lower() for word in sentence.words]
    return list(sentence)


def _distinct(sentences: Sequence[Sentence]) -> list[str]:
    return list(dict.fromkeys(word for each in sentences for word in _words(each)))
