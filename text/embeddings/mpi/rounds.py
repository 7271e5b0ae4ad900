"""Rounds on several machines: to the bit what ``deterministic.py`` gives on one.

A round has W slices, of which each rank trains its own, each slice on a copy of the vectors.  Row r of v, or
of v', then moves by

    longer[r] / W  *  sum over slices w of (copy_w[r] - old[r]),   longer = (1 - q^W) / (1 - q),

the sum in the order of the slices, as on one machine.  Row r is added up on rank r mod N, its owner:

    1  each rank finds the rows that its slices moved, and sends them to their owners  (all to all)
    2  an owner adds up what came, and sends the new rows to all                       (all gather)

Rows that no slice moved do not travel.  Nothing else can be done meanwhile: the next round begins with what
this one gave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from ....core.ranks import together
from ....ext.embeddings import average_copies, moved_rows
from ..deterministic import Copies, Round, lengthening, read_in_rounds, size_of_slice, slices
from ..options import EmbeddingOptions
from .deal import in_slices
from .training import RankTraining


class Rounds(RankTraining):
    """Training in rounds, each rank some of the slices."""

    def pieces(self, length: int, options: EmbeddingOptions) -> tuple[np.ndarray, np.ndarray]:
        """Slices, dealt to the ranks."""
        self.stream = 0  # a generator a slice
        self.workers = options.slices or options.threads * self.comm.size
        return in_slices(length, size_of_slice(length, workers=self.workers), self.workers, self.comm.size)

    def read_all(self, report: Callable[[], None]) -> None:
        """One epoch; afterwards all ranks have the same vectors."""
        copies = RankCopies([self.state.v, self.state.vp], self.workers, self.comm)
        read_in_rounds(self, self.slices(), copies, lambda start, stop: stop - start, report)
        self.bytes_sent = copies.bytes_sent
        self.share_random(copies.own)

    def slices(self) -> Iterator[Round]:
        """The rounds of an epoch."""
        return slices(self.length, workers=self.workers)

    def _each_has_its_own(self) -> bool:
        return False


class RankCopies(Copies):
    """The copies that this rank's slices are trained on.

    Attributes
    ----------
    own : list of int
        This rank's slices of each round.
    bytes_sent : int
    """

    def __init__(self, matrices: list[np.ndarray], workers: int, comm: Any) -> None:
        all_slices = [part.tolist() for part in np.array_split(np.arange(workers), comm.size)]
        self.own, self.comm, self.bytes_sent = all_slices[comm.rank], comm, 0
        self.most = max(map(len, all_slices))  # slices of a rank
        self.first = [part[0] if part else workers for part in all_slices]
        self.place = 0  # in this rank's tokens
        super().__init__(matrices, len(self.own))

    def train(
        self, parts: Round, read: Callable[[int, int, int, list[np.ndarray]], None], pool: ThreadPoolExecutor
    ) -> None:
        """``read(worker, start, stop, [v, v'])`` of each of this rank's slices, in its own tokens."""
        jobs = []
        with together(self.comm):
            for i, worker in enumerate(each for each in self.own if each < len(parts)):
                start, stop = parts[worker]
                own = self.place, self.place + stop - start
                jobs.append(pool.submit(read, worker, *own, [copy[i] for copy in self.copies]))
                self.place = own[1]
            for job in jobs:
                job.result()

    def combine(self, count: int, steps: Sequence[np.ndarray], rate: float, pool: ThreadPoolExecutor) -> None:
        """Put the changes of the first ``count`` slices, on all ranks, into v and v'."""
        for matrix, copies, often in zip(self.matrices, self.copies, steps, strict=True):
            longer = lengthening(often, rate, count) / np.float32(count)
            self._combine_rows(matrix, copies, longer, count)

    def _combine_rows(self, matrix: np.ndarray, copies: np.ndarray, longer: np.ndarray, count: int) -> None:
        comm, own = self.comm, [i for i, worker in enumerate(self.own) if worker < count]
        moved = [_moved(matrix, copies[i], comm.size) for i in own]
        lengths = np.zeros((comm.size, self.most), np.int32)  # rows for each owner, of each slice
        for i, rows in zip(own, moved, strict=True):
            lengths[:, i] = [len(part) for part in rows]
        rows = _joined(part[owner] for owner in range(comm.size) for part in moved)
        parts = [
            copies[i, part[owner]] for owner in range(comm.size) for i, part in zip(own, moved, strict=True)
        ]
        numbers = np.concatenate([np.zeros((0, matrix.shape[1]), np.float32), *parts])
        came = np.empty_like(lengths)
        comm.Alltoall(lengths, came)
        rows = self._to_owners(rows, lengths, came)
        numbers = self._to_owners(numbers, lengths, came)
        changed, place = np.unique(rows, return_inverse=True)
        old = matrix[changed]  # (n,S)
        stack = np.repeat(old[None], count, 0)  # (W,n,S)
        edges = np.append(0, np.cumsum(came))
        for i, (start, stop) in enumerate(pairwise(edges)):
            if start < stop:
                worker = self.first[i // self.most] + i % self.most
                stack[worker, place[start:stop]] = numbers[start:stop]
        average_copies(old, stack, longer[changed], 0, len(old), count)
        changed, new = self._to_all(changed, old)
        matrix[changed] = new
        for copy in copies:
            copy[changed] = new

    def _to_owners(self, sent: np.ndarray, lengths: np.ndarray, came: np.ndarray) -> np.ndarray:
        """Rows, or their numbers, from all ranks' slices."""
        width = int(np.prod(sent.shape[1:]))
        received = np.empty((int(came.sum()), *sent.shape[1:]), sent.dtype)
        counts = [(each.sum(1) * width).astype(np.int64) for each in (lengths, came)]
        self.comm.Alltoallv((sent, counts[0]), (received, counts[1]))
        self.bytes_sent += sent.itemsize * int(counts[0].sum() - counts[0][self.comm.rank])
        return received

    def _to_all(self, rows: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """All owners' rows, and their numbers."""
        lengths = np.array(self.comm.allgather(len(rows)))
        all_rows = np.empty(lengths.sum(), rows.dtype)
        all_numbers = np.empty((len(all_rows), numbers.shape[1]), numbers.dtype)
        self.comm.Allgatherv(rows, (all_rows, lengths))
        self.comm.Allgatherv(numbers, (all_numbers, lengths * numbers.shape[1]))
        self.bytes_sent += (rows.nbytes + numbers.nbytes) * (self.comm.size - 1)
        return all_rows, all_numbers


def _moved(old: np.ndarray, copy: np.ndarray, ranks: int) -> list[np.ndarray]:
    """The rows that are no longer those of ``old``, for each owner."""
    rows = np.empty(len(old), np.int32)
    rows = rows[: moved_rows(old, copy, rows)]
    return [rows[rows % ranks == owner] for owner in range(ranks)]


def _joined(parts: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int32), *parts])
