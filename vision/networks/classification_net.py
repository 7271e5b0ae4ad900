"""All classification networks by name: ``vision.classification_net("resnet18", 10)``.

    alexnet  alexnet-original                    2014's single column; 2012's, with groups and response norm
    vgg11 vgg13 vgg16 vgg19, each also _bn       without and with batch norm
    resnet18 resnet34 resnet50
    squeezenet1_0 squeezenet1_1
    mobilenet_v1 mobilenet_v2                    option width=
    small                                        trains in minutes

Each has ``forward_features``, ``reset_classifier``, ``num_features`` and ``preprocess``: see `Classifier`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import numpy as np

from ...nn import init
from .alexnet import AlexNet
from .alexnet_original import AlexNetOriginal
from .classifier import Classifier, FeatureMaps
from .mobilenet import MobileNet, mobilenet_v1
from .mobilenet_v2 import MobileNetV2, mobilenet_v2
from .resnet import ResNet, resnet18, resnet34, resnet50
from .small import SmallNet
from .squeezenet import SqueezeNet, squeezenet1_0, squeezenet1_1
from .vgg import VGG, vgg11, vgg13, vgg16, vgg19
from .weights import fill, read_arrays

VGGS = {"vgg11": vgg11, "vgg13": vgg13, "vgg16": vgg16, "vgg19": vgg19}
NETS: dict[str, Callable[..., Classifier]] = {
    "alexnet": AlexNet,
    "alexnet-original": AlexNetOriginal,
    **VGGS,
    **{f"{name}_bn": partial(vgg, norm=True) for name, vgg in VGGS.items()},
    "resnet18": resnet18,
    "resnet34": resnet34,
    "resnet50": resnet50,
    "squeezenet1_0": squeezenet1_0,
    "squeezenet1_1": squeezenet1_1,
    "mobilenet_v1": mobilenet_v1,
    "mobilenet_v2": mobilenet_v2,
    "small": SmallNet,
}
KINDS = {
    "alexnet": AlexNet,
    "alexnet-original": AlexNetOriginal,
    "vgg": VGG,
    "resnet": ResNet,
    "small": SmallNet,
}
KINDS |= {"squeezenet": SqueezeNet, "mobilenet_v1": MobileNet, "mobilenet_v2": MobileNetV2}
LAST_OF_OTHERS = ("conv10.bias", "conv_preds.bias")  # of SqueezeNet's authors, of Keras


def classification_net(
    name: str,
    classes: int = 1000,
    *,
    num_classes: int | None = None,
    features_only: bool = False,
    rng: init.Rng = None,
    **options: Any,
) -> Any:
    """Return a network that scores images, x (N, 3, H, W) -> (N, classes).

    Parameters
    ----------
    name : one of `NETS`.
    classes, num_classes : scores for an image; 0: its features (N, num_features).
    features_only : return the maps of every size instead, as `FeatureMaps`.
    options : of the network's class, such as ``dropout`` or ``width``.

    Raises
    ------
    ValueError : if there is no such network, and names the nearest; or for classes below 0.
    """
    expect_known("classification_net", "network", name, NETS)
    classes = classes if num_classes is None else num_classes
    if not isinstance(classes, (int, np.integer)) or classes < 0:
        raise ValueError(f"classification_net: expected classes from 0, a whole number, got {classes!r}")
    net = NETS[name](int(classes), rng=rng, **options)
    return FeatureMaps(net) if features_only else net


def net_for_weights(name: str, path: Any, max_bytes: int | None = None) -> Classifier:
    """Return a network with the weights of a file, and with as many classes (and channels) as that has.

    Raises as `classification_net` and `load_weights`.
    """
    expect_known("classification_net", "network", name, NETS)
    arrays = read_arrays(path, max_bytes)
    net = classification_net(name, classes_in(name, arrays), **options_in(name, arrays), rng=0)
    return fill(net, arrays)  # type: ignore[return-value]


def classes_in(name: str, arrays: dict[str, np.ndarray]) -> int:
    """Return how many classes the weights of a network score; 1000 if the array that says so is not there."""
    (kind,) = (KINDS[each] for each in KINDS if name == each or (name not in KINDS and name.startswith(each)))
    found = next((arrays[each] for each in (*LAST_OF_OTHERS, f"{kind.LAST}.bias") if each in arrays), None)
    return len(found) if found is not None and found.ndim == 1 and len(found) else 1000


def options_in(name: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the options with which a network fits weights: MobileNet's width, 1 for 32 channels first."""
    if name != "mobilenet_v1":
        return {}
    first = arrays.get("conv1.kernel", arrays.get("features.0.conv.weight"))
    if first is None or first.ndim != 4:
        return {}
    return {"width": max(1, first.shape[-1 if "conv1.kernel" in arrays else 0]) / 32}


def expect_known(who: str, what: str, name: str, known: Collection[str]) -> None:
    """ValueError, which names the nearest, unless the name is known."""
    if name not in known:
        near = difflib.get_close_matches(str(name).lower(), known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{who}: no {what} {name!r}, there are {', '.join(known)}{hint}")
