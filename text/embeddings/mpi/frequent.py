"""The rows that move most meet often, while training goes on (Ji et al. 2016, "Parallelizing word2vec in
shared and distributed memory", as their pWord2Vec does).

Every rank trains its own part of the text with threads of its own.  After each period of its tokens ranks
meet; at meeting m, the rows that a token moves most often, on average, take part,

    1024 * 2^k of them,   k the number of zeros at the end of m in binary:   1 2 1 4 1 2 1 8 ... times 1024

and those of them that no rank has moved do not travel.  Words become rarer about as 1 / rank (Zipf's law), so
all rows make about as many steps between two meetings.  With what rank i added to a row since it was last the
same on all N ranks, d_i, the row becomes

    before + longer / N * sum of d_i,   longer = (1 - q^N) / (1 - q),

as ``deterministic.py`` derives it (pWord2Vec takes the mean: longer = 1, in which rare rows lose).  What a
rank has added while the sums were under way stays on top of that.  If a meeting takes longer than the period,
training waits for it: a slow network costs time and not quality.  At the end of an epoch all rows meet.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from ....core.ranks import together
from ....ext.embeddings import meet_rows
from ....ext.embeddings.tables import CACHE_LINE
from ..deterministic import lengthening
from ..options import EmbeddingOptions
from .deal import evenly
from .training import RankTraining, in_a_ring

LEAST = 1024  # rows that meet each time
MEETINGS = 50  # of an epoch, at least
CURVATURE = (
    0.02  # of the loss along a row, as in ``deterministic.py``; smaller, as meetings are more frequent
)
GLANCE = 0.001  # seconds between two looks at how far training is
AT_ONCE = 200  # looks at a message that is under way, one after the other, before it is given more time
SUM, MAX = "SUM", "MAX"


class Cancelled(Exception):
    """Another rank failed, or the user interrupted this one."""


class Frequent(RankTraining):
    """Training with threads, while the vectors of all ranks meet now and then."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.period = max(min(self.options.period, len(self.tokens) // MEETINGS), 1)
        self.limit = 0  # tokens of this epoch that may be read before the next meeting begins
        self.is_cancelled, self.changed = False, threading.Condition()

    def pieces(self, length: int, options: EmbeddingOptions) -> tuple[np.ndarray, np.ndarray]:
        """A piece a rank."""
        return evenly(length, self.comm.size)

    def read_all(self, report: Callable[[], None]) -> None:
        """One epoch; afterwards all ranks have the same vectors."""
        done, threads = self.done.sum(), self.options.threads
        self.done = np.zeros(threads + 1, np.int64)  # the last: what other ranks have read
        self.done[-1], self.limit, self.is_cancelled = done, self.period, False
        table = Meetings([self.state.v, self.state.vp], self.expected_steps, self.comm)
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(super().read_all, lambda: None)
            try:
                self._meet_while(reading, table, report)
            finally:  # of an interrupted epoch, too
                self._allow(self.limit, is_cancelled=True)
        with together(self.comm), contextlib.suppress(Cancelled):
            reading.result()
        self.bytes_sent = table.bytes_sent
        self.share_random([*range(self.stream, self.stream + threads)])

    def read(self, stream: int, start: int, stop: int, *rest: Any, **more: Any) -> None:
        """As `EmbeddingTraining.read`, in parts; before each of them it waits for a meeting that is due."""
        part = max(self.period // self.options.threads // 2, 1)
        for first in range(start, max(stop, start + 1), part):
            with self.changed:
                self.changed.wait_for(
                    lambda: stop == start or self.is_cancelled or self.done[:-1].sum() < self.limit
                )
            if self.is_cancelled:
                raise Cancelled
            super().read(stream, first, min(first + part, stop), *rest, **more)

    def _allow(self, limit: int, is_cancelled: bool = False) -> None:
        with self.changed:
            self.limit, self.is_cancelled = limit, is_cancelled
            self.changed.notify_all()

    def _meet_while(self, reading: Future[None], table: Meetings, report: Callable[[], None]) -> None:
        """Meet until all ranks have read their parts."""
        others = int(self.done[-1])
        meeting, read, rate, drift = 0, 0.0, self.rate, 0.0  # drift: the sum of the rates of a rank's tokens
        while True:
            meeting += 1
            while not reading.done() and self.done[:-1].sum() < self.limit:
                time.sleep(GLANCE)
            is_over, own = reading.done(), int(self.done[:-1].sum())
            self._allow(own + self.period)
            failed = is_over and reading.exception() is not None
            told = table.summed(np.array([is_over, failed, own], np.int64))
            self.done[-1] = others + told[2] - own
            drift += (told[2] / self.comm.size - read) * (rate + self.rate) / 2
            read, rate = told[2] / self.comm.size, self.rate
            report()
            if told[0] == self.comm.size or told[1]:
                break
            table.meet((meeting & -meeting).bit_length() - 1, drift)
        if not told[1]:
            table.meet(64, drift)
            for matrix in table.matrices:  # sums are the same everywhere; MPI does not promise it to the bit
                self.comm.Bcast(matrix)
                table.bytes_sent += in_a_ring(matrix, self.comm) // 2  # N - 1 copies, on average


class Meetings:
    """What is kept from one meeting to the next.

    Parameters
    ----------
    matrices : list of float32 (R, S)
        v and v', INOUT.
    step_rates : pair of float64 (R,)
        How often a token of text moves each row.
    comm : mpi4py.MPI.Comm
    """

    def __init__(self, matrices: list[np.ndarray], step_rates: Any, comm: Any) -> None:
        self.matrices, self.step_rates, self.comm = matrices, step_rates, comm
        self.before = [matrix.copy() for matrix in matrices]
        self.orders = [np.argsort(-often, kind="stable") for often in step_rates]
        self.met = [np.zeros(len(matrix)) for matrix in matrices]  # the drift at a row's last meeting
        self.bytes_sent = 0

    def meet(self, k: int, drift: float) -> None:
        """The first ``1024 * 2^k`` rows of v and v' become the same on all ranks; ``drift`` is the sum of the
        rates of the tokens that a rank has read, on average.
        """
        some = [order[: LEAST << min(k, 40)] for order in self.orders]
        seen = [matrix[rows] for matrix, rows in zip(self.matrices, some, strict=True)]  # training goes on
        ways = [own - before[rows] for own, before, rows in zip(seen, self.before, some, strict=True)]
        moved = np.concatenate([(way[:, :CACHE_LINE] != 0).any(1) for way in ways]).astype(np.int8)
        moved = np.split(self.summed(moved, MAX) > 0, [len(some[0])])
        total = self.summed(np.concatenate([way[kept] for way, kept in zip(ways, moved, strict=True)]))
        totals = np.split(total, [int(moved[0].sum())])
        for which, (rows, kept) in enumerate(zip(some, moved, strict=True)):
            matrix, before, met, rows = self.matrices[which], self.before[which], self.met[which], rows[kept]
            far = self.step_rates[which][rows] * (drift - met[rows])  # steps times rate
            longer = lengthening(far, 1.0, self.comm.size, CURVATURE) / np.float32(self.comm.size)
            meet_rows(matrix, before, rows, seen[which][kept], totals[which], longer)
            met[rows] = drift

    def summed(self, numbers: np.ndarray, how: str = SUM) -> np.ndarray:
        """The sum, or the maximum, of all ranks' numbers; other threads have the processor meanwhile."""
        from mpi4py import MPI

        result = np.empty_like(numbers)
        request = self.comm.Iallreduce(numbers, result, getattr(MPI, how))
        looks = 0
        while not request.Test():  # which is also what moves the message on
            looks += 1
            time.sleep(0 if looks < AT_ONCE else GLANCE / 10)
        self.bytes_sent += in_a_ring(numbers, self.comm)
        return result
