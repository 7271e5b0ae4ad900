"""The ring: cells trained on several ranks, none of which waits for all.

Rows are partitioned into P parts, by their row modulo P.  Of N ranks, rank r holds the word parts

    first(r) <= a < first(r + 1),    first(r) = floor(r P / N)

for good.  In stratum s = 0 .. P - 1 it trains, for each a that it holds, the block of

    word part a  and  context part (a + s) mod P,

so no two blocks of a stratum share a word or a context.  From one stratum to the next each context part moves
on by one word part: rank r passes part first(r) + s to rank r - 1 and gets part first(r + 1) + s from rank
r + 1.  After P strata all are where they were.  P = 4, N = 2, in the square is b:

           rank 0   rank 1
        a   0  1     2  3
    s = 0   0  1     2  3      then 0 goes from rank 0 to rank 1, and 2 from rank 1 to rank 0
    s = 1   1  2     3  0      then 1 goes, and 3
    s = 2   2  3     0  1
    s = 3   3  0     1  2

What leaves was trained first and what comes is trained last, so messages travel while blocks between them
are trained.  Each row sees its cells in the same order whatever N is: so the numbers are the same, bit for
bit (strata: Gemulla et al. 2011, "Large-scale matrix factorization with distributed stochastic gradient
descent"; blocks passed on without a barrier: Yun et al. 2014, "NOMAD").

S row length, R rows of a part
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from ...core.ranks import together

PARTS = 64  # at least; a power of two
GROUPS = 4  # of word parts, for each thread: one waits for what comes, one makes ready what leaves
POLL = 5e-4  # seconds between looks at messages: a rank that waits leaves its core to those that work


class Ring:
    """Which rank holds what, and how parts go round.

    Parameters
    ----------
    comm : mpi4py communicator, optional
        None is a ring of one.
    parts : int, optional
        P, a power of two; by default `PARTS`, or as many as give each rank two.
    """

    def __init__(self, comm: Any, parts: int | None = None) -> None:
        self.comm = comm
        self.rank, self.size = (0, 1) if comm is None else (comm.rank, comm.size)
        self.parts = parts or max(PARTS, 1 << (2 * self.size - 1).bit_length())
        first = [rank * self.parts // self.size for rank in range(self.size + 1)]
        self.mine = range(first[self.rank], first[self.rank + 1])
        self.owners = np.repeat(np.arange(self.size), np.diff(first))  # the rank of each part
        self.sent = 0  # bytes

    def part(self, rows: np.ndarray) -> np.ndarray:
        """The part of each row."""
        return rows & (self.parts - 1)

    def stratum(self, word: np.ndarray, context: np.ndarray) -> np.ndarray:
        """The stratum in which each cell is trained."""
        return self.part(context - word)

    def turn(
        self,
        train: Callable[[int, int], None],
        matrices: Sequence[np.ndarray],
        pool: ThreadPoolExecutor,
        threads: int,
        after: Callable[[int], object],
    ) -> None:
        """All strata once: ``train(a, s)`` of each block that is this rank's, on the ``threads`` of ``pool``.

        A rank on which that failed still passes on what it gets, so that nobody waits for it; then the
        error is raised on all ranks.

        Parameters
        ----------
        matrices : sequence of float32 (V, S)
            Those whose rows travel: contexts' numbers, and what AdaGrad has summed of them.
        after : callable
            Called with s after each stratum.
        """
        failed: list[Exception] = []

        def safely(group: Iterable[int], s: int) -> None:
            try:
                for a in group if not failed else ():
                    train(a, s)
            except Exception as error:
                failed.append(error)

        *groups, last = np.array_split(self.mine, min(len(self.mine), GROUPS * threads))
        passing = _Passing([], 0, np.empty(0))
        for s in range(self.parts):
            work = [pool.submit(safely, group.tolist(), s) for group in groups]
            passing.end(matrices, self.parts)  # what the last group needs
            work.append(pool.submit(safely, last.tolist(), s))
            passing.until(work[0])
            if self.size > 1:
                passing = self._pass(self.mine[0] + s, self.mine[-1] + 1 + s, matrices, s)
            for each in work[1:]:
                passing.until(each)
            after(s)
        passing.end(matrices, self.parts)
        with together(self.comm):
            if failed:
                raise failed[0]

    def _pass(self, leaving: int, coming: int, matrices: Sequence[np.ndarray], s: int) -> _Passing:
        """Begin to pass one part to the rank before, and to get another from the rank after."""
        leaving, coming = leaving % self.parts, coming % self.parts
        outgoing = np.stack([each[leaving :: self.parts] for each in matrices])  # (2, R, S)
        incoming = np.stack([each[coming :: self.parts] for each in matrices])  # its numbers come
        self.sent += outgoing.nbytes
        before, after = (self.rank - 1) % self.size, (self.rank + 1) % self.size
        requests = [self.comm.Isend(outgoing, before, tag=s), self.comm.Irecv(incoming, after, tag=s)]
        return _Passing(requests, coming, incoming)

    def gather(self, matrices: Sequence[np.ndarray]) -> None:
        """Give every rank all rows, each from the rank that holds its part: after a `turn`, words' and
        contexts' alike.
        """
        for part, owner in enumerate(self.owners.tolist() if self.size > 1 else []):
            rows = np.stack([each[part :: self.parts] for each in matrices])
            self.comm.Bcast(rows, owner)
            if owner == self.rank:
                self.sent += rows.nbytes * (self.size - 1)
            else:
                for matrix, new in zip(matrices, rows, strict=True):
                    matrix[part :: self.parts] = new


class _Passing:
    """Messages under way."""

    def __init__(self, requests: list[Any], part: int, incoming: np.ndarray) -> None:
        self.requests, self.part, self.incoming = requests, part, incoming

    def until(self, work: Future) -> None:
        """Wait for a block to be trained; MPI moves messages only while it is called."""
        while not wait([work], None if self._arrived() else POLL).done:
            pass

    def end(self, matrices: Sequence[np.ndarray], parts: int) -> None:
        """Wait for the messages, and put down the rows that have come."""
        while not self._arrived():
            time.sleep(POLL)
        if len(self.incoming):
            for matrix, rows in zip(matrices, self.incoming, strict=True):
                matrix[self.part :: parts] = rows

    def _arrived(self) -> bool:
        return all([each.Test() for each in self.requests])  # subtle: a list, so that each is asked
