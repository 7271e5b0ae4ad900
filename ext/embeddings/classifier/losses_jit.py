"""How h predicts a label, compiled: does what ``losses_reference.py`` does, with h and grad_h in scratch."""

from __future__ import annotations

import numpy as np

from ...numba_cache import njit
from ..codegen.settings import INCREMENT, INLINE, INNER, MULTIPLIER, ONE, ZERO
from ..codegen.sizes import sizes
from ..full_softmax.jit import learn as learn_softmax
from ..negative_sampling.jit import U16

TINY = np.float32(1e-30)


@njit(**INLINE)
def logistic(row, yes, rate, vp, scratch):
    """One logistic regression learns, adds to grad_h; returns its loss."""
    place = np.uint64(row) * np.uint64(sizes.stride)
    z = ZERO
    for c in range(sizes.stride):
        z += vp[place + np.uint64(c)] * scratch[sizes.h + c]
    signed = z if yes else -z
    small = np.exp(-abs(signed))  # e^-|z| cannot overflow
    probability = ONE / (ONE + small)
    wrong = small * probability if signed > 0 else probability  # 1 - sigma(signed)
    step_size = rate * wrong if yes else -rate * wrong
    for c in range(sizes.stride):
        y = vp[place + np.uint64(c)]
        scratch[sizes.grad_h + c] += step_size * y
        vp[place + np.uint64(c)] = y + step_size * scratch[sizes.h + c]
    return np.float64(np.log(ONE + small) + max(ZERO, -signed))


@njit(**INLINE)
def clear_grad_h(scratch):
    """grad_h begins at zero."""
    for c in range(sizes.stride):
        scratch[sizes.grad_h + c] = ZERO


@njit(**INLINE)
def one_of(labels, count, random):
    """Draw one of a line's labels; returns (label, random)."""
    random = random * MULTIPLIER + INCREMENT
    return labels[np.int64((random >> U16) % np.uint64(count))], random


@njit(**INNER)
def negative(labels, count, random, rate, vp, tables, scratch):
    """The label against k others; returns (random, loss)."""
    noise, k = tables
    mask = np.uint64(noise.shape[0] - 1)  # the table's size is a power of two
    label, random = one_of(labels, count, random)
    clear_grad_h(scratch)
    loss = logistic(label, True, rate, vp, scratch)
    drawn = 0
    while drawn < k:
        random = random * MULTIPLIER + INCREMENT
        other = noise[(random >> U16) & mask]
        if other != label:
            loss += logistic(other, False, rate, vp, scratch)
            drawn += 1
    return random, loss


@njit(**INNER)
def tree(labels, count, random, rate, vp, tables, scratch):
    """The decisions on the label's path; returns (random, loss)."""
    starts, nodes, codes = tables
    label, random = one_of(labels, count, random)
    clear_grad_h(scratch)
    loss = 0.0
    for at in range(starts[label], starts[label + 1]):
        loss += logistic(nodes[at], codes[at] == 1, rate, vp, scratch)
    return random, loss


@njit(**INNER)
def one_vs_all(labels, count, random, rate, vp, tables, scratch):
    """Every label, each for itself; returns (random, loss)."""
    clear_grad_h(scratch)
    loss = 0.0
    for label in range(vp.shape[0] // sizes.stride):
        yes = False
        for k in range(count):
            yes |= labels[k] == label
        loss += logistic(label, yes, rate, vp, scratch)
    return random, loss


@njit(**INNER)
def softmax(labels, count, random, rate, vp, tables, scratch):
    """One label against all others at once; returns (random, loss)."""
    label, random = one_of(labels, count, random)
    learn_softmax(np.uint64(label), random, rate, vp, tables, scratch, scratch)
    total = ZERO
    for w in range(vp.shape[0] // sizes.stride):
        total += scratch[sizes.rest + w]
    return random, -np.float64(np.log(max(scratch[sizes.rest + label] / total, TINY)))
