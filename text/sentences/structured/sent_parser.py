"""Sentiment by parsing: the derivations of a sentence by a mined grammar, ranked by a log-linear model.

    p(y | sentence) = sum of e^score over derivations to y / the same over those to N or P

The score of a derivation is the sum of its rules' weights; which derivation is right is not known, only the
sentence's class y.  Weights begin as the grammar's frequencies and are learnt by AdaGrad.

Source: Dong, Wei, Liu, Zhou & Xu, "A statistical parsing framework for sentiment classification"
(Computational Linguistics 2015).  Reduced: rules come from the labels of SST's phrases (``grammar.py``),
as the rated reviews of the paper are not at hand, so that other sets than SST cannot be done; polarity is one
of three symbols in place of a probability in each node, with which all derivations are summed exactly, where
the paper keeps the K best.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .... import nn
from ....core import no_grad, ops
from .chart import Node, Rules, best, inside
from .grammar import NO, Grammar
from .trees import Tree

TWO = slice(1, 3)  # N and P


class Rule(NamedTuple):
    """A combination rule: seen so often, reversing such a share, making stronger; what is learnt of it."""

    pattern: str
    count: int
    reverses: float
    stronger: float
    weight: float  # above 0: a polarity within is rather reversed


class Scores(nn.Module):
    """The weights of all rules of a grammar; rules that are none stay so."""

    def __init__(self, grammar: Grammar) -> None:
        super().__init__()
        self.dictionary = nn.Parameter(np.array(grammar.dictionary_scores))
        self.combinations = nn.Parameter(np.array(grammar.combination_scores))
        self.glue = nn.Parameter(np.array(grammar.glue_scores))
        self.first = [np.array(p.data) for p in self.parameters()]

    def forward(self, rows: tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]) -> Rules:
        """Return the scores at the places of sentences; ``rows`` are `Grammar.rows`, each (B, places)."""
        phrases, before, behind = rows
        lexical = [ops.take(self.dictionary, each) for each in phrases]
        left, right = ([ops.take(self.combinations, each) for each in side] for side in (before, behind))
        return Rules(lexical, left, right, self.glue)

    def moved(self) -> Any:
        """Return |w - w0|^2 of the rules that there are."""
        parts = [
            (ops.where(first > NO / 2, p - first, 0.0) ** 2).sum()
            for p, first in zip(self.parameters(), self.first, strict=True)
        ]
        return parts[0] + parts[1] + parts[2]


class SentParser:
    """Polarity of sentences by the derivations of a grammar that is mined from labelled trees.

    Parameters
    ----------
    min_count : a phrase of several words is a rule if it occurs so often, a combination if more often
    epochs, batch_size, lr : of AdaGrad
    penalty : of weights for leaving where they began, |w - w0|^2 / 2, for each sentence
    seed : of the order of batches

    Attributes
    ----------
    grammar_ : Grammar
    scores_ : Scores
    losses_ : mean of -ln p(y) of each epoch
    """

    grammar_: Grammar
    scores_: Scores
    losses_: list[float]

    def __init__(
        self,
        min_count: int = 2,
        epochs: int = 3,
        batch_size: int = 100,
        lr: float = 0.1,
        penalty: float = 1e-4,
        seed: int = 0,
    ) -> None:
        if min(min_count, batch_size) < 1 or epochs < 0 or not lr > 0 or not penalty >= 0:
            raise ValueError(
                "SentParser: expected counts from 1 on, lr above 0, epochs and penalty from 0 on"
            )
        self.min_count, self.epochs, self.batch_size = min_count, epochs, batch_size
        self.lr, self.penalty, self.seed = lr, penalty, seed

    def fit(self, trees: Sequence[Tree], y: np.ndarray) -> SentParser:
        """Mine the grammar from trees with labels; learn weights from sentences and classes 0 and 1.

        Raises
        ------
        ValueError : other classes than two.
        """
        y = np.asarray(y)
        if not len(trees) == len(y) > 0 or not np.isin(y, (0, 1)).all():
            raise ValueError("has two polarities: expected a class of 0 and 1 for each tree, came others")
        self.grammar_ = Grammar(trees, self.min_count)
        self.scores_ = Scores(self.grammar_)
        optimiser = nn.optim.Adagrad(self.scores_.parameters(), lr=self.lr)
        batches = self._batches([tree.words for tree in trees])
        self.losses_ = []
        for epoch in range(self.epochs):
            total = 0.0
            for number in np.random.default_rng([self.seed, epoch]).permutation(len(batches)):
                chosen, rows = batches[number]
                roots = inside(self.scores_(rows))[:, TWO]
                loss = -ops.log_softmax(roots, axis=1)[np.arange(len(chosen)), y[chosen]].sum()
                total += loss.item()
                optimiser.zero_grad()
                (loss + self.penalty * len(chosen) / 2 * self.scores_.moved()).backward()
                optimiser.step()
            self.losses_.append(total / len(y))
        return self

    def predict_proba(self, sentences: Sequence[Sequence[str]]) -> np.ndarray:
        """Return how probable N and P are of lists of words, (N, 2)."""
        found = np.full((len(sentences), 2), 0.5)
        with no_grad():
            for chosen, rows in self._batches(sentences):
                found[chosen] = ops.softmax(inside(self.scores_(rows))[:, TWO], axis=1).data
        return found

    def predict(self, sentences: Sequence[Sequence[str]]) -> np.ndarray:
        """Return the classes of lists of words, 0 or 1."""
        return self.predict_proba(sentences).argmax(1)

    def best_tree(self, words: Sequence[str]) -> Node:
        """Return the best derivation of a sentence."""
        with no_grad():
            rules = self.scores_(_together([self.grammar_.rows(words)]))
        lexical, before, behind = ([each.data for each in part] for part in rules[:3])
        plain = Rules(lexical, before, behind, rules.glue.data)
        return best(plain, words)[1]

    def rule_table(self, count: int = 5) -> list[Rule]:
        """Return the combination rules that were seen at least so often, the most reversing first."""
        w = self.scores_.combinations.data
        table = [
            Rule(name, int(seen.counts.sum()), seen.reverses, seen.stronger, _reversal(w[row]))
            for (name, row), seen in zip(self.grammar_.combinations.items(), self.grammar_.seen, strict=True)
        ]
        return sorted((rule for rule in table if rule.count >= count), key=lambda rule: -rule.weight)

    def _batches(self, sentences: Sequence[Any]) -> list[tuple[np.ndarray, tuple]]:
        """Sentences of one length together: their numbers and rules; without those that have no word."""
        lengths, found = np.array([len(words) for words in sentences]), []
        for length in np.unique(lengths[lengths > 0]):
            same = np.flatnonzero(lengths == length)
            for start in range(0, len(same), self.batch_size):
                chosen = same[start : start + self.batch_size]
                found.append((chosen, _together([self.grammar_.rows(sentences[i]) for i in chosen])))
        return found


def _together(rows: Sequence[tuple[list, list, list]]) -> tuple[list, list, list]:
    """Stack the rules of sentences of one length; without runs that are longer than they."""
    kinds = [[np.stack(each) for each in zip(*kind, strict=True)] for kind in zip(*rows, strict=True)]
    phrases, before, behind = ([each for each in kind if each.shape[1]] for kind in kinds)
    return phrases, before, behind


def _reversal(w: np.ndarray) -> float:
    return float((w[0, 1] - w[0, 0] + w[1, 0] - w[1, 1]) / 2)
