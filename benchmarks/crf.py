"""The fully connected CRF: the compiled lattice against its readable twin and against exact sums.

    python benchmarks/crf.py [--rounds 3] [--threads 1] [--write]

Generated images: smooth colours with edges and noise, and a network's probabilities that are noisy.  Building
of the lattices is part of the time; compiling is not.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from cutaway.ext import kernels
from cutaway.vision import dense_crf

FILE = Path(__file__).with_name("RESULTS-crf.md")
SIZES = ((48, 64, 21), (240, 320, 21), (375, 500, 21))  # H, W, K; the last is an image of PASCAL VOC
LARGEST = {"lattice": 10**9, "reference": 100_000, "exact": 4000}  # pixels


def example(H: int, W: int, K: int) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (K, H, W) and an image (H, W, 3) of as many stripes as there are classes."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:H, :W]
    truth = ((x + 0.2 * H * np.sin(3 * y / H)) * K / W).astype(int) % K
    colours = rng.integers(30, 226, (K, 3))[truth] + 15 * np.sin(x / 30)[..., None]
    image = (colours + rng.normal(size=(H, W, 3)) * 8).clip(0, 255).astype(np.uint8)
    scores = rng.normal(size=(K, H, W)) + 2.5 * (np.arange(K)[:, None, None] == truth)
    P = np.exp(scores)
    return (P / P.sum(0)).astype(np.float32), image


def seconds(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure(rung: str, given: tuple[np.ndarray, np.ndarray], rounds: int) -> float:
    method = "exact" if rung == "exact" else "lattice"
    with kernels.use("reference" if rung == "reference" else None):
        return seconds(lambda: dense_crf(*given, method=method), 1 if rung == "reference" else rounds)


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )


def busy() -> str:
    """What else ran on the machine: the load average, where there is one."""
    return f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    arguments = parser.parse_args()
    kernels.set_num_threads(arguments.threads)
    dense_crf(*example(6, 8, 3))  # compiles
    rows = ["| time / compiled lattice's | seconds | | image, classes |", "| ---: | ---: | --- | --- |"]
    for H, W, K in SIZES:
        given, own = example(H, W, K), 0.0
        for rung, most in LARGEST.items():
            if most >= H * W:
                took = measure(rung, given, arguments.rounds)
                own = took if rung == "lattice" else own
                rows.append(f"| {took / own:.2f} | {took:.3f} | {rung} | {W} x {H}, {K} |")
    machine = (
        f"{processor()}, {os.cpu_count()} cores, {arguments.threads} thread(s) for the lattice, {busy()}"
    )
    table = "\n".join(rows)
    print(f"{table}\n{machine}")
    if arguments.write:
        FILE.write_text(
            "# `vision.dense_crf`, 10 iterations, with both kernels and the building of their lattices\n\n"
            f"{table}\n\n{datetime.date.today()}, {machine}, Python {platform.python_version()}, "
            f"NumPy {np.__version__};\nmedians of {arguments.rounds} runs, one of the reference.  The exact sums "
            "use NumPy's matrix product, on all cores.\n"
            f"Command: `python benchmarks/crf.py --rounds {arguments.rounds} --threads {arguments.threads} --write`\n"
        )


if __name__ == "__main__":
    main()
