"""Sums of arrays over ranks that are under way while the last of the arrays are still being computed.

MPI's sums that go on in the background (Iallreduce) must begin in the same order on all ranks, so arrays go
into buckets by an order that all have agreed on, and a bucket leaves when it is full and those before it have
left: at first from the last array to the first, and after one sum as rank 0 saw them come.  MPICH moves data
only inside of its own calls: each new array gives it the occasion.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class Bucket:
    """Arrays that travel together: ``views`` of one array, by number."""

    def __init__(self, numbers: Sequence[int], like: Sequence[Any]):
        ends = np.cumsum([like[i].size for i in numbers])
        self.values = np.zeros(ends[-1], like[numbers[0]].dtype)
        parts = zip(numbers, np.split(self.values, ends[:-1]), strict=True)
        self.views = {i: part.reshape(like[i].shape) for i, part in parts}
        self.missing = set(numbers)


class Buckets:
    """Arrays of fixed shapes, by number, that are summed over the ranks; again and again.

    Parameters
    ----------
    comm : an MPI communicator that has no other messages meanwhile.
    like : for each number something with the array's shape and dtype.
    most : bytes of a bucket; a larger array has one of its own.

    Attributes
    ----------
    arrived : the numbers of this sum's arrays, in the order in which they came.
    """

    def __init__(self, comm: Any, like: Sequence[Any], most: int):
        from mpi4py import MPI

        self.comm, self.like, self.most = comm, like, most
        self._wait, self._poll, self._in_place = MPI.Request.Waitall, MPI.Request.Testall, MPI.IN_PLACE
        self.arrived: list[int] = []
        self._requests: list[Any] = []
        self._sent, self._is_agreed = 0, False
        self._lay_out(range(len(like) - 1, -1, -1))

    def _lay_out(self, order: Sequence[int]) -> None:
        """Make buckets of arrays that are neighbours in the order, and of one type."""
        groups: list[list[int]] = []
        room, dtype = 0, None
        for i in order:
            each = self.like[i]
            size = each.size * each.dtype.itemsize
            if each.dtype != dtype or size > room:
                groups.append([])
                room, dtype = self.most, each.dtype
            groups[-1].append(i)
            room -= size
        self.buckets = [Bucket(group, self.like) for group in groups]
        self._of = {i: bucket for bucket in self.buckets for i in bucket.views}

    def __getitem__(self, i: int) -> np.ndarray:
        """Return the sum, which is there until the next `put`."""
        return self._of[i].views[i]

    def put(self, i: int, values: np.ndarray) -> None:
        """Take this rank's array; TypeError for another type or shape than it was made for."""
        bucket = self._of[i]
        view = bucket.views[i]
        if values.dtype != view.dtype or values.shape != view.shape:
            came = f"{values.dtype} {values.shape}"
            raise TypeError(f"AllReduce was made for a gradient {view.dtype} {view.shape}, came {came}")
        view[...] = values
        bucket.missing.discard(i)
        self.arrived.append(i)
        self._send()

    def _send(self, all_of_them: bool = False) -> None:
        while self._sent < len(self.buckets) and (all_of_them or not self.buckets[self._sent].missing):
            values = self.buckets[self._sent].values
            self._requests.append(self.comm.Iallreduce(self._in_place, values))
            self._sent += 1
        self._poll(self._requests)

    def sum(self, note: np.ndarray) -> np.ndarray:
        """Wait for the sums, in which this rank's absent arrays are 0; return that of the notes, float64."""
        for bucket in self.buckets:
            for i in bucket.missing:
                bucket.views[i][...] = 0
        self._send(all_of_them=True)
        total = np.zeros_like(note)
        self._requests.append(self.comm.Iallreduce(note, total))
        self._wait(self._requests)
        self._requests.clear()
        return total

    def restart(self) -> None:
        """Forget what arrived: the next sum begins.  After the first, rank 0's order becomes everybody's."""
        order, self.arrived, self._sent = self.arrived, [], 0
        if not self._is_agreed:
            order = self.comm.bcast(order)
            self._is_agreed = bool(order)
            last = set(range(len(self.like))) - set(order)
            if order:
                self._lay_out([*order, *sorted(last, reverse=True)])
        for bucket in self.buckets:
            bucket.missing = set(bucket.views)
