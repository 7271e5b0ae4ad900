"""`cutaway inside score`: are a photo's maps true?  And which ways of making maps find planted cues?"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np

from .inside_common import (
    class_named,
    expect_numbers,
    expect_photo,
    family,
    layer_named,
    loaded,
    prepared,
    written,
)

SIDE = 160  # pixels of a map on the page
SOME = "saliency,gradient x input,integrated gradients,grad-cam,guided,occlusion"
RANDOM = "random"


def add_families(families: Any) -> None:
    parser = family(
        families, "score", "are the maps true: deletion, insertion, sanity checks, planted cues", look
    )
    parser.add_argument("photos", nargs="*", metavar="PHOTO", help="JPEG, PNG, GIF or TIFF")
    parser.add_argument(
        "--class", dest="label", metavar="CLASS", help="number or name; the likeliest of each"
    )
    parser.add_argument("--methods", default=SOME, help=f"with commas, or all ({SOME})")
    parser.add_argument("--layer", help="path of a module with maps; that of the last maps by default")
    parser.add_argument("--steps", type=int, default=24, help="points of the curves (24)")
    parser.add_argument(
        "--samples", type=int, default=2, help="images beside, for the sensitivity; 0: none (2)"
    )
    parser.add_argument(
        "--points", type=int, default=3, help="layers at which the net has forgotten; 0: none (3)"
    )
    parser.add_argument("--planted", action="store_true", help="scenes with planted cues, in place of photos")
    parser.add_argument("--seed", type=int, default=0, help="of scenes, of noise and of what forgets (0)")


def look(arguments: argparse.Namespace) -> int:
    from ..vision.interpret.methods import METHODS, expect_methods

    expect_numbers(arguments, steps=1, samples=0, points=0, seed=0)
    given = [each.strip() for each in arguments.methods.split(",") if each.strip()]
    methods = list(METHODS) if given == ["all"] else given
    expect_methods(methods, "--methods")
    if arguments.planted:
        if arguments.photos or arguments.label or arguments.net or arguments.weights:
            raise ValueError(
                "--planted has scenes and a network of its own: expected no PHOTO, --class, --net"
            )
        return look_planted(arguments, list(METHODS) if arguments.methods == SOME else methods)
    if not arguments.photos:
        raise ValueError("expected a PHOTO, or several, or --planted")
    return look_photos(arguments, methods)


def look_photos(arguments: argparse.Namespace, methods: Sequence[str]) -> int:
    from ..lessons.page import Section
    from ..lessons.true_maps import curves, score_rows
    from ..vision.data.images import read_image
    from ..vision.interpret.attack import chances_of_prepared
    from ..vision.interpret.measured import measured
    from ..vision.interpret.pictures import grid, over, scaled

    for photo in arguments.photos:
        expect_photo(photo)
    read = [*(("PHOTO", each) for each in arguments.photos), ("--labels", arguments.labels or "")]
    out = prepared(arguments, ("score.png",), read)
    net, labels = loaded(arguments, changes=True)
    layer = layer_named(net, arguments.layer)
    y = None if arguments.label is None else class_named(labels, arguments.label)
    found, pictures, told = [], [], []
    for path in arguments.photos:
        photo = read_image(path)
        x, seen = net.preprocess(photo), net.preprocess.cut(photo)
        chances = chances_of_prepared(net, [x])[0]
        label = int(chances.argmax()) if y is None else y
        rows = list(
            measured(
                net, x, label, layer, [*methods, RANDOM], samples=arguments.samples, points=arguments.points,
                steps=arguments.steps, seed=arguments.seed,
            )
        )  # fmt: skip
        found.append(rows)
        maps = [over(seen, np.minimum(row.values, np.percentile(row.values, 99.5))) for row in rows[:-1]]
        pictures += [scaled(each, SIDE) for each in (seen, *maps)]
        told.append(
            {"file": path, "class": label, "label": labels[label], "probability": float(chances[label])}
        )
        told[-1]["maps"] = {row.method: numbers(row) for row in rows}
    sheet = grid(pictures, 1 + len(methods), gap=6)
    section = Section("Are the maps true?", "score")
    section.picture(sheet, f"Each photo as the network sees it, then {', '.join(methods)}; light is much.")
    section.figure(
        curves(found),
        "Left, pixels go and grey takes their place, those first of which a map says most: a true "
        "map makes the "
        "probability fall at once. Right, they come into the blurred photo: it should rise at once. "
        "The mean of "
        f"{len(found)} photo{'s' if len(found) > 1 else ''}; random: a map of noise.",
    )
    head, rows = score_rows(found)
    section.table(head, rows, told_measures())
    named = ", ".join(f"{each['label']} {100 * each['probability']:.1f} %" for each in told[:4])
    best = min(head_of(found), key=lambda pair: pair[1])
    count = f"{len(told)} photo{'s' if len(told) > 1 else ''}"
    lead = f"{count} ({named}): smallest deletion area {best[1]:.3f}, {best[0]}."
    return written(
        arguments,
        out,
        "Are the maps true?",
        lead,
        [section],
        {"score.png": sheet},
        {"photos": told, "layer": layer},
    )


def look_planted(arguments: argparse.Namespace, methods: Sequence[str]) -> int:
    from ..lessons.page import Section
    from ..lessons.true_maps import planted_picture, planted_rows, told_planted
    from ..vision.interpret.planted_table import planted_table

    out = prepared(arguments, ("planted.png",), [])
    rows = planted_table(methods=methods, seed=arguments.seed)
    sheet = planted_picture(methods, arguments.seed)
    section = Section("Planted cues", "planted")
    section.picture(
        sheet, f"A row a case. The scene, its cue in white, then {', '.join(methods)}; light is much."
    )
    section.text(*told_planted(rows))
    for case, head, cells in planted_rows(rows):
        section.table(head, cells, case)
    lead = "The class of each scene is decided by what was planted, so the right map is known."
    told = {"planted": [row._asdict() for row in rows]}
    if not arguments.json:
        for case, head, cells in planted_rows(rows):
            print(
                case,
                *("  ".join(f"{cell:>16}" for cell in line) for line in (head, *cells)),
                sep="\n",
                end="\n\n",
            )
    return written(
        arguments, out, "Do maps find a planted cue?", lead, [section], {"planted.png": sheet}, told
    )


def numbers(row: Any) -> dict[str, Any]:
    """Return the measures of one map as JSON has them."""
    said = {"deletion": row.deletion.area, "insertion": row.insertion.area}
    said |= {"completeness_gap": row.gap, "max_sensitivity": row.sensitivity}
    said |= {"forgotten": [each._asdict() for each in row.forgotten]}
    return said | {
        f"{name}_curve": [round(float(each), 6) for each in curve.chances]
        for name, curve in (("deletion", row.deletion), ("insertion", row.insertion))
    }


def head_of(found: Sequence[Sequence[Any]]) -> list[tuple[str, float]]:
    """Return each method's mean deletion area, that of noise apart."""
    return [
        (each[0].method, float(np.mean([row.deletion.area for row in each])))
        for each in list(zip(*found, strict=True))[:-1]
    ]


def told_measures() -> str:
    """Say what the columns of the table are."""
    return (
        "Means over the photos. Deletion: area under the left curves, small is good; insertion: of the right "
        "ones, large is good. Gap: how far the map's sum is from the score's rise over grey, of methods that "
        "share the score out. Sensitivity: the largest change of the map for images that differ by 2 % of "
        "their range at most. Forgotten: rank correlation with the map of a network whose layers have all "
        "lost what they learnt: near 1 the map does not show what was learnt."
    )
