"""Looking inside published classifiers: ``python benchmarks/inside.py --data FOLDER``.

Makes ``benchmarks/RESULTS-inside.md`` from the photos of ``FOLDER/hymenoptera`` and the weights in
``FOLDER/squeezenet`` and ``FOLDER/mobilenet``: counts of bees and ants (``imagenet_counts.py``), the classes of what
filters answer to by depth, whether a maximised class is recognised by the other network, the fast gradient sign
method with its carry-over, and whether maps find planted cues and are true of photos.  ``--only`` measures some of
the sections; the others stay as they are.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from cutaway import vision
from cutaway.commands.inside_patches import Shown, found_photos
from cutaway.core.files import replacing
from cutaway.lessons.true_maps import planted_rows, score_rows, told_planted
from cutaway.vision.interpret.attack import chances_of, sweep
from cutaway.vision.interpret.maximise import maximise, resized
from cutaway.vision.interpret.measured import measured
from cutaway.vision.interpret.objectives import channel
from cutaway.vision.interpret.planted_table import planted_table
from cutaway.vision.interpret.sanity import UNCHANGED
from cutaway.vision.interpret.settings import PRESETS
from cutaway.vision.interpret.top_patches import label_entropy, top_patches
from imagenet_counts import CLASSES, loaded
from imagenet_counts import section as counts
from PIL import Image

RESULTS = Path(__file__).with_name("RESULTS-inside.md")
LAYERS = ("features.1", "features.3", "features.5", "features.7", "features.9", "features.10", "features.12")
MANY = 20  # classes that are maximised, spread evenly over ImageNet's 1000
RUNS = (("jitter", 40),)  # presets, and steps at each scale, if other than theirs
SIDE, SHOWN_AT = 128, 224  # pixels of a maximised image, and at which both networks are asked about it
EPSILONS = (0, 1, 4)
OF_A_CLASS, EVERY = 15, 3  # photos of CIFAR-10; of those of bees and ants each third one
ATTACKED = 6  # photos of each class
PLANTED = 24  # scenes of each case
SCORED = 2  # bees
METHODS = (
    "saliency", "gradient x input", "integrated gradients", "grad-cam", "hires-cam", "guided", "deconvnet", "random",
)  # fmt: skip


def entropy_by_depth(root: Path) -> Iterator[str]:
    """What SqueezeNet's filters answer to: the classes of their nine strongest photos, layer by layer."""
    net = loaded("squeezenet1_0", root)
    yield "SqueezeNet 1.0; of each filter the nine strongest answers, one a photo. Entropy 0 bits: all nine of one"
    yield "class; the mean over the filters that answered nine times."
    for photos, classes, images in (_bees_and_ants(root, net), _cifar(root, net)):
        labels = np.array([label for _, label in photos])
        tops = top_patches(net, images, LAYERS, 9)
        mixed, bits = np.random.default_rng(0).permutation(labels), []
        yield ""
        yield f"{len(photos)} photos of {len(classes)} classes: {', '.join(classes)}."
        yield ""
        yield "| layer | filters that answered | entropy, bits | with labels shuffled |"
        yield "| --- | ---: | ---: | ---: |"
        for layer, top in tops.items():
            own, chance = (float(label_entropy(top, each)[top.answered].mean()) for each in (labels, mixed))
            bits.append(own)
            living = f"{top.answered.sum()} of {len(top.values)}"
            yield f"| `{layer}` | {living} | {own:.3f} | {chance:.3f} |"
        falls = int(np.sum(np.diff(bits) < 0))
        yield ""
        yield f"First to last: {bits[0]:.3f} to {bits[-1]:.3f} bits; it falls in {falls} of {len(bits) - 1} steps."


def _bees_and_ants(root: Path, net: Any) -> tuple[list, list[str], Any]:
    photos, classes = found_photos(str(root / "hymenoptera"))
    return photos[::EVERY], classes, Shown(net, [path for path, _ in photos[::EVERY]])


