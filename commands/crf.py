"""Let a fully connected CRF sharpen a network's probabilities along the edges of the image.

    cutaway crf PROBABILITIES.npz IMAGE --out LABELS.png --overlay OVERLAY.png

PROBABILITIES.npz holds one array, "probabilities" (K, H, W), a softmax over K classes, as
np.savez(path, probabilities=...) writes it.  LABELS.png is a palette image of class numbers with PASCAL VOC's
colours.  The last line printed is JSON: the share of pixels whose class changed, the classes that are left,
and the seconds it took.
"""

from __future__ import annotations

import argparse
import json
import time
import zipfile
from typing import Any

import numpy as np

from .outputs import expect_outputs

SUMMARY = "sharpen a network's class probabilities with a fully connected CRF"
MOST_CLASSES = 256  # of a palette image
NUMBERS = {
    "sxy-gaussian": (3.0, "reach of the Gaussian kernel in pixels"),
    "compat-gaussian": (3.0, "weight of the Gaussian kernel"),
    "sxy-bilateral": (80.0, "reach of the bilateral kernel in pixels"),
    "srgb": (13.0, "reach of the bilateral kernel in colours from 0 to 255"),
    "compat-bilateral": (10.0, "weight of the bilateral kernel"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("given", metavar="PROBABILITIES.npz", help='one array "probabilities" (K, H, W)')
    parser.add_argument("image", metavar="IMAGE", help="the image, JPEG, PNG, GIF or TIFF, of H x W pixels")
    parser.add_argument("--out", required=True, metavar="LABELS.png", help="class numbers, a palette image")
    parser.add_argument("--probabilities", default="", metavar="OUT.npz", help="the new probabilities")
    parser.add_argument("--overlay", default="", metavar="FILE.png", help="the classes over the image")
    parser.add_argument("--iterations", type=int, default=10, help="of mean field (default 10)")
    for name, (default, meaning) in NUMBERS.items():
        parser.add_argument(f"--{name}", type=float, default=default, help=f"{meaning} (default {default:g})")
    choices = ("symmetric", "before", "after", "none")
    parser.add_argument("--normalise", choices=choices, default="symmetric", help="(default symmetric)")


def run(arguments: argparse.Namespace) -> int:
    outputs = {each: getattr(arguments, each) for each in ("out", "probabilities", "overlay")}
    expect_outputs(
        [(f"--{name}", path) for name, path in outputs.items()],
        [("PROBABILITIES.npz", arguments.given), ("IMAGE", arguments.image)],
    )
    for name, ending in (("out", ".png"), ("overlay", ".png"), ("probabilities", ".npz")):
        if outputs[name] and not outputs[name].lower().endswith(ending):
            raise ValueError(f"--{name}: expected a name that ends with {ending}, got {outputs[name]}")

    from ..vision.data.images import read_image
    from ..vision.segmentation.dense_crf import dense_crf

    before = read_probabilities(arguments.given)
    image = read_image(arguments.image)
    options = {name.replace("-", "_"): getattr(arguments, name.replace("-", "_")) for name in NUMBERS}
    start = time.perf_counter()
    q = dense_crf(before, image, iterations=arguments.iterations, normalise=arguments.normalise, **options)
    seconds = time.perf_counter() - start
    labels = q.argmax(0)
    write(outputs, image, labels, q)
    line = {
        "changed": float((labels != before.argmax(0)).mean()),
        "classes": np.unique(labels).tolist(),
        "seconds": round(seconds, 3),
    }
    print(json.dumps(line))
    return 0


def read_probabilities(path: str) -> np.ndarray:
    """Return the array "probabilities" (K, H, W) of an .npz file; nothing in it is executed.

    Raises
    ------
    FileError : it is no such file, holds something else, or would take too much memory.
    """
    from ..core.reading import bad_file, expect_room, reading

    expected = 'an .npz file with one array "probabilities" (K, H, W), floats'
    with reading(path, expected), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if [each.filename for each in members] != ["probabilities.npy"]:
            names = ", ".join(each.filename.removesuffix(".npy") for each in members[:9]) or "no array"
            raise bad_file(path, expected, names, hint="np.savez(path, probabilities=array)")
        expect_room(path, 2 * members[0].file_size, "the array")
        with archive.open(members[0]) as member:
            found = np.lib.format.read_array(member, allow_pickle=False)
    if found.ndim != 3 or found.dtype.kind != "f":
        raise bad_file(path, expected, f"{found.dtype} of shape {found.shape}")
    if not 1 <= len(found) <= MOST_CLASSES:
        raise bad_file(path, f"1 to {MOST_CLASSES} classes, as a palette image holds", f"{len(found)}")
    return found


def write(outputs: dict[str, str], image: np.ndarray, labels: np.ndarray, q: np.ndarray) -> None:
    """Write the files that were asked for: all of them, or none."""
    from PIL import Image

    from ..core.files import replacing, together
    from ..vision.data.palette import overlay, voc_palette

    with together():
        with replacing(outputs["out"]) as file:
            picture: Any = Image.fromarray(labels.astype(np.uint8), mode="L")
            picture.putpalette(voc_palette().tobytes())
            picture.save(file, "PNG")
        if outputs["overlay"]:
            with replacing(outputs["overlay"]) as file:
                colours = np.moveaxis(image, -1, 0) / 255
                Image.fromarray(overlay(colours, labels)).save(file, "PNG")
        if outputs["probabilities"]:
            with replacing(outputs["probabilities"]) as file:
                np.savez_compressed(file, probabilities=q)
