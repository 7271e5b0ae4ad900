"""What a second thread brings to our models: for `benchmarks/text.py`, in a process of its own.

python text_scaling.py CASE TEXT TURNS

One thread, two threads, and two models with a thread each, side by side, take turns: a machine that is fast in one
minute and slow in the next is so for all three.  Prints the medians of the ratios, and their quartiles.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cutaway.text import encode
from text_contestant import SETTINGS, ours

EPOCHS = 3


def seconds(models: list[Any], text: tuple[Any, Any]) -> float:
    """The seconds of the clock of all epochs but the first, in which tables are made; the models' mean."""

    def train(model: Any) -> float:
        ends: list[float] = []
        model.fit_tokens(*text, progress=False, callbacks=[lambda _: ends.append(time.perf_counter())])
        return ends[-1] - ends[0]

    with ThreadPoolExecutor(len(models)) as pool:
        return statistics.mean(pool.map(train, models))


def main() -> None:
    """Measure one case."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("case")
    parser.add_argument("text", type=Path)
    parser.add_argument("turns", type=int)
    given = parser.parse_args()
    text = encode(given.text, SETTINGS["min_count"])
    ways = {"alone": (1,), "threads": (2,), "models": (1, 1)}  # threads of each model
    found: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(given.turns + 1):
        for way in list(ways) if turn % 2 else list(ways)[::-1]:
            some = seconds([ours(given.case, EPOCHS, threads) for threads in ways[way]], text)
            if turn:  # the first one compiles
                found[way].append(some)
    threads = [one / two for one, two in zip(found["alone"], found["threads"], strict=True)]
    models = [2 * one / two for one, two in zip(found["alone"], found["models"], strict=True)]
    print(json.dumps([middle(threads), middle(models)]))


def middle(ratios: list[float]) -> str:
    """Median and quartiles."""
    low, median, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return f"{median:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
