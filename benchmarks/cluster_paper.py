"""Many machines on paper: what each way of meeting would give on 2 to 64 machines and stated networks.

A machine trains s words a second, alone (measured).  A token of text moves row r of v or v' a_r times, on
average (`EmbeddingTraining.steps_in`), so a piece of L tokens moves it at all with the probability
1 - exp(-L a_r).  A network of B bytes a second has the latency l for a message.  N machines:

rounds     of N slices of L tokens.  M(n) = sum over rows of 1 - exp(-n L a_r) rows are moved by n slices; a
           machine sends (N - 1) / N of the rows of its own slice and as much of the new rows of all, M(N),
           and waits:   words/s = N L / (L / s + bytes / B + 2 (N - 1) l)
frequent   training does not wait, N s words/s; but a meeting takes T = bytes / B + 2 (N - 1) l with bytes twice
           (N - 1) / N of the moved rows (a ring), and rows meet no more often than every T s tokens.
merge      N s words/s; vectors meet once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from cutaway.text.embeddings.deterministic import LONGEST
from cutaway.text.embeddings.mpi.frequent import LEAST
from cutaway.text.embeddings.training import EmbeddingTraining

NETWORKS = {"1 Gb/s": (1e9 / 8, 50e-6), "10 Gb/s": (1e10 / 8, 20e-6), "100 Gb/s": (1e11 / 8, 2e-6)}
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


def meeting_bytes(text: Text, machines: int, period: float = 8192) -> float:
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


def frequent_period(text: Text, machines: int, speed: float, network: tuple[float, float]) -> float:
    """Tokens of a machine between two meetings: what is asked for, or what the network allows."""
    (rate, latency), period = network, float(PERIOD)
    for _ in range(50):  # a longer period moves more rows: to where it stays
        seconds = meeting_bytes(text, machines, period) / rate + 2 * (machines - 1) * latency
        period = max(PERIOD, seconds * speed)
    return period


def table(text: Text, speed: float) -> list[str]:
    """Words a second, and tokens between meetings, for all networks and numbers of machines."""
    lines = [
        "| network | machines | rounds, words/s | x one | days | frequent and merge, words/s | days "
        "| frequent: tokens between meetings |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, network in NETWORKS.items():
        for machines in MACHINES:
            in_rounds, aside = rounds(text, machines, speed, network), machines * speed
            period = frequent_period(text, machines, speed, network)
            days = [f"{CORPUS / each / 86400:.2f}" for each in (in_rounds, aside)]
            lines.append(
                f"| {name} | {machines} | {in_rounds / 1e6:.2f} M | {in_rounds / speed:.2f} | {days[0]} "
                f"| {aside / 1e6:.1f} M | {days[1]} | {period:,.0f} |"
            )
    return lines
