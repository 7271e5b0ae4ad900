"""One training of GloVe on one file of cells.

V words, D dimension, S row length
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...ext.embeddings import glove_loop
from ...ext.embeddings.glove.reference import weight
from ..embeddings.epochs import State
from ..embeddings.options import Diverged
from . import cells, strata
from .options import GloVeOptions

Given = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # word, context, log X, f(X): each (N,)
MATRICES = ("w", "c", "w_squares", "c_squares")


@dataclass
class GloVeState(State):
    """What training moves, float32 (V, S): rows [w, b, 1] and [c, 1, b'], and what AdaGrad has summed."""

    w: np.ndarray = field(init=False, repr=False)
    c: np.ndarray = field(init=False, repr=False)
    w_squares: np.ndarray = field(init=False, repr=False)
    c_squares: np.ndarray = field(init=False, repr=False)


@dataclass(frozen=True)
class GloVeTraining:
    """What follows from options, a vocabulary and ``total`` cells in a file."""

    options: GloVeOptions
    state: GloVeState
    words: int  # of the vocabulary
    path: str | os.PathLike
    total: int
    pool: ThreadPoolExecutor

    def compile(self) -> None:
        """Compile what an epoch calls, on no cell."""
        steps(self.options, self.state)(*given(np.zeros(0, cells.CELL), self.options), 0, 0)

    def epoch(self, bar: Any) -> dict[str, float]:
        """Read the cells once; returns what the history keeps of it."""
        loop = steps(
            self.options, self.state
        )  # chosen here: another thread does not know what `dispatch.use` says in this one
        began, cost = time.perf_counter(), 0.0
        for block, bounds in strata.blocks(cells.read(self.path, self.words - 1)):
            numbers = given(block, self.options)

            def train(first: int, last: int, numbers=numbers) -> float:
                return loop(*numbers, first, last)

            cost += strata.run(train, bounds, self.pool)
            bar.update(len(block))
        if not np.isfinite(cost):
            raise Diverged("GloVe", self.state.epoch, "eta", self.options.eta, "0.05")
        seconds = time.perf_counter() - began
        bar.set_postfix(loss=f"{cost / self.total:.4f}", refresh=False)
        return {"loss": cost / self.total, "seconds": seconds, "cells_per_second": self.total / seconds}


def given(block: np.ndarray, options: GloVeOptions) -> Given:
    """What the loop takes of cells: 16 bytes for each, as on disk."""
    x = block["x"].astype(np.float32)
    sides = block["word"].copy(), block["context"].copy()
    return *sides, np.log(x), weight(x, options.x_max, options.alpha)


def steps(options: GloVeOptions, state: GloVeState) -> Callable[..., float]:
    """The steps of some cells, called as ``(*given, first, last)``; it returns their cost before them."""
    loop, matrices = glove_loop(options.dim), (state.w, state.c, state.w_squares, state.c_squares)
    return lambda *numbers: loop(*numbers, *matrices, options.eta, options.clip)
