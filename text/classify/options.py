"""The options of `FastTextClassifier`."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..embeddings import limits
from ..embeddings.limits import Limits, OneOf, switch, within
from ..embeddings.options import Options

OUTPUTS = {
    "softmax": "softmax",
    "ns": "negative",
    "hs": "tree",
    "ova": "one_vs_all",
}  # loss: the compiled layer
WORD_NGRAMS = Limits(True, 1, 100, "1 or 2")
MIN_COUNT_LABEL = Limits(True, 0, math.inf, "0")
REFRESH = Limits(True, 1, math.inf, "100")


@dataclass(frozen=True)
class FastTextClassifierOptions(Options):
    """Options of `FastTextClassifier`."""

    dim: int = within(100, limits.DIM)
    alpha: float = within(0.1, limits.ALPHA)
    epochs: int = within(5, limits.EPOCHS)
    min_count: int = within(1, limits.MIN_COUNT)
    min_count_label: int = within(0, MIN_COUNT_LABEL)
    word_ngrams: int = within(1, WORD_NGRAMS)
    min_n: int = within(0, limits.MIN_N)
    max_n: int = within(0, limits.MAX_N)
    buckets: int = within(2_000_000, limits.BUCKETS)
    loss: str = field(default="softmax", metadata={"may be": OneOf(OUTPUTS)})
    negative: int = within(5, limits.NEGATIVE)
    power: float = within(0.5, limits.POWER)
    seed: int = within(1, limits.SEED)
    threads: int = within(1, limits.THREADS)
    deterministic: bool = switch()
    prefix: str = "__label__"
    refresh: int = within(100, REFRESH)

    @property
    def has_ngrams(self) -> bool:
        """Are there rows besides those of words?"""
        return self.word_ngrams > 1 or self.max_n > 0
