"""Why the full softmax is "very expensive": time of one step of CBOW against the number of words.

    python benchmarks/output_layers.py [--most 100000] [--dry]        writes output_layers.png and its table

A step predicts one word from its neighbours.  The full softmax moves every word's output vector, V of them; the tree
of the hierarchical softmax has log2(V) decisions on a word's way at most about, fewer for frequent words; negative
sampling moves one word and 5 noise words, whatever V is, but misses the cache more often.  Words are drawn by Zipf's
law; seconds are of CPU time, the least of some rounds.
"""

from __future__ import annotations

import argparse
import datetime
import time
from pathlib import Path
from typing import Any

import numpy as np
from cutaway.ext.embeddings import text_loop
from cutaway.ext.embeddings.hierarchical_softmax import huffman
from cutaway.ext.embeddings.tables import first_vectors, noise_table
from kernels import processor

HERE = Path(__file__).parent
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
DIM, WINDOW, NEGATIVE, SENTENCE, ROUNDS = 100, 5, 5, 20, 3
LAYERS = {  # output layer: name, colour, marker, steps measured; the softmax's are these divided by V
    "softmax": ("full softmax", "#c0271a", "o", 20_000_000),
    "tree": ("hierarchical softmax", "#8a6d00", "s", 200_000),
    "negative": (f"negative sampling, {NEGATIVE} noise words", "#1f5fa8", "^", 200_000),
}


def zipf(words: int) -> np.ndarray:
    """Return counts of words by Zipf's law, the first that of the sentence's end."""
    return np.concatenate([[1], np.maximum(1e7 / np.arange(1, words + 1), 1)]).astype(np.int64)


def seconds_of_a_step(output: str, words: int, steps: int) -> float:
    """Return the CPU seconds of one step, the least of some rounds."""
    counts = zipf(words)
    rng = np.random.default_rng(0)
    tokens = rng.choice(len(counts), steps + steps // SENTENCE, p=counts / counts.sum()).astype(np.int32)
    tokens[SENTENCE :: SENTENCE + 1] = 0
    noise = noise_table(counts)
    makes = {"negative": lambda: (noise, NEGATIVE), "tree": lambda: huffman.paths(counts)}
    tables: tuple[Any, ...] = makes.get(output, tuple)()
    v, vp = first_vectors(len(counts), DIM, seed=1)
    keep, done = np.ones(len(counts), np.float32), np.zeros(1, np.int64)
    loop = text_loop(DIM, WINDOW, NEGATIVE, output=output, cbow=True, shared=False, subwords=False)

    def read(stop: int) -> float:
        began = time.process_time()
        loop(tokens, 0, stop, 1, v, vp, tables, (), keep, done, 0, 100 * len(tokens), 0.025)
        return time.process_time() - began

    read(0)  # no token: only compiles
    return min(read(len(tokens)) for _ in range(ROUNDS)) / int((tokens > 0).sum())


def slope(sizes: list[int], seconds: list[float]) -> float:
    """Return the power of V that the time grows with: 1 is linear, 0 does not grow.

    >>> round(slope([10, 100, 1000], [3.0, 30.0, 300.0]), 6)
    1.0
    """
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def draw(sizes: list[int], found: dict[str, list[float]], picture: Path) -> None:
    """Write the picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 4.8), layout="constrained")
    axis = figure.subplots()
    for output, seconds in found.items():
        name, colour, marker, _ = LAYERS[output]
        label = f"{name}: grows as V to the {slope(sizes, seconds):.2f}"
        axis.plot(sizes, 1e6 * np.array(seconds), color=colour, marker=marker, label=label)
    axis.set(xscale="log", yscale="log", xlabel="words V", ylabel="microseconds a step")
    axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axis.minorticks_off()
    axis.grid(alpha=0.25)
    axis.legend(loc="center right", frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
    figure.savefig(picture, dpi=110, metadata={"Software": None})


def main() -> None:
    """Measure, print, and write the table and the picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--most", type=int, default=SIZES[-1], help="words, at most")
    parser.add_argument("--dry", action="store_true", help="print only")
    options = parser.parse_args()
    sizes = [size for size in SIZES if size <= options.most]
    found: dict[str, list[float]] = {output: [] for output in LAYERS}
    for size in sizes:
        for output, (*_, steps) in LAYERS.items():
            found[output].append(
                seconds_of_a_step(output, size, steps // size if output == "softmax" else steps)
            )
    lines = [
        f"## One step of CBOW against the number of words, {datetime.date.today()}",
        "",
        f"{processor()}. {DIM} numbers, window {WINDOW}; microseconds of CPU time, one thread. Command: "
        "`python benchmarks/output_layers.py`.",
        "",
        "| words V | " + " | ".join(name for name, *_ in LAYERS.values()) + " |",
        "| ---: | " + " | ".join("---:" for _ in LAYERS) + " |",
    ]
    for i, size in enumerate(sizes):
        lines.append(
            f"| {size:,} | " + " | ".join(f"{1e6 * found[output][i]:.2f}" for output in LAYERS) + " |"
        )
    growth = (f"V^{slope(sizes, found[output]):.2f}" for output in LAYERS)
    lines.append("| grows as | " + " | ".join(growth) + " |")
    print("\n".join(lines))
    if not options.dry:
        (HERE / "RESULTS-output-layers.md").write_text(
            "\n".join([*lines, "", "![as a picture](output_layers.png)"]) + "\n"
        )
        draw(sizes, found, HERE / "output_layers.png")


if __name__ == "__main__":
    main()
