"""The tour: chapters in lecture order, each a page, and an index."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from .chapters import choose
from .folder import chapter_page, made_folder, publish
from .machine import machine
from .materials import Materials


def tour(
    folder: str | os.PathLike = "tour",
    data: str | os.PathLike | None = None,
    only: Iterable[str] = (),
    show: bool = True,
) -> Path:
    """Make the chapters and write their pages and ``index.html`` into the folder; return the index' path.

    Pages are written when all chapters are made: a tour that fails leaves the folder as it was.

    Parameters
    ----------
    folder : where to; made if it does not exist.
    data : a folder with real data: ``camvid/`` (train, trainannot, test, testannot) and text in
        ``corpus_en/``; either may be missing. Without it the scenes are generated and the text is the
        documentation of the installed libraries.
    only : names or numbers of the chapters to make; all of them if there are none.
    show : report progress on standard error.

    Raises
    ------
    ValueError : if there is no such chapter.
    FileNotFoundError : if ``data`` holds neither of the two, or the folder's own folder does not exist.
    """
    from .. import __version__

    chosen, (images, text), folder = choose(only), real_data(data), Path(folder)
    materials = Materials(folder, images, text, show)
    made = f"cutaway {__version__} from {materials.sources}, on {machine()}."
    pages = {}
    with made_folder(folder):
        for number, chapter in enumerate(chosen, 1):
            if show:
                print(f"[{number}/{len(chosen)}] {chapter.title}", file=sys.stderr, flush=True)
            started = time.perf_counter()
            section = chapter.story(*(getattr(materials, need) for need in chapter.needs))
            pages[chapter.name] = chapter_page(chapter, section, time.perf_counter() - started, made)
        return publish(folder, pages).resolve()


def real_data(data: str | os.PathLike | None) -> tuple[Path | None, Path | None]:
    """Return the folder of images and the text file in a data folder, as far as they are there."""
    if data is None:
        return None, None
    root = Path(data)
    images = next(
        (
            folder
            for folder in (root / "camvid", root)
            if (folder / "train").is_dir() and (folder / "trainannot").is_dir()
        ),
        None,
    )
    texts = sorted(
        path
        for folder in (root / "corpus_en", root)
        if folder.is_dir()
        for path in folder.glob("*.txt*")
        if path.suffix in (".txt", ".gz", ".xz")
    )
    text = max(texts, key=lambda path: path.stat().st_size, default=None)
    if images is None and text is None:
        raise FileNotFoundError(
            f"tour: {root} holds neither camvid/train with camvid/trainannot nor corpus_en/*.txt (.gz, "
            ".xz); nothing to take from it"
        )
    return images, text
