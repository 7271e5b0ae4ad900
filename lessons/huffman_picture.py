"""A Huffman tree over a few words, drawn as SVG, with one word's way from the root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ..ext.embeddings.hierarchical_softmax.huffman import huffman

ACROSS, DOWN, MARGIN, TALL = 102, 74, 14, 46  # pixels: leaf to leaf, level to level, around, of a leaf
RED = "#c0271a"
STYLE = (
    "text{font:15px ui-sans-serif,system-ui,sans-serif;fill:#1d2430;text-anchor:middle}"
    ".small{font-size:14px;fill:#4f5966}line{stroke:#b9c0ca;stroke-width:2}"
    ".way{stroke:#c0271a;stroke-width:4}"
    "text.way{fill:#c0271a;stroke:none;font-weight:600}"
)


@dataclass
class Place:
    """Where a node of the tree is drawn: its key is the codes from the root, such as (0, 1)."""

    x: float
    y: float


def places(codes: Sequence[Sequence[int]]) -> dict[tuple[int, ...], Place]:
    """Return the place of every node: leaves from left to right, an inner node between its two children."""
    leaves = sorted(tuple(code) for code in codes)
    found = {leaf: Place(MARGIN + (i + 0.5) * ACROSS, len(leaf)) for i, leaf in enumerate(leaves)}
    for level in range(max(map(len, leaves)) - 1, -1, -1):
        for node in {leaf[:level] for leaf in leaves if len(leaf) > level}:
            found[node] = Place((found[(*node, 0)].x + found[(*node, 1)].x) / 2, level)
    for place in found.values():
        place.y = MARGIN + 16 + place.y * DOWN
    return found


def draw(words: Sequence[str], counts: Sequence[int], shown: str) -> str:
    """Return the SVG of the tree of words; the way to the word ``shown`` is red."""
    nodes, codes = huffman(counts)  # type: ignore[arg-type]
    place = places(codes)
    way = tuple(codes[words.index(shown)])
    number = {
        tuple(code[:k]): node for code, path in zip(codes, nodes, strict=True) for k, node in enumerate(path)
    }
    width = 2 * MARGIN + len(words) * ACROSS
    height = max(each.y for each in place.values()) + TALL + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" width="{width}" '
        f'height="{height:.0f}" role="img"><title>Huffman tree of {len(words)} words</title>'
        f"<style>{STYLE}</style>"
    ]
    for key, here in place.items():
        if key:
            parts.append(_branch(place[key[:-1]], here, key[-1], "way" if key == way[: len(key)] else ""))
    for key, node in number.items():
        here, colour = place[key], RED if key == way[: len(key)] else "#4477aa"
        parts.append(
            f'<circle cx="{here.x:.1f}" cy="{here.y:.1f}" r="17" fill="#eef4fb" stroke="{colour}" '
            f'stroke-width="2"/><text x="{here.x:.1f}" y="{here.y + 5:.1f}">{node}</text>'
        )
    for word, code, count in zip(words, codes, counts, strict=True):
        here, colour = place[tuple(code)], RED if word == shown else "#228833"
        parts.append(
            f'<rect x="{here.x - ACROSS / 2 + 3:.1f}" y="{here.y - 16:.1f}" width="{ACROSS - 6}" '
            f'height="{TALL}" rx="6" fill="#e6f4ea" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{here.x:.1f}" y="{here.y + 3:.1f}">{escape(word)}</text>'
            f'<text class="small" x="{here.x:.1f}" y="{here.y + 22:.1f}">{count:,}</text>'
        )
    return "\n".join([*parts, "</svg>"])


def _branch(above: Place, below: Place, code: int, kind: str) -> str:
    x, y = above.x + (below.x - above.x) * 0.5, above.y + (below.y - above.y) * 0.5
    aside = -11 if below.x < above.x else 11
    ends = f'x1="{above.x:.1f}" y1="{above.y:.1f}" x2="{below.x:.1f}" y2="{below.y - 16:.1f}"'
    return (
        f'<line class="{kind}" {ends}/>'
        f'<text class="small {kind}" x="{x + aside:.1f}" y="{y - 12:.1f}">{code}</text>'
    )
