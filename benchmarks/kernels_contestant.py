"""The side of a contestant: cases come as lines of JSON, times go back.  Needs nothing but Python."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable

SAMPLE_SECONDS = 0.04  # calls shorter than this are repeated within one sample


def answer(prepare: Callable[[dict], Callable[[], object]], version: str) -> None:
    """Serve requests {"case": ..., "samples": n} until stdin ends; answer {"wall", "cpu", "peak"}."""
    print(json.dumps({"version": version}), flush=True)
    name, call, repeats = None, None, 1
    for line in sys.stdin:
        request = json.loads(line)
        if request["case"]["name"] != name:
            name, call = request["case"]["name"], None  # frees the last case's arrays first
            call = prepare(request["case"])
            repeats = _repeats(call)
        wall, cpu = zip(*(_sample(call, repeats) for _ in range(request["samples"])), strict=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak}), flush=True)


def _sample(call: Callable[[], object], repeats: int) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - wall) / repeats, (time.process_time() - cpu) / repeats


def _repeats(call: Callable[[], object]) -> int:
    for _ in range(2):  # the first call loads and compiles
        once, _ = _sample(call, 1)
    return max(1, round(SAMPLE_SECONDS / once))
