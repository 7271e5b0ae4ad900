"""One offline page of your network on your picture: all maps, and each kernel's sums position by position.

    cutaway explain squeezenet1_0 photo.jpg --weights squeezenet.npz --out page.html
    cutaway explain RUN photo.jpg --images photos --out page.html

NET is the name of a network, whose weights come from --weights, or a folder or file that classify-train or
transfer wrote.  In the page a click (tap, Enter) on a map shows its kernel at work: the input's patch, the
kernel, the products, their sum.  --images adds the pieces of photos that each channel answers to most.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .inside_common import class_named, expect_numbers, expect_photo, layer_named, loaded
from .outputs import expect_outputs

SUMMARY = "one offline page of a network on a picture, each kernel's sums included"
LEAST = 2_000  # numbers of a layer below which a page is not made smaller


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "net", metavar="NET", help="squeezenet1_0, mobilenet_v1 ..., or a run's folder or file"
    )
    parser.add_argument("photo", metavar="PHOTO", help="JPEG, PNG, GIF or TIFF")
    parser.add_argument("--weights", help="a file of weights; without it torchvision's are fetched once")
    parser.add_argument("--labels", help="names of the classes, a line each")
    parser.add_argument("--class", dest="label", metavar="CLASS", help="number or name; the likeliest")
    parser.add_argument(
        "--images", metavar="DIR", help="photos, of which each channel's strongest pieces are shown"
    )
    parser.add_argument("--most", type=int, default=60, help="at most so many of them, spread evenly (60)")
    parser.add_argument("--maps", type=int, default=8, help="maps of each layer, at most (8)")
    parser.add_argument(
        "--maximise", type=int, default=1, metavar="N", help="channels a layer with an image (1)"
    )
    parser.add_argument("--no-maximise", dest="maximise", action="store_const", const=0, help="none: quicker")
    parser.add_argument("--out", required=True, metavar="PAGE", help="the page, an HTML file")
    parser.add_argument("--json", action="store_true", help="one JSON line at the end, nothing else")


def run(arguments: argparse.Namespace) -> int:
    from ..core.files import replacing
    from ..vision.classification.predict import probabilities
    from ..vision.data.images import read_image

    photos = checked(arguments)
    net, labels = loaded(arguments, changes=True)
    y = None if arguments.label is None else class_named(labels, arguments.label)
    photo = read_image(arguments.photo)
    (chances,) = probabilities(net, [photo])
    y = int(chances.argmax()) if y is None else y
    page, told = made(arguments, net, labels, photo, chances, y, photos)
    with replacing(arguments.out, "w") as file:
        file.write(page)
    told |= {"class": y, "label": labels[y], "probability": float(chances[y]), "bytes": len(page.encode())}
    told["files"] = [arguments.out]
    if arguments.json:
        print(json.dumps(told))
    else:
        print(f"{labels[y]}: probability {100 * chances[y]:.2f} %.")
        print(f"{arguments.out}: {len(told['layers'])} layers, {told['bytes'] / 1e6:.1f} MB")
    return 0


def checked(arguments: argparse.Namespace) -> Sequence[Path]:
    """Say what is wrong before the work; return the photos of --images."""
    from ..vision.networks.classification_net import NETS, expect_known
    from .inside_patches import found_photos

    expect_numbers(arguments, maps=1, most=1, maximise=0)
    expect_photo(arguments.photo)
    if Path(arguments.net).exists():
        if arguments.weights:
            raise ValueError(f"--weights: NET {arguments.net} is a run, which has its own; expected only one")
        arguments.net, arguments.weights = None, arguments.net
    else:
        expect_known("NET", "network or run", arguments.net, NETS)
    photos = [path for path, _ in found_photos(arguments.images)[0]] if arguments.images else []
    if arguments.images and not photos:
        raise ValueError(f"--images {arguments.images}: expected photos, there are none")
    step = max(1, -(-len(photos) // arguments.most))
    out = Path(arguments.out)
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out {out}: there is no folder {out.parent}; create it first")
    read = [
        ("PHOTO", arguments.photo),
        ("--weights", arguments.weights or ""),
        ("--labels", arguments.labels or ""),
    ]
    expect_outputs([("--out", str(out))], [*read, *(("--images", str(path)) for path in photos)])
    return photos[::step]


def made(
    arguments: argparse.Namespace,
    net: Any,
    labels: list[str],
    photo: Any,
    chances: Any,
    y: int,
    photos: Sequence[Path],
) -> tuple[str, dict[str, Any]]:
    """Return the page, below `LIMIT` bytes, and what is told of it."""
    from ..lessons.explain_page import LIMIT, embedded, explain_page
    from ..lessons.explain_pictures import levels, pieces, wanted
    from ..vision.interpret.kernel_work import kernel_work
    from .inside_patches import Shown

    x = net.preprocess(photo)
    found = levels(net, x)
    rectified = [each.before for each in found if each.kind == "ReLU" and each.before]
    budget = 30_000
    works = kernel_work(net, x, maps=arguments.maps, budget=budget)
    pictures = dict(wanted(net, works, arguments.maximise))
    pictures |= dict(pieces(net, Shown(net, photos), works)) if photos else {}
    said = verdict(net, labels, photo, chances, y)
    title = f"{type(net).__name__} looks at {Path(arguments.photo).name}"
    lead = f"{labels[y]}: probability {100 * chances[y]:.2f} %. {len(found)} layers, "
    lead += f"{len(works)} of them convolutions."
    while True:
        sections = [said, layer_section(found, works, arguments.maps)]
        data = embedded(works, rectified, net.preprocess.order, pictures)
        page = explain_page(title, lead, sections, data, "Made by cutaway explain.")
        if len(page.encode()) < LIMIT or budget < LEAST:
            break
        budget = 3 * budget // 4
        works = kernel_work(net, x, maps=arguments.maps, budget=budget)
    if len(page.encode()) >= LIMIT:
        raise ValueError(
            f"the page would take {len(page.encode()) / 1e6:.1f} MB, expected less than {LIMIT / 1e6:.3g}\n"
            "    hint: fewer --maps, no --images"
        )
    layers = {each.layer: [unit.channel for unit in each.units] for each in works}
    return page, {"layers": layers}


def verdict(net: Any, labels: list[str], photo: Any, chances: Any, y: int) -> Any:
    """Return the section of what the network says, and of the pixels and places that speak for it."""
    import numpy as np

    from ..lessons.page import Section
    from ..vision.interpret.methods import attribution
    from ..vision.interpret.pictures import grid, heat, over, scaled

    section, x, seen = Section("What it says", "verdict"), net.preprocess(photo), net.preprocess.cut(photo)
    layer = layer_named(net, None)
    gradient, cam = (attribution(each, net, x, y, layer) for each in ("saliency", "grad-cam"))
    drawn = [seen, heat(np.minimum(gradient, np.percentile(gradient, 99.5))), over(seen, cam)]
    section.picture(
        grid([scaled(each, 260) for each in drawn], 3, gap=6),
        f"The photo as the network sees it; how much each pixel moves the score of {labels[y]} (its "
        f"gradient); and "
        "Grad-CAM, where in the last maps the evidence lies. Light is much.",
    )
    order = (-chances).argsort(kind="stable")[:5]
    section.table(
        ("class", "probability"), [(labels[i], f"{100 * chances[i]:.2f} %") for i in order], "The likeliest."
    )
    return section


def layer_section(found: Sequence[Any], works: Sequence[Any], maps: int) -> Any:
    """Return the section of the layers: a place for each convolution's maps, a picture of each other's."""
    import html

    from ..lessons.explain_pictures import png_url, strip
    from ..lessons.page import Section

    section, numbers = Section("Layer by layer", "layers"), {work.layer: n for n, work in enumerate(works)}
    section.text(
        "The maps that vary most, of each layer. Red is above 0, blue below, white 0; a layer "
        "without negative "
        "values goes from black to pale yellow. Click a convolution's map, or choose it with Tab "
        "and Enter, to see "
        "its kernel at work: then point, tap, use the arrow keys or type a row and a column."
    )
    for level in found:
        channels, height, width = level.maps.shape
        name, size = html.escape(level.path), f"{channels} maps of {height} × {width}"
        if level.path in numbers:
            section.blocks.append(
                f'<h3>{name}: convolution, {size}</h3><div id="layer-{numbers[level.path]}"></div>'
            )
        else:
            drawn = f'<img src="{png_url(strip(level.maps, maps))}" alt="{name}: the maps that vary most">'
            section.blocks.append(
                f'<h3>{name}: {html.escape(level.kind)}, {size}</h3><p class="strip">{drawn}</p>'
            )
    return section
