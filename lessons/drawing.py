"""How the pictures of the pages are drawn: in a file, not in a window, with type that stays readable.

On a wide screen an inch of a picture takes 100 pixels, on a phone 85: no letter has less than 11 points.
"""

from __future__ import annotations

from typing import Any

import numpy as np

TYPE, SMALL = 12, 11  # points
INK, SOFT, GREY = "#1d2430", "#4f5966", "#8b95a3"
COLOURS = ("#1f5fa8", "#c0271a", "#228833", "#8a6d00", "#7a3e9d", "#0f7b8a")


def new_figure(width: float, height: float, rows: int = 1, columns: int = 1, **options: Any) -> Any:
    """Return a figure of so many inches, and its axes: one, or an array of ``rows`` x ``columns``."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    for axis in axes.flat:
        axis.tick_params(labelsize=SMALL)
        for text in (axis.xaxis.label, axis.yaxis.label, axis.title):
            text.set_size(TYPE)
    return figure, axes[0, 0] if axes.size == 1 else axes


def open_axes(axis: Any, grid: str = "both") -> None:
    """Take away the frame's upper and right side, and draw a pale grid."""
    axis.grid(axis=grid, alpha=0.25)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)


def whole_ticks(axis: Any) -> None:
    """Mark whole numbers alone on the scale to the right."""
    from matplotlib.ticker import MaxNLocator

    axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def bare(axis: Any) -> None:
    """Take the scales away from the picture of an image."""
    axis.set_xticks([])
    axis.set_yticks([])


def show_image(axis: Any, image: np.ndarray) -> None:
    """Show an image (C, H, W) in [0, 1], without scales."""
    axis.imshow(np.moveaxis(image, 0, -1))
    bare(axis)
