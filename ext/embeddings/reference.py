"""Skip-gram with negative sampling, in the lecture's letters: the specification of ``jit.py``.

For one pair of neighbours the input word I = the context word and the output word O = the centre word
(word2vec.c's direction; both words take both parts as the window moves on).  With ``k`` noise words drawn
from P(w) ~ U(w)^(3/4), the objective to be made large is

    J = log sigma(v'_O . v_I) + sum_{i=1..k} log sigma(-v'_i . v_I)      (Mikolov et al. 2013b, eq. 4)

and with label t = 1 for O, 0 for noise, the gradients are those of k + 1 logistic regressions:

    dJ/dv'_j = (t_j - sigma(v'_j . v_I)) v_I           dJ/dv_I = sum_j (t_j - sigma(v'_j . v_I)) v'_j

    V words, S row length (the dimension, padded with zeros), K = k + 1 rows of v' in one example
"""

from __future__ import annotations

import numpy as np

from .tables import MIN_RATE

MULTIPLIER, INCREMENT, MASK = 25214903917, 11, 2**64 - 1  # the generator of word2vec.c (and of drand48)
MAX_SENTENCE = 1000  # kept words; longer sentences are cut, as in word2vec.c


def sigmoid(x):
    """1 / (1 + e^-x), in the form that cannot overflow: (1 + tanh(x / 2)) / 2."""
    return (1 + np.tanh(x / 2)) / 2


def neg_loss(v, vp, labels):
    """Return -J of one example: v (S,), vp (K, S), labels (K,) of 0 and 1."""
    signed = (2 * labels - 1) * (vp @ v)  # (K,S)(S) -> (K)
    return np.logaddexp(0, -signed).sum()  # log(1 + e^-z) = -log sigma(z)


def neg_step(v, vp, labels, rate):
    """One step up J: the new v (S,) and vp (K, S).  Both gradients are taken at the old values."""
    push = rate * (labels - sigmoid(vp @ v))  # (K)
    return v + push @ vp, vp + np.outer(push, v)


def next_random(random):
    """The next of 2^64 states; the low 16 bits thin out, the bits from 16 up draw noise."""
    return (random * MULTIPLIER + INCREMENT) & MASK


def read_sentence(tokens, position, stop, keep, random):
    """The next sentence with frequent words thinned out; returns (words, position, random)."""
    sentence = []
    while position < stop and len(sentence) < MAX_SENTENCE:
        word = int(tokens[position])
        position += 1
        if word == 0:  # </s>
            break
        random = next_random(random)
        if (random & 0xFFFF) / 65536 <= keep[word]:
            sentence.append(word)
    return sentence, position, random


def train_pair(context, centre, random, rate, v, vp, noise, negative):
    """One example: the context word's v learns to tell the centre word's v' from noise."""
    target = [centre]
    for _ in range(negative):
        random = next_random(random)
        drawn = int(noise[(random >> 16) % len(noise)])
        target.append(drawn if drawn != 0 else random % (len(vp) - 1) + 1)  # </s> is never noise

    labels = np.zeros(negative + 1, v.dtype)
    labels[0] = 1
    used = [
        d for d, word in enumerate(target) if d == 0 or word != centre
    ]  # noise that hits the centre is skipped
    target = [target[d] for d in used]
    # subtle: a noise word drawn twice counts twice for v, but its v' is written once
    v[context], vp[target] = neg_step(v[context], vp[target], labels[used], rate)
    return random


def train_slice(
    tokens, start, stop, random, v, vp, noise, keep, done, thread, total, alpha, window, negative
):
    """One thread's share of one epoch, or a part of that.

    Parameters
    ----------
    tokens : int32 (T,), IN
        The corpus; 0 is ``</s>``.  This call reads ``tokens[start:stop]``.
    random : int
        State of the generator, 64 bits.
    v, vp : float32 (V, S), INOUT
        Vectors of the words as inputs (v) and as outputs (v').
    noise : int32 (a power of two,), IN
        Words, each as often as it is to be drawn (`tables.noise_table`).
    keep : float32 (V,), IN
        Probability of keeping each word (`tables.keep_probability`).
    done : int64 (threads,), INOUT
        Tokens read by each thread since training began; this call adds to ``done[thread]`` after each
        sentence.
    total : int
        Tokens to be read in all epochs: the rate falls linearly with ``done.sum() / total``.
    alpha : float
        Rate at the beginning; at the end it is 1e-4 of that.
    window, negative : int
        Widest window on each side, noise words for each pair.

    Returns
    -------
    int
        The generator's state, for the next epoch.
    """
    while start < stop:
        rate = v.dtype.type(alpha * max(MIN_RATE, 1 - done.sum() / (total + 1)))
        sentence, position, random = read_sentence(tokens, start, stop, keep, random)
        for i, centre in enumerate(sentence):
            random = next_random(random)
            shrink = random % window  # so the window is 1 .. window words, equally often
            for j in range(max(0, i - window + shrink), min(len(sentence), i + window - shrink + 1)):
                if j != i:
                    random = train_pair(sentence[j], centre, random, rate, v, vp, noise, negative)
        done[thread] += position - start
        start = position
    return random
