"""Draw the roofline: how fast each convolution ran, against what the machine's registers and memory allow.

    python benchmarks/roofline.py        redraws roofline.png from RESULTS.json

A call that does `flops` operations on `bytes` of memory can be no faster than the registers (peak operations a
second) nor than the memory (bytes a second); the roof is the lower of the two (Williams et al. 2009).  Winograd's
speed counts the operations of the definition, of which it does a quarter: it may stand above the roof.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

COLOURS = {"cutaway": ("#1f5fa8", "o"), "torch tuned": ("#d9822b", "^")}
HERE = Path(__file__).parent


def draw(results: Path, picture: Path) -> None:
    """Write the picture of the convolutions in a results file."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter

    about = json.loads(results.read_text())
    peak, memory = about["peak"]["flops"] / 1e9, about["peak"]["bandwidth"] / 1e9
    cases = [case for case in about["cases"] if "work" in case]
    intensity = np.array([case["work"]["flops"] / case["work"]["bytes"] for case in cases])
    figure = Figure(figsize=(9, 5.4), layout="constrained")
    axes = figure.subplots()
    line = np.geomspace(min(intensity.min(), peak / memory) / 2, intensity.max() * 2, 200)
    axes.plot(line, np.minimum(peak, memory * line), color="#1d2430", linewidth=1.6)
    corner = peak / memory
    axes.annotate(f"registers: {peak:.0f} GFLOP/s", (corner, peak * 1.06), color="#1d2430")
    axes.annotate(f"memory: {memory:.0f} GB/s", (line[0] * 1.7, memory * line[0] * 1.2), color="#1d2430")
    axes.annotate("above: Winograd, which multiplies less often", (corner, peak * 1.5), color="#1f5fa8")
    speeds = {
        name: np.array([case["work"]["flops"] / case["seconds"][name] / 1e9 for case in cases])
        for name in COLOURS
    }
    for x, low, high in zip(intensity, *speeds.values(), strict=True):
        axes.plot([x, x], [low, high], color="#c8ced6", linewidth=1, zorder=1)
    for name, (colour, marker) in COLOURS.items():
        label = "PyTorch, tuned" if name == "torch tuned" else name
        axes.scatter(intensity, speeds[name], color=colour, marker=marker, s=38, label=label, zorder=2)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("operations per byte of memory")
    axes.set_ylabel("GFLOP/s, operations of the definition")
    axes.set_title(f"Convolutions, {about['threads']} threads, {about['date']}")
    axes.grid(alpha=0.25, which="both")
    axes.legend(frameon=False, loc="lower right")
    figure.savefig(picture, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    draw(HERE / "RESULTS.json", HERE / "roofline.png")
