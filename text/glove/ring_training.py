"""One training of GloVe around a `Ring`: on several ranks, or on one that goes on with what several began.

P parts
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from ...core.ranks import expect_same, together
from ..embeddings.epochs import Callback, run_epochs
from ..embeddings.options import Diverged
from . import cells
from .part_files import PartFiles
from .ring import Ring
from .training import MATRICES, Given, given, steps

PARTED = "parts "  # begins the fingerprint of cells that are files of parts


def resume(model: Any, folder: str | os.PathLike, progress: Any, callbacks: Iterable[Callback]) -> None:
    """Train a GloVe model until all epochs are done, on the cells in ``folder``; all ranks have its result.

    Raises
    ------
    RankError
        Ranks differ in their version, options, words or numbers; or another rank failed.
    """
    comm, ring, callbacks = model.comm, Ring(model.comm), list(callbacks)
    with together(comm):
        model._expect_vectors()
        model._expect_matrices()
    _expect_same_model(model)
    with together(comm):
        files = PartFiles(folder, ring, len(model.vocabulary) - 1)
    counts, digest = _added(comm, files.counts), _added(comm, files.digest) % (1 << 64)
    with together(comm):
        model._expect_pairs(counts.sum() > 0)
        model._expect_same_text(f"{PARTED}{counts.sum()}-{digest:016x}")
    with ThreadPoolExecutor(model.options.threads) as pool:
        training = RingTraining(model, files, counts, pool, watched=bool(callbacks))
        run_epochs(model, training, int(counts.sum()), " cells", progress, callbacks)


class RingTraining:
    """What follows from a model, and from the files of this rank's parts.

    Parameters
    ----------
    counts : int64 (P, P)
        Cells of word part a in stratum s, of all ranks.
    watched : bool
        All ranks have the whole model after each pass, not only after the last.
    """

    def __init__(
        self, model: Any, files: PartFiles, counts: np.ndarray, pool: ThreadPoolExecutor, watched: bool
    ) -> None:
        self.options, self.state = model.options, model.state
        self.files, self.ring, self.counts, self.pool, self.watched = files, files.ring, counts, pool, watched
        self.kept: dict[tuple[int, int], list[Given]] | None = None

    def compile(self) -> None:
        """Compile what an epoch calls, and read the cells, if they fit into the memory that is meant."""
        with together(self.ring.comm):
            steps(self.options, self.state)(*given(np.zeros(0, cells.CELL), self.options), 0, 0)
            if self.files.counts.sum() <= cells.in_memory(self.options.memory):
                blocks = np.argwhere(self.files.counts).tolist()
                self.kept = {(a, s): list(self._read(a, s)) for a, s in blocks}

    def epoch(self, bar: Any) -> dict[str, float]:
        """Train all cells once; returns what the history keeps of it, on each rank the same."""
        ring, state, comm = self.ring, self.state, self.ring.comm
        loop = steps(self.options, state)  # chosen here: a thread does not know what `dispatch.use` says
        costs, sent, began = np.zeros(self.counts.shape), ring.sent, time.perf_counter()
        in_stratum = self.counts.sum(0).tolist()

        def train(a: int, s: int) -> None:
            blocks = self._read(a, s) if self.kept is None else self.kept.get((a, s), [])
            costs[a, s] = sum(loop(*numbers, 0, len(numbers[0])) for numbers in blocks)

        contexts, threads = (state.c, state.c_squares), self.options.threads
        ring.turn(train, contexts, self.pool, threads, lambda s: bar.update(in_stratum[s]))
        if self.watched or state.epoch == self.options.epochs:
            ring.gather([getattr(state, name) for name in MATRICES])
        seconds = time.perf_counter() - began
        seconds = seconds if comm is None else max(comm.allgather(seconds))
        total = int(self.counts.sum())
        loss = float(_added(comm, costs).sum()) / total  # each cost is one rank's: the sum is exact
        with together(comm):
            if not np.isfinite(loss):
                raise Diverged("GloVe", state.epoch, "eta", self.options.eta, "0.05")
        bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
        speed = {"seconds": seconds, "cells_per_second": total / seconds}
        return {"loss": loss, **speed, "bytes_sent": _added(comm, ring.sent - sent)}

    def _read(self, a: int, s: int) -> Iterator[Given]:
        return (given(some, self.options) for some in self.files.read(a, s))


def expect_same_options(model: Any) -> None:
    """`RankError` unless all ranks have the same version and options."""
    from ... import __version__

    expect_same(model.comm, version=__version__, options=replace(model.options, threads=1, memory=1.0))


def _expect_same_model(model: Any) -> None:
    """`RankError` unless all ranks have the same version, options, words and numbers."""
    expect_same_options(model)
    words, numbers = "\n".join(model.vocabulary.words).encode("utf-8", "surrogateescape"), 0
    for name in MATRICES:
        numbers = zlib.crc32(getattr(model.state, name).data, numbers)
    expect_same(
        model.comm,
        epochs_done=model.epoch,
        number_of_words=len(model.vocabulary),
        check_sum_of_the_words=f"{zlib.crc32(words):08x}",
        check_sum_of_the_first_numbers=f"{numbers:08x}",
    )


def _added(comm: Any, value: Any) -> Any:
    """The sum over ranks, on all of them."""
    return value if comm is None else comm.allreduce(value)
