"""Many machines on paper: what each way of meeting would give on 2 to 64 machines and stated networks.

A machine trains s words a second, alone (measured).  A token of text moves row r of v or v' a_r times, on
average (`EmbeddingTraining.steps_in`), so a piece of L tokens moves it at all with the probability
1 - exp(-L a_r).  A network of B bytes a second has the latency l for a message.  N machines:

rounds     of N slices of L tokens.  M(n) = sum over rows of 1 - exp(-n L a_r) rows are moved by n slices; a
           machine sends (N - 1) / N of the rows of its own slice and as much of the new rows of all, M(N),
           and waits:   words/s = N L / (L / s + bytes / B + 2 (N - 1) l)
frequent   each period of P tokens.  A meeting sends twice (N - 1) / N of the moved rows (a ring), in three
           messages, while training goes on:   words/s = N P / max(P / s, bytes / B + 6 (N - 1) l)
merge      N s words/s; vectors meet once.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from cutaway.text.embeddings.deterministic import LONGEST
from cutaway.text.embeddings.mpi.frequent import LEAST
from cutaway.text.embeddings.training import EmbeddingTraining

NETWORKS = {"1 Gb/s": (1e9 / 8, 50e-6), "10 Gb/s": (1e10 / 8, 20e-6), "100 Gb/s": (1e11 / 8, 2e-6)}
PERIODS = (8192, 65536, 524288)  # tokens of a machine between two meetings
MACHINES = (2, 4, 8, 16, 32, 64)
CORPUS = 1e11  # words


class Text(NamedTuple):
    """How often a token moves each row of v and of v', and the bytes of a row."""

    steps: list[np.ndarray]
    row_bytes: int


def text(counts: np.ndarray, options: object, state: object, dim: int) -> Text:
    """Of a vocabulary's counts and the options of a model."""
    training = EmbeddingTraining(options, state, counts, np.zeros(0, np.int32))  # type: ignore[arg-type]
    return Text(list(training.steps_in(counts)), 4 * (dim + 1))


def moved(text: Text, tokens: float) -> float:
    """Rows that so many tokens move."""
    return sum(float(-np.expm1(-tokens * steps).sum()) for steps in text.steps)


def round_bytes(text: Text, machines: int, length: float = LONGEST) -> float:
    """What a machine sends in a round."""
    rows = moved(text, length) + moved(text, machines * length)
    return rows * text.row_bytes * (machines - 1) / machines


def meeting_bytes(text: Text, machines: int, period: float) -> float:
    """What a machine sends in a meeting, on average."""
    rows, looked_at = 0.0, 0.0
    for steps in text.steps:
        steps = -np.sort(-steps)
        first, every = 0, 1
        while first < len(steps):
            last = LEAST * every
            rows += float(-np.expm1(-machines * period * every * steps[first:last]).sum()) / every
            looked_at += len(steps[first:last]) / every
            first, every = last, 2 * every
    return 2 * (machines - 1) / machines * (rows * (text.row_bytes - 4) + looked_at)


def rounds(text: Text, machines: int, speed: float, network: tuple[float, float]) -> float:
    """Words a second."""
    rate, latency = network
    seconds = LONGEST / speed + round_bytes(text, machines) / rate + 2 * (machines - 1) * latency
    return machines * LONGEST / seconds


def frequent(text: Text, machines: int, speed: float, network: tuple[float, float], period: int) -> float:
    """Words a second."""
    rate, latency = network
    meeting = meeting_bytes(text, machines, period) / rate + 6 * (machines - 1) * latency
    return machines * period / max(period / speed, meeting)


def table(text: Text, speed: float) -> list[str]:
    """Words a second, and how many times one machine's, for all networks and numbers of machines."""
    lines = [
        "| network | machines | rounds | frequent, 8,192 | frequent, 65,536 | frequent, 524,288 | merge |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, network in NETWORKS.items():
        for machines in MACHINES:
            speeds = [rounds(text, machines, speed, network)]
            speeds += [frequent(text, machines, speed, network, period) for period in PERIODS]
            speeds += [machines * speed]
            shown = " | ".join(f"{each / 1e6:.1f} M, x {each / speed:.2g}" for each in speeds)
            lines.append(f"| {name} | {machines} | {shown} |")
    return lines


def stops(text: Text, speed: float) -> list[str]:
    """Where each way begins to pay, and where it stops: from the same formulas."""
    ways = {"rounds": rounds}
    for period in PERIODS:
        ways[f"frequent, {period:,}"] = functools.partial(frequent, period=period)
    lines = ["| network | way | faster than one machine | at least half of N times one machine |"]
    lines.append("| --- | --- | --- | --- |")
    for name, network in NETWORKS.items():
        for way, words in ways.items():
            gains = {machines: words(text, machines, speed, network) / speed for machines in MACHINES}
            faster = [machines for machines, gain in gains.items() if gain > 1]
            half = [machines for machines, gain in gains.items() if gain >= machines / 2]
            begins = f"from {faster[0]} machines on" if faster else "never, up to 64"
            ends = f"from {half[0]} to {half[-1]}" if half else "never"
            lines.append(f"| {name} | {way} | {begins} | {ends} |")
    return lines
