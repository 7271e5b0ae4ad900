"""A network drawn in the manner of U-Net's figure: maps as boxes, as tall as they are large, as wide as deep.

Time runs to the right, each halving is a row further down: a classifier goes down the stairs, a U-Net is a U,
a context module stays on its floor.  Sizes are those of one image that ran through the network.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from math import log2
from typing import Any

import numpy as np

from ... import nn
from ...core.files import replacing
from .maps import Map, maps_of

TALL, SHORTEST, SHRINK = 92.0, 16.0, 0.74  # pixels of the largest map, of the smallest, from row to row
THIN, PER_DOUBLING = 5.0, 2.6  # width of a map of one channel, and more for each doubling of them
APART, LABEL, MARGIN = 20.0, 38.0, 14.0  # between boxes; least room of a box's numbers; around all
ARC = 15.0  # height of the arrows that pass over other boxes
COLOURS = {
    "conv": ("#1f5fa8", "convolution"),
    "pool": ("#c0271a", "max-pool"),
    "mean": ("#c0271a", "mean-pool"),
    "up-conv": ("#228833", "transposed convolution"),
    "resize": ("#8a6d00", "resized"),
    "full": ("#7a3e9d", "fully connected"),
    "copy": ("#8a93a0", "passed on"),
}
WORDS = {"concat": "concat", "sum": "+", "max": "max", "crop": "crop", "border": "border"}  # below such a box
STYLE = (
    "text{font:13px ui-sans-serif,system-ui,sans-serif;fill:#1d2430;text-anchor:middle}"
    ".size,.window{font-size:11.5px;fill:#4f5966}.legend{text-anchor:start}"
    "rect{stroke:#4477aa;stroke-width:1.3;fill:#dbe8f6}.image{fill:#fdf3dc;stroke:#b8860b}"
    ".concat,.sum,.max,.crop,.border{fill:#fff;stroke:#8a93a0}"
    "path{fill:none;stroke-width:1.8}.copy{stroke-dasharray:6 4}"
)


@dataclass
class Place:
    """Where a box stands: its left edge, middle and half height, width; its row."""

    x: float
    y: float
    half: float
    width: float
    row: int

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def centre(self) -> float:
        return self.x + self.width / 2


class NetworkPicture:
    """The drawing of a network; a notebook shows it, `save` writes it, ``maps`` are its boxes."""

    def __init__(self, maps: list[Map], title: str):
        self.maps, self.title = maps, title

    def svg(self) -> str:
        """Return the drawing."""
        return draw(self.maps, self.title)

    _repr_svg_ = svg

    def save(self, path: str | os.PathLike) -> None:
        """Write the drawing to a file, whose name ends in .svg."""
        if not str(path).endswith(".svg"):
            raise ValueError(f"draw_network: expected a name ending in .svg, got {os.fspath(path)!r}")
        with replacing(path, "w") as file:
            file.write(self.svg())


def draw_network(net: nn.Module, x: Any) -> NetworkPicture:
    """Return the drawing of a network as it runs on x.

    Parameters
    ----------
    net : any network of images.
    x : images (N, C, H, W), of which the shape matters; or that shape.

    >>> picture = draw_network(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2)), (1, 3, 12, 12))
    >>> [(box.kind, box.shape) for box in picture.maps]
    [('image', (3, 12, 12)), ('conv', (8, 10, 10)), ('pool', (8, 5, 5))]
    """
    dtype = next((p.dtype for p in net.parameters()), np.dtype(np.float32))
    image: Any = np.zeros(x, dtype) if isinstance(x, tuple) else x
    return NetworkPicture(
        maps_of(net, image), f"{type(net).__name__} on an image of {_shown(image.shape[1:])}"
    )


def draw(maps: list[Map], title: str) -> str:
    """Return the SVG of the boxes and of the arrows between them."""
    places = _places(maps)
    width = max(places[-1].right, max(place.right for place in places)) + MARGIN + LABEL / 2
    height = max(place.y + place.half for place in places) + 60
    used = [
        kind for kind in COLOURS if any(kind in (box.kind, *_copied(maps, i)) for i, box in enumerate(maps))
    ]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img"><title>{escape(title)}</title>',
        f"<style>{STYLE}</style><defs>{''.join(_tip(kind) for kind in used)}</defs>",
    ]
    for i, box in enumerate(maps):
        for parent in box.parents:
            kind = box.kind if box.kind in COLOURS else "copy"
            parts.append(_arrow(places[parent], places[i], kind, places[parent + 1 : i]))
    for i, (box, place) in enumerate(zip(maps, places, strict=True)):
        before = maps[i - 1] if i and places[i - 1].row == place.row else None
        parts.append(_box(box, place, before is None or before.shape[1:] != box.shape[1:]))
    return "\n".join([*parts, _legend(used, height), "</svg>"])


def _copied(maps: list[Map], i: int) -> tuple[str, ...]:
    return ("copy",) if maps[i].kind not in COLOURS and maps[i].parents else ()


def _rows(maps: list[Map]) -> list[int]:
    """Return the row of each box: how often the largest map is halved.  Numbers stand with the last map."""
    largest, rows = max(max(box.shape[1:]) for box in maps if len(box.shape) == 3), []
    for box in maps:
        rows.append(round(log2(largest / max(box.shape[1:]))) if len(box.shape) == 3 else rows[-1])
    return rows


def _places(maps: list[Map]) -> list[Place]:
    rows = _rows(maps)
    halves = [max(SHORTEST, TALL * SHRINK**row) / 2 for row in range(max(rows) + 1)]
    arcs = [_arcs(maps, rows, row) for row in range(max(rows) + 1)]
    middles, y = [], MARGIN + 6
    for half, over in zip(halves, arcs, strict=True):
        y += over + 18 + half
        middles.append(y)
        y += half + 34
    places, x = [], MARGIN + LABEL / 2
    for box, row in zip(maps, rows, strict=True):
        width = THIN + PER_DOUBLING * log2(box.shape[0])
        half = halves[row] if len(box.shape) == 3 else SHORTEST / 2
        room = max(width, LABEL, 7.0 * len(box.window) - APART)
        places.append(Place(x + (room - width) / 2, middles[row], half, width, row))
        x += room + APART
    return places


def _arcs(maps: list[Map], rows: list[int], row: int) -> float:
    """Return the room that arrows over other boxes need above a row."""
    longest = [
        i - parent
        for i, box in enumerate(maps)
        for parent in box.parents
        if rows[i] == row and rows[parent] == row and row in rows[parent + 1 : i]
    ]
    return ARC + 8 * log2(max(longest)) if longest else 0.0


def _arrow(a: Place, b: Place, kind: str, between: list[Place]) -> str:
    """Return the arrow from a box to a later one; over those of its row that stand between."""
    gap = 3.0
    if a.row == b.row and not any(place.row == a.row for place in between):
        way = f"M{a.right:.1f} {a.y:.1f}H{b.x - gap:.1f}"
    elif a.row == b.row:
        over = a.y - a.half - 16 - ARC - 8 * log2(len(between) + 1)
        way = f"M{a.centre:.1f} {a.y - a.half - 16:.1f}C{a.centre:.1f} {over:.1f} {b.centre:.1f} {over:.1f} "
        way += f"{b.centre:.1f} {b.y - b.half - 17:.1f}"
    else:
        down = b.row > a.row
        end = b.y - b.half - 17 if down else b.y + b.half + 31  # below its numbers
        way = f"M{a.right:.1f} {a.y:.1f}H{b.centre - 6:.1f}Q{b.centre:.1f} {a.y:.1f} {b.centre:.1f} "
        way += f"{a.y + (6 if down else -6):.1f}V{end:.1f}"
    return f'<path class="{kind}" stroke="{COLOURS[kind][0]}" d="{way}" marker-end="url(#{kind})"/>'


def _box(box: Map, place: Place, with_size: bool) -> str:
    bottom = place.y + place.half
    told = " ".join(part for part in (box.layer or box.kind, box.window, _shown(box.shape)) if part)
    texts = [f'<text x="{place.centre:.1f}" y="{place.y - place.half - 4:.1f}">{box.shape[0]}</text>']
    if under := box.window or WORDS.get(box.kind):
        texts.append(f'<text class="window" x="{place.centre:.1f}" y="{bottom + 13:.1f}">{under}</text>')
    if with_size and len(box.shape) == 3:
        size = _shown(box.shape[1:])
        texts.append(f'<text class="size" x="{place.centre:.1f}" y="{bottom + 27:.1f}">{size}</text>')
    return (
        f"<g><title>{escape(told)}</title>"
        f'<rect class="{box.kind}" x="{place.x:.1f}" y="{place.y - place.half:.1f}" '
        f'width="{place.width:.1f}" height="{2 * place.half:.1f}"/>{"".join(texts)}</g>'
    )


def _legend(used: list[str], height: float) -> str:
    parts, x, y = [], MARGIN, height - 12
    for kind in used:
        colour, name = COLOURS[kind]
        parts.append(
            f'<path class="{kind}" stroke="{colour}" d="M{x} {y - 4}h26" marker-end="url(#{kind})"/>'
        )
        parts.append(f'<text class="legend" x="{x + 34}" y="{y}">{name}</text>')
        x += 52 + 7.2 * len(name)
    return "".join(parts)


def _tip(kind: str) -> str:
    return (
        f'<marker id="{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" markerHeight="5" '
        f'orient="auto"><path d="M0 0L8 4L0 8z" style="fill:{COLOURS[kind][0]};stroke:none"/></marker>'
    )


def _shown(shape: Any) -> str:
    return "×".join(map(str, shape))
