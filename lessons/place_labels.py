"""Names beside points in a picture, placed so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .drawing import SMALL

# Places tried for a name, the best first: across and up from the point, in points, and the name's own anchor.
PLACES = (
    (6, 0, "left", "center"),
    (-6, 0, "right", "center"),
    (0, 6, "center", "bottom"),
    (0, -6, "center", "top"),
    (5, 5, "left", "bottom"),
    (-5, 5, "right", "bottom"),
    (5, -5, "left", "top"),
    (-5, -5, "right", "top"),
    (14, 12, "left", "bottom"),
    (-14, 12, "right", "bottom"),
    (14, -12, "left", "top"),
    (-14, -12, "right", "top"),
)
POINT = 4.0  # pixels around a point that stay free


def place_labels(
    axis: Any,
    points: np.ndarray,
    names: Sequence[str],
    colours: Sequence[str],
    avoid: np.ndarray | None = None,
) -> None:
    """Write names beside points, (N, 2): each at the first place that is free, else where it covers least.

    Neither points, nor other names, nor the points ``avoid``, (M, 2), should be covered.  Call it when all
    else is drawn; the axes' limits stay as they are.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.transforms import Bbox

    canvas = FigureCanvasAgg(axis.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    middle = axis.transData.transform(points if avoid is None else np.concatenate([points, avoid]))
    taken = [Bbox.from_extents(*(xy - POINT), *(xy + POINT)) for xy in middle]
    for name, xy, colour in zip(names, points, colours, strict=True):
        best, least = None, np.inf
        for across, up, ha, va in PLACES:
            text = axis.annotate(
                name, xy, (across, up), textcoords="offset points", ha=ha, va=va, color=colour, fontsize=SMALL
            )
            box = text.get_window_extent(renderer)
            covered = sum(_shared(box, other) for other in taken)
            covered += box.width * box.height - _shared(box, axis.bbox)  # what would stick out of the axes
            if covered < least - 1e-6:
                if best is not None:
                    best.remove()
                best, least = text, covered
            else:
                text.remove()
        taken.append(best.get_window_extent(renderer))  # type: ignore[union-attr]


def _shared(a: Any, b: Any) -> float:
    """Return the area that two boxes have in common, in square pixels."""
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return max(width, 0.0) * max(height, 0.0)
