"""A sentiment tree, drawn as SVG: the colour of a node is the class that the model takes its phrase for.

N nodes of a tree, K = 5 classes
"""

from __future__ import annotations

from html import escape

import numpy as np

from ...corpus.parse_trees import NONE, ParseTree

SIGNS = ("− −", "−", "0", "+", "+ +")
NAMES = ("very negative", "negative", "neutral", "positive", "very positive")
FILL = ("#c0271a", "#f0a59b", "#f4f5f7", "#a9c8ec", "#1f5fa8")
INK = ("#ffffff", "#1d2430", "#1d2430", "#1d2430", "#ffffff")
LETTER, APART, DOWN, RADIUS, MARGIN = 9, 20, 46, 16, 16  # pixels; of a letter, between words, a level
STYLE = (
    "text{font:15px ui-sans-serif,system-ui,sans-serif;fill:#1d2430;text-anchor:middle}"
    ".sign{font-size:13px;font-weight:600}.gold{font-size:12px;fill:#4f5966;text-anchor:start}"
    "line{stroke:#b9c0ca;stroke-width:2}"
)


def places(tree: ParseTree) -> np.ndarray:
    """Return x and y of each node in pixels, (N, 2): words on one line, a phrase between its parts.

    A node's y is by its height, so that a phrase lies above all that belongs to it, and no lines cross.
    """
    wide = np.array([max(LETTER * len(word), 2 * RADIUS) + APART for word in tree.words])
    leaf_x = iter(MARGIN + np.cumsum(wide) - wide / 2)
    x = np.zeros(len(tree.labels))
    for node, (left, right) in enumerate(tree.children.tolist()):
        x[node] = next(leaf_x) if left == NONE else (x[left] + x[right]) / 2
    y = MARGIN + RADIUS + (tree.heights.max() - tree.heights) * DOWN
    return np.stack([x, y], axis=1)


def draw_tree(tree: ParseTree, probabilities: np.ndarray) -> str:
    """Return the SVG of a tree with what a model says of its nodes, (N, 5).

    Beside a node that has another label stands the label.  Pointing at one shows phrase and probabilities.

    Raises
    ------
    ValueError : not five probabilities for each node.
    """
    if probabilities.shape != (len(tree.labels), len(SIGNS)):
        expected = f"({len(tree.labels)}, {len(SIGNS)})"
        raise ValueError(f"draw_tree: expected probabilities {expected}, came {probabilities.shape}")
    place, classes = places(tree), probabilities.argmax(1)
    width = max(place[:, 0]) + LETTER * max(map(len, tree.words)) / 2 + APART + MARGIN
    height = max(place[:, 1]) + RADIUS + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">'
        f"<title>{escape(tree.phrase(len(tree.labels) - 1))}: {NAMES[classes[-1]]}</title>"
        f"<style>{STYLE}</style>"
    ]
    for node, pair in enumerate(tree.children.tolist()):
        for child in pair if pair[0] != NONE else ():
            (x, y), (u, v) = place[node], place[child]
            parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{u:.1f}" y2="{v:.1f}"/>')
    for node, (x, y) in enumerate(place):
        parts.append(_node(tree, node, int(classes[node]), probabilities[node], x, y))
    return "\n".join([*parts, "</svg>"])


def _node(tree: ParseTree, node: int, class_: int, p: np.ndarray, x: float, y: float) -> str:
    gold, phrase = int(tree.labels[node]), tree.phrase(node)
    said = ", ".join(f"{name} {100 * each:.0f} %" for name, each in zip(NAMES, p, strict=True))
    aside = ""
    if gold not in (class_, NONE):
        aside = f'<text class="gold" x="{x + RADIUS + 3:.1f}" y="{y - 8:.1f}">{SIGNS[gold]}</text>'
    word = (
        f'<text x="{x:.1f}" y="{y + RADIUS + 19:.1f}">{escape(phrase)}</text>'
        if tree.children[node, 0] == NONE
        else ""
    )
    return (
        f"<g><title>{escape(phrase)}: {said}</title>"
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS}" fill="{FILL[class_]}" stroke="#4f5966"/>'
        f'<text class="sign" x="{x:.1f}" y="{y + 5:.1f}" style="fill:{INK[class_]}">{SIGNS[class_]}</text>'
        f"{aside}{word}</g>"
    )
