"""`cutaway inside attack`: a change too small to see, and the network names another class."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from .inside_common import class_named, expect_photo, family, loaded, prepared, written

EPSILONS = "0,1,2,4,8,16,32"


def add_families(families: Any) -> None:
    parser = family(families, "attack", "a change too small to see, and another class (FGSM)", look)
    parser.add_argument("photo", metavar="PHOTO", help="JPEG, PNG, GIF or TIFF")
    parser.add_argument("--class", dest="label", metavar="CLASS", help="the right one; the likeliest")
    parser.add_argument("--towards", metavar="CLASS", help="the class that it is to be taken for")
    parser.add_argument("--epsilons", default=EPSILONS, help=f"grey levels, with commas ({EPSILONS})")
    parser.add_argument("--other-net", help="a second network, which the attack does not know")
    parser.add_argument("--other-weights", help="its file of weights")


def look(arguments: argparse.Namespace) -> int:
    from ..lessons.page import Section
    from ..vision.data.images import read_image
    from ..vision.interpret.attack import chances_of, fgsm
    from ..vision.interpret.pictures import bytes_of, grid

    epsilons = numbers(arguments.epsilons)
    if (arguments.other_net or arguments.other_weights) is None:
        second = None
    else:
        second = argparse.Namespace(
            net=arguments.other_net, weights=arguments.other_weights, labels=arguments.labels
        )
    expect_photo(arguments.photo)
    read = [("PHOTO", arguments.photo), ("--labels", arguments.labels or "")]
    out = prepared(arguments, ("attack.png",), [*read, ("--other-weights", arguments.other_weights or "")])
    net, labels = loaded(arguments)
    other = None if second is None else loaded(second)[0]
    if other is not None and other.classes != net.classes:
        raise ValueError(f"--other-net: it has {other.classes:,} classes, the network {net.classes:,}")
    y = None if arguments.label is None else class_named(labels, arguments.label)
    goal = None if arguments.towards is None else class_named(labels, arguments.towards, "--towards")
    seen = net.preprocess.cut(read_image(arguments.photo))
    pixels = seen.transpose(2, 0, 1) / np.float32(255)
    y = int(chances_of(net, pixels[None])[0].argmax()) if y is None else y
    found, pictures = [], []
    for epsilon in epsilons:
        changed = fgsm(net, pixels, y if goal is None else goal, epsilon, towards=goal is not None)
        pictures.append(bytes_of(changed))
        chances = chances_of(net, changed[None])[0]
        row: dict[str, Any] = {"epsilon": epsilon, "right": float(chances[y])}
        row |= {"label": labels[int(chances.argmax())], "probability": float(chances.max())}
        if other is not None:
            carried = chances_of(other, changed[None])[0]
            row |= {"other_right": float(carried[y]), "other_label": labels[int(carried.argmax())]}
        found.append(row)
    sheet = grid(pictures, 4, gap=6)
    section = Section("The photo, changed", "attack")
    said = ", ".join(f"{each:g}" for each in epsilons)
    way = f"less like {labels[y]}" if goal is None else f"more like {labels[goal]}"
    section.picture(
        sheet, f"Each number changed by {said} of 255 grey levels, in the direction that makes it {way}."
    )
    head = ["epsilon", f"{labels[y]}, %", "taken for", "%"]
    rows = [[f"{r['epsilon']:g}", f"{100 * r['right']:.2f}", r["label"], f"{100 * r['probability']:.2f}"]
            for r in found]  # fmt: skip
    if other is not None:
        head += [f"second network: {labels[y]}, %", "taken for"]
        rows = [[*cells, f"{100 * r['other_right']:.2f}", r["other_label"]]
                for cells, r in zip(rows, found, strict=True)]  # fmt: skip
    section.table(head, rows, "What the networks say of each.")
    fooled = next((r for r in found if r["label"] != labels[y]), None)
    lead = f"{labels[y]}: " + (
        f"a change of {fooled['epsilon']:g} of 255 grey levels makes it {fooled['label']}." if fooled
        else f"no change of {said} of 255 grey levels makes it another class."
    )  # fmt: skip
    told = {"class": y, "label": labels[y], "sweep": found}
    return written(arguments, out, "A change too small to see", lead, [section], {"attack.png": sheet}, told)


def numbers(text: str) -> list[float]:
    """Return the epsilons in a text with commas.

    >>> numbers("0, 2,4.5")
    [0.0, 2.0, 4.5]
    """
    try:
        found = [float(each) for each in text.split(",")]
    except ValueError:
        raise ValueError(f"--epsilons expects numbers with commas between, came {text!r}") from None
    if not all(0 <= each <= 255 for each in found):
        raise ValueError(f"--epsilons expects grey levels from 0 to 255, came {text!r}")
    return found
