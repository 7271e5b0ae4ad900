"""Threads that read different parts of a text and move the same vectors, without locks.

Two threads seldom hold the same row at once, and where they do one step is lost among millions (Niu et al.
2011, "Hogwild!").  The loop releases the interpreter's lock, so Python's own threads are enough.  What they
move most is not shared: ``thread_copies.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event, Lock

import numpy as np

CHUNK = 1 << 14  # tokens a thread reads before it looks what to read next: some 10 ms
SMALLER = 16  # times: the last chunks, so that no thread waits long for another's
GLANCE = 0.2  # seconds between two looks at the progress


def read_once(
    tokens_count: int,
    threads: int,
    read: Callable[[int, int, int], None],
    report: Callable[[], object],
    chunk: int = CHUNK,
) -> None:
    """Read a text once: ``read(thread, start, stop)`` for each chunk.

    Each thread reads a part of its own, from the beginning; then, from the end, what slower threads have
    left.  Of several threads' parts the last chunks are smaller, so that all threads end at once.

    Parameters
    ----------
    read : callable
        Releases the interpreter's lock while it works.
    report : callable
        Called now and then in the calling thread, and at the end.

    Raises
    ------
    Whatever ``read`` raises; and KeyboardInterrupt, after which the threads end at their next chunk.
    """
    edges = np.linspace(0, tokens_count, threads + 1).astype(np.int64).tolist()
    left = [list(part) for part in itertools.pairwise(edges)]  # what is left of each part: [start, stop]
    smallest = -(-chunk // SMALLER)
    taking, cancelled = Lock(), Event()

    def take(thread: int) -> tuple[int, int]:
        """The next chunk: the first of the thread's own part, or the last of the part that has most left."""
        with taking:
            own = left[thread]
            part = own if own[0] < own[1] else max(left, key=lambda each: each[1] - each[0])
            size = chunk if threads == 1 else max(min((part[1] - part[0]) // 4, chunk), smallest)
            size = min(size, part[1] - part[0])
            if part is own:
                part[0] += size
                return part[0] - size, part[0]
            part[1] -= size
            return part[1], part[1] + size

    def work(thread: int) -> None:
        start, stop = take(thread)
        while start < stop and not cancelled.is_set():
            read(thread, start, stop)
            start, stop = take(thread)

    with ThreadPoolExecutor(threads) as pool:
        waiting: set[Future[None]] = {pool.submit(work, thread) for thread in range(threads)}
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=GLANCE)
                for each in finished:
                    each.result()
                report()
        finally:
            cancelled.set()
