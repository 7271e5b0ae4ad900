"""All segmentation networks by name: ``vision.segmentation_net("fcn8s", 21, backbone="vgg16")``.

    name                trunk "vgg16" (as published)        other trunks
    fcn32s 16s 8s       FCN32s, FCN16s, FCN8s               SkipNet; alexnet 32s: FCNAlexNet
    frontend            FrontEnd, enlarged 8 times          DilatedNet
    context             FrontEnd + ContextModule            DilatedNet + ContextModule (also context-large)
    deeplab-largefov    DeepLab                             DilatedNet + one branch
    deeplab-aspp        DeepLab, rates 6 12 18 24           DilatedNet + four branches (also deeplab-aspp-s)
    deeplab-msc         DeepLabMSc                          DeepLabMSc
    unet                U-Net as published, but padded      TrunkUNet; small: UNet, base 16, depth 3, norm

All give scores (N, classes, H, W) of images (N, 3, H, W) of any size; "frontend" and "context" on "vgg16",
which mirror the image by 186 pixels, need 187 x 187.  A context module is trained last, on what a trained
front end gives (Yu & Koltun 2016, section 4): `transplanted` copies a "frontend" into a "context".
"""

from __future__ import annotations

import difflib
from collections.abc import Collection
from typing import Any

from ... import nn
from ...nn import init
from .backbones import CLASSIFIERS, features_of
from .context import ContextModule
from .deeplab import ASPP, RATES, DeepLab
from .deeplab_multiscale import DeepLabMSc
from .dilated import FrontEnd
from .dilated_net import DilatedNet, front_end_head, width_of
from .fcn import FCN8s, FCN16s, FCN32s
from .fcn_alexnet import FCNAlexNet
from .skip_net import SkipNet
from .trunk_unet import TrunkUNet
from .unet import UNet

HIDDEN, SIDE = 128, 32  # channels of fc6 and fc7, and of side branches, on trunks other than VGG-16
UNETS: dict[str, dict[str, Any]] = {"vgg16": {}, "small": {"base": 16, "depth": 3, "norm": True}}
FCNS = {"fcn32s": (32, FCN32s), "fcn16s": (16, FCN16s), "fcn8s": (8, FCN8s)}
DEEPLABS = {"deeplab-largefov": "largefov", "deeplab-aspp": "aspp-l", "deeplab-aspp-s": "aspp-s"}
FRONT_ENDS = {"frontend": "", "context": "basic", "context-large": "large"}
NAMES = (*FCNS, "unet", *FRONT_ENDS, *DEEPLABS, "deeplab-msc")


def segmentation_net(
    name: str,
    classes: int,
    backbone: str | nn.Module = "small",
    *,
    dropout: float = 0.5,
    rng: init.Rng = None,
    **options: Any,
) -> nn.Module:
    """Return a network that scores every pixel, x (N, 3, H, W) -> (N, classes, H, W).

    Parameters
    ----------
    name : one of `NAMES`.
    classes : of the scores.
    backbone : "small" (trains on a classroom's processors in minutes), "vgg16", "alexnet", "squeezenet" or
        "mobilenet"; or such a classifier, already trained: its layers or its weights become the network's.
    dropout : of the layers that the paper has it in.
    options : of the network's class, such as ``up="nearest"`` of the FCNs; ``trunk=1`` of "unet" makes any
        trunk its way down, "small" and "vgg16", too.

    Raises
    ------
    ValueError : if there is no such network or trunk, or not together; it names those that there are.
    """
    rng = init.generator(rng)
    trunk = expect_net(name, backbone)
    given: dict[str, Any] = {"dropout": dropout, "rng": rng, **options}
    with_trunk = given.pop("trunk", 0) or not isinstance(backbone, str)
    if name == "unet" and trunk in UNETS and not with_trunk:
        return UNet(3, classes, **{**UNETS[trunk], **given})
    if trunk == "vgg16" and name in FCNS:
        return _on_vgg(FCNS[name][1], classes, backbone, given)
    if trunk == "vgg16" and name in FRONT_ENDS:
        kind = FRONT_ENDS[name]
        context = ContextModule(classes, kind, rng=rng) if kind else None
        return _on_vgg(FrontEnd, classes, backbone, {"upsample": True, "context": context, **given})
    if trunk == "vgg16" and name == "deeplab-msc":
        return _with_features(DeepLabMSc(classes, **given), backbone)
    if trunk == "vgg16" and name in DEEPLABS:
        return _with_features(DeepLab(classes, DEEPLABS[name], **given), backbone)
    if (trunk, name) == ("alexnet", "fcn32s") and backbone == trunk:
        return FCNAlexNet(classes, **given)
    classifier = CLASSIFIERS[trunk](rng=rng) if isinstance(backbone, str) else backbone
    return _on_any(name, classes, features_of(classifier), given)


def _on_any(name: str, classes: int, features: nn.Sequential, given: dict[str, Any]) -> nn.Module:
    """Return the network on a trunk that no paper has it on."""
    if name in FCNS:
        return SkipNet(features, classes, FCNS[name][0], **given)
    if name == "unet":
        return TrunkUNet(features, classes, **given)
    hidden, dropout, rng = given.pop("hidden", HIDDEN), given.pop("dropout"), given.pop("rng")
    if name == "deeplab-msc":
        options = {"side": SIDE, "hidden": hidden, "rng": rng, **given}
        return DeepLabMSc(classes, dropout, features=features, **options)
    width = width_of(features)
    if name in DEEPLABS:
        head = ASPP(width, classes, RATES[DEEPLABS[name]], hidden, dropout, rng=rng)
        return DilatedNet(features, head, keep_pools=True, **given)
    front, kind = front_end_head(width, classes, hidden, dropout, rng=rng), FRONT_ENDS[name]
    return DilatedNet(features, front, ContextModule(classes, kind, rng=rng) if kind else None, **given)


def _on_vgg(network: Any, classes: int, backbone: Any, given: dict[str, Any]) -> nn.Module:
    """Return the published network, which begins with the weights of a trained VGG-16 if that is given."""
    return (
        network(classes, **given)
        if isinstance(backbone, str)
        else network.from_classifier(backbone, classes, **given)
    )


def _with_features(net: Any, backbone: Any) -> nn.Module:
    if not isinstance(backbone, str):
        net.features.load_state_dict(backbone.features.state_dict())
    return net


def expect_net(name: str, backbone: Any) -> str:
    """Return the trunk's name; ValueError as of `segmentation_net`, without building anything."""
    _expect("network", name, NAMES)
    return _trunk_name(backbone)


def _trunk_name(backbone: Any) -> str:
    if isinstance(backbone, str):
        _expect("backbone", backbone, CLASSIFIERS)
        return backbone
    is_vgg16 = type(backbone).__name__ == "VGG" and len(features_of(backbone)) == 31
    return "vgg16" if is_vgg16 else type(backbone).__name__


def _expect(what: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"segmentation_net: no {what} {name!r}, there are {', '.join(known)}{hint}")
