"""Compare the kernels, and a training step, with PyTorch; write a dated table to benchmarks/RESULTS.md.

    make bench                                                     in an environment of its own, with PyTorch
    python benchmarks/kernels.py [--python PYTHON_WITH_TORCH] [--only WORD] [--rounds 7] [--dry]

Contestants run in processes of their own, because two thread pools in one process slow each other down, and
take turns, so that all meet the same disturbances:

    cutaway       as it is
    torch         as installed
    torch tuned   with the C library's thresholds raised: no page faults on large tensors
    torch best    tuned, and channels_last: for the networks, in float32
    numba         cutaway without its C kernels: for dense 3x3 kernels

A ratio is PyTorch's median time divided by cutaway's: above 1, cutaway is faster.  The same figures go to
RESULTS.json, from which roofline.py draws roofline.png.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

from cutaway.ext.peak import bandwidth, peak_flops
from kernels_cases import CASES, NETWORKS, work
from roofline import draw

HERE = Path(__file__).parent
TUNED = {
    "MALLOC_MMAP_THRESHOLD_": "8589934592",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}
SHOWN = ("cutaway", "torch", "torch tuned", "torch best")
REST = 0.3  # seconds between turns: an OpenMP pool keeps its threads spinning for 0.2


class Contestant:
    """A process that answers cases with times."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.version = self._read()["version"]

    def ask(self, case: dict, samples: int) -> dict:
        """Return {"wall": seconds per call, one per sample; "cpu": the same; "peak": MB so far}."""
        print(json.dumps({"case": case, "samples": samples}), file=self.process.stdin, flush=True)
        return self._read()

    def _read(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended; see its message above")
        return json.loads(line)


def contestants(python: str, threads: int) -> list[Contestant]:
    """Start all contestants."""
    base = {"CUTAWAY_NUM_THREADS": str(threads)}
    own = [sys.executable, str(HERE / "kernels_cutaway.py")]
    peer = [python, str(HERE / "kernels_torch.py")]
    return [
        Contestant("cutaway", own, base),
        Contestant("torch", peer, base),
        Contestant("torch tuned", peer, {**base, **TUNED}),
        Contestant("torch best", [*peer, "--channels-last"], {**base, **TUNED}),
        Contestant("numba", own, {**base, "CUTAWAY_KERNELS": "numba"}),
    ]


def measure(case: dict, entrants: list[Contestant], rounds: int) -> dict[str, dict]:
    """Return by contestant the median seconds of a call, and for networks the peak memory in MB."""
    dense = case.get("w", ())[2:] == (3, 3) and case["x"][1] >= 32 and case.get("groups", 1) == 1
    whole = case["kind"] in NETWORKS
    idle = {"torch best": not whole, "numba": not dense or case.get("stride", 1) > 1}
    entrants = [each for each in entrants if not idle.get(each.name)]
    found: dict[str, list[dict]] = {each.name: [] for each in entrants}
    for turn in range(rounds):
        for each in entrants if turn % 2 else entrants[::-1]:
            found[each.name].append(each.ask(case, 1 if whole else 3))
            time.sleep(REST)
    return {
        name: {
            "seconds": statistics.median(t for each in answers for t in each["wall"]),
            "cpu": statistics.median(t for each in answers for t in each["cpu"]),
            "peak": answers[-1]["peak"],
        }
        for name, answers in found.items()
    }


def row(case: dict, found: dict[str, dict]) -> str:
    """Return one line of the table, ratios first."""
    own = found["cutaway"]
    cells = [case["name"]]
    for name in ("torch", "torch tuned", "torch best"):
        cells.append(f"{found[name]['seconds'] / own['seconds']:.2f}" if name in found else "")
    cells.append(f"{found['torch']['seconds'] / found['numba']['seconds']:.2f}" if "numba" in found else "")
    shown = [found[name] for name in SHOWN if name in found]
    cells.append(" / ".join(f"{each['seconds'] * 1e3:.1f}" for each in shown))
    cells.append(" / ".join(f"{each['cpu'] * 1e3:.1f}" for each in shown))
    cells.append(" / ".join(f"{each['peak']:.0f}" for each in shown) if case["kind"] in NETWORKS else "")
    return "| " + " | ".join(cells) + " |"


def record(case: dict, found: dict[str, dict]) -> dict:
    """Return what RESULTS.json keeps of a case: with the work of a convolution, for the roofline."""
    kept = {
        "name": case["name"],
        "kind": case["kind"],
        "seconds": {n: e["seconds"] for n, e in found.items()},
    }
    if "w" in case:
        kept["work"] = work(case)
    return kept


def processor() -> str:
    """Return the processor's name."""
    if Path("/proc/cpuinfo").exists():
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor()


def header(entrants: list[Contestant], threads: int, rounds: int) -> str:
    """Return what a reader needs to judge or repeat the table."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False
    )
    versions = ", ".join(dict.fromkeys(each.version for each in entrants))
    return "\n".join(
        [
            f"## Kernels, {datetime.date.today()}",
            "",
            f"{processor()}, {threads} threads; Python {platform.python_version()}, {versions}; "
            f"commit {commit.stdout.strip() or 'unknown'}.",
            f"Command: `make bench ROUNDS={rounds}`. Ratio: PyTorch's median time / cutaway's; the column Numba: "
            "PyTorch's as installed / that of cutaway without C kernels.",
            "",
            "| case | vs torch | vs tuned | vs best | Numba | ms, in that order after cutaway | CPU ms | peak MB |",
            "| --- | ---: | ---: | ---: | ---: | --- | --- | --- |",
        ]
    )


def main() -> None:
    """Measure all cases, print the table as it grows, and add it to RESULTS.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default=sys.executable, help="a Python interpreter that has torch")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="measure the cases whose name contains this")
    parser.add_argument("--dry", action="store_true", help="print only")
    options = parser.parse_args()
    peak = {"flops": peak_flops(), "bandwidth": bandwidth() * options.threads}
    entrants = contestants(options.python, options.threads)
    lines, kept = [header(entrants, options.threads, options.rounds)], []
    print(lines[0])
    for case in CASES:
        if options.only in case["name"]:
            found = measure(case, entrants, options.rounds)
            lines.append(row(case, found))
            kept.append(record(case, found))
            print(lines[-1], flush=True)
    if not options.dry:
        (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n")
        about = {"date": str(datetime.date.today()), "threads": options.threads, "peak": peak, "cases": kept}
        (HERE / "RESULTS.json").write_text(json.dumps(about, indent=1) + "\n")
        if any("work" in case for case in kept):
            draw(HERE / "RESULTS.json", HERE / "roofline.png")


if __name__ == "__main__":
    main()
