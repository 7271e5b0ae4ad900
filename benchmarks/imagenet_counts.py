"""Bees and ants recognised with the published weights: ``python benchmarks/imagenet_counts.py --data FOLDER``.

The photos of ``FOLDER/hymenoptera/val`` (83 bees, 70 ants) through SqueezeNet and MobileNet, whose weights stand
in ``FOLDER/squeezenet`` and ``FOLDER/mobilenet``; counts of those whose class is the likeliest, and among the five
likeliest.  Prints the first section of ``benchmarks/RESULTS-inside.md``; fails if the counts are not those that
the data came with.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from cutaway import vision
from cutaway.vision.classification.predict import probabilities
from cutaway.vision.networks.classification_net import net_for_weights
from cutaway.vision.networks.classifier import Classifier

WEIGHTS = {"squeezenet1_0": "squeezenet", "mobilenet_v1": "mobilenet"}
CLASSES = {"bees": 309, "ants": 310}  # of ImageNet's 1000
# Top-1 and top-5, by a forward pass in NumPy that shares no code with this one.
EXPECTED = {
    ("squeezenet1_0", "bees"): (58, 74),
    ("squeezenet1_0", "ants"): (36, 54),
    ("mobilenet_v1", "bees"): (45, 67),
    ("mobilenet_v1", "ants"): (15, 40),
}


def loaded(name: str, root: Path) -> Classifier:
    """Return a network with its published weights, in evaluation mode."""
    net = net_for_weights(name, next((root / WEIGHTS[name]).glob("*.npz")))
    net.eval()
    return net


def counted(net: Classifier, photos: list[Path], number: int) -> tuple[int, int]:
    """How many photos have this class first, and among the first five."""
    ranks = []
    for photo in photos:
        (chances,) = probabilities(net, [vision.read_image(photo)])
        ranks.append(int((chances > chances[number]).sum()))
    return int(np.sum(np.array(ranks) < 1)), int(np.sum(np.array(ranks) < 5))


def section(root: Path) -> Iterator[str]:
    """Yield the lines; AssertionError at the end if the counts are not the expected ones."""
    yield "Photos of `hymenoptera/val` whose class is the likeliest, or among the five likeliest, of ImageNet's 1000."
    yield "The weights and their preprocessing are those that `net_for_weights` finds in the files."
    yield ""
    yield "| network | class | photos | top 1 | top 5 | expected |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    wrong = []
    for name in WEIGHTS:
        net = loaded(name, root)
        for kind, number in CLASSES.items():
            photos = sorted((root / "hymenoptera" / "val" / kind).glob("*.jpg"))
            first, five = counted(net, photos, number)
            expected = EXPECTED[name, kind]
            if (first, five) != expected:
                wrong.append(f"{name}, {kind}: {first}, {five}; expected {expected}")
            cells = [name, kind, len(photos), first, five, "{}, {}".format(*expected)]
            yield "| " + " | ".join(map(str, cells)) + " |"
    if wrong:
        raise AssertionError("; ".join(wrong))


def main() -> int:
    """Count, compare, print."""
    parser = argparse.ArgumentParser()
    data = os.environ.get("CUTAWAY_DATA")
    parser.add_argument("--data", default=data, required=data is None)
    for line in section(Path(parser.parse_args().data)):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
