"""Recursive networks on the Stanford Sentiment Treebank, as their papers judge them.

    python benchmarks/trees.py train --data DIR --out RUN --kind rntn [--epochs 60] [--seed 0]
    python benchmarks/trees.py report --data DIR --out RUN [--write]

``train`` learns from all nodes of the training trees and keeps the epoch that is best on dev in
``RUN/rntn.safetensors``; ``report`` measures what is in RUN on test, which training does not look at.
DIR holds ``sst_trees/{train,dev,test}.txt``, packed or not.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import time
from pathlib import Path

from cutaway.ext import kernels
from cutaway.lessons.machine import machine
from cutaway.text.corpus.treebank import read_treebank
from cutaway.text.sentences.recursive.findings import MEASURES, PAPER, findings
from cutaway.text.sentences.recursive.tree_classifier import KINDS, TreeClassifier

FILE = Path(__file__).with_name("RESULTS-trees.md")


def train(arguments: argparse.Namespace) -> None:
    out, bank = Path(arguments.out), read_treebank(arguments.data)
    out.mkdir(exist_ok=True)
    began = time.perf_counter(), time.process_time()
    options = {"dim": arguments.dim, "epochs": arguments.epochs, "seed": arguments.seed}
    model = TreeClassifier(arguments.kind, **options, patience=arguments.patience, progress=True)
    model.fit(bank["train"], bank["dev"])
    name = f"{arguments.kind}-{arguments.seed}"
    model.save(out / f"{name}.safetensors")
    took = {"seconds": time.perf_counter() - began[0], "of the processor": time.process_time() - began[1]}
    told = {**options, **took, "threads": kernels.get_num_threads(), "load": os.getloadavg()[0]}
    (out / f"{name}.told").write_text(json.dumps(told))
    print(json.dumps({**told, "history": model.history_}))


def report(arguments: argparse.Namespace) -> None:
    trees = read_treebank(arguments.data)["test"]
    runs = {}
    for path in sorted(Path(arguments.out).glob("*.safetensors")):
        model = TreeClassifier.load(path)
        told = json.loads(path.with_suffix(".told").read_text())
        runs[path.stem] = (model, told, findings(model, trees))
    text = (
        "\n".join([*_first(runs), *_lengths(runs), *_phrases(runs), *_table(arguments), *_how(runs)]) + "\n"
    )
    print(text)
    if arguments.write:
        FILE.write_text(text)


def _first(runs: dict) -> list[str]:
    """Table 1 and the tests of section 5, beside what the paper prints."""
    neutral = next(iter(runs.values()))[2]["always_neutral"]
    lines = [
        "# Recursive networks on the Stanford Sentiment Treebank", "",
        "Per cent on test, in square brackets the paper's (Socher et al. 2013).  Models have five classes; "
        "positive or negative is y3 + y4 against y0 + y1, of what is not neutral.  “But” and “not” are tested on "
        "other examples than the paper's: all that the treebank has by the rules of `contrast.py`.  "
        f"Always neutral has {100 * neutral[0]:.1f} of all nodes, {100 * neutral[1]:.1f} of roots.", "",
        "| | examples | " + " | ".join(runs) + " |", "| --- | ---: |" + " ---: |" * len(runs),
    ]  # fmt: skip
    for place, (name, words) in enumerate(MEASURES.items()):
        examples = next(iter(runs.values()))[2][name][1]
        cells = [
            f"{100 * found[name][0]:.1f} [{PAPER[model.kind][place]:.1f}]"
            for model, _, found in runs.values()
        ]
        lines.append(f"| {words} | {examples:,} | " + " | ".join(cells) + " |")
    return lines


def _lengths(runs: dict) -> list[str]:
    """Accuracy by the number of words of a node."""
    lines = ["", "Five classes / positive or negative, by the words of a phrase:", ""]
    lines += ["| words from | nodes | " + " | ".join(runs) + " |", "| ---: | ---: |" + " ---: |" * len(runs)]
    for rows in zip(*(found["by_length"] for _, _, found in runs.values()), strict=True):
        cells = [f"{100 * fine:.1f} / {100 * binary:.1f}" for _, fine, binary, *_ in rows]
        lines.append(f"| {rows[0][0]} | {rows[0][3]:,} | " + " | ".join(cells) + " |")
    return lines


def _phrases(runs: dict) -> list[str]:
    """What the network of the tensor, or the first, takes for the most positive and negative of test."""
    name = next((name for name in runs if name.startswith("rntn")), next(iter(runs)))
    lines = ["", f"The phrases of test that {name} takes for the most positive and the most negative:", ""]
    lines += ["| words | very positive | very negative |", "| ---: | --- | --- |"]
    top = runs[name][2]["top"]
    for words in top["4"]:
        cells = ["; ".join(phrase for phrase, _ in top[class_][words]) for class_ in ("4", "0")]
        lines.append(f"| {words} | " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return lines


def _table(arguments: argparse.Namespace) -> list[str]:
    """Cells that `cutaway sentences table --out RUN/table` has measured."""
    path = Path(arguments.out) / "table" / "table.json"
    if not path.exists():
        return []
    lines = ["", "Cells of `cutaway sentences table --data DIR --out RUN/table`, with 95 % interval:", ""]
    lines += [
        "| system | set | folds | per cent | paper | seconds |",
        "| --- | --- | ---: | --- | ---: | ---: |",
    ]
    for cell in json.loads(path.read_text())["cells"]:
        if cell["accuracy"] is not None:
            found = f"{cell['accuracy']:.1f} ({cell['low']:.1f}-{cell['high']:.1f})"
            lines.append(
                f"| {cell['system']} | {cell['set']} | {cell['folds']} | {found} | {cell['published']} | "
                f"{cell['seconds']:.0f} |"
            )
    return lines


def _how(runs: dict) -> list[str]:
    """What each training took, and how it is done again."""
    lines = [
        "",
        "| run | numbers of a vector | best of epochs | dev nodes | seconds | of the processor | load |",
    ]
    lines.append("| --- |" + " ---: |" * 6)
    for name, (model, told, _) in runs.items():
        best = max(model.history_, key=lambda entry: (entry["dev_nodes"], entry["epoch"]))
        lines.append(
            f"| {name} | {told['dim']} | {best['epoch']} of {len(model.history_)} | {100 * best['dev_nodes']:.1f} | "
            f"{told['seconds']:.0f} | {told['of the processor']:.0f} | {told['load']:.1f} |"
        )
    lines += ["", f"{datetime.date.today()}, {machine()}; other work ran beside it (load)."]
    lines += ["", "Commands, with OPENBLAS_NUM_THREADS=1 and CUTAWAY_NUM_THREADS=1:", ""]
    for model, told, _ in runs.values():
        flags = f"--kind {model.kind} --epochs {told['epochs']} --seed {told['seed']}"
        lines.append(f"    python benchmarks/trees.py train --data DIR --out RUN {flags}")
    return [*lines, "    python benchmarks/trees.py report --data DIR --out RUN --write"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=("train", "report"))
    parser.add_argument("--data", required=True, metavar="DIR")
    parser.add_argument("--out", required=True, metavar="RUN")
    parser.add_argument("--kind", choices=tuple(KINDS), default="rntn")
    parser.add_argument("--dim", type=int, default=25)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--patience", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="write RESULTS-trees.md")
    arguments = parser.parse_args()
    (train if arguments.action == "train" else report)(arguments)


if __name__ == "__main__":
    main()
