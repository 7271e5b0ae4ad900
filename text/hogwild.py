"""Threads that read different parts of a text and move the same vectors, without locks.

Two threads seldom hold the same row at once, and where they do one step is lost among millions (Niu et al.
2011, "Hogwild!").  The loop releases the interpreter's lock, so Python's own threads are enough.  What they move
most is not shared: ``own_copies.py``.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

import numpy as np

CHUNK = 1 << 14  # tokens a thread reads before it looks what to read next: some 10 ms
GLANCE = 0.2  # seconds between two looks at the progress


def read_once(
    tokens_count: int,
    threads: int,
    read: Callable[[int, int, int], None],
    look: Callable[[], object],
    chunk: int = CHUNK,
) -> None:
    """Read a text once: ``read(thread, start, stop)`` for each chunk.

    Each thread reads a part of its own, from the beginning; then, from the end, what slower threads have left.

    Parameters
    ----------
    read : callable
        Releases the interpreter's lock while it works.
    look : callable
        Called now and then in the calling thread, and at the end.

    Raises
    ------
    Whatever ``read`` raises; and KeyboardInterrupt, after which the threads end at their next chunk.
    """
    edges = np.linspace(0, tokens_count, threads + 1).astype(np.int64).tolist()
    left = [
        deque((start, min(start + chunk, last)) for start in range(first, last, chunk))
        for first, last in itertools.pairwise(edges)
    ]
    cancelled = Event()

    def work(thread: int) -> None:
        while not cancelled.is_set():
            try:
                start, stop = left[thread].popleft() if left[thread] else max(left, key=len).pop()
            except IndexError:  # nothing is left, or another thread was faster and has nothing left either
                if not any(left):
                    return
                continue
            read(thread, start, stop)

    with ThreadPoolExecutor(threads) as pool:
        waiting: set[Future[None]] = {pool.submit(work, thread) for thread in range(threads)}
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=GLANCE)
                for each in finished:
                    each.result()
                look()
        finally:
            cancelled.set()
