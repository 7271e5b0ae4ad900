"""Time MobileNet's depthwise convolutions in all directions; write a dated table to RESULTS-depthwise.md.

    python benchmarks/depthwise.py [--python PYTHON_WITH_TORCH] [--rounds 5] [--dry]

Nine multiply-adds for an output are so few that such a layer can be no faster than memory.  So beside the
time stands what it moves: the bytes of both images in a second, to be compared with a copy of x.  As in
kernels.py the contestants run in processes of their own and take turns; here each has one thread, and its
shortest CPU time counts, which other programs disturb least.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import sys
import time
from pathlib import Path

import numpy as np
from cutaway.ext.peak import best_time
from kernels import REST, TUNED, Contestant, processor
from kernels_cases import conv, work

HERE = Path(__file__).parent
LAYERS = [
    (32, 112, 1),
    (64, 112, 2),
    (128, 56, 1),
    (128, 56, 2),
    (256, 28, 1),
    (256, 28, 2),
    (512, 14, 1),
    (512, 14, 2),
    (1024, 7, 1),
]  # channels, pixels, stride of Howard et al. (2017), MobileNets, table 1
KINDS = ("forward", "input", "weight")


def shortest(case: dict, entrants: list[Contestant], rounds: int) -> list[float]:
    """Return the shortest call of each, in seconds of CPU time."""
    found: dict[str, list[float]] = {each.name: [] for each in entrants}
    for turn in range(rounds):
        for each in entrants if turn % 2 else entrants[::-1]:
            found[each.name] += each.ask(case, 5)["cpu"]
            time.sleep(REST)
    return [min(found[each.name]) for each in entrants]


def copied(shape: tuple[int, ...]) -> float:
    """Return the bytes in a second that one thread reads and writes while it copies such images."""
    x = np.ones(shape, np.float32)
    y = np.empty_like(x)
    return 2 * x.nbytes / best_time(lambda: np.copyto(y, x), 25)


def row(N: int, layer: tuple[int, int, int], entrants: list[Contestant], rounds: int) -> str:
    """Return a line of the table: for each direction the ratio, milliseconds, and GB a second."""
    C, size, stride = layer
    cells = [f"{N} x {C} x {size} x {size}, stride {stride}"]
    for kind in KINDS:
        case = conv(kind, (N, C, size, size), C, groups=C, stride=stride, padding=1)
        own, peer = shortest(case, entrants, rounds)
        moved = work(case)["bytes"] / 1e9
        cells.append(f"**{peer / own:.1f}**: {own * 1e3:.3f} ms, {moved / own:.1f} / {peer * 1e3:.3f} ms")
    return "| " + " | ".join([*cells, f"{copied((N, C, size, size)) / 1e9:.1f}"]) + " |"


def main() -> None:
    """Measure all layers, print the table as it grows, and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--python", default=sys.executable, help="a Python interpreter that has torch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dry", action="store_true", help="print only")
    options = parser.parse_args()
    base = {"CUTAWAY_NUM_THREADS": "1"}
    entrants = [
        Contestant("cutaway", [sys.executable, str(HERE / "kernels_cutaway.py")], base),
        Contestant("torch", [options.python, str(HERE / "kernels_torch.py")], {**base, **TUNED}),
    ]
    lines = [
        f"## Depthwise convolutions of MobileNet, 3 x 3, float32, {datetime.date.today()}",
        "",
        f"{processor()}, one thread; Python {platform.python_version()}, "
        f"{', '.join(each.version for each in entrants)}. Command: `python benchmarks/depthwise.py "
        f"--rounds {options.rounds}`.",
        "**PyTorch's time / cutaway's**: cutaway's time, GB moved in a second / PyTorch's time, without page "
        "faults (*tuned* in RESULTS.md); the shortest CPU times. The last column: GB in a second while x is "
        "copied.",
        "",
        "| x, stride | forward | input gradient | weight gradient | copy |",
        "| --- | --- | --- | --- | ---: |",
    ]
    print("\n".join(lines), flush=True)
    for N in (1, 16):
        for layer in LAYERS:
            lines.append(row(N, layer, entrants, options.rounds))
            print(lines[-1], flush=True)
    if not options.dry:
        (HERE / "RESULTS-depthwise.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
