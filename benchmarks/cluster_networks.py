"""Networks on ranks: what a step takes, what its messages take, and how much of them the backward pass hides.

    python benchmarks/cluster_networks.py --json FILE [--steps 6] [--ranks 1,2,4]

Each rank has one thread.  On one machine messages go through memory, and moving them is work for the cores
that compute: what is hidden is hidden less than by a network card.  For each network and number of ranks:

    alone      a step of every rank for itself, all at the same time, so that they share memory's bandwidth
    step       the same step with `AllReduce`
    blocking   the sum of as many bytes after the backward pass, waiting for it
    hidden     the part of the bytes that has arrived when the last rank is through with its backward pass,
               mean of all steps

Times are in seconds, the smallest of all steps: what else the machine does makes them longer, and the load is
noted.  `step_seconds` says what they come to on other networks.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

SHAPES = {  # images (N, C, H, W) of each rank, classes
    "ResNet-18": ((8, 3, 224, 224), 1000),
    "MobileNet": ((8, 3, 224, 224), 1000),
    "U-Net base 32": ((2, 3, 128, 128), 11),
}


def step_seconds(
    forward: float,
    backward: float,
    bytes_a_step: float,
    ranks: int,
    gigabits: float,
    *,
    buckets: int = 10,
    latency: float = 50e-6,
    last_bytes: float = 0.0,
) -> float:
    """Return what a step on so many machines takes: forward + max(backward, messages) + the last bucket.

    A sum over N machines, as a ring or as halves that are exchanged, sends and receives 2 (N - 1) / N of its
    bytes on every machine, in at least 2 log2 N messages one after the other, for every bucket.  The last
    bucket begins when the backward pass is over.

    >>> round(step_seconds(0.1, 0.2, 45e6, 1, 1), 3)        # alone
    0.3
    >>> round(step_seconds(0.1, 0.2, 45e6, 2, 1), 3)        # 45 MB take 0.36 s on 1 Gb/s
    0.461
    >>> round(step_seconds(0.1, 0.2, 45e6, 2, 10), 3)       # hidden behind the backward pass
    0.3
    """
    if ranks == 1:
        return forward + backward
    travel = 2 * (ranks - 1) / ranks * 8 / (gigabits * 1e9)  # seconds a byte
    messages = travel * bytes_a_step + buckets * latency * 2 * np.log2(ranks)
    return float(forward + max(backward, messages) + travel * last_bytes)


def network(name: str) -> tuple[Any, Any]:
    """Return the network and its loss."""
    from cutaway.nn import functional as F
    from cutaway.vision import UNet, classification_net

    if name == "U-Net base 32":
        return UNet(3, 11, base=32, depth=4, norm=True, rng=0), F.cross_entropy
    chosen = {"ResNet-18": "resnet18", "MobileNet": "mobilenet_v1"}[name]
    return classification_net(chosen, 1000, rng=0), F.cross_entropy


def measured(comm: Any, name: str, steps: int) -> dict[str, Any]:
    """Return the times of one network on these ranks."""
    from cutaway import nn
    from cutaway.nn.parallel import AllReduce
    from mpi4py import MPI

    shape, classes = SHAPES[name]
    rng = np.random.default_rng(comm.rank)
    x = rng.normal(size=shape).astype(np.float32)
    y = rng.integers(0, classes, (shape[0], *shape[2:]) if name.startswith("U-Net") else shape[0])
    net, loss = network(name)
    net.train()
    plain = nn.optim.SGD(net.parameters(), 1e-4, momentum=0.9)

    def run(optimiser: Any) -> list[float]:
        """Times of the forward pass, of the backward pass, and of the rest."""
        comm.Barrier()
        marks = [time.perf_counter()]
        optimiser.zero_grad()
        value = loss(net(x), y)
        marks.append(time.perf_counter())
        value.backward(retain_graph=False)
        marks.append(time.perf_counter())
        if isinstance(optimiser, AllReduce):
            arrived.append(arrived_part(optimiser))
        optimiser.step()
        marks.append(time.perf_counter())
        comm.Barrier()
        return [b - a for a, b in zip(marks, [*marks[1:], time.perf_counter()], strict=True)]

    alone, together, blocking = [], [], []
    arrived: list[float] = []
    for _ in range(steps + 1):  # in turn, so that what else the machine does meets all of them
        alone.append(run(plain))
        summed = AllReduce(plain, comm, net)
        run(summed)  # the order of the gradients is agreed on
        together.append(run(summed))
        buckets = [bucket.values for bucket in summed._buckets.buckets]
        comm.Barrier()
        began = time.perf_counter()
        for values in buckets:
            comm.Allreduce(MPI.IN_PLACE, values)
        blocking.append(time.perf_counter() - began)
        summed.close()
    best = min(alone[1:], key=sum)
    with_sums = min(together[1:], key=sum)
    found = {
        "network": name, "ranks": comm.size, "images_a_rank": shape[0], "size": list(shape[2:]),
        "bytes_a_step": sum(values.nbytes for values in buckets), "buckets": len(buckets),
        "last_bytes": buckets[-1].nbytes, "forward": best[0], "backward": best[1],
        "alone": sum(best), "step": sum(with_sums),
        "blocking": min(blocking[1:]),
    }  # fmt: skip
    of_last_rank = np.max(comm.allgather(arrived), axis=0)  # who is through earlier waits for the others
    found["hidden"] = float(np.mean(of_last_rank[3::2])) if comm.size > 1 else None
    found["images_a_second"] = comm.size * shape[0] / found["step"]
    return found


def arrived_part(optimiser: Any) -> float:
    """Return which part of the gradients' bytes has been summed already, at the end of the backward pass."""
    from mpi4py import MPI

    buckets = optimiser._buckets
    done = MPI.Request.Testsome(buckets._requests) or []
    sizes = [bucket.values.nbytes for bucket in buckets.buckets]
    return sum(sizes[i] for i in done) / sum(sizes)


