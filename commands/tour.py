"""Train, look inside, read, and write pages about it: tour/index.html and a page a chapter, all offline.

cutaway tour                     all chapters, on generated scenes and the installed libraries' documentation
cutaway tour --only words glove  these chapters alone, by name or number, and what they need
cutaway tour --data FOLDER       real images (FOLDER/camvid), text (FOLDER/corpus_en), sentences with
                                 vectors (FOLDER/sentences, FOLDER/vectors), if they are there
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from .outputs import expect_outputs

SUMMARY = "train, look inside, read, and write pages about it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        default=os.environ.get("CUTAWAY_DATA"),
        help="folder with real data (default: $CUTAWAY_DATA, or none)",
    )
    parser.add_argument("--output", "--out", default="tour", help="folder of the pages (default: tour)")
    parser.add_argument(
        "--only",
        nargs="+",
        action="extend",
        default=[],
        metavar="CHAPTER",
        help="make these chapters alone, by name or number; pages of others stay",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> int:
    from ..lessons.chapters import choose
    from ..lessons.tour import tour

    started = time.perf_counter()
    try:
        chosen = choose(arguments.only)
    except ValueError as error:
        raise ValueError(f"--only {error}") from None
    expect_folder(Path(arguments.output), ["index", *(chapter.name for chapter in chosen)])
    index = tour(arguments.output, arguments.data or None, arguments.only, show=not arguments.quiet)
    pages = f"{len(chosen)} page{'s' if len(chosen) != 1 else ''}"
    print(f"{index} ({pages}, {time.perf_counter() - started:.0f} s)")
    return 0


def expect_folder(folder: Path, pages: list[str]) -> None:
    """Raise now what writing the pages would raise after the work."""
    if folder.is_dir():
        expect_outputs([("--output", str(folder / f"{name}.html")) for name in pages])
    elif folder.exists():
        raise NotADirectoryError(f"--output {folder} is a file; expected the name of a folder")
    else:
        expect_outputs([("--output", str(folder))])
