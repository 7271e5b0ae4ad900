"""The initialisers under PyTorch's names; ``generator`` is what is called ``rng`` elsewhere."""

from __future__ import annotations

import math

import numpy as np

from ...core import Tensor
from ...core.random import generator as made
from . import fill
from .fill import Rng

# How much an activation shrinks what passes through it, to be undone by the weights.
GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}
GAINS |= dict.fromkeys(("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d"), 1.0)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor by which weights in front of an activation are larger.

    ``param`` is the slope of "leaky_relu" below 0, .01 unless given.

    >>> calculate_gain("tanh")
    1.6666666666666667
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        known = ", ".join(sorted([*GAINS, "leaky_relu"]))
        raise ValueError(f"init: no gain is known for {nonlinearity!r}; known are {known}")
    return GAINS[nonlinearity]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Rng = None) -> Tensor:
    """Fill with U(a, b)."""
    return fill.uniform(tensor, a, b, generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Rng = None) -> Tensor:
    """Fill with N(mean, std^2)."""
    return fill.normal(tensor, std, mean, generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Rng = None,
) -> Tensor:
    """Fill with N(mean, std^2), drawn again until it lies in [a, b]."""
    from scipy.special import ndtr, ndtri

    low, high = ndtr((a - mean) / std), ndtr((b - mean) / std)
    values = mean + std * ndtri(made(generator).uniform(low, high, tensor.shape))
    return fill.fill(tensor, np.clip(values, a, b))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value."""
    return fill.constant(tensor, val)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with 0."""
    return fill.constant(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with 1."""
    return fill.constant(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """Make a matrix the identity, as far as it is square."""
    if len(tensor.shape) != 2:
        raise ValueError(f"init.eye_: expected a matrix, got shape {tensor.shape}")
    return fill.fill(tensor, np.eye(*tensor.shape))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Rng = None) -> Tensor:
    """Fill with U(-a, a), a = gain sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010, eq. 16)."""
    a = gain * math.sqrt(6 / sum(fill.fans(tensor.shape)))
    return fill.uniform(tensor, -a, a, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Rng = None) -> Tensor:
    """Fill with N(0, gain^2 2 / (fan_in + fan_out)) (Glorot & Bengio 2010, eq. 12)."""
    return fill.normal(tensor, gain * math.sqrt(2 / sum(fill.fans(tensor.shape))), rng=generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Rng = None,
) -> Tensor:
    """Fill with U(-c, c), c = gain sqrt(3 / fan) (He et al. 2015, eq. 10 and 15).

    Parameters
    ----------
    a : the slope below 0 of a leaky ReLU that follows.
    mode : "fan_in" keeps the variance on the way forward, "fan_out" that of gradients on the way back.
    nonlinearity : what follows; see `calculate_gain`.
    """
    c = math.sqrt(3) * _kaiming(tensor, a, mode, nonlinearity)
    return fill.uniform(tensor, -c, c, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Rng = None,
) -> Tensor:
    """Fill with N(0, gain^2 / fan); the rest as `kaiming_uniform_`."""
    return fill.normal(tensor, _kaiming(tensor, a, mode, nonlinearity), rng=generator)


def _kaiming(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    """The standard deviation."""
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"init: expected mode 'fan_in' or 'fan_out', got {mode!r}")
    return calculate_gain(nonlinearity, a) / math.sqrt(fill.fans(tensor.shape)[mode == "fan_out"])


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Rng = None) -> Tensor:
    """Make the rows of w (K, C R S) orthonormal times gain, or its columns where it is tall.

    Saxe et al. 2014, section 3.
    """
    if len(tensor.shape) < 2:
        raise ValueError(f"init.orthogonal_: expected at least 2 axes, got shape {tensor.shape}")
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    values = made(generator).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(values)
    q *= np.sign(np.diag(r))  # else the signs would depend on how QR is computed
    return fill.fill(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def dirac_(tensor: Tensor) -> Tensor:
    """Make a convolution pass its channels through: 1 at the kernel's centre from channel i to channel i."""
    shape = tensor.shape
    if not 3 <= len(shape) <= 4:
        raise ValueError(f"init.dirac_: expected a weight (K, C, S) or (K, C, R, S), got shape {shape}")
    values = np.zeros(shape)
    same = np.arange(min(shape[:2]))
    values[(same, same, *(size // 2 for size in shape[2:]))] = 1
    return fill.fill(tensor, values)
