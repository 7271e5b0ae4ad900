"""A classifier in one file: its weights, the name of its network, of its classes, and its preprocessing."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.errors import FileError
from ...core.files import replacing
from ...core.reading import bad_file, expect_room, reading
from ...core.save import HEADER_COSTS, read_safetensors
from ..networks.classification_net import NETS, classification_net, options_in
from ..networks.classifier import Classifier
from ..networks.preprocess import Preprocess

FORMAT = "cutaway classifier 1"
LARGEST = 4096  # pixels to a side


def save_classifier(path: str | os.PathLike, net: Classifier, name: str, labels: Sequence[str]) -> None:
    """Write a classifier; other programs read the file as any of safetensors.

    Parameters
    ----------
    name : of the network, one of `NETS`; only the classes and MobileNet's width may differ from its defaults.
    labels : the names of the classes.
    """
    from safetensors.numpy import save as to_bytes

    header = {"net": name, "labels": list(labels), "preprocess": dataclasses.asdict(net.preprocess)}
    arrays = {key: np.ascontiguousarray(each).reshape(each.shape) for key, each in net.state_dict().items()}
    with replacing(path) as file:
        file.write(to_bytes(arrays, metadata={"format": FORMAT, "header": json.dumps(header)}))


def load_classifier(
    path: str | os.PathLike, max_bytes: int | None = None
) -> tuple[Classifier, list[str]] | None:
    """Return (network in evaluation mode, labels) of a file of `save_classifier`; None of other safetensors.

    Raises
    ------
    FileNotFoundError : if there is no such file.
    FileError : if it is damaged, or would take too much memory.
    """
    arrays, metadata = read_safetensors(path)
    if metadata.get("format") != FORMAT:
        return None
    text = metadata.get("header", "")
    expect_room(path, HEADER_COSTS * len(text), "the header", max_bytes)
    with reading(path, "a classifier of cutaway"):
        header = json.loads(text)
        name, labels = header["net"], header["labels"]
        if name not in NETS:
            raise bad_file(path, f"a network of {', '.join(NETS)}", f"{name!r:.99}")
        if not (isinstance(labels, list) and labels and all(isinstance(each, str) for each in labels)):
            raise bad_file(path, "names of classes", f"{labels!r:.99}")
        shown = _preprocess(path, header["preprocess"])
        size = sum(array.nbytes for array in arrays.values())
        if sum(np.prod(each.shape) for each in arrays.values()) * 8 < size:
            raise bad_file(path, "numbers of at most 8 bytes", "larger ones")
        _expect_size(path, name, len(labels), size, max_bytes)
        net: Classifier = classification_net(name, len(labels), **options_in(name, arrays), rng=0)
        net.load_state_dict(arrays)
    net.preprocess = shown
    net.eval()
    return net, labels


def _expect_size(path: Any, name: str, classes: int, size: int, max_bytes: int | None) -> None:
    """FileError if the network is much larger than the file: its last layer alone is classes x features."""
    expect_room(
        path, LEAST_BYTES.get(name.partition("_")[0].rstrip("0123456789"), 0), f"a network {name}", max_bytes
    )
    if 64 * 4 * classes > size:
        raise FileError(f"{path}: expected weights for {classes:,} classes, came {size:,} bytes", path)


# What networks take at least, so that a small file that names one is no order for half a gigabyte.
LEAST_BYTES = {"vgg": 500 << 20, "alexnet": 230 << 20, "alexnet-original": 230 << 20}


def _preprocess(path: Any, given: Any) -> Preprocess:
    """Return the preprocessing that a header describes."""
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    shown = Preprocess(**plain)
    numbers = (*shown.mean, *shown.std, shown.scale)
    fits = type(shown.size) is int and shown.size <= LARGEST and len(shown.mean) == len(shown.std) == 3
    fits &= shown.resize is None or (type(shown.resize) is int and shown.resize <= 2 * LARGEST)
    if (
        not fits
        or not all(isinstance(each, (int, float)) and np.isfinite(each) for each in numbers)
        or 0 in shown.std
    ):
        raise bad_file(path, f"sizes to {LARGEST}, means and deviations of three channels", f"{given!r:.200}")
    return shown
