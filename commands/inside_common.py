"""What the families of `cutaway inside` share: network, layers and classes by name, files, the last line."""

from __future__ import annotations

import argparse
import difflib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .outputs import expect_outputs

if TYPE_CHECKING:
    import numpy as np

    from ..lessons.page import Section
    from ..vision.networks.classifier import Classifier

PAGE = "index.html"
SHOWN = 320  # pixels to a side of pictures on a page


def family(families: Any, name: str, about: str, look: Callable[[argparse.Namespace], int]) -> Any:
    """Return the parser of a family, with the flags that all of them have."""
    parser = families.add_parser(name, help=about, description=about)
    parser.add_argument("--net", help="squeezenet1_0, mobilenet_v1, alexnet, vgg16, resnet18 ...")
    parser.add_argument("--weights", help="a file of weights, or a folder that classify-train wrote")
    parser.add_argument("--labels", help="names of the classes, a line each")
    parser.add_argument("--out", required=True, metavar="PAGES", help=f"folder for {PAGE} and its pictures")
    parser.add_argument("--json", action="store_true", help="one JSON line at the end, nothing else")
    parser.set_defaults(look=look)
    return parser


def expect_numbers(arguments: argparse.Namespace, **least: float) -> None:
    """ValueError for a flag whose number is below the least that there is."""
    for name, low in least.items():
        value = getattr(arguments, name)
        if value is not None and not low <= value < float("inf"):
            raise ValueError(f"--{name.replace('_', '-')} expects a number from {low:g}, came {value}")


def expect_photo(path: str | None) -> None:
    """Raise what reading a photo would raise, from its head."""
    from ..vision.data.images import image_info

    if path:
        image_info(path)


def prepared(arguments: argparse.Namespace, names: Sequence[str], inputs: Sequence[tuple[str, str]]) -> Path:
    """Return the folder for the pages, in which all files can be written, and none is read."""
    out = Path(arguments.out)
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"--out {out} is a file; expected the name of a folder")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out {out}: there is no folder {out.parent}; create it first")
    there = out if out.is_dir() else out.parent
    known = [(flag, path) for flag, path in (*inputs, ("--weights", arguments.weights)) if path]
    expect_outputs([("--out", str(there / name)) for name in (PAGE, *names)] if out.is_dir() else [], known)
    return out


def loaded(arguments: argparse.Namespace, changes: bool = False) -> tuple[Classifier, list[str]]:
    """Return the network in evaluation mode, folded unless its weights are to change, and its classes."""
    from ..vision.classification.labels import read_labels
    from . import classify

    named = read_labels(arguments.labels) if arguments.labels else None
    net, labels = (classify.loaded if changes else classify.folded)(arguments.net, arguments.weights)
    if named is not None and len(named) != len(labels):
        raise ValueError(
            f"--labels {arguments.labels} has {len(named):,} names, the network {len(labels):,} classes"
        )
    return net, named or labels


def layer_named(net: Classifier, path: str | None, flag: str = "--layer") -> str:
    """Return a layer's path, by default that of the last maps; ValueError names the nearest."""
    if path is None:
        return list(net.trunk())[-1]
    known = [each for each, _ in net.named_modules() if each]
    if path not in known:
        near = difflib.get_close_matches(path, known, n=3) or known[:3]
        raise ValueError(f"{flag}: no layer {path!r}; there are {', '.join(near)} and others")
    return path


def class_named(labels: Sequence[str], text: str, flag: str = "--class") -> int:
    """Return the number of a class: given itself, or a name, or a part of just one name.

    >>> class_named(["ant", "honey bee", "bee eater"], "ant"), class_named(["ant", "honey bee"], "bee")
    (0, 1)
    """
    wanted = text.strip().lower()
    if wanted.lstrip("-").isdigit():
        if not 0 <= int(wanted) < len(labels):
            raise ValueError(f"{flag}: expected a class from 0 to {len(labels) - 1}, got {text}")
        return int(wanted)
    names = [[part.strip().lower() for part in label.split(",")] for label in labels]
    same = [i for i, parts in enumerate(names) if wanted in parts]
    found = same or [i for i, label in enumerate(labels) if wanted in label.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(f"{i} {labels[i]}" for i in found[:6])
        raise ValueError(f"{flag} {text}: {len(found)} classes are called so: {some}; give the number")
    near = difflib.get_close_matches(wanted, [part for parts in names for part in parts], n=3)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ValueError(f"{flag}: no class {text!r}{hint}")


def written(
    arguments: argparse.Namespace,
    out: Path,
    title: str,
    lead: str,
    sections: Sequence[Section],
    pictures: dict[str, np.ndarray | list[np.ndarray]],
    told: dict[str, Any],
) -> int:
    """Write the page and its pictures, all or none, and say so."""
    from ..core.files import replacing, together
    from ..lessons.image_files import gif, png
    from ..lessons.page import render

    page = render(title, lead, sections, f"Made by cutaway inside {arguments.family}.")
    out.mkdir(exist_ok=True)
    with together():
        for name, pixels in pictures.items():
            with replacing(out / name) as file:
                file.write(gif(pixels) if isinstance(pixels, list) else png(pixels))
        with replacing(out / PAGE, "w") as file:
            file.write(page)
    told = told | {"files": [str(out / name) for name in (PAGE, *pictures)]}
    if arguments.json:
        print(json.dumps(told))
    else:
        print(lead)
        print("\n".join(told["files"]))
    return 0
