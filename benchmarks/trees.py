"""Recursive networks on the Stanford Sentiment Treebank, as their papers judge them.

    python benchmarks/trees.py train --data DIR --out RUN --kind rntn [--epochs 60] [--seed 0]
    python benchmarks/trees.py report --data DIR --out RUN [--write]

``train`` learns from all nodes of the training trees and keeps the epoch that is best on dev in
``RUN/rntn.safetensors``; ``report`` measures what is in RUN on test, which training does not look at.
DIR holds ``sst_trees/{train,dev,test}.txt``, packed or not.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from cutaway.ext import kernels
from cutaway.text.corpus.treebank import read_treebank
from cutaway.text.sentences.recursive.tree_classifier import KINDS, TreeClassifier


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
    train(arguments)


if __name__ == "__main__":
    main()
