"""The engine's overhead: a chain of scalar steps y = y * a + b, forward and backward, against PyTorch and
HIPS autograd.

    python benchmarks/chain.py --python PYTHON_WITH_TORCH_AND_AUTOGRAD

Each contender runs in a process of its own, all of them in turn, several times; the medians are compared.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).with_name("RESULTS-chain.md")
STEPS = 10_000  # of two ops each

CUTAWAY = """
import time, cutaway
def run(n):
    a, b, y = (cutaway.tensor(v, requires_grad=True) for v in (0.999, 0.001, 1.0))
    start = time.perf_counter()
    for _ in range(n):
        y = y * a + b
    y.backward()
    return time.perf_counter() - start
version = cutaway.__version__
"""
TORCH = CUTAWAY.replace("cutaway", "torch")
AUTOGRAD = """
import time, importlib.metadata, autograd
def run(n):
    def chain(y, a, b):
        for _ in range(n):
            y = y * a + b
        return y
    start = time.perf_counter()
    autograd.grad(chain, (0, 1, 2))(1.0, 0.999, 0.001)
    return time.perf_counter() - start
version = importlib.metadata.version("autograd")
"""
MEASURE = """
run({steps} // 10)
print(version, min(run({steps}) for _ in range(5)) / {steps} / 2 * 1e6)
"""


def measure(python: str, program: str) -> tuple[str, float]:
    """Return a contender's version and its time per op, in microseconds."""
    code = program + MEASURE.format(steps=STEPS)
    out = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return out[0], float(out[1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default=sys.executable, help="interpreter that has torch and autograd")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    arguments = parser.parse_args()
    contenders = {
        "cutaway": (sys.executable, CUTAWAY),
        "PyTorch": (arguments.python, TORCH),
        "HIPS autograd": (arguments.python, AUTOGRAD),
    }
    times: dict[str, list[float]] = {name: [] for name in contenders}
    versions = {}
    for _ in range(arguments.rounds):
        for name, (python, program) in contenders.items():
            versions[name], time = measure(python, program)
            times[name].append(time)
    own = statistics.median(times["cutaway"])
    lines = [
        f"| {statistics.median(v) / own:.2f} | {statistics.median(v):.2f} | {name} {versions[name]} |"
        for name, v in times.items()
    ]
    table = "\n".join(["| time / cutaway's | microseconds an op | |", "| ---: | ---: | --- |", *lines])
    print(table)
    if arguments.write:
        FILE.write_text(
            f"# A chain of {STEPS:,} scalar steps `y = y * a + b`, forward and backward, per op\n\n{table}\n\n"
            f"{datetime.date.today()}, {platform.machine()}, {os.cpu_count()} cores, "
            f"Python {platform.python_version()}; "
            f"medians of {arguments.rounds} alternating runs in processes of their own.\n"
            "Command: `python benchmarks/chain.py --python PYTHON --write`\n"
        )


if __name__ == "__main__":
    main()
