"""`cutaway sentences trees` and `tree`: a recursive network on a treebank, and what it says of a tree."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from .outputs import expect_outputs

MODEL, REPORT, CHECKPOINT = "model.safetensors", "report.html", "checkpoint.safetensors"
SHOWN = (6, 9)  # trees on the page, of at most so many words
KINDS = ("rnn", "mv-rnn", "rntn")


def add_arguments(actions: Any) -> None:
    trees = actions.add_parser("trees", help="a recursive network on a treebank (sst_trees), with a page")
    data = os.environ.get("CUTAWAY_DATA")
    trees.add_argument("--data", default=data, required=data is None, metavar="DIR", help="has sst_trees")
    trees.add_argument("--kind", choices=KINDS, default="rntn")
    trees.add_argument("--out", required=True, metavar="RUN", help="folder of the model and the page")
    trees.add_argument("--dim", type=int, default=25, help="numbers of a vector (default 25)")
    trees.add_argument("--epochs", type=int, default=12, help="at most (default 12)")
    trees.add_argument("--seed", type=int, default=0)
    trees.add_argument("--quiet", action="store_true", help="no progress")
    trees.set_defaults(act=run_trees)
    tree = actions.add_parser("tree", help="what such a network says of every phrase of a tree")
    tree.add_argument("folder", metavar="RUN")
    tree.add_argument("tree", metavar="TREE", help="in brackets: '(3 (2 not) (1 bad))'; labels may be any")
    tree.add_argument("--svg", metavar="FILE", help="draw it")
    tree.set_defaults(act=run_tree)


def run_trees(arguments: argparse.Namespace) -> int:
    """Learn from all nodes of the training trees, measure on test, write a page; the last line is JSON.

    A run that was interrupted goes on when the same command comes again.
    """
    from ..core.files import replacing
    from ..text.corpus.treebank import read_treebank, treebank_files
    from ..text.sentences.recursive.findings import findings
    from ..text.sentences.recursive.tree_classifier import TreeClassifier
    from .reuse import NAME, expect_same, fingerprint
    from .sentences_tree_page import tree_page

    began, out = time.perf_counter(), Path(arguments.out)
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out {out}: there is no folder {out.parent}; create it first")
    how = {"dim": arguments.dim, "epochs": arguments.epochs, "seed": arguments.seed}
    model = TreeClassifier(arguments.kind, **how, progress=not arguments.quiet)
    bank = read_treebank(arguments.data)
    out.mkdir(exist_ok=True)
    expect_outputs([("--out", str(out / name)) for name in (MODEL, REPORT, CHECKPOINT, NAME)], [])
    made_of = {f"--{name}": value for name, value in ({"kind": arguments.kind} | how).items()}
    made_of |= {path.name: fingerprint(path) for path in treebank_files(arguments.data).values()}
    expect_same("--out", out, [CHECKPOINT, MODEL], made_of)
    try:
        model.fit(bank["train"], bank["dev"], out / CHECKPOINT).save(out / MODEL)
    except KeyboardInterrupt:
        print(f"\ninterrupted: the same command goes on with {out / CHECKPOINT}", file=sys.stderr)
        raise
    found = findings(model, bank["test"])
    shown = [tree for tree in bank["test"] if 4 <= len(tree.words) <= SHOWN[1]][: SHOWN[0]]
    with replacing(out / REPORT, "w") as file:
        file.write(tree_page(model, found, shown, "cutaway " + shlex.join(sys.argv[1:])))
    told = {"kind": arguments.kind, **how, **found, "seconds": round(time.perf_counter() - began, 1)}
    print(json.dumps({**told, "run": str(out), "report": str(out / REPORT)}))
    return 0


def run_tree(arguments: argparse.Namespace) -> int:
    """Print a line for each phrase: its class and how probable that is; draw the tree if asked."""
    from ..core.files import replacing
    from ..text.corpus.parse_trees import parse_tree
    from ..text.sentences.recursive.tree_classifier import TreeClassifier
    from ..text.sentences.recursive.tree_picture import NAMES, draw_tree

    path = Path(arguments.folder) / MODEL
    tree = parse_tree(arguments.tree).unlabelled()
    model = TreeClassifier.load(path)
    if arguments.svg:
        expect_outputs([("--svg", arguments.svg)], [("RUN", str(path))])
    (said,) = model.probabilities([tree])
    for node, row in enumerate(said):
        print(f"{NAMES[row.argmax()]:13} {100 * row.max():3.0f} %  {tree.phrase(node)}")
    if arguments.svg:
        with replacing(arguments.svg, "w") as file:
            file.write(draw_tree(tree, said))
    return 0
