"""One training on this rank's part of a text: what the three ways of meeting have in common."""

from __future__ import annotations

import functools
import zlib
from typing import Any

import numpy as np

from ....core.ranks import expect_same, together
from ..options import EmbeddingOptions
from ..training import EmbeddingState, EmbeddingTraining
from .deal import deal


class RankTraining(EmbeddingTraining):
    """As `EmbeddingTraining`; ``tokens`` are this rank's part of the text, and are dealt anew.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm

    Attributes
    ----------
    bytes_sent : int
        By this rank, since the epoch began.
    """

    def __init__(
        self,
        options: EmbeddingOptions,
        state: EmbeddingState,
        counts: np.ndarray,
        tokens: np.ndarray,
        subwords: tuple[np.ndarray, ...],
        comm: Any,
    ) -> None:
        expect_same(comm, options=options, epoch=state.epoch, counts_of_words=_check(counts))
        expect_same(comm, vectors_to_begin_with=(_check(state.v), _check(state.vp)))
        self.comm, self.bytes_sent = comm, 0
        self.stream = comm.rank * options.threads
        length = comm.allreduce(len(tokens))
        edges, owners = self.pieces(length, options)
        super().__init__(options, state, counts, deal(tokens, edges, owners, comm), subwords, length)

    def pieces(self, length: int, options: EmbeddingOptions) -> tuple[np.ndarray, np.ndarray]:
        """How the text is cut, and which rank has which piece, as of ``deal.py``."""
        raise NotImplementedError

    @functools.cached_property
    def sample(self) -> Any:
        """The examples whose loss is measured: each rank has some of its own part."""
        return super().sample if len(self.tokens) else None

    def loss(self) -> float:
        """Mean loss of all ranks' examples."""
        with together(self.comm):
            count = len(self.sample.words) if self.sample is not None else 0
            total = count * super().loss() if count else 0.0
        total, count = self.comm.allreduce(np.array([total, count]))
        return float(total / count) if count else float("nan")

    def epoch(self, bar: Any) -> dict[str, float]:
        """Read the text once; the bytes that ranks sent are said for each word of the text."""
        self.bytes_sent = 0
        entry = super().epoch(bar)
        return entry | {"bytes_per_word": self.comm.allreduce(self.bytes_sent) / self.length}

    def share_random(self, streams: list[int]) -> None:
        """Give all ranks the states of the generators ``streams``, which this rank has moved."""
        random = self.state.random
        for moved in self.comm.allgather([(stream, random[stream]) for stream in streams]):
            for stream, state in moved:
                random[stream] = state

    def _expect_finite(self) -> None:
        with together(self.comm):
            super()._expect_finite()


def in_a_ring(array: np.ndarray, comm: Any) -> int:
    """Bytes that a rank sends while an array is summed over all ranks: 2 (N - 1) / N of it."""
    return 2 * array.nbytes * (comm.size - 1) // comm.size


def _check(matrix: np.ndarray) -> str:
    return f"{matrix.shape} {zlib.crc32(np.ascontiguousarray(matrix).data):08x}"
