"""Say what is in photos, the likeliest classes first.

    cutaway classify photo.jpg --net squeezenet1_0 --weights squeezenet.npz
    cutaway classify *.jpg --weights RUN/model.safetensors --json

The weights are a file of torch.save (.pth), safetensors or npz, or what classify-train wrote, which knows its
network.  Without --weights torchvision's are fetched once.  The names of the classes come from --labels, or
imagenet_classes.txt beside the weights, a line each; without them classes are numbers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..vision.classification.predict import Guess
    from ..vision.networks.classifier import Classifier

SUMMARY = "say what is in photos"
MODEL = "model.safetensors"  # in the folder that classify-train writes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="JPEG, PNG, GIF or TIFF")
    parser.add_argument("--net", help="alexnet, vgg16, resnet18, squeezenet1_0, mobilenet_v1 ...")
    parser.add_argument("--weights", help="a file of weights, or a folder that classify-train wrote")
    parser.add_argument("--top", type=int, default=5, help="so many classes of each photo (default: 5)")
    parser.add_argument("--labels", help="names of the classes, a line each")
    parser.add_argument("--json", action="store_true", help="one JSON list, nothing else")


def run(arguments: argparse.Namespace) -> int:
    from ..vision.classification.labels import read_labels
    from ..vision.data.images import image_info

    if arguments.top < 1:
        raise ValueError(f"--top expects a whole number from 1, came {arguments.top}")
    for photo in arguments.photos:
        image_info(photo)
    named = read_labels(arguments.labels) if arguments.labels else None
    net, labels = folded(arguments.net, arguments.weights)
    if named is not None and len(named) != len(labels):
        raise ValueError(
            f"--labels {arguments.labels} has {len(named):,} names, the network {len(labels):,} classes"
        )
    found = []
    for photo, guesses in classified(net, named or labels, arguments.photos, arguments.top):
        found.append({"file": photo, "top": [guess._asdict() for guess in guesses]})
        if not arguments.json:
            lines = [f"{100 * guess.probability:8.2f} %  {guess.label}" for guess in guesses]
            print("\n".join([photo, *lines]), flush=True)
    if arguments.json:
        print(json.dumps(found))
    return 0


def classified(
    net: Classifier, labels: list[str], photos: list[str], top: int
) -> Iterator[tuple[str, list[Guess]]]:
    """Yield each photo with its likeliest classes."""
    from ..vision.classification.predict import likeliest, probabilities
    from ..vision.data.images import read_image

    for photo in photos:
        (chances,) = probabilities(net, [read_image(photo)])
        yield photo, likeliest(chances, labels, top)


def folded(name: str | None, weights: str | None) -> tuple[Classifier, list[str]]:
    """Return the network for inference, see `cutaway.nn.fold`, and the names of its classes."""
    from ..nn import fold

    net, labels = loaded(name, weights)
    return fold(net), labels


def loaded(name: str | None, weights: str | None) -> tuple[Classifier, list[str]]:
    """Return the network in evaluation mode, and the names of its classes."""
    from ..vision.classification.labels import IMAGENET, labels_beside
    from ..vision.classification.saved import load_classifier
    from ..vision.networks.classification_net import NETS, expect_known, net_for_weights
    from ..vision.networks.pretrained import cache_folder, load_pretrained

    if name is not None:
        expect_known("--net", "network", name, NETS)
    if weights is None:
        if name is None:
            raise ValueError("expected --net NAME, whose weights are fetched, or --weights FILE")
        net = load_pretrained(name)
        return net, labels_beside(cache_folder() / IMAGENET, net.classes)
    path = Path(weights) / MODEL if Path(weights).is_dir() else Path(weights)
    kept = load_classifier(path) if path.suffix == ".safetensors" else None
    if kept is not None:
        return kept
    if name is None:
        raise ValueError(
            f"--weights {weights} does not say which network it is for: expected --net NAME, too"
        )
    net = net_for_weights(name, path)
    net.eval()
    return net, labels_beside(path, net.classes)
