"""The options of `GloVe`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..corpus.encode import MAX_WORDS
from ..embeddings import limits
from ..embeddings.limits import Limits, switch, within
from ..embeddings.options import Options

X_MAX = Limits(False, 1e-9, math.inf, "100; 10 for a small corpus")
ETA = Limits(False, 1e-12, 100, "0.05")
CLIP = Limits(False, 1e-9, math.inf, "100")
MEMORY = Limits(False, 1e-3, math.inf, "4, in gigabytes")


@dataclass(frozen=True)
class GloVeOptions(Options):
    """Options of `GloVe`."""

    dim: int = within(100, limits.DIM)
    window: int = within(15, limits.WINDOW)
    epochs: int = within(25, limits.EPOCHS)
    eta: float = within(0.05, ETA)
    x_max: float = within(100.0, X_MAX)
    alpha: float = within(0.75, limits.ALPHA)
    min_count: int = within(5, limits.MIN_COUNT)
    symmetric: bool = switch(True)
    weighted: bool = switch(True)
    memory: float = within(4.0, MEMORY)
    clip: float = within(100.0, CLIP)
    seed: int = within(1, limits.SEED)
    threads: int = within(1, limits.THREADS)
    max_vocab_size: int = within(MAX_WORDS, limits.MAX_VOCAB_SIZE)
