"""Further non-linearities, all but one compositions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..op import case, op
from ..tensor import raw
from .activations import elu, sigmoid, softplus, tanh
from .exponential import abs
from .join import chunk
from .select import keep, where
from .shape import reshape

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017, eq. 14


def selu(x: Any) -> Any:
    """Return scale x for x > 0, else scale alpha (exp(x) - 1) (Klambauer et al. 2017, eq. 2)."""
    return SCALE * elu(x, alpha=ALPHA)


def silu(x: Any) -> Any:
    """Return x / (1 + exp(-x)), the swish (Elfwing et al. 2017; Ramachandran et al. 2017)."""
    return x * sigmoid(x)


def mish(x: Any) -> Any:
    """Return x tanh(log(1 + exp(x))) (Misra 2019)."""
    return x * tanh(softplus(x))


@op("y = min(max(x, low), high)")
class limited:
    """Outside and at the bounds the gradient is 0."""

    def forward(x, *, low, high):
        return np.clip(x, low, high)

    def vjp_x(g, y, low, high):  # y' = [low < y < high]
        values = raw(y)
        return keep(g, ((values > low) & (values < high)).astype(values.dtype))

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), low=-1.0, high=1.0)
        yield case(rng.uniform(-3, 9, size=(3, 5)), low=0.0, high=6.0)


def hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """Return x limited to [min_val, max_val]; at the bounds the gradient is 0."""
    if not min_val < max_val:
        raise ValueError(f"hardtanh: expected min_val < max_val, got {min_val} and {max_val}")
    return limited(x, low=float(min_val), high=float(max_val))


def relu6(x: Any) -> Any:
    """Return min(max(x, 0), 6) (Krizhevsky 2010)."""
    return hardtanh(x, 0.0, 6.0)


def hardsigmoid(x: Any) -> Any:
    """Return min(max(x + 3, 0), 6) / 6, a sigmoid of three lines."""
    return relu6(x + 3.0) / 6.0


def hardswish(x: Any) -> Any:
    """Return x min(max(x + 3, 0), 6) / 6 (Howard et al. 2019, section 5.2)."""
    return x * hardsigmoid(x)


def softsign(x: Any) -> Any:
    """Return x / (1 + |x|)."""
    return x / (1 + abs(x))


def prelu(x: Any, weight: Any) -> Any:
    """Return x for x > 0, else w x, w (1,) or one a channel of x (N, C, ...) (He et al. 2015, eq. 1)."""
    slopes = weight.shape[0] if len(weight.shape) else 1
    if slopes != 1:
        if len(x.shape) < 2 or x.shape[1] != slopes:
            raise ValueError(
                f"prelu: expected x (N, {slopes}, ...), a channel a slope, got shape {tuple(x.shape)}"
            )
        weight = reshape(weight, shape=(-1, *(1,) * (len(x.shape) - 2)))
    positive = raw(x) > 0
    return where(positive, x, weight * where(positive, 0, x))  # an infinite x has no part in w's gradient


def glu(x: Any, axis: int = -1) -> Any:
    """Return a s(b), s the sigmoid, of the two halves of x along an axis (Dauphin et al. 2017, eq. 1)."""
    if x.shape[axis] % 2:
        raise ValueError(f"glu: expected an even size along axis {axis}, got shape {tuple(x.shape)}")
    a, b = chunk(x, 2, axis)
    return a * sigmoid(b)
