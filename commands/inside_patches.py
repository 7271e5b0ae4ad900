"""`cutaway inside patches`: the pieces of many photos that each filter answers to most."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .inside_common import expect_numbers, family, layer_named, loaded, prepared, written

SIDE, ACROSS = 72, 6  # pixels of a piece on the page; filters in a row
PAINT = ("none", "deconvnet", "guided")


def add_families(families: Any) -> None:
    parser = family(families, "patches", "pieces of photos that filters answer to most", look)
    parser.add_argument("folder", metavar="DIR", help="photos, or a folder a class (train/ and val/, too)")
    parser.add_argument("--layer", action="append", help="path of a module with maps; several times for more")
    parser.add_argument("--filters", type=int, default=12, help="filters shown of each layer (12)")
    parser.add_argument("--top", type=int, default=9, help="pieces of each (9)")
    parser.add_argument("--several", action="store_true", help="more than one piece of a photo, too")
    parser.add_argument(
        "--beside", choices=PAINT, default="guided", help="picture beside the pieces (guided)"
    )
    parser.add_argument("--most", type=int, help="at most so many photos, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0)


def look(arguments: argparse.Namespace) -> int:
    from ..lessons.page import Section
    from ..vision.interpret.layer_features import layer_features, neighbours_agree
    from ..vision.interpret.top_patches import label_entropy, top_patches

    expect_numbers(arguments, filters=1, top=1, most=1, seed=0)
    photos, classes = found_photos(arguments.folder)
    if arguments.most and arguments.most < len(photos):
        chosen = np.random.default_rng(arguments.seed).permutation(len(photos))[: arguments.most]
        photos = [photos[i] for i in sorted(chosen)]
    labels = [label for _, label in photos]
    layers = arguments.layer
    names = [f"patches-{i + 1}.png" for i in range(len(layers or [""]))]
    out = prepared(arguments, names, [("--labels", arguments.labels or "")])
    net, _ = loaded(arguments)
    layers = [layer_named(net, each) for each in layers or [None]]
    shown = Shown(net, [path for path, _ in photos])
    tops = top_patches(net, iter(shown), layers, arguments.top, one_per_image=not arguments.several)
    features = layer_features(net, iter(shown), layers) if len(photos) > 2 else {}
    sections, pictures, told = [], {}, {"photos": len(photos), "classes": classes, "layers": {}}
    for name, layer in zip(names, layers, strict=True):
        top = tops[layer]
        section = Section(layer, f"layer-{len(sections) + 1}")
        chosen = strongest(top, arguments.filters)
        pictures[name] = sheet(net, shown, top, chosen, arguments.beside)
        beside = (
            ""
            if arguments.beside == "none"
            else f" Right: what in each raises the answer ({arguments.beside})."
        )
        field = top.fields.box(*(n // 2 for n in top.fields.map_size), cut=False)
        section.picture(
            pictures[name],
            f"{len(chosen)} of {len(top.values)} filters, of each the {arguments.top} strongest of "
            f"{len(photos)} photos; a piece is what the answer sees, {field[1] - field[0]} x "
            f"{field[3] - field[2]} pixels or what of them lies in the photo.{beside}",
        )
        said = {"filters": len(top.values), "answered": int(top.answered.sum()), "shown": chosen}
        if len(classes) > 1 and top.answered.any():
            said["label_entropy"] = float(label_entropy(top, labels)[top.answered].mean())
            said["neighbours_agree"] = neighbours_agree(features[layer], labels)
            section.figure(points(features[layer], labels, classes), "The photos as this layer sees them.")
        told["layers"][layer] = said
        sections.append(section)
    lead = f"{len(photos)} photos through {len(layers)} layer{'s' if len(layers) > 1 else ''}."
    if len(classes) > 1:
        sections.append(purity(told["layers"], len(classes)))
    return written(arguments, out, "What filters look for", lead, sections, pictures, told)


class Shown:
    """Photos as the network expects them, read when one asks for them."""

    def __init__(self, net: Any, paths: Sequence[Path]):
        self.net, self.paths = net, paths

    def __getitem__(self, i: int) -> np.ndarray:
        from ..vision.data.images import read_image

        return self.net.preprocess(read_image(self.paths[i]))

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[i] for i in range(len(self.paths)))


def found_photos(folder: str) -> tuple[list[tuple[Path, int]], list[str]]:
    """Return the photos of a folder with the numbers of their classes; no class for photos that lie in it."""
    from ..vision.data.class_folders import find_classes
    from ..vision.data.images import IMAGES, image_info

    root = Path(folder)
    if not root.is_dir():
        raise FileNotFoundError(f"DIR: there is no folder {root}")
    plain = sorted(each for each in root.iterdir() if each.suffix.lower() in IMAGES and each.name[0] != ".")
    if plain:
        for path in plain:
            image_info(path)
        return [(path, 0) for path in plain], []
    found = find_classes(root)
    return sorted({*found.train, *found.val}), list(found.classes)


def strongest(top: Any, count: int) -> list[int]:
    """Return the filters that answered k times, spread evenly over all of them."""
    living = np.flatnonzero(top.answered)
    living = living if len(living) else np.arange(len(top.values))
    return [int(living[i]) for i in np.linspace(0, len(living) - 1, min(count, len(living))).astype(int)]


def sheet(net: Any, shown: Shown, top: Any, chosen: Sequence[int], rule: str) -> np.ndarray:
    """Return the pieces of some filters, each filter a square of pieces with what raises them beside it."""
    from ..vision.interpret.pictures import grid, picture, scaled, signed
    from ..vision.interpret.top_patches import projection

    blocks, blank = [], np.full((SIDE, SIDE, 3), 255, np.uint8)
    for c in chosen:
        pieces, painted = [], []
        for i in range(top.values.shape[1]):
            number = int(top.images[c, i])
            if number < 0:
                pieces.append(blank)
                continue
            x = shown[number]
            pieces.append(scaled(picture(net, top.crop(x, c, i)), SIDE))
            if rule != "none":
                raised = top.crop(projection(net, x, top.layer, c, top.places[c, i], rule), c, i)
                painted.append(scaled(signed(net, raised), SIDE))
        across = int(np.ceil(np.sqrt(len(pieces))))
        both = [grid(each, across, gap=1) for each in (pieces, painted) if each]
        blocks.append(grid(both, 2, gap=4))
    return grid(blocks, ACROSS if rule == "none" else ACROSS // 2, gap=14)


def points(features: np.ndarray, labels: Sequence[int], classes: Sequence[str]) -> Any:
    """Return the picture of a layer's features on their principal plane and, with enough photos, by t-SNE."""
    from ..lessons.drawing import COLOURS, TYPE, bare, new_figure
    from ..vision.interpret.layer_features import METHODS, plane

    methods = METHODS if len(features) >= 12 else METHODS[:1]
    figure, axes = new_figure(4.3 * len(methods), 4.3, 1, len(methods))
    for axis, method in zip(np.atleast_1d(np.asarray(axes, object)).ravel(), methods, strict=True):
        at = plane(features, method)
        for k, name in enumerate(classes):
            mine = np.asarray(labels) == k
            axis.plot(*at[mine].T, "o", ms=4, alpha=0.7, color=COLOURS[k % len(COLOURS)], label=name)
        axis.set_title({"pca": "principal components", "t-sne": "t-SNE"}[method], fontsize=TYPE)
        bare(axis)
    axis.legend(frameon=False, fontsize=TYPE)
    return figure


def purity(layers: dict[str, dict[str, Any]], classes: int) -> Any:
    """Return the section that compares the layers by the classes of what they answer to."""
    from ..lessons.page import Section

    section = Section("Classes, layer by layer", "classes")
    rows = [
        (name, said["answered"], f"{said['label_entropy']:.2f}", f"{100 * said['neighbours_agree']:.0f} %")
        for name, said in layers.items()
        if "label_entropy" in said
    ]
    section.table(
        ("layer", "filters that answered", "entropy of the classes, bits", "nearest photo of the same class"),
        rows,
        f"Entropy 0: all pieces of a filter come from photos of one class; {np.log2(classes):.2f}: evenly of "
        f"all {classes}.",
    )
    return section
