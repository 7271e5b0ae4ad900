"""The full softmax of the lecture's slide, the specification of ``jit.py``.

    p(O | I) = exp(v'_O . v_I) / sum_{w=1..W} exp(v'_w . v_I)            (Mikolov et al. 2013b, eq. 2)

    J = log p(O | I)      dJ/dv'_w = (t_w - p(w | I)) v_I      dJ/dv_I = sum_w (t_w - p(w | I)) v'_w

with t_w = 1 for w = O, else 0.  Every step reads and writes the vectors of all W words, which is why the
slide calls it very expensive.  ``</s>``, row 0, is no word here.
"""

from __future__ import annotations

import numpy as np


def probabilities(h: np.ndarray, vp: np.ndarray, first: int = 1) -> np.ndarray:
    """p(w | I) for every word, (V,); 0 for the rows before ``first``, which is ``</s>``."""
    score = vp @ h  # (V,S)(S) -> (V)
    score = np.exp(score - score[first:].max())  # the largest is e^0, so nothing overflows
    score[:first] = 0
    return score / score.sum()


def learn(
    h: np.ndarray, word: int, random: int, rate: float, vp: np.ndarray, first: int = 1
) -> tuple[np.ndarray, int]:
    """One example: v' of ``word`` towards h, all others away; returns (grad_h, random)."""
    step_size = -rate * probabilities(h, vp, first)  # (V)
    step_size[word] += rate
    step_size = step_size.astype(h.dtype)
    grad_h = step_size @ vp  # (V)(V,S) -> (S)
    vp += np.outer(step_size, h)
    return grad_h, random
