"""Optimisers that give each entry its own rate from the sizes of its past gradients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .base import Optimiser, State, added_decay


class Adagrad(Optimiser):
    """G <- G + g^2;  p <- p - lr g / (sqrt(G) + eps)  (Duchi et al. 2011, eq. 1, diagonal form)."""

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-2,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ):
        super().__init__(
            parameters,
            lr=lr,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )

    def update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        g = added_decay(p, g, group)
        if not state:
            state["sum"] = np.full_like(p, group["initial_accumulator_value"])
        state["sum"] += g * g
        p -= group["lr"] * g / (np.sqrt(state["sum"]) + group["eps"])


class Adadelta(Optimiser):
    """G <- rho G + (1-rho) g^2;  d = sqrt(D + eps) / sqrt(G + eps) g;  D likewise of d;  p <- p - lr d.

    Zeiler 2012, algorithm 1.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ):
        super().__init__(parameters, lr=lr, rho=rho, eps=eps, weight_decay=weight_decay)

    def update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        rho, eps = group["rho"], group["eps"]
        g = added_decay(p, g, group)
        if not state:
            state.update(squares=np.zeros_like(p), steps=np.zeros_like(p))
        squares, steps = state["squares"], state["steps"]
        squares *= rho
        squares += (1 - rho) * (g * g)
        d = np.sqrt(steps + eps) / np.sqrt(squares + eps) * g
        steps *= rho
        steps += (1 - rho) * (d * d)
        p -= group["lr"] * d


class RMSprop(Optimiser):
    """v <- alpha v + (1-alpha) g^2;  p <- p - lr g / (sqrt(v) + eps), with optional momentum and centring.

    Tieleman & Hinton 2012, lecture 6e.
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ):
        super().__init__(
            parameters,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
        )

    def update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        alpha = group["alpha"]
        g = added_decay(p, g, group)
        if not state:
            state.update(squares=np.zeros_like(p), mean=np.zeros_like(p), velocity=np.zeros_like(p))
        squares = state["squares"]
        squares *= alpha
        squares += (1 - alpha) * (g * g)
        if group["centered"]:
            state["mean"] += (1 - alpha) * (g - state["mean"])
            squares = np.maximum(squares - state["mean"] ** 2, 0)  # rounding may leave less than 0
        step = g / (np.sqrt(squares) + group["eps"])
        if group["momentum"]:
            state["velocity"] *= group["momentum"]
            state["velocity"] += step
            step = state["velocity"]
        p -= group["lr"] * step
