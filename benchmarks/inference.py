"""Compare whole networks with PyTorch, ONNX Runtime and OpenVINO; write benchmarks/RESULTS-inference.md.

    make bench                                                       in an environment that has the peers
    python benchmarks/inference.py [--only WORD] [--rounds 7] [--dry]

Inference in float32, batch 1 and 16, and training steps beside PyTorch.  As in kernels.py contestants run in
processes of their own and take turns.  A ratio is the peer's median time divided by cutaway's: above 1,
cutaway is faster.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import sys
from pathlib import Path

from kernels import TUNED, Contestant, measure, processor

HERE = Path(__file__).parent
IMAGES = ("SqueezeNet 1.0", "MobileNet v1", "ResNet-18")
CASES = [
    {"net": "U-Net base 32", "kind": "inference", "x": (1, 3, 512, 512)},
    {"net": "FCN-8s on VGG-16", "kind": "inference", "x": (1, 3, 384, 384)},
    *({"net": net, "kind": "inference", "x": (n, 3, 224, 224)} for net in IMAGES for n in (1, 16)),
    *({"net": net, "kind": "step", "x": (16, 3, 224, 224)} for net in IMAGES[1:]),
    *({"net": "Three convolutions", "kind": "step", "x": (n, 3, 32, 32)} for n in (16, 64, 256)),
    {"net": "Two layers", "kind": "step", "x": (64, 2), "optimiser": "Adam"},
]
PEERS = ("torch", "torch tuned", "torch best", "onnxruntime", "openvino")


def name_of(case: dict) -> str:
    """Return a case in words."""
    return f"{case['net']} {case['kind']}, {'x'.join(map(str, case['x']))}"


def contestants(threads: int) -> dict[str, Contestant]:
    """Start all contestants."""
    base, peer = {"CUTAWAY_NUM_THREADS": str(threads)}, str(HERE / "inference_peers.py")
    how = {
        "torch": (["torch"], base),
        "torch tuned": (["torch"], {**base, **TUNED}),
        "torch best": (["torch", "--channels-last"], {**base, **TUNED}),
        "onnxruntime": (["onnxruntime"], base),
        "openvino": (["openvino"], base),
    }
    own = Contestant("cutaway", [sys.executable, str(HERE / "inference_cutaway.py")], base)
    peers = {n: Contestant(n, [sys.executable, peer, *flags], given) for n, (flags, given) in how.items()}
    return {"cutaway": own, **peers}


def row(case: dict, found: dict[str, dict]) -> str:
    """Return one line of the table: the ratio to the fastest peer, to each, the times."""
    own = found["cutaway"]["seconds"]
    ratios = {peer: found[peer]["seconds"] / own for peer in PEERS if peer in found}
    cells = [name_of(case), f"{min(ratios.values()):.2f} ({min(ratios, key=ratios.__getitem__)})"]
    cells += [f"{ratios[peer]:.2f}" if peer in ratios else "" for peer in PEERS]
    cells.append(" / ".join(f"{each['seconds'] * 1e3:.1f}" for each in found.values()))
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Measure all cases, print the table as it grows, and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="measure the cases whose name contains this")
    parser.add_argument("--dry", action="store_true", help="print only")
    options = parser.parse_args()
    entrants = contestants(options.threads)
    versions = ", ".join(dict.fromkeys(each.version for each in entrants.values()))
    lines = [
        "# Whole networks, float32",
        "",
        f"{datetime.date.today()}, {processor()}, {options.threads} threads; Python {platform.python_version()}, "
        f"{versions}. Command: `make bench ROUNDS={options.rounds}`.",
        "Ratio: the peer's median time / cutaway's; *step*: forward, cross-entropy, backward, SGD with momentum "
        "(Two layers: Adam).",
        "",
        f"| case | vs the fastest | {' | '.join(f'vs {peer}' for peer in PEERS)} | ms: cutaway, then in this order |",
        f"| --- | ---: |{' ---: |' * len(PEERS)} --- |",
    ]
    print("\n".join(lines))
    for case in CASES:
        if options.only in name_of(case):
            taking = [
                each for name, each in entrants.items()
                if case["kind"] == "inference" or name not in ("onnxruntime", "openvino")
            ]  # fmt: skip
            found = measure({**case, "name": name_of(case)}, taking, options.rounds)
            lines.append(row(case, {each.name: found[each.name] for each in taking}))
            print(lines[-1], flush=True)
    if not options.dry:
        (HERE / "RESULTS-inference.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
