"""GloVe on 1, 2 and 4 ranks of one thread each, on this machine: cells a second, bytes a pass, cost reached.

    python benchmarks/cluster_glove.py --train TEXT --json FILE

Each run is a process of its own under ``mpiexec``, and counts and trains the whole text: a rank has each
N-th sentence.  "alone" is one process without MPI, whose cells are in another order.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from cutaway.core.ranks import world
from cutaway.text import GloVe, encode

RANKS = (0, 1, 2, 4)  # 0: alone
SETTINGS = {"dim": 100, "window": 10, "x_max": 10.0, "min_count": 5, "seed": 1, "memory": 1.0}


def shard(tokens: np.ndarray, rank: int, size: int) -> np.ndarray:
    """Each ``size``-th sentence, from number ``rank`` on.

    >>> shard(np.array([1, 2, 0, 3, 0, 4, 0]), 0, 2).tolist()
    [1, 2, 0, 4, 0]
    """
    sentence = np.cumsum(tokens == 0) - (tokens == 0)
    return tokens[sentence % size == rank]


def measure(text: Path, epochs: int, ring: bool) -> dict[str, Any]:
    """Train in this process, which may be one of several ranks; returns what was found."""
    comm: Any = world()
    kind = type("GloVe", (GloVe,), {"in_parts": True}) if ring else GloVe  # a ring even of one
    vocabulary, tokens = encode(text, SETTINGS["min_count"])
    if comm is not None:
        tokens = shard(tokens, comm.rank, comm.size)
        comm.Barrier()
    model, began = kind(**SETTINGS, epochs=epochs, comm=comm), time.perf_counter()
    model.fit_tokens(vocabulary, tokens, progress=False)
    seconds = time.perf_counter() - began
    counting = seconds - sum(entry["seconds"] for entry in model.history)
    return {
        "words": len(vocabulary) - 1,
        "cells": round(model.history[0]["cells_per_second"] * model.history[0]["seconds"]),
        "counting, seconds": counting,
        "cells a second": statistics.median(entry["cells_per_second"] for entry in model.history),
        "bytes a pass": model.history[0].get("bytes_sent", 0),
        "bytes of the last": model.history[-1].get("bytes_sent", 0),
        "cost": [entry["loss"] for entry in model.history],
        "check of w": f"{zlib.crc32(model.w.data):08x}",
    }


def run(ranks: int, text: Path, epochs: int, found: Path) -> dict[str, Any]:
    """What `measure` finds on so many ranks."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, __file__, "--train", str(text), "--json", str(found), "--epochs", str(epochs)]
    command += ["--worker", "ring" if ranks else "alone"]
    if ranks > 1:
        command = [shutil.which("mpiexec", path=path) or "mpiexec", "-n", str(ranks), *command]
    one_thread = {"CUTAWAY_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, env=os.environ | one_thread)
    return json.loads(found.read_text(encoding="utf-8"))


def table(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown."""
    lines = ["| ranks | counting | cells a second | MB sent a pass | cost of the last pass | w |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for ranks, one in results.items():
        speed, sent = one["cells a second"] / 1e6, one["bytes a pass"] / 1e6
        counted, cost = one["counting, seconds"], one["cost"][-1]
        lines.append(
            f"| {ranks} | {counted:.1f} s | {speed:.2f} M | {sent:.1f} | {cost:.6f} | {one['check of w']} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", type=Path, required=True, help="a text, a sentence a line")
    parser.add_argument("--json", type=Path, required=True, help="file for the results")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--worker", choices=["ring", "alone"], help="(for the runs themselves)")
    given = parser.parse_args()
    if given.worker:
        found = measure(given.train, given.epochs, given.worker == "ring")
        comm = world()
        if comm is None or comm.rank == 0:
            given.json.write_text(json.dumps(found), encoding="utf-8")
        return
    results = {}
    for ranks in RANKS:
        found = given.json.with_suffix(".part")
        results[str(ranks) if ranks else "alone"] = run(ranks, given.train, given.epochs, found)
        found.unlink()
        print(table(results), flush=True)
    about = {"cores": os.cpu_count(), "settings": SETTINGS, "results": results}
    given.json.write_text(json.dumps(about, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
