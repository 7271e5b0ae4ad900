"""Train, look inside, and write one page about it: tour/index.html, complete in itself.

cutaway tour                     generated scenes, the installed libraries' documentation; a few minutes
cutaway tour --data FOLDER       real images (FOLDER/camvid) and text (FOLDER/corpus_en), if they are there
"""

from __future__ import annotations

import argparse
import os
import time

SUMMARY = "train, look inside, and write one page about it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        default=os.environ.get("CUTAWAY_DATA"),
        help="folder with real data (default: $CUTAWAY_DATA, or none)",
    )
    parser.add_argument("--output", default="tour", help="folder of the page (default: tour)")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> int:
    from ..lessons.tour import tour

    started = time.perf_counter()
    page = tour(arguments.output, arguments.data or None, show=not arguments.quiet)
    print(f"{page} ({time.perf_counter() - started:.0f} s)")
    return 0
