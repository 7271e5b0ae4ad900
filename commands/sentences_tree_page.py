"""The page about a recursive network on a treebank: how right it is, of what, and coloured trees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def tree_page(model: Any, found: Mapping[str, Any], trees: Sequence[Any], command: str) -> str:
    """Return the page: one HTML file, which needs no network."""
    from ..lessons.page import Section, render
    from ..text.sentences.recursive.findings import MEASURES, PAPER
    from ..text.sentences.recursive.tree_picture import NAMES, draw_tree

    good = Section("How right it is", "right")
    rows = [
        (words, found[name][1], f"{100 * found[name][0]:.1f}", f"{paper:.1f}")
        for (name, words), paper in zip(MEASURES.items(), PAPER[model.kind], strict=True)
        if found[name][1]
    ]
    good.table(["measure", "examples", "right, %", "paper, %"], rows)
    nodes, roots = (f"{100 * share:.1f} %" for share in found["always_neutral"])
    good.text(
        f"Always neutral has {nodes} of all nodes and {roots} of the roots. Positive or negative is weighed "
        "from the five classes, of what is not neutral. The paper has other examples of “but” and “not”: "
        "these are what the treebank has."
    )
    good.table(
        ["words from", "nodes", "five classes, %", "positive or negative, %"],
        [
            (words, nodes, f"{100 * fine:.1f}", f"{100 * binary:.1f}" if sided else "none")
            for words, fine, binary, nodes, sided in found["by_length"]
        ],
        "By the number of words below a node.",
    )
    drawn = Section("Trees that it has not seen", "trees")
    drawn.text(
        "Red is negative, blue positive, two signs are *very*. Where the label is another, it stands beside."
    )
    for tree, said in zip(trees, model.probabilities(trees), strict=True):
        drawn.svg(
            draw_tree(tree, said), f"“{tree.phrase(len(tree.labels) - 1)}”: {NAMES[said[-1].argmax()]}."
        )
    top = Section("What it is surest of", "top")
    for class_ in ("4", "0"):
        rows = [(words, "; ".join(each for each, _ in few)) for words, few in found["top"][class_].items()]
        top.table(["words", f"most probably {NAMES[int(class_)]}"], rows)
    lead = f"{model.kind}, {model.dim} numbers of a vector, best of {len(model.history_)} epochs by dev."
    return render("Sentiment trees", lead, [good, drawn, top], command)
