"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...ext import fused
from .base import Optimiser, State, added_decay


class SGD(Optimiser):
    """g <- g + weight_decay p;  v <- momentum v + (1 - dampening) g;  p <- p - lr v.

    With nesterov the step is g + momentum v (Sutskever et al. 2013, in PyTorch's form: the rate outside the
    velocity; v starts as g).
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ):
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("SGD: nesterov needs momentum > 0 and dampening = 0")
        super().__init__(
            parameters,
            lr=lr,
            momentum=momentum,
            dampening=dampening,
            weight_decay=weight_decay,
            nesterov=nesterov,
        )

    def update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        momentum = group["momentum"]
        g = added_decay(p, g, group)
        if momentum:
            v = state.get("velocity")
            if v is None:
                v = state["velocity"] = np.array(g)
            else:
                v *= momentum
                v += (1 - group["dampening"]) * g
            g = g + momentum * v if group["nesterov"] else v
        p -= group["lr"] * g

    def averages(self, state: State, group: dict[str, Any]) -> list[np.ndarray]:
        return [state["velocity"]] if group["momentum"] and "velocity" in state else []

    def fast_update(self, p: np.ndarray, g: np.ndarray, state: State, group: dict[str, Any]) -> None:
        settings = {name: group[name] for name in ("momentum", "dampening", "nesterov")}
        fused.sgd(g, p, state["velocity"], rate=group["lr"], decay=group["weight_decay"], **settings)
