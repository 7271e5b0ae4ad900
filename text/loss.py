"""How good the vectors are, in the objective's own units: the mean loss of a fixed sample of examples.

The training loop does not sum its loss: it is measured while the vectors move, and a float32 sum stops
growing after some millions of examples.  Here the same examples are measured after each epoch, in float64.

    N examples, K = negative + 1 words of v' in each, S row length
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BLOCK = 1024  # examples at a time


class Sample(NamedTuple):
    """Examples: ``context`` (N,) predicts ``targets`` (N, K): the centre word, then noise."""

    context: np.ndarray
    targets: np.ndarray


def draw_sample(tokens, noise, keep, window, negative, rng, size=10_000) -> Sample:
    """Draw examples as the training loop meets them.

    One difference: distances in the window are those before frequent words are thinned out.

    Parameters
    ----------
    tokens : int32 (T,)
    noise : int32, from `tables.noise_table`
    keep : float32 (V,), from `tables.keep_probability`
    rng : numpy.random.Generator
    """
    centre = rng.integers(0, len(tokens), 20 * size)
    offset = rng.integers(1, window + 1, len(centre)) * rng.choice([-1, 1], len(centre))
    inside = (centre + offset >= 0) & (centre + offset < len(tokens))
    centre, other = centre[inside], (centre + offset)[inside]
    ends = np.flatnonzero(tokens == 0)
    same_sentence = np.searchsorted(ends, centre) == np.searchsorted(ends, other)
    chosen = same_sentence & (tokens[centre] != 0) & (tokens[other] != 0)
    for word in tokens[centre], tokens[other]:
        chosen &= rng.random(len(word)) < keep[word]
    centre, other = centre[chosen][:size], other[chosen][:size]
    targets = noise[rng.integers(0, len(noise), (len(centre), negative + 1))]
    targets[:, 0] = tokens[centre]
    return Sample(tokens[other], targets)


def mean_loss(sample: Sample, v, vp) -> float:
    """Return the mean of -log sigma(v'_O . v_I) - sum_i log sigma(-v'_i . v_I).

    That is Mikolov et al. 2013b, eq. 4, with its sign changed; K log 2 while all v' are zero.  Noise that
    equals the centre word counts nothing, as in training.  The mean of an empty sample is nan.
    """
    total = 0.0
    for i in range(0, len(sample.context), BLOCK):
        context, targets = sample.context[i : i + BLOCK], sample.targets[i : i + BLOCK]
        dot = np.einsum("ns,nks->nk", v[context], vp[targets], dtype=np.float64)  # (N,S)(N,K,S) -> (N,K)
        dot[:, 0] *= -1
        loss = np.logaddexp(0, dot)  # log(1 + e^x) = -log sigma(-x)
        loss[:, 1:][targets[:, 1:] == targets[:, :1]] = 0
        total += float(loss.sum())
    return total / len(sample.context) if len(sample.context) else float("nan")
