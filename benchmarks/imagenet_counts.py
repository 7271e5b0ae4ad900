"""Bees and ants recognised with the published weights: ``python benchmarks/imagenet_counts.py --data FOLDER``.

The photos of ``FOLDER/hymenoptera/val`` (83 bees, 70 ants) through SqueezeNet and MobileNet, whose weights stand
in ``FOLDER/squeezenet`` and ``FOLDER/mobilenet``; counts of those whose class is the likeliest, and among the five
likeliest.  Writes ``benchmarks/RESULTS-inside.md``; fails if the counts are not those that the data came with.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np
from cutaway import vision
from cutaway.vision.classification.predict import probabilities
from cutaway.vision.networks.classification_net import net_for_weights
from cutaway.vision.networks.classifier import Classifier

RESULTS = Path(__file__).with_name("RESULTS-inside.md")
WEIGHTS = {"squeezenet1_0": "squeezenet", "mobilenet_v1": "mobilenet"}
CLASSES = {"bees": 309, "ants": 310}  # of ImageNet's 1000
# Top-1 and top-5, by a forward pass in NumPy that shares no code with this one.
EXPECTED = {
    ("squeezenet1_0", "bees"): (58, 74),
    ("squeezenet1_0", "ants"): (36, 54),
    ("mobilenet_v1", "bees"): (45, 67),
    ("mobilenet_v1", "ants"): (15, 40),
}


def counted(net: Classifier, photos: list[Path], number: int) -> tuple[int, int]:
    """How many photos have this class first, and among the first five."""
    ranks = []
    for photo in photos:
        (chances,) = probabilities(net, [vision.read_image(photo)])
        ranks.append(int((chances > chances[number]).sum()))
    return int(np.sum(np.array(ranks) < 1)), int(np.sum(np.array(ranks) < 5))


def main() -> int:
    """Count, compare, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--data", default=os.environ.get("CUTAWAY_DATA"), required="CUTAWAY_DATA" not in os.environ
    )
    root = Path(parser.parse_args().data)
    rows, right = [], True
    for name, folder in WEIGHTS.items():
        net = net_for_weights(name, next((root / folder).glob("*.npz"))).eval()
        for kind, number in CLASSES.items():
            photos = sorted((root / "hymenoptera" / "val" / kind).glob("*.jpg"))
            start = time.perf_counter()
            first, five = counted(net, photos, number)
            spent = (time.perf_counter() - start) / len(photos)
            expected = EXPECTED[name, kind]
            right &= (first, five) == expected
            cells = [
                name,
                kind,
                len(photos),
                first,
                five,
                "{}, {}".format(*expected),
                f"{1000 * spent:.0f} ms",
            ]
            rows.append("| " + " | ".join(map(str, cells)) + " |")
            print(rows[-1], flush=True)
    head = [
        "# Published classifiers on photos of bees and ants",
        "",
        "Photos of `hymenoptera/val` whose class is the likeliest, or among the five likeliest, of ImageNet's 1000.",
        "The weights and their preprocessing are those that `net_for_weights` finds in the files.",
        "",
        "| network | class | photos | top 1 | top 5 | expected | a photo |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    tail = ["", "Command: `python benchmarks/imagenet_counts.py --data FOLDER`.", ""]
    RESULTS.write_text("\n".join([*head, *rows, *tail]), encoding="utf-8")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
