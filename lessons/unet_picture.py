"""A network drawn by resolution: each halving one row down, so that a U-Net is a U.

Boxes, shapes and arrows are those of the graph that the engine recorded; only their places are chosen here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import log2

from ..core.picture.collect import Vertex

WIDE, TALL, APART, DOWN, MIDDLE, MARGIN = 128, 58, 26, 118, 160, 8  # pixels
STEPS = {"MaxPool2d": "max-pool", "ConvTranspose2d": "up-convolution", "Sequential": "up-sampling"}
FILL = {"image": "#fdf3dc", "module": "#e6f4ea", "op": "#eef4fb", "leaf": "#fdf3dc"}
STROKE = {"image": "#b8860b", "module": "#228833", "op": "#4477aa", "leaf": "#b8860b"}
STYLE = (
    "text{font:15px ui-sans-serif,system-ui,sans-serif;fill:#1d2430;text-anchor:middle}.name{font-weight:600}"
    ".way{font-size:14px;fill:#4f5966}path{fill:none;stroke:#4f5966;stroke-width:2}.copy{stroke:#1f5fa8;"
    "stroke-dasharray:7 4}text.copy{fill:#1f5fa8;stroke:none}"
)


@dataclass(frozen=True)
class Arrow:
    """From box to box; through a step, such as a max-pool, whose result lies in another row."""

    source: int
    target: int
    step: str = ""


def boxes_and_arrows(recorded: Sequence[Vertex], image: tuple[int, ...]) -> tuple[list[Vertex], list[Arrow]]:
    """Return the boxes to draw, the image first, and the arrows; steps between rows become arrows.

    Parameters
    ----------
    recorded : boxes of `graph`, folded to one for each block.
    image : shape (N, C, H, W) of what the network was given.
    """
    drawn = [Vertex("image", "image", image, "")]
    place: dict[int, int] = {}
    for i, box in enumerate(recorded):
        if box.label not in STEPS:
            place[i] = len(drawn)
            drawn.append(box)

    def origins(i: int, steps: tuple[str, ...] = ()) -> list[tuple[int, str]]:
        """The drawn boxes that a recorded one comes from, and by which steps."""
        if i in place:
            return [(place[i], ", ".join(steps))]
        back = (STEPS[recorded[i].label], *steps)
        return [each for parent in recorded[i].parents for each in origins(parent, back)]

    arrows = [
        Arrow(source, place[i], step)
        for i, box in enumerate(recorded)
        if i in place
        for parent in box.parents
        for source, step in origins(parent)
    ]
    first = min(place.values())
    return drawn, [Arrow(0, first), *arrows]


def rows(boxes: Sequence[Vertex]) -> list[int]:
    """Return the row of each box: 0 for the largest images, one more each time that the height is halved."""
    largest = max(box.shape[2] for box in boxes)
    return [round(log2(largest / box.shape[2])) for box in boxes]


def told(boxes: Sequence[Vertex], arrows: Sequence[Arrow]) -> str:
    """Say in words what the drawing shows: how often it goes down and up, and how many copies go across."""
    row = rows(boxes)
    down = sum(row[arrow.target] > row[arrow.source] for arrow in arrows)
    up = sum(row[arrow.target] < row[arrow.source] for arrow in arrows)
    across = len(copies(boxes, arrows))
    is_u = down == up == across > 0
    shape = "which makes it a U" if is_u else "which makes it no U"
    return f"It goes down {down} times, up {up} times, and {across} copies go across, {shape}."


def copies(boxes: Sequence[Vertex], arrows: Sequence[Arrow]) -> list[Arrow]:
    """Return the arrows that stay in a row and pass over everything below it."""
    row = rows(boxes)
    return [
        arrow
        for arrow in arrows
        if row[arrow.source] == row[arrow.target]
        and any(row[k] > row[arrow.source] for k in range(arrow.source + 1, arrow.target))
    ]


def draw(boxes: Sequence[Vertex], arrows: Sequence[Arrow]) -> str:
    """Return the SVG."""
    places, width = _places(boxes)
    height = MARGIN * 2 + max(y for _, y in places) + TALL
    across = copies(boxes, arrows)
    title = f"<title>the network, {len(boxes)} boxes, by resolution</title>"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">{title}',
        f"<style>{STYLE}</style><defs>{_tip('tip', '#4f5966')}{_tip('blue', '#1f5fa8')}</defs>",
        *(_arrow(places[a.source], places[a.target], a, a in across) for a in arrows),
        *(_box(box, *place) for box, place in zip(boxes, places, strict=True)),
    ]
    return "\n".join([*parts, "</svg>"])


def _places(boxes: Sequence[Vertex]) -> tuple[list[tuple[float, float]], float]:
    """Return the upper left corner of each box, and the width of the drawing.

    What comes before the lowest row stands on the left, what comes after it on the right, it itself between.
    """
    row = rows(boxes)
    bottom = [i for i, r in enumerate(row) if r == max(row)]
    left, right = range(bottom[0]), range(bottom[-1] + 1, len(boxes))
    most = [max((sum(row[i] == r for i in side) for r in set(row)), default=0) for side in (left, right)]
    column = WIDE + APART
    width = 2 * MARGIN + sum(most) * column - 2 * APART + MIDDLE
    places = [(0.0, 0.0)] * len(boxes)
    inner_right = MARGIN + most[0] * column - APART + MIDDLE
    for r in sorted(set(row)):
        mine, others = ([i for i in side if row[i] == r] for side in (left, right))
        for k, i in enumerate(reversed(mine)):  # the last beside the middle, as the copies begin there
            places[i] = MARGIN + (most[0] - 1 - k) * column, MARGIN + r * DOWN
        for k, i in enumerate(others):
            places[i] = inner_right + k * column, MARGIN + r * DOWN
    middle = (MARGIN + most[0] * column - APART + inner_right) / 2
    for k, i in enumerate(bottom):
        places[i] = middle - WIDE / 2 + (k - (len(bottom) - 1) / 2) * column, MARGIN + max(row) * DOWN
    return places, width


def _arrow(source: tuple[float, float], target: tuple[float, float], arrow: Arrow, is_copy: bool) -> str:
    (x, y), (u, v) = source, target
    if y == v:
        path = f"M{x + WIDE} {y + TALL / 2}H{u - 3}"
        label = _text((x + WIDE + u) / 2, y + TALL / 2 - 8, "copy", "way copy") if is_copy else ""
        kind, tip = (' class="copy"', "blue") if is_copy else ("", "tip")
        return f'<path{kind} d="{path}" marker-end="url(#{tip})"/>{label}'
    down = v > y
    start, end = (y + TALL, v - 3) if down else (y, v + TALL + 3)
    aside = WIDE / 5 if u != x else 0  # in and out of the lowest box at different places
    leave, enter = (x + WIDE / 2, u + WIDE / 2 - aside) if down else (x + WIDE / 2 + aside, u + WIDE / 2)
    turn = (start + end) / 2
    path = f"M{leave} {start}V{turn}H{enter}V{end}"
    place = (x + WIDE / 2 - 52, turn + 5) if down else ((leave + enter) / 2, turn - 7)
    return f'<path d="{path}" marker-end="url(#tip)"/>{_text(*place, arrow.step, "way")}'


def _box(box: Vertex, x: float, y: float) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{WIDE}" height="{TALL}" rx="6" fill="{FILL[box.kind]}" '
        f'stroke="{STROKE[box.kind]}" stroke-width="1.6"/>'
        + _text(x + WIDE / 2, y + 24, box.label, "name")
        + _text(x + WIDE / 2, y + 45, " × ".join(map(str, box.shape[1:])), "")
    )


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'


def _tip(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" '
        f'orient="auto"><path d="M0 0L8 4L0 8z" style="fill:{colour};stroke:none"/></marker>'
    )
