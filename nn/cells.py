"""One step of the recurrent networks, and cells that take it.

N batch, I in, H hidden, G gates (1, 3 or 4):  x (N, I), h (N, H), weight_ih (G H, I), weight_hh (G H, H),
bias_ih and bias_hh (G H,).  A step gets u = x weight_ih^T + bias_ih, which all steps of a sequence can
compute at once.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core import ops
from . import functional as F
from . import init
from .module import Module, Parameter


def rnn_step(u: Any, state: tuple, w: Any, b: Any, squash: Any = ops.tanh) -> tuple:
    """Return (h',) with h' = tanh(u + w h + b), or another function of it (Elman 1990)."""
    return (squash(u + F.linear(state[0], w, b)),)


def lstm_step(u: Any, state: tuple, w: Any, b: Any) -> tuple:
    """Return (h', c'): c' = f c + i g, h' = o tanh(c'), with the gates i, f, o and the proposal g.

    Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000.
    """
    h, c = state
    i, f, g, o = ops.chunk(u + F.linear(h, w, b), 4, axis=1)
    c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
    return ops.sigmoid(o) * ops.tanh(c), c


def gru_step(u: Any, state: tuple, w: Any, b: Any) -> tuple:
    """Return (h',): h' = (1 - z) n + z h, n = tanh(u_n + r (w_n h + b_n)), with the gates r and z.

    Cho et al. 2014, eq. 5 to 8.  The reset gate r stands behind the product, as in PyTorch.
    """
    (h,) = state
    u_r, u_z, u_n = ops.chunk(u, 3, axis=1)
    v_r, v_z, v_n = ops.chunk(F.linear(h, w, b), 3, axis=1)
    z = ops.sigmoid(u_z + v_z)
    n = ops.tanh(u_n + ops.sigmoid(u_r + v_r) * v_n)
    return (n + z * (h - n),)


SQUASH = {"tanh": ops.tanh, "relu": ops.relu}


def check_nonlinearity(name: str, nonlinearity: str) -> None:
    """Raise ValueError if there is none of that name."""
    if nonlinearity not in SQUASH:
        raise ValueError(f"{name}: expected nonlinearity 'tanh' or 'relu', got {nonlinearity!r}")


def gate_parameters(gates: int, inputs: int, hidden: int, bias: bool, rng: Any) -> list[Parameter | None]:
    """Return weight_ih, weight_hh, bias_ih and bias_hh ~ U(-a, a), a = 1 / sqrt(H), PyTorch's default."""
    a, rows = 1 / math.sqrt(hidden), gates * hidden
    shapes = [(rows, inputs), (rows, hidden), (rows,), (rows,)]
    made = [
        init.uniform(Parameter(np.empty(shape, np.float32)), -a, a, rng)
        for shape in shapes[: 4 if bias else 2]
    ]
    return [*made, *(() if bias else (None, None))]  # type: ignore[list-item]


class _Cell(Module):
    gates, states = 1, 1

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, rng: init.Rng = None):
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        made = gate_parameters(self.gates, input_size, hidden_size, bias, init.generator(rng))
        self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh = made

    def step(self, u: Any, state: tuple, w: Any, b: Any) -> tuple:
        """Return the next state."""
        return rnn_step(u, state, w, b)

    def _next(self, x: Any, state: tuple | None) -> tuple:
        """Return the state after x (N, I) or (I,); none given is zeros."""
        if len(x.shape) not in (1, 2) or x.shape[-1] != self.input_size:
            expected = f"x (N, {self.input_size}) or ({self.input_size},)"
            raise ValueError(f"{type(self).__name__}: expected {expected}, got shape {tuple(x.shape)}")
        shape = (*x.shape[:-1], self.hidden_size)
        state = (np.zeros(shape, x.dtype),) * self.states if state is None else state
        for each in state:
            if tuple(each.shape) != shape:
                raise ValueError(f"{type(self).__name__}: expected a state {shape}, got {tuple(each.shape)}")
        rows = [ops.reshape(each, shape=(-1, each.shape[-1])) for each in (x, *state)]
        u = F.linear(rows[0], self.weight_ih, self.bias_ih)
        found = self.step(u, tuple(rows[1:]), self.weight_hh, self.bias_hh)
        return tuple(ops.reshape(each, shape=shape) for each in found)

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias_ih is not None else ", bias=False")


class RNNCell(_Cell):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh):  x (N, I), h (N, H) -> (N, H)."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        rng: init.Rng = None,
    ):
        super().__init__(input_size, hidden_size, bias, rng=rng)
        check_nonlinearity("RNNCell", nonlinearity)
        self.nonlinearity = nonlinearity

    def step(self, u: Any, state: tuple, w: Any, b: Any) -> tuple:
        return rnn_step(u, state, w, b, SQUASH[self.nonlinearity])

    def forward(self, x: Any, h: Any = None) -> Any:
        return self._next(x, None if h is None else (h,))[0]


class LSTMCell(_Cell):
    """See `lstm_step`:  x (N, I), (h, c) each (N, H) -> (h, c)."""

    gates, states = 4, 2

    def step(self, u: Any, state: tuple, w: Any, b: Any) -> tuple:
        return lstm_step(u, state, w, b)

    def forward(self, x: Any, state: tuple | None = None) -> tuple:
        return self._next(x, state)


class GRUCell(_Cell):
    """See `gru_step`:  x (N, I), h (N, H) -> (N, H)."""

    gates = 3

    def step(self, u: Any, state: tuple, w: Any, b: Any) -> tuple:
        return gru_step(u, state, w, b)

    def forward(self, x: Any, h: Any = None) -> Any:
        return self._next(x, None if h is None else (h,))[0]
