"""Activations as modules."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import functional as F
from .module import Module, Parameter


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, x: Any) -> Any:
        return F.relu(x)


class ReLU6(Module):
    """min(max(x, 0), 6)."""

    def forward(self, x: Any) -> Any:
        return F.relu6(x)


class LeakyReLU(Module):
    """x where x > 0, else negative_slope x."""

    def __init__(self, negative_slope: float = 0.01):
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Any:
        return F.leaky_relu(x, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class PReLU(Module):
    """x where x > 0, else w x; w is learnt, one or one a channel of x (N, C, ...) (He et al. 2015, eq. 1)."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25):
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(np.full(num_parameters, init, np.float32))

    def forward(self, x: Any) -> Any:
        return F.prelu(x, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class ELU(Module):
    """x where x > 0, else alpha (exp(x) - 1)."""

    def __init__(self, alpha: float = 1.0):
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        return F.elu(x, alpha=self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class SELU(Module):
    """The ELU whose scale and alpha keep mean 0 and variance 1 (Klambauer et al. 2017, eq. 2)."""

    def forward(self, x: Any) -> Any:
        return F.selu(x)


class GELU(Module):
    """x Phi(x), Phi the normal distribution function; with approximate="tanh" an approximation."""

    def __init__(self, approximate: str = "none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, x: Any) -> Any:
        return F.gelu(x, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """x / (1 + exp(-x)), the swish."""

    def forward(self, x: Any) -> Any:
        return F.silu(x)


class Mish(Module):
    """x tanh(log(1 + exp(x)))."""

    def forward(self, x: Any) -> Any:
        return F.mish(x)


class Hardswish(Module):
    """x min(max(x + 3, 0), 6) / 6."""

    def forward(self, x: Any) -> Any:
        return F.hardswish(x)


class Hardsigmoid(Module):
    """min(max(x + 3, 0), 6) / 6."""

    def forward(self, x: Any) -> Any:
        return F.hardsigmoid(x)


class Hardtanh(Module):
    """x limited to [min_val, max_val]."""

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0):
        super().__init__()
        self.min_val, self.max_val = min_val, max_val

    def forward(self, x: Any) -> Any:
        return F.hardtanh(x, self.min_val, self.max_val)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}"


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, x: Any) -> Any:
        return F.sigmoid(x)


class LogSigmoid(Module):
    """log(1 / (1 + exp(-x)))."""

    def forward(self, x: Any) -> Any:
        return F.logsigmoid(x)


class Tanh(Module):
    """tanh(x)."""

    def forward(self, x: Any) -> Any:
        return F.tanh(x)


class Softsign(Module):
    """x / (1 + |x|)."""

    def forward(self, x: Any) -> Any:
        return F.softsign(x)


class Softplus(Module):
    """log(1 + exp(beta x)) / beta."""

    def __init__(self, beta: float = 1.0):
        super().__init__()
        self.beta = beta

    def forward(self, x: Any) -> Any:
        return F.softplus(x, self.beta)

    def extra_repr(self) -> str:
        return f"beta={self.beta}"


class Softmax(Module):
    """exp(x) / sum exp(x) along ``dim``."""

    def __init__(self, dim: int = -1):
        super().__init__()
        self.dim = dim

    def forward(self, x: Any) -> Any:
        return F.softmax(x, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """x - log sum exp(x) along ``dim``."""

    def forward(self, x: Any) -> Any:
        return F.log_softmax(x, self.dim)


class GLU(Softmax):
    """a s(b), s the sigmoid, of the two halves of x along ``dim`` (Dauphin et al. 2017, eq. 1)."""

    def forward(self, x: Any) -> Any:
        return F.glu(x, self.dim)
