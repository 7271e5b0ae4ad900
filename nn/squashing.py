"""The non-linearities of the functional face."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import ops


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Any:
    """Return x where x > 0, else negative_slope x."""
    return ops.leaky_relu(x, slope=negative_slope)


def logsigmoid(x: Any) -> Any:
    """Return log(1 / (1 + exp(-x))), accurate where the sigmoid rounds to 0 or 1."""
    return -ops.softplus(-x)


def softplus(x: Any, beta: float = 1.0) -> Any:
    """Return log(1 + exp(beta x)) / beta; exact everywhere, where PyTorch takes x above a threshold."""
    return ops.softplus(x) if beta == 1 else ops.softplus(x * beta) / beta


def gelu(x: Any, approximate: str = "none") -> Any:
    """Return x Phi(x), Phi the normal distribution function; or with "tanh" its approximation by one.

    Hendrycks & Gimpel 2016, eq. 1 and 2.
    """
    if approximate == "none":
        return ops.gelu(x)
    if approximate != "tanh":
        raise ValueError(f"gelu: expected approximate 'none' or 'tanh', got {approximate!r}")
    return 0.5 * x * (1 + ops.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x * x * x)))


def softmax(x: Any, dim: int = -1) -> Any:
    """Return exp(x) / sum exp(x) along ``dim``."""
    return ops.softmax(x, axis=dim)


def log_softmax(x: Any, dim: int = -1) -> Any:
    """Return x - log sum exp(x) along ``dim``."""
    return ops.log_softmax(x, axis=dim)


def glu(x: Any, dim: int = -1) -> Any:
    """Return a s(b), s the sigmoid, of the two halves of x along ``dim`` (Dauphin et al. 2017, eq. 1)."""
    return ops.glu(x, dim)
