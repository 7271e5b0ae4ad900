"""Negative sampling, in the lecture's letters: the specification of ``jit.py``.

One pair: the input word I gives ``h``, the output word is O.  With ``k`` noise words drawn from
P(w) ~ U(w)^(3/4), the objective to be made large is

    J = log sigma(v'_O . h) + sum_{i=1..k} log sigma(-v'_i . h)          (Mikolov et al. 2013b, eq. 4)

and with label t = 1 for O, 0 for noise, the gradients are those of k + 1 logistic regressions:

    dJ/dv'_j = (t_j - sigma(v'_j . h)) h               dJ/dh = sum_j (t_j - sigma(v'_j . h)) v'_j

    V words, S row length (the dimension, padded with zeros), K = k + 1 rows of v' in one example
"""

from __future__ import annotations

import numpy as np

MULTIPLIER, INCREMENT, MASK = 25214903917, 11, 2**64 - 1  # the generator of word2vec.c (and of drand48)


def next_random(random: int) -> int:
    """The next of 2^64 states; the low 16 bits thin out, the bits from 16 up draw noise."""
    return (random * MULTIPLIER + INCREMENT) & MASK


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-x), in the form that cannot overflow: (1 + tanh(x / 2)) / 2."""
    return (1 + np.tanh(x / 2)) / 2


def neg_loss(h: np.ndarray, rows: np.ndarray, labels: np.ndarray) -> float:
    """-J of one example: h (S,), rows of v' (K, S), labels (K,) of 0 and 1."""
    signed = (2 * labels - 1) * (rows @ h)  # (K,S)(S) -> (K)
    return np.logaddexp(0, -signed).sum()  # log(1 + e^-z) = -log sigma(z)


def step(h: np.ndarray, rows: np.ndarray, target: list[int], rate: float) -> np.ndarray:
    """One step up J: moves ``rows`` (K, S) of v', returns grad_h (S,).  Both gradients at old values.

    ``target`` (K,) are the rows' words, the output word first; noise that hits it is skipped.
    """
    hit = np.array([d > 0 and word == target[0] for d, word in enumerate(target)])
    labels = np.arange(len(target)) == 0
    step_size = np.where(hit, 0, rate * (labels - sigmoid(rows @ h))).astype(h.dtype)  # (K)
    grad_h = step_size @ rows  # (K)(K,S) -> (S)
    rows += np.outer(step_size, h)
    return grad_h


def draw(random: int, noise: np.ndarray, negative: int) -> tuple[list[int], int]:
    """``negative`` noise words; returns (words, random)."""
    target = []
    for _ in range(negative):
        random = next_random(random)
        target.append(int(noise[(random >> 16) % len(noise)]))
    return target, random


def store(vp: np.ndarray, target: list[int], rows: np.ndarray) -> None:
    """Write the rows back, the output word's last: noise that hit it is an unmoved copy."""
    # subtle: of a noise word drawn twice the first copy stays; it counts twice for h
    for word, row in zip(reversed(target), rows[::-1], strict=True):
        vp[word] = row


def learn(
    h: np.ndarray, word: int, random: int, rate: float, vp: np.ndarray, noise: np.ndarray, negative: int
) -> tuple[np.ndarray, int]:
    """One example: ``h`` learns to tell ``word``'s v' from noise; returns (grad_h, random)."""
    words, random = draw(random, noise, negative)
    target = [word, *words]
    rows = vp[target]
    grad_h = step(h, rows, target, rate)
    store(vp, target, rows)
    return grad_h, random
