"""Training on ranks of MPI, measured on this machine, and on paper for 2 to 64 of them: RESULTS-cluster.md.

    python benchmarks/cluster.py --train TEXT --questions questions-words.txt --glove SMALLER_TEXT

A part that is done is kept in --work and not done again.  Words: ``cluster_words.py``, the paper:
``cluster_paper.py``; GloVe: ``cluster_glove.py``; networks: ``cluster_networks.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import cluster_glove
import cluster_networks
import cluster_paper
import numpy as np
from cutaway.text import Word2Vec

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS-cluster.md"
WORDS: dict[str, tuple[int, list[str]]] = {  # name: ranks, flags of cluster_words.py
    "one process": (1, []),
    "rounds of 4 slices, one process": (1, ["--slices", "4", "--threads", "2"]),
    "frequent, 2 ranks": (2, ["--sync", "frequent"]),
    "frequent, 4 ranks": (4, ["--sync", "frequent"]),
    "frequent, 4 ranks, period 65,536": (4, ["--sync", "frequent", "--period", "65536"]),
    "merge, 2 ranks": (2, ["--sync", "merge"]),
    "merge, 4 ranks": (4, ["--sync", "merge"]),
    "one process, smaller text": (1, []),
    "rounds, 4 ranks, smaller text": (4, ["--sync", "rounds"]),
}
NOTES = (
    "Words a second are those of all ranks, in the faster epoch; with more ranks than cores they say what meeting "
    "costs, not what machines would bring. Rounds on ranks give, to the bit, the vectors of as many slices in one "
    "process (`tests/ranks/test_word_vectors.py`), so their analogies are those of *rounds of 4 slices*."
)


def run(command: list[str], ranks: int) -> str:
    """What a program printed last, under mpiexec if there are several ranks."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    start = [shutil.which("mpiexec", path=path) or "mpiexec", "-n", str(ranks)] if ranks > 1 else []
    told = subprocess.run([*start, sys.executable, *command], check=True, stdout=subprocess.PIPE, text=True)
    return told.stdout.strip().splitlines()[-1]


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """All parts, done now or kept from before."""
    found: dict[str, Any] = {}
    for name, (ranks, flags) in WORDS.items():
        path = arguments.work / f"{name}.json"
        chosen = arguments.glove if "smaller" in name else arguments.train
        text = ["--train", chosen, "--questions", arguments.questions]
        if not path.exists():
            print(f"{name} ...", file=sys.stderr, flush=True)
            path.write_text(run([str(HERE / "cluster_words.py"), *text, *flags], ranks), encoding="utf-8")
        found[name] = json.loads(path.read_text(encoding="utf-8"))
    for name, flags in (("glove", ["--train", arguments.glove]), ("networks", [])):
        path = arguments.work / f"{name}.json"
        if not path.exists():
            print(f"{name} ...", file=sys.stderr, flush=True)
            run([str(HERE / f"cluster_{name}.py"), *flags, "--json", str(path)], 1)
        found[name] = json.loads(path.read_text(encoding="utf-8"))
    return found


