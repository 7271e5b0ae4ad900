"""The ladder: one convolution, from seven loops to Winograd, each rung with its speed and its rounding."""

from __future__ import annotations

from typing import Any

from .page import Section
from .rungs import Rung, im2col, loops


def ladder_section(measured: dict[str, list[Rung]], peak: float, threads: int) -> Section:
    """Return the story of the ladder, with the table and the picture of each convolution."""
    section = Section("The ladder: one convolution, from loops to Winograd", "ladder")
    section.text(
        "A convolution is seven nested loops around one multiplication and one addition. All rungs below "
        "compute these same sums; what differs is how often a number is fetched, how many are worked on at "
        "once, and, on the last rung, how many products there are at all.",
        f"This machine can do {peak / 1e9:,.0f} billion float32 operations a second with its registers "
        f"alone, on {threads} thread{'s' if threads != 1 else ''}. Winograd's speed counts the operations of "
        "the definition, so it can pass the peak: it does only a quarter of the products.",
    )
    section.code(loops, im2col)
    for title, rungs in measured.items():
        section.figure(
            _picture(title, rungs, peak), f"`{title}`: each line of the scale is ten times the one before."
        )
        section.table(["rung", "GFLOP/s", "of the peak", "rounding error"], table(rungs, peak))
    section.text(
        "The rungs to read, in this order: `ext/conv/reference.py`, `ext/conv/jit.py`, "
        "`ext/conv/tile_pixels.c`, `ext/conv/tile_channels.c`, `ext/conv/winograd_reference.py`, "
        "`ext/conv/winograd.c`."
    )
    return section


def table(rungs: list[Rung], peak: float) -> list[list[str]]:
    """Return name, GFLOP/s, share of the peak and error of each rung, as text."""
    return [[r.name, f"{r.flops / 1e9:.3g}", f"{r.flops / peak:.3g}", f"{r.error:.1e}"] for r in rungs]


def _picture(title: str, rungs: list[Rung], peak: float) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.2, 0.55 * len(rungs) + 1.1), layout="constrained")
    axes = figure.subplots()
    names, speeds = [r.name for r in rungs], [r.flops / 1e9 for r in rungs]
    axes.barh(names, speeds, color="#1f5fa8", height=0.62, left=0)
    for i, speed in enumerate(speeds):
        axes.annotate(f" {speed:.3g}", (speed, i), va="center", color="#1d2430")
    axes.axvline(peak / 1e9, color="#c0392b", linestyle="--", linewidth=1.4, label="the machine's peak")
    axes.set_xscale("log")
    axes.set_xlim(min(speeds) / 3, max(*speeds, peak / 1e9) * 4)
    axes.set_xlabel("GFLOP/s")
    axes.set_title(title)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", frameon=False)
    return figure
