"""The number of threads, for the C kernels and the Numba kernels alike.

No result depends on it: work is cut into pieces that own what they write, whatever runs it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from . import native

MOST = 2**16  # far more than there are cores, far less than what an int of C holds


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _default() -> int:
    asked = os.environ.get("CUTAWAY_NUM_THREADS", "").strip()
    return _checked("CUTAWAY_NUM_THREADS", int(asked) if asked.isdecimal() else asked) if asked else _cores()


def _checked(asked_by: str, count: Any) -> int:
    """Return the number of threads, or raise ValueError."""
    try:
        whole = int(count)
    except (TypeError, ValueError, OverflowError):
        whole = 0
    if whole != count or not 1 <= whole <= MOST:
        raise ValueError(
            f"{asked_by}: expected a whole number of at least 1, at most {MOST:,}, got {count!r}"
        )
    return whole


_count = _default()
_pool: ThreadPoolExecutor | None = None
native.when_loaded(lambda kernels: kernels.set_num_threads(_count))


def get_num_threads() -> int:
    """Return how many threads the kernels use: at first, the number of cores this process may run on."""
    return _count


def set_num_threads(count: int) -> None:
    """Let the kernels use `count` threads from now on."""
    global _count
    _count = _checked("set_num_threads", count)
    compiled = native.load() if native.is_loaded() else None
    if compiled is not None:
        compiled.set_num_threads(_count)


def parallel(task: Callable, count: int, *arguments: object) -> None:
    """Call `task(i, *arguments)` for i in 0 .. count-1 on several threads; good for tasks without the GIL.

    Numba's own threads are not used: some of its threading layers end the process when two Python threads
    call at once.
    """
    global _pool
    if _count == 1 or count <= 1:
        for i in range(count):
            task(i, *arguments)
        return
    pool = _pool
    if pool is None or pool._max_workers < _count:
        pool = _pool = ThreadPoolExecutor(_count, thread_name_prefix="cutaway")
    lanes = min(_count, count)
    waiting = [pool.submit(_take_turns, task, lane, count, lanes, arguments) for lane in range(1, lanes)]
    _take_turns(task, 0, count, lanes, arguments)
    for each in waiting:
        each.result()


def _take_turns(task: Callable, first: int, count: int, step: int, arguments: tuple) -> None:
    for i in range(first, count, step):
        task(i, *arguments)


def _forget() -> None:
    global _pool
    _pool = None  # threads do not survive a fork


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