def _cifar(root: Path, net: Any) -> tuple[list, list[str], Any]:
    """Of CIFAR-10's test photos the first of each class, enlarged to what the network expects."""
    archive = zipfile.ZipFile(next((root / "cifar10").glob("*.zip")))
    names = sorted(name for name in archive.namelist() if name.startswith("test/") and name.endswith(".jpg"))
    classes = sorted({name.split("/")[1] for name in names})
    photos = [(name, k) for k, each in enumerate(classes) for name in names if name.split("/")[1] == each]
    photos = [photo for k in range(len(classes)) for photo in [p for p in photos if p[1] == k][:OF_A_CLASS]]
    images = [
        net.preprocess(np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB")))
        for name, _ in photos
    ]
    return photos, classes, images


def recognised(root: Path) -> Iterator[str]:
    """Whether an image that maximises a class of one network is of that class for the other."""
    nets = {name: loaded(name, root) for name in ("squeezenet1_0", "mobilenet_v1")}
    numbers = np.linspace(0, 999, MANY + 2).astype(int)[1:-1]
    yield f"{MANY} classes, spread evenly; images of {SIDE} x {SIDE} pixels, seed 0, rounded to 8 bits, shown to both"
    yield f"networks at {SHOWN_AT} x {SHOWN_AT}. Above chance: the class's probability is above 1/1000."
    yield ""
    yield (
        "| maximised by | preset | steps | own network: top 1 | other: top 1 | other: top 5 | other: top 50 "
        "| other: above chance | median rank, of 1000 | s an image |"
    )
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for preset, steps in RUNS:
        for own, other in (list(nets), list(nets)[::-1]):
            yield _recognised_row(nets, own, other, preset, steps, numbers)


def _recognised_row(nets: dict, own: str, other: str, preset: str, steps: int | None, numbers: Any) -> str:
    import dataclasses

    settings = dataclasses.replace(PRESETS[preset], **({} if steps is None else {"steps": steps}))
    net, start, ranks = nets[own], time.perf_counter(), {own: [], other: []}
    above = 0
    for y in map(int, numbers):
        # Before the rectifier that SqueezeNet has behind its scores; of MobileNet the score itself.
        goal = channel(net.LAST, y)
        image = maximise(net, goal, settings, size=SIDE).image
        pixels = np.rint(255 * np.clip(net.preprocess.pixels(image), 0, 1)) / np.float32(255)
        large = np.clip(resized(pixels[None], (SHOWN_AT, SHOWN_AT)), 0, 1)
        for name in (own, other):
            chances = chances_of(nets[name], large)[0]
            ranks[name].append(int((chances > chances[y]).sum()) + 1)
        above += bool(chances[y] > 1 / len(chances))
    spent = (time.perf_counter() - start) / len(numbers)
    theirs = np.array(ranks[other])
    cells = [own, preset, len(settings.scales) * settings.steps, int(np.sum(np.array(ranks[own]) == 1))]
    cells += [int((theirs <= n).sum()) for n in (1, 5, 50)]
    return "| " + " | ".join(map(str, [*cells, above, f"{np.median(theirs):.0f}", f"{spent:.1f}"])) + " |"


def attacked(root: Path) -> Iterator[str]:
    """The fast gradient sign method on photos, and whether it carries over to the other network."""
    pixels, labels = [], []
    nets = {name: loaded(name, root) for name in ("squeezenet1_0", "mobilenet_v1")}
    cut = nets["mobilenet_v1"].preprocess.cut  # the same 224 x 224 pixels for both
    for kind, number in CLASSES.items():
        for path in sorted((root / "hymenoptera" / "val" / kind).glob("*.jpg"))[:ATTACKED]:
            pixels.append(cut(vision.read_image(path)).transpose(2, 0, 1) / np.float32(255))
            labels.append(number)
    yield f"{len(labels)} photos of bees and ants; each number of a pixel changed by at most epsilon of 255."
    yield ""
    yield "| attacked | epsilon | right, % | mean probability of the right class | right in the other network, % |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for own, other in (list(nets), list(nets)[::-1]):
        for row in sweep(nets[own], np.stack(pixels), labels, EPSILONS, nets[other]):
            yield (
                f"| {own} | {row.epsilon:g} | {100 * row.right:.1f} | {row.chance:.3f} | {100 * row.carried:.1f} |"
            )


def planted(root: Path) -> Iterator[str]:
    """Whether maps find what decides the class of generated scenes."""
    rows = planted_table(PLANTED)
    yield f"{PLANTED} generated scenes of each case, and networks whose weights are set by hand to decide by a rule."
    for paragraph in told_planted(rows):
        yield ""
        yield paragraph
    for caption, head, cells in planted_rows(rows):
        yield ""
        yield caption
        yield ""
        yield from _markdown(head, cells)


def scored(root: Path) -> Iterator[str]:
    """Measures of the maps of SqueezeNet for bees."""
    net, found = loaded("squeezenet1_0", root), []
    for path in sorted((root / "hymenoptera" / "val" / "bees").glob("*.jpg"))[:SCORED]:
        x = net.preprocess(vision.read_image(path))
        rows = measured(net, x, CLASSES["bees"], "features.12", METHODS, samples=2, points=1)
        found.append(list(rows))
    yield f"SqueezeNet 1.0 and the class bee, {SCORED} photos of bees, the means; random is a map of noise."
    yield "Deletion: small is good; insertion: large is good. Gap: of methods whose maps promise the rise over grey."
    yield "Sensitivity: the largest change of a map for two images that differ by 2 % of their range at most."
    yield "Forgotten: rank correlation with the map when all layers have new random weights; what stays near 1 shows"
    yield "no learning."
    yield ""
    head, cells = score_rows(found)
    yield from _markdown(head, cells)
    same = [line[0] for line in cells if line[5] and float(line[5]) >= UNCHANGED]
    worse = [line[0] for line in cells if float(line[1]) >= float(cells[-1][1])]
    yield ""
    yield f"Hardly changed when all is forgotten (correlation {UNCHANGED} or more): {', '.join(same) or 'none'}."
    yield f"Deletion no better than of noise: {', '.join(worse[:-1]) or 'none'}."


def _markdown(head: list[str], cells: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| --- |{' ---: |' * (len(head) - 1)}"
    for line in cells:
        yield f"| {' | '.join(line)} |"


SECTIONS: dict[str, Callable[[Path], Iterator[str]]] = {
    "Published classifiers on photos of bees and ants": counts,
    "Classes of what filters answer to, by depth": entropy_by_depth,
    "A maximised class, shown to the other network": recognised,
    "The fast gradient sign method": attacked,
    "Planted cues": planted,
    "Are the maps true?": scored,
}


def main() -> int:
    """Measure and write, section by section."""
    parser = argparse.ArgumentParser()
    data = os.environ.get("CUTAWAY_DATA")
    parser.add_argument("--data", default=data, required=data is None)
    parser.add_argument(
        "--only", default="", help="sections whose titles have this word; others stay as they are"
    )
    arguments = parser.parse_args()
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    before = dict(re.findall(r"^## (.*?)\n\n(.*?)(?=\n## |\n---\n|\Z)", text, re.S | re.M))
    for title, measure in SECTIONS.items():
        if arguments.only.lower() in title.lower():
            lines = []
            for line in measure(Path(arguments.data)):
                print(line, flush=True)
                lines.append(line)
            before[title] = "\n".join(lines)
            write(before)  # after each: who stops the run keeps what was measured
    return 0


def write(found: dict[str, str]) -> None:
    """Write the sections that there are, in their order."""
    parts = ["# Looking inside published classifiers", ""]
    for title in SECTIONS:
        if title in found:
            parts += [f"## {title}", "", found[title].strip("\n"), ""]
    parts += ["---", "", "Command: `python benchmarks/inside.py --data FOLDER`.", ""]
    with replacing(RESULTS, "w") as file:
        file.write("\n".join(parts))


if __name__ == "__main__":
    sys.exit(main())
