"""Recurrent networks over sequences: the steps of `nn.cells`, in layers, forwards or both ways.

T steps, N batch, I in, H hidden, L layers, D directions (1 or 2):

    x (T, N, I)  ->  y (T, N, D H), the last layer's h of every step, and the last states (L D, N, H)
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..core import ops
from . import functional as F
from . import init
from .cells import SQUASH, check_nonlinearity, gate_parameters, gru_step, lstm_step, rnn_step
from .module import Module


class _Recurrent(Module):
    """What the three have in common.

    Parameters
    ----------
    input_size, hidden_size : I and H.
    num_layers : L; each further layer reads the one below.
    bias : whether there are bias_ih and bias_hh.
    batch_first : x and y are (N, T, ...); the states stay (L D, N, H).
    dropout : between layers, while training.
    bidirectional : a second direction reads from the end; y has both, side by side.
    rng : of the weights, ~ U(-1 / sqrt(H), 1 / sqrt(H)), and of dropout.

    Attributes
    ----------
    weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 : of layer 0, and so on, backwards with ``_reverse``.
    """

    gates, states = 1, 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        rng: init.Rng = None,
    ):
        super().__init__()
        name = type(self).__name__
        if num_layers < 1 or hidden_size < 1:
            raise ValueError(
                f"{name}: expected num_layers >= 1 and hidden_size >= 1, got {num_layers}, {hidden_size}"
            )
        if not 0 <= dropout <= 1:
            raise ValueError(f"{name}: expected dropout in [0, 1], got {dropout}")
        if dropout and num_layers == 1:
            warnings.warn(
                f"{name}: dropout is between layers, and there is one: it does nothing", stacklevel=2
            )
        self.input_size, self.hidden_size, self.num_layers, self.bias = (
            input_size,
            hidden_size,
            num_layers,
            bias,
        )
        self.batch_first, self.dropout, self.bidirectional = batch_first, dropout, bidirectional
        self.rng = init.generator(rng)
        for layer in range(num_layers):
            inputs = hidden_size * self._directions if layer else input_size
            for suffix in self._suffixes(layer):
                made = gate_parameters(self.gates, inputs, hidden_size, bias, self.rng)
                for kind, each in zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), made, strict=True):
                    setattr(self, kind + suffix, each)

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"][: self._directions]

    def step(self, u: Any, state: tuple, w: Any, b: Any) -> tuple:
        """Return the next state."""
        return rnn_step(u, state, w, b)

    def _run(self, x: Any, start: tuple | None) -> tuple[Any, tuple]:
        """Return y and the last states, for x (T, N, I), or (T, I) without batch."""
        alone = len(x.shape) == 2
        x = ops.unsqueeze(x, 0 if self.batch_first else 1) if alone else x
        self._check(x)
        x = ops.transpose(x, axes=(1, 0, 2)) if self.batch_first else x
        start = self._start(x, start, alone)
        ends: list[tuple] = []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                x = F.dropout(x, self.dropout, self.training, self.rng)
            both = []
            for suffix in self._suffixes(layer):
                state = tuple(each[len(ends)] for each in start)
                outputs, state = self._direction(x, state, suffix)
                both.append(ops.stack(outputs))
                ends.append(state)
            x = ops.concat(both, axis=2) if len(both) > 1 else both[0]
        last = tuple(ops.stack(each) for each in zip(*ends, strict=True))
        x = ops.transpose(x, axes=(1, 0, 2)) if self.batch_first else x
        if alone:
            x, last = (
                ops.squeeze(x, 0 if self.batch_first else 1),
                tuple(ops.squeeze(each, 1) for each in last),
            )
        return x, last

    def _direction(self, x: Any, state: tuple, suffix: str) -> tuple[list, tuple]:
        """Return the h of every step, in the order of time, and the last state, for one direction."""
        w_ih, w_hh, b_ih, b_hh = (
            getattr(self, kind + suffix) for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        inputs, outputs = ops.unbind(F.linear(x, w_ih, b_ih)), []
        backwards = suffix.endswith("_reverse")
        for u in reversed(inputs) if backwards else inputs:
            state = self.step(u, state, w_hh, b_hh)
            outputs.append(state[0])
        return outputs[::-1] if backwards else outputs, state

    def _start(self, x: Any, start: tuple | None, alone: bool) -> tuple:
        """Return the first states (L D, N, H), zeros unless given."""
        shape = (self.num_layers * self._directions, x.shape[1], self.hidden_size)
        if start is None:
            return (np.zeros(shape, x.dtype),) * self.states
        start = tuple(ops.unsqueeze(each, 1) if alone and len(each.shape) == 2 else each for each in start)
        if len(start) != self.states or any(tuple(each.shape) != shape for each in start):
            got = [tuple(each.shape) for each in start]
            raise ValueError(
                f"{type(self).__name__}: expected {self.states} first state(s) {shape}, got {got}"
            )
        return start

    def _check(self, x: Any) -> None:
        order = "(N, T, {})" if self.batch_first else "(T, N, {})"
        if len(x.shape) != 3 or x.shape[2] != self.input_size or not x.shape[1 if self.batch_first else 0]:
            expected = f"x {order.format(self.input_size)} with T >= 1"
            raise ValueError(f"{type(self).__name__}: expected {expected}, got shape {tuple(x.shape)}")

    def extra_repr(self) -> str:
        usual = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False}
        given = (f"{name}={getattr(self, name)}" for name in usual if getattr(self, name) != usual[name])
        return ", ".join([str(self.input_size), str(self.hidden_size), *given])


class RNN(_Recurrent):
    """Layers of h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or of relu: ``nonlinearity`` (Elman 1990)."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        rng: init.Rng = None,
    ):
        super().__init__(
            input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, rng=rng
        )
        check_nonlinearity("RNN", nonlinearity)
        self.nonlinearity = nonlinearity

    def step(self, u: Any, state: tuple, w: Any, b: Any) -> tuple:
        return rnn_step(u, state, w, b, SQUASH[self.nonlinearity])

    def forward(self, x: Any, h: Any = None) -> tuple:
        """Return (y, last h)."""
        y, (h,) = self._run(x, None if h is None else (h,))
        return y, h


class LSTM(_Recurrent):
    """Layers of the long short-term memory; see `nn.cells.lstm_step`."""

    gates, states = 4, 2

    def step(self, u: Any, state: tuple, w: Any, b: Any) -> tuple:
        return lstm_step(u, state, w, b)

    def forward(self, x: Any, state: tuple | None = None) -> tuple:
        """Return (y, (last h, last c)); ``state`` is (h, c)."""
        return self._run(x, state)


class GRU(_Recurrent):
    """Layers of gated recurrent units; see `nn.cells.gru_step`."""

    gates = 3

    def step(self, u: Any, state: tuple, w: Any, b: Any) -> tuple:
        return gru_step(u, state, w, b)

    def forward(self, x: Any, h: Any = None) -> tuple:
        """Return (y, last h)."""
        y, (h,) = self._run(x, None if h is None else (h,))
        return y, h
