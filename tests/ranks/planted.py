"""A small text for models that several ranks train, and its shards."""

from __future__ import annotations

import numpy as np
from cutaway.text import GloVe

Alone = type("GloVe", (GloVe,), {"in_parts": True})  # a ring of one rank, without MPI


def sentences(count=300):
    """Lists of words, of which some are frequent; more words than the ring has parts."""
    rng = np.random.default_rng(0)
    rows = np.minimum(rng.zipf(1.4, (count, 9)), 200)
    return [[f"w{number}" for number in row] for row in rows.tolist()]


def shard(tokens, rank, size):
    """Sentences of unequal number; with three ranks, none for rank 1."""
    cut = int(np.flatnonzero(tokens == 0)[20]) + 1
    first, last = {2: [(0, cut), (cut, None)], 3: [(0, cut), (cut, cut), (cut, None)]}[size][rank]
    return tokens[first:last]


def model(kind=GloVe, **options):
    """A model of that text."""
    given = {"dim": 6, "epochs": 5, "window": 4, "x_max": 10.0, "memory": 0.01, "min_count": 1, "eta": 0.1}
    return kind(**{**given, **options})