def words_table(found: dict[str, Any]) -> list[str]:
    """Speed, bytes and analogies of each way of meeting."""
    lines = [
        "| | words a second | bytes sent a word | loss | analogies |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name in WORDS:
        one = found[name]
        lines.append(
            f"| {name} | {one['words_per_second'] / 1e6:.2f} M | {one['bytes_per_word']:.1f} "
            f"| {one['loss']:.4f} | {100 * one['analogies']:.1f} % |"
        )
    return lines


def networks_tables(found: dict[str, Any]) -> list[str]:
    """What a step takes on ranks of this machine, what it would take on others, and how equal ranks are."""
    lines = [
        "Times in seconds, one thread a rank; *alone*: a step of every rank for itself, all at the same time; "
        "*hidden*: the part of the bytes that has arrived when the last rank is through with its backward pass.",
        "",
        "| network | ranks | images a rank | alone | with sums | MB a step | hidden | images a second |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in found["times"]:
        hidden = "" if one["hidden"] is None else f"{100 * one['hidden']:.0f} %"
        lines.append(
            f"| {one['network']} | {one['ranks']} | {one['images_a_rank']} | {one['alone']:.3f} | {one['step']:.3f} "
            f"| {one['bytes_a_step'] / 1e6:.1f} | {hidden} | {one['images_a_second']:.1f} |"
        )
    lines += ["", "### On paper: images a second, times one machine's", ""]
    machines = [2, 8, 64]
    lines += ["| network | network speed | " + " | ".join(f"{n} machines" for n in machines) + " |"]
    lines += ["| --- | --- | " + " | ".join("---:" for _ in machines) + " |"]
    for one in (each for each in found["times"] if each["ranks"] == 1):
        parts = one["forward"], one["backward"], one["bytes_a_step"]
        buckets = {"buckets": one["buckets"], "last_bytes": one["last_bytes"]}
        for gigabits in (1, 10, 100):
            times = [cluster_networks.step_seconds(*parts, n, gigabits, **buckets) for n in machines]
            alone = one["forward"] + one["backward"]
            shown = " | ".join(f"x {n * alone / time:.1f}" for n, time in zip(machines, times, strict=True))
            lines.append(f"| {one['network']} | {gigabits} Gb/s | {shown} |")
    lines += ["", "Largest difference of a parameter between ranks and one process after 20 steps:", ""]
    for one in found["equality"]:
        told = "; ".join(
            f"{name}: {value:.1e}" for name, value in one.items() if name not in ("ranks", "steps")
        )
        lines.append(f"- {one['ranks']} ranks: {told}")
    return lines


class Beginning:
    """As much of a training's state as counting its steps needs."""

    epoch, random = 0, (1,)


def on_paper(speed: float) -> list[str]:
    """Tables for a corpus of 10^11 words, a million different, whose counts fall as 1 / rank."""
    words = 1_000_000
    counts = cluster_paper.CORPUS / np.arange(1, words + 1) / np.log(words)
    model = Word2Vec(cbow=True, sample=1e-4)
    counts = np.insert(counts, 0, cluster_paper.CORPUS / 20).astype(np.int64)
    text = cluster_paper.text(counts, model.options, Beginning(), 100)
    return [*cluster_paper.table(text, speed), "", *cluster_paper.stops(text, speed)]


def _beside(one: dict[str, Any], other: dict[str, Any]) -> str:
    more = 100 * (other["analogies"] - one["analogies"])
    return f"{abs(more):.1f} points {'above' if more >= 0 else 'below'}"


def page(found: dict[str, Any], arguments: argparse.Namespace) -> str:
    """The results as Markdown."""
    one, four = found["one process"], found["frequent, 4 ranks"]
    lines = [
        "# Training on ranks of MPI",
        "",
        f"{date.today()}, {platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}. Command: `python benchmarks/cluster.py --train TEXT --questions FILE "
        "--glove SMALLER_TEXT`.",
        "",
        f"## Word vectors: CBOW, 100 numbers, 2 epochs of {one['tokens']:,} words, {one['words']:,} different",
        "",
        *words_table(found),
        "",
        NOTES,
        "",
        f"Four ranks whose frequent rows meet every 8,192 tokens are {_beside(one, four)} one process, every "
        f"65,536 {_beside(one, found['frequent, 4 ranks, period 65,536'])} it; rounds of 4 slices "
        f"{_beside(one, found['rounds of 4 slices, one process'])}, two parts trained apart and merged "
        f"{_beside(one, found['merge, 2 ranks'])}, four {_beside(one, found['merge, 4 ranks'])}. A text of 10^11 "
        "words has parts so large that what meets seldom should lose less; that is not measured.",
        "",
        "### On paper: machines of this speed on stated networks, 10^11 words, a million different",
        "",
        "Words a second, and how many times one machine's. *rounds*: slices of 8,192 tokens; *frequent*: with so "
        "many tokens of a rank between two meetings. The formulas: `benchmarks/cluster_paper.py`.",
        "",
        *on_paper(one["words_per_second"]),
        "",
        "## GloVe: a ring",
        "",
        cluster_glove.table(found["glove"]["results"]),
        "",
        "## Networks",
        "",
        *networks_tables(found["networks"]),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", required=True, metavar="TEXT")
    parser.add_argument("--questions", required=True, metavar="FILE")
    parser.add_argument("--glove", required=True, metavar="TEXT", help="a smaller one, also for rounds")
    parser.add_argument("--work", type=Path, default=Path("cluster-work"), help="folder of finished parts")
    arguments = parser.parse_args()
    arguments.work.mkdir(exist_ok=True)
    RESULTS.write_text(page(measured(arguments), arguments), encoding="utf-8")


if __name__ == "__main__":
    main()
