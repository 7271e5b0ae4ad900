"""CPU time of an epoch of Kim's network, here and in PyTorch, and what batches of like lengths bring.

    python benchmarks/sentences_torch.py DIR --torch PYTHON        PYTHON has PyTorch; DIR has MR

Training sentences of the first fold of MR, random vectors of 300 numbers, one thread; so many batches as
``--batches`` are measured, and counted up to an epoch.  PyTorch gets the very batches.  The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "CUTAWAY")})
import numpy as np

DIM, MAPS, WINDOWS, CLASSES, SIZE = 300, 100, (3, 4, 5), 2, 50
RHO, EPS = 0.95, 1e-6
WARM_UP = 2  # batches that are not counted


def seconds_each(step, batches) -> float:
    """Return the CPU time of a batch, of the mean of all but the first."""
    for batch in batches[:WARM_UP]:
        step(*batch)
    began = time.process_time()
    for batch in batches[WARM_UP:]:
        step(*batch)
    return (time.process_time() - began) / (len(batches) - WARM_UP)


def torch_step(words: int):
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(0)
    torch.set_num_threads(1)
    table, fc = nn.Embedding(words, DIM, padding_idx=0), nn.Linear(MAPS * len(WINDOWS), CLASSES)
    convs = nn.ModuleList(nn.Conv1d(DIM, MAPS, h) for h in WINDOWS)
    parameters = [*table.parameters(), *convs.parameters(), *fc.parameters()]
    optimiser = torch.optim.Adadelta(parameters, lr=1.0, rho=RHO, eps=EPS)

    def step(rows, y):
        x = table(torch.from_numpy(rows)).transpose(1, 2)
        z = torch.cat([F.relu(conv(x)).amax(2) for conv in convs], 1)
        loss = F.cross_entropy(fc(F.dropout(z, 0.5)), torch.from_numpy(y))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


def cutaway_step(words: int, rows_only: bool = True):
    from cutaway import nn
    from cutaway.text.sentences.convolutional.cnn import KimCNN

    net = KimCNN(np.random.default_rng(0).uniform(-0.25, 0.25, (words, DIM)).astype(np.float32), CLASSES)
    kind = nn.optim.RowAdadelta if rows_only else nn.optim.Adadelta
    optimiser, loss = kind(net.parameters(), rho=RHO, eps=EPS), nn.CrossEntropyLoss()

    def step(rows, y):
        value = loss(net(rows), y)
        optimiser.zero_grad()
        value.backward(retain_graph=False)
        optimiser.step()

    return step


def batches_of(folder: str, count: int):
    """Return {"like lengths": batches, "any lengths": ..., "all to the longest": ...}, words, batches an epoch."""
    from cutaway.text import read_sentence_set
    from cutaway.text.sentences.convolutional.batches import SentenceBatches

    sentences = read_sentence_set(folder, "mr")
    index = {word: number for number, word in enumerate(sorted(sentences.vocabulary), 1)}
    train = next(sentences.splits())[0]
    ids = [np.array([index[word] for word in sentences.words[i]], np.int64) for i in train]
    longest, y = max(map(len, ids)), sentences.y[train]
    found = {}
    for name, pool in (("like lengths", 20), ("any lengths", 1)):
        loader = SentenceBatches(ids, y, SIZE, max(WINDOWS) - 1, longest, pool)
        found[name] = list(loader.epoch(0))[: count + WARM_UP]
    width = longest + 2 * (max(WINDOWS) - 1)
    found["all to the longest"] = [
        (np.pad(rows, ((0, 0), (0, width - rows.shape[1]))), labels) for rows, labels in found["any lengths"]
    ]
    return found, len(index) + 1, len(loader)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", metavar="DIR")
    parser.add_argument("--torch", metavar="PYTHON")
    parser.add_argument("--batches", type=int, default=20)
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        with np.load(arguments.data) as kept:
            batches = [(kept[f"x{i}"], kept[f"y{i}"]) for i in range(len(kept.files) // 2)]
            words = 1 + max(int(rows.max()) for rows, _ in batches)
        print(seconds_each(torch_step(max(words, arguments.batches)), batches))
        return
    found, words, an_epoch = batches_of(arguments.data, arguments.batches)
    told = {name: an_epoch * seconds_each(cutaway_step(words), batches) for name, batches in found.items()}
    dense = seconds_each(cutaway_step(words, rows_only=False), found["like lengths"])
    told["like lengths, Adadelta of all rows"] = an_epoch * dense
    if arguments.torch:
        for name in ("like lengths", "all to the longest"):
            told[f"PyTorch, {name}"] = an_epoch * _peer(arguments.torch, found[name], words)
    for name, seconds in told.items():
        print(f"{name:40} {seconds:8.1f} s an epoch")
    print(json.dumps({name: round(seconds, 2) for name, seconds in told.items()}))


def _peer(python: str, batches, words: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "batches.npz"
        np.savez(
            path, **{f"{k}{i}": part for i, b in enumerate(batches) for k, part in zip("xy", b, strict=True)}
        )
        command = [python, __file__, str(path), "--peer", "--batches", str(words)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
