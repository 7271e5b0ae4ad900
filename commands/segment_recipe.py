"""The recipe of `cutaway segment train`: a preset, with what the flags change."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from .segment_data import options_of, pair_of


def recipe_of(arguments: argparse.Namespace) -> Any:
    """The preset with what the flags change; ValueError in the flags' words."""
    from ..vision.segmentation.recipes import PRESETS, Recipe

    if arguments.preset not in PRESETS:
        raise ValueError(f"--preset: expected one of {', '.join(PRESETS)}, got {arguments.preset!r}")
    preset = PRESETS[arguments.preset]
    names = ("net", "backbone", "epochs", "batch", "lr", "loss", "class_weights", "seed")
    changed = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    changed["augment"] = _augment(arguments, preset.augment)
    if arguments.net_options:
        changed["net_options"] = {**preset.net_options, **options_of("--net-options", arguments.net_options)}
    if arguments.size:
        changed["size"] = pair_of("--size", arguments.size)
    if arguments.backbone and arguments.backbone != preset.backbone:
        changed.setdefault("prepare", "")
    if arguments.trainable:
        changed["trainable"] = tuple(arguments.trainable.split(","))
    try:
        recipe: Recipe = dataclasses.replace(preset, **changed)
        _dry(recipe)
    except ValueError as error:
        raise ValueError(_in_flags(str(error))) from None
    return recipe


def _said(error: TypeError) -> str:
    """What Python says of an option that there is not, without the function's name."""
    return str(error).partition("() ")[2] or str(error)


def _in_flags(told: str) -> str:
    """An error of a recipe, a network or an augmentation in the words that were typed."""
    for ours, flag in (
        ("segmentation_net: no network", "--net: no network"),
        ("segmentation_net: no backbone", "--backbone: no backbone"),
        ("Augment: ", "--augment: "),
        ("class_weights", "--class-weights"),
    ):
        if told.startswith(ours):
            return flag + told.removeprefix(ours)
    return f"--{told}"


def _dry(recipe: Any) -> None:
    """Raise what a wrong network or augmentation raises, before there is any work."""
    from ..vision import Augment, segmentation_net
    from ..vision.networks.segmentation_net import expect_net

    expect_net(recipe.net, recipe.backbone)
    if recipe.trainable:
        recipe.freeze(segmentation_net(recipe.net, 2, recipe.backbone, rng=0, **recipe.net_options))
    try:
        Augment(**recipe.augment)
    except TypeError as error:
        raise ValueError(f"augment: {_said(error)}") from None
    if recipe.net_options:
        try:
            segmentation_net(recipe.net, 2, recipe.backbone, rng=0, **recipe.net_options)
        except TypeError as error:
            raise ValueError(f"net-options: {_said(error)}") from None


def _augment(arguments: argparse.Namespace, usual: dict[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = dict(usual)
    if arguments.augment:
        options = {} if arguments.augment == "none" else options_of("--augment", arguments.augment)
    if arguments.crop:
        options["crop"] = pair_of("--crop", arguments.crop)
    return options
