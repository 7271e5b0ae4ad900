"""Look inside a classifier of photos: what its filters, layers and classes want to see.

cutaway inside patches DIR --out PAGES --layer features.9    pieces of photos that filters answer to most
cutaway inside maximise --class bee --out PAGES              an image that a class, channel or layer wants
cutaway inside dream photo.jpg --layer features.7 --out ...  DeepDream; --guide, --zoom; also from noise
cutaway inside saliency photo.jpg --out PAGES                pixels that move the score, by several methods
cutaway inside cam photo.jpg --out PAGES                     where in the maps the evidence lies
cutaway inside filters --layer features.0 --out PAGES        filters; with a photo its maps, too
cutaway inside occlusion photo.jpg --out PAGES               what the score loses when a part is covered
cutaway inside score *.jpg --out PAGES                       are the maps true? --planted: do they find a cue?
cutaway inside attack photo.jpg --out PAGES                  a change too small to see, and another class

The network comes from --net and --weights, as for cutaway classify.  --out is a folder, made if its parent is
there: it gets index.html, a page that needs no network, and its pictures.
"""

from __future__ import annotations

import argparse

from . import (
    inside_attack,
    inside_dream,
    inside_filters,
    inside_maps,
    inside_maximise,
    inside_patches,
    inside_score,
)

SUMMARY = (
    "look inside a classifier: patches, maximise, dream, saliency, cam, filters, occlusion, score, attack"
)
FAMILIES = (
    inside_patches, inside_maximise, inside_dream, inside_maps, inside_filters, inside_score, inside_attack,
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    families = parser.add_subparsers(dest="family", metavar="family", required=True)
    for each in FAMILIES:
        each.add_families(families)


def run(arguments: argparse.Namespace) -> int:
    return arguments.look(arguments)
