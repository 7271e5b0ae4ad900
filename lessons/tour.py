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
from .materials import Materials, RealData
from .sentence_task import has_real


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
    data : a folder with real data: ``camvid/`` (train, trainannot, test, testannot), text in
        ``corpus_en/``, ``sentences/`` (stsa.binary.*) with ``vectors/*.npz``; any may be missing. Without
        it scenes and reviews are generated and the text is the documentation of the installed libraries.
    only : names or numbers of the chapters to make; all of them if there are none.
    show : report progress on standard error.

    Raises
    ------
    ValueError : if there is no such chapter.
    FileNotFoundError : if ``data`` holds none of these, or the folder's own folder does not exist.
    """
    from .. import __version__

    chosen, real, folder = choose(only), real_data(data), Path(folder)
    materials = Materials(folder, real, show)
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


def real_data(data: str | os.PathLike | None) -> RealData:
    """Return what a data folder has of real data."""
    if data is None:
        return RealData()
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
    labelled = root if has_real(root) else None
    if images is None and text is None and labelled is None:
        raise FileNotFoundError(
            f"tour: {root} holds neither camvid/train with camvid/trainannot nor corpus_en/*.txt (.gz, "
            ".xz) nor sentences/ (stsa.binary.*) with vectors/*.npz; nothing to take from it"
        )
    return RealData(images, text, labelled)
