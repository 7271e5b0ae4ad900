"""Drawing placed boxes as SVG."""

from __future__ import annotations

from html import escape

from .. import human
from .collect import Vertex
from .layout import place

WIDTH, HEIGHT = 214, 88  # of a box, in pixels
GAP_X, GAP_Y = 26, 38
MARGIN = 24
FILL = {"op": "#eef4fb", "leaf": "#fdf3dc", "module": "#e6f4ea"}
STROKE = {"op": "#4477aa", "leaf": "#b8860b", "module": "#228833"}
BAD_FILL, BAD_STROKE = "#fbdcd9", "#c0271a"

STYLE = (
    "text{font:12px ui-sans-serif,system-ui,sans-serif;fill:#222}.name{font-weight:600;font-size:13px}"
    ".small{font-size:11px;fill:#444}.mark{font-size:11px;font-weight:600;fill:#c0271a}"
    "path{fill:none;stroke:#8a93a0;stroke-width:1.4}"
)


def draw(boxes: list[Vertex]) -> str:
    """Return the SVG of the boxes."""
    layout = place([box.parents for box in boxes])
    across, down = WIDTH + GAP_X, HEIGHT + GAP_Y
    xs = MARGIN + WIDTH / 2 + layout.x * across
    ys = MARGIN + layout.layer * down
    rightmost = max((x for _, _, way in layout.edges for x in way), default=0.0)
    width = max(float(xs.max(initial=0)) + WIDTH / 2, rightmost * across + WIDTH / 2 + MARGIN) + MARGIN
    height = float(ys.max(initial=0)) + HEIGHT + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">',
        f"<title>computation graph, {len(boxes)} boxes</title><style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto">'
        '<path d="M0 0L8 4L0 8z" style="fill:#8a93a0;stroke:none"/></marker></defs>',
    ]
    for a, b, way in layout.edges:
        points = [
            (MARGIN + WIDTH / 2 + x * across, ys[a] + HEIGHT + k * down) for k, x in enumerate(way[:-1])
        ]
        parts.append(_curve([*points, (float(xs[b]), float(ys[b]))]))
    for box, x, y in zip(boxes, xs, ys, strict=True):
        parts.append(_box(box, float(x) - WIDTH / 2, float(y), human.size(box.size)))
    return "\n".join([*parts, "</svg>"])


def _curve(points: list[tuple[float, float]]) -> str:
    """Return a smooth line through the points: it turns between the rows, and goes straight past boxes."""
    (x, y), *rest = points
    d = [f"M{x:.1f} {y:.1f}"]
    for i, (u, v) in enumerate(rest):
        turned = v if i == len(rest) - 1 else y + GAP_Y
        middle = (y + turned) / 2
        d.append(f"C{x:.1f} {middle:.1f} {u:.1f} {middle:.1f} {u:.1f} {turned:.1f}")
        if v > turned:
            d.append(f"V{v:.1f}")
        x, y = u, v
    return f'<path d="{"".join(d)}" marker-end="url(#tip)"/>'


def _box(box: Vertex, x: float, y: float, size: str) -> str:
    fill, stroke = (FILL[box.kind], STROKE[box.kind]) if box.finite else (BAD_FILL, BAD_STROKE)
    dash = ' stroke-dasharray="5 3"' if box.mark == "zero gradient" else ""
    radius = 18 if box.kind == "leaf" else 5
    name = box.label + (f" ({box.count} nodes)" if box.count > 1 else "")
    lines = [
        ("name", 18, name),
        ("small", 34, _shape(box.shape)),
        ("small", 49, box.value or "value not kept"),
        ("small", 64, " · ".join(part for part in (box.grad, size) if part)),
    ]
    if box.mark:
        lines.append(("mark", 80, f"▲ {box.mark}"))
    texts = "".join(
        f'<text class="{kind}" x="{x + WIDTH / 2:.1f}" y="{y + dy:.1f}" '
        f'text-anchor="middle">{escape(_fit(text))}</text>'
        for kind, dy, text in lines
    )
    return (
        f"<g><title>{escape(name)} {escape(str(box.shape))} {box.dtype}: {escape(box.value)}</title>"
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{WIDTH}" height="{HEIGHT}" rx="{radius}" fill="{fill}" '
        f'stroke="{stroke}" stroke-width="1.5"{dash}/>{texts}</g>'
    )


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) if shape else "scalar"


def _fit(text: str, most: int = 33) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
