"""How h predicts a label: the specification of ``losses_jit.py``.

All but the softmax are made of one step, a logistic regression of one row of v', with t = 1 for yes and
0 for no:

    loss = -log sigma((2 t - 1) v'_j . h)

    -d loss/d v'_j = (t - sigma(v'_j . h)) h                 -d loss/dh = (t - sigma(v'_j . h)) v'_j

    negative    yes: the label; no: k others, drawn as count^(1/2) (fastText's; word2vec's is 3/4)
    tree        yes or no: each decision on the path from the label to the root
    one_vs_all  yes: every label of the line; no: every other
    softmax     all labels in one distribution: ``full_softmax/reference.py``

The steps are taken one after the other, as in the original, so a row that is drawn twice learns twice; with
few labels that is the rule.  (``negative_sampling/jit.py``, made for many words, takes them at once.)

    L labels, S row length, k noise labels
"""

from __future__ import annotations

import numpy as np

from ..full_softmax import reference as softmax_reference
from ..negative_sampling.reference import next_random, sigmoid


def logistic(h: np.ndarray, row: np.ndarray, yes: bool, rate: float) -> tuple[np.ndarray, float]:
    """One logistic regression learns; moves ``row`` (S,), returns (its part of grad_h (S,), loss)."""
    z = row @ h
    step_size = h.dtype.type(rate * (yes - sigmoid(z)))
    grad_h = step_size * row
    row += step_size * h
    return grad_h, float(np.logaddexp(0, -z if yes else z))


def one_of(labels: list[int], random: int) -> tuple[int, int]:
    """A line with several labels learns one of them at a time; returns (label, random)."""
    random = next_random(random)
    return labels[(random >> 16) % len(labels)], random


def together(h, steps, rate, vp):
    """``steps``, a list of (row, yes), one after the other; returns (grad_h, loss)."""
    grad_h, loss = np.zeros_like(h), 0.0
    for row, yes in steps:
        part, lost = logistic(h, vp[row], yes, rate)
        grad_h += part
        loss += lost
    return grad_h, loss


def negative(h, labels, random, rate, vp, noise, k):
    """The label against ``k`` others; returns (grad_h, random, loss)."""
    label, random = one_of(labels, random)
    steps = [(label, True)]
    while len(steps) <= k:
        random = next_random(random)
        drawn = int(noise[(random >> 16) % len(noise)])
        steps += [(drawn, False)] if drawn != label else []  # one that hits the label is drawn again
    grad_h, loss = together(h, steps, rate, vp)
    return grad_h, random, loss


def tree(h, labels, random, rate, vp, starts, nodes, codes):
    """The decisions on the label's path (`huffman.label_tree`); returns (grad_h, random, loss)."""
    label, random = one_of(labels, random)
    path = slice(starts[label], starts[label + 1])
    grad_h, loss = together(h, zip(nodes[path], codes[path].astype(bool), strict=True), rate, vp)
    return grad_h, random, loss


def one_vs_all(h, labels, random, rate, vp):
    """Every label, each for itself; returns (grad_h, random, loss)."""
    grad_h, loss = together(h, [(label, label in labels) for label in range(len(vp))], rate, vp)
    return grad_h, random, loss


def softmax(h, labels, random, rate, vp):
    """One label against all others at once; returns (grad_h, random, loss)."""
    label, random = one_of(labels, random)
    loss = -np.log(max(softmax_reference.probabilities(h, vp, first=0)[label], 1e-30))
    grad_h, random = softmax_reference.learn(h, label, random, rate, vp, first=0)
    return grad_h, random, float(loss)
