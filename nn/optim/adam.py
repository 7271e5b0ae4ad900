"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...ext import fused
from .base import Optimiser, State


class Adam(Optimiser):
    """m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  p <- p - lr m' / (sqrt(v') + eps).

    m' = m / (1 - b1^t) and v' = v / (1 - b2^t) undo the bias of starting at zero; weight decay is added to
    the gradient (Kingma & Ba 2015, algorithm 1).  With ``amsgrad`` the largest v so far takes the place of
    v, so that rates do not rise (Reddi et al. 2018, algorithm 2, in PyTorch's form).
    """

    decoupled = False

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ):
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"{type(self).__name__}: expected betas in [0, 1), got {betas}")
        settings = {"betas": tuple(betas), "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
        super().__init__(parameters, lr=lr, **settings)

    def update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        lr, (b1, b2), decay = group["lr"], group["betas"], group["weight_decay"]
        if not state:
            state.update(m=np.zeros_like(p), v=np.zeros_like(p), step=np.array(0, np.int64))
            if group["amsgrad"]:
                state["largest"] = np.zeros_like(p)
        m, v = state["m"], state["v"]
        rate, size = self._next_rates(state, group)
        if decay and self.decoupled:
            p *= 1 - lr * decay
        elif decay:
            g = g + decay * p
        m *= b1
        m += (1 - b1) * g
        v *= b2
        v += (1 - b2) * (g * g)
        if group["amsgrad"]:
            v = np.maximum(state["largest"], v, out=state["largest"])
        p -= rate * (m / (np.sqrt(v) * size + group["eps"]))

    def averages(self, state: State, group: dict[str, Any]) -> list[np.ndarray]:
        return [state["m"], state["v"]] if state and not group["amsgrad"] else []

    def fast_update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        lr, (b1, b2), decay = group["lr"], group["betas"], group["weight_decay"]
        rate, size = self._next_rates(state, group)
        added, own = (0.0, decay) if self.decoupled else (decay, 0.0)
        settings = {"rate": rate, "size": size, "eps": group["eps"], "b1": b1, "b2": b2}
        fused.adam(g, p, state["m"], state["v"], **settings, decay=added, shrink=1 - lr * own)

    def _next_rates(self, state: State, group: dict[str, Any]) -> tuple[float, float]:
        """Count the step t; return lr / (1 - b1^t) and 1 / sqrt(1 - b2^t)."""
        state["step"] = state["step"] + 1
        t, (b1, b2) = int(state["step"]), group["betas"]
        return group["lr"] / (1 - b1**t), (1 - b2**t) ** -0.5


class AdamW(Adam):
    """Adam whose weight decay acts on the parameter itself, p <- p - lr decay p.

    Loshchilov & Hutter 2019, algorithm 2.
    """

    decoupled = True

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
    ):
        super().__init__(parameters, lr, betas, eps, weight_decay, amsgrad)
