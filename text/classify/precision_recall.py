"""How good predicted labels are: precision and recall, of all and of each label, and the curve between them.

precision = right / predicted      recall = right / gold      F1 = 2 right / (predicted + gold)
"""

from __future__ import annotations

import numpy as np

from .label_probabilities import Predictions


class PrecisionRecall:
    """Counts of predictions, as fastText's ``test`` takes them.

    Attributes
    ----------
    labels : list of str
    examples : int
        Lines that have a label and a word.
    gold, predicted, right : int64 (L,)
        Of each label: lines that have it, lines it was predicted for, both.
    """

    def __init__(self, labels: list[str]) -> None:
        self.labels, self.examples = labels, 0
        self.gold, self.predicted, self.right = np.zeros((3, len(labels)), np.int64)
        self._scored: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def add(self, predictions: Predictions, gold: np.ndarray) -> None:
        """Count lines: ``gold`` are the (line, label) that are true, int (n, 2)."""
        count, k = predictions.labels.shape
        taken = np.arange(k) < predictions.counts[:, None]
        line = np.nonzero(taken)[0]
        label, score = predictions.labels[taken], np.minimum(predictions.probabilities[taken], 1)
        size = len(self.labels)
        right = np.isin(line * size + label, gold[:, 0].astype(np.int64) * size + gold[:, 1])
        self.examples += count
        self.gold += np.bincount(gold[:, 1], minlength=size)
        self.predicted += np.bincount(label, minlength=size)
        self.right += np.bincount(label[right], minlength=size)
        self._scored.append((label, score, right))

    def precision(self, label: str | None = None) -> float:
        """Share of the predictions, of one label or of all, that are right; nan if there is none."""
        return _ratio(self._sum(self.right, label), self._sum(self.predicted, label))

    def recall(self, label: str | None = None) -> float:
        """Share of the true labels that were predicted; nan if there is none."""
        return _ratio(self._sum(self.right, label), self._sum(self.gold, label))

    def f1(self, label: str | None = None) -> float:
        """The harmonic mean of precision and recall."""
        both = self._sum(self.predicted, label) + self._sum(self.gold, label)
        return _ratio(2 * self._sum(self.right, label), both)

    def curve(self, label: str | None = None) -> list[tuple[float, float]]:
        """(precision, recall) for every threshold, from the highest on, then (1, 0) for none.

        It ends where every true label is found: below, recall cannot grow.
        """
        labels, scores, right = (np.concatenate(each) for each in zip(*self._scored, strict=True))
        mine = slice(None) if label is None else labels == self._number(label)
        scores, right = scores[mine], right[mine]
        order = np.argsort(-scores, kind="stable")
        scores, right = scores[order], right[order]
        last = np.append(scores[1:] != scores[:-1], True)[: len(scores)]  # equal scores are one threshold
        true, false = np.cumsum(right)[last], np.cumsum(~right)[last]
        gold = self._sum(self.gold, label)
        upto = int(np.searchsorted(true, gold)) + 1
        points = zip(true[:upto].tolist(), false[:upto].tolist(), strict=True)
        return [(_ratio(t, t + f), _ratio(t, gold)) for t, f in points] + [(1.0, 0.0)]

    def precision_at_recall(self, recall: float, label: str | None = None) -> float:
        """The best precision among the thresholds that reach this recall, 0 if none does."""
        return max((p for p, r in self.curve(label) if r >= recall), default=0.0)

    def recall_at_precision(self, precision: float, label: str | None = None) -> float:
        """The best recall among the thresholds that reach this precision."""
        return max((r for p, r in self.curve(label) if p >= precision), default=0.0)

    def _number(self, label: str) -> int:
        if label not in self.labels:
            some = ", ".join(self.labels[:5])
            raise ValueError(f"no label {label!r}; the labels are {some}{' ...' * (len(self.labels) > 5)}")
        return self.labels.index(label)

    def _sum(self, counts: np.ndarray, label: str | None) -> int:
        return int(counts.sum() if label is None else counts[self._number(label)])


def _ratio(a: int, b: int) -> float:
    return a / b if b else float("nan")


Meter = PrecisionRecall  # fastText's name for it
