"""Optimisers that change one thing about Adam: Adamax, NAdam, RAdam."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimiser, State, added_decay


class Adamax(Optimiser):
    """m <- b1 m + (1-b1) g;  u <- max(b2 u, |g| + eps);  p <- p - lr / (1 - b1^t) m / u.

    Adam with the largest gradient in place of their mean square (Kingma & Ba 2015, algorithm 2).
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        super().__init__(parameters, lr=lr, betas=tuple(betas), eps=eps, weight_decay=weight_decay)

    def update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        b1, b2 = group["betas"]
        g = added_decay(p, g, group)
        if not state:
            state.update(m=np.zeros_like(p), u=np.zeros_like(p), step=np.array(0, np.int64))
        state["step"] = state["step"] + 1
        m, u = state["m"], state["u"]
        m += (1 - b1) * (g - m)
        np.maximum(b2 * u, np.abs(g) + group["eps"], out=u)
        p -= group["lr"] / (1 - b1 ** int(state["step"])) * m / u


class NAdam(Optimiser):
    """Adam with Nesterov's momentum: the step looks ahead to the next momentum.

    p <- p - lr ((1 - mu_t) / (1 - M_t) g + mu_{t+1} / (1 - M_t mu_{t+1}) m) / (sqrt(v') + eps), with
    mu_t = b1 (1 - 0.96^(t decay) / 2), M_t = mu_1 ... mu_t, and m, v' as in Adam (Dozat 2016, algorithm 2).
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
    ):
        settings = {"betas": tuple(betas), "eps": eps, "momentum_decay": momentum_decay}
        super().__init__(parameters, lr=lr, weight_decay=weight_decay, **settings)

    def update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        b1, b2 = group["betas"]
        g = added_decay(p, g, group)
        t, m, v = _averages(p, g, state, b1, b2)

        def momentum(step: int) -> float:
            return b1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"]))

        now, ahead = momentum(t), momentum(t + 1)
        state["product"] = state.get("product", np.array(1.0)) * now
        product = float(state["product"])
        size = np.sqrt(v / (1 - b2**t)) + group["eps"]
        step = (1 - now) / (1 - product) * g + ahead / (1 - product * ahead) * m
        p -= group["lr"] * step / size


class RAdam(Optimiser):
    """Adam whose rate is held back while too few gradients were seen to know their size.

    r = sqrt((q-4)(q-2) Q / ((Q-4)(Q-2) q)), Q = 2/(1-b2) - 1, q = Q - 2 t b2^t / (1-b2^t); for q <= 5 the
    step is m' alone, without the division by sqrt(v') (Liu et al. 2020, algorithm 2).
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        super().__init__(parameters, lr=lr, betas=tuple(betas), eps=eps, weight_decay=weight_decay)

    def update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        b1, b2 = group["betas"]
        g = added_decay(p, g, group)
        t, m, v = _averages(p, g, state, b1, b2)
        most = 2 / (1 - b2) - 1
        seen = most - 2 * t * b2**t / (1 - b2**t)
        step = m / (1 - b1**t)
        if seen > 5:
            held = math.sqrt((seen - 4) * (seen - 2) * most / ((most - 4) * (most - 2) * seen))
            step *= held * math.sqrt(1 - b2**t) / (np.sqrt(v) + group["eps"])
        p -= group["lr"] * step


def _averages(
    p: np.ndarray, g: np.ndarray, state: State, b1: float, b2: float
) -> tuple[int, np.ndarray, np.ndarray]:
    """Count the step t, move Adam's averages m (of gradients) and v (of squares); return t, m, v."""
    if not state:
        state.update(m=np.zeros_like(p), v=np.zeros_like(p), step=np.array(0, np.int64))
    state["step"] = state["step"] + 1
    m, v = state["m"], state["v"]
    m += (1 - b1) * (g - m)
    v *= b2
    v += (1 - b2) * (g * g)
    return int(state["step"]), m, v