def equality(comm: Any) -> dict[str, Any]:
    """Return how far 20 steps on the ranks end from those of one process: largest difference of a parameter.

    In float32 a rectifier whose input is 0 but for rounding may pass on a gradient in one and not in the
    other; in float64 such inputs are too rare to be met, so what is left is what the formula does.
    """
    from cutaway import nn
    from cutaway.nn import functional as F

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24 * 20, 3, 16, 16)), rng.integers(0, 4, 24 * 20)
    found: dict[str, Any] = {"ranks": comm.size, "steps": 20}
    for dtype, norm in itertools.product((np.float32, np.float64), (False, True)):
        ends = []
        for part in (comm, False):
            layers: list[nn.Module] = []
            for i, (inputs, outputs) in enumerate([(3, 16), (16, 16)]):
                layers.append(nn.Conv2d(inputs, outputs, 3, bias=False, rng=i))
                layers += [nn.BatchNorm2d(outputs)] if norm else []
                layers.append(nn.ReLU())
            net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(16 * 144, 4, rng=9)).astype(dtype)
            batch = 24 // comm.size if part else 24
            loader = nn.DataLoader(nn.ArrayDataset(x.astype(dtype), y), batch, shuffle=True, seed=1)
            optimiser = nn.optim.SGD(net.parameters(), 0.01, momentum=0.9)
            how: dict[str, Any] = {"epochs": 1, "show": False, "sync_batch_norm": norm and bool(part)}
            nn.fit(net, loader, F.cross_entropy, optimiser, comm=part, **how)
            ends.append(net.state_dict())
        what = f"{np.dtype(dtype)}, {'synchronised' if norm else 'without'} batch norm"
        found[what] = max(float(np.abs(ends[0][name] - ends[1][name]).max()) for name in ends[0])
    return found


def worker(steps: int) -> None:
    """What every rank does; rank 0 prints a line of JSON for each measurement."""
    from mpi4py import MPI

    comm = MPI.COMM_WORLD
    for name in SHAPES:
        found = measured(comm, name, steps)
        if comm.rank == 0:
            print(json.dumps({"times": found}), flush=True)
    if comm.size > 1:
        found = equality(comm)
        if comm.rank == 0:
            print(json.dumps({"equality": found}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="file for all that was measured")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--ranks", default="1,2,4", help="numbers of ranks (default: 1,2,4)")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        worker(arguments.steps)
        return
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    mpiexec = shutil.which("mpiexec", path=beside)
    if mpiexec is None or arguments.json is None:
        raise SystemExit("expected --json FILE, and mpiexec: pip install 'cutaway[mpi]'")
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0], "times": []}
    found["equality"] = []
    one = {name: "1" for name in ("CUTAWAY_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")}
    for ranks in map(int, arguments.ranks.split(",")):
        command = [mpiexec, "-n", str(ranks), sys.executable, __file__, "--worker", "--steps"]
        done = subprocess.run(
            [*command, str(arguments.steps)],
            env={**os.environ, **one},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        for line in filter(lambda each: each.startswith("{"), done.stdout.splitlines()):
            for kind, values in json.loads(line).items():
                found[kind].append(values)
                print(kind, json.dumps(values), flush=True)
    found["load_after"] = os.getloadavg()[0]
    arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
