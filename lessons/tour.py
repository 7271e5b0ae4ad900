"""The tour: every story in lecture order, one page at the end."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..core.files import replacing
from . import segmentation as segment
from .bag_of_words import bag_of_words
from .features import features
from .gradients import gradients
from .inside import inside
from .others import others
from .page import Section, render
from .reading import read
from .scenes import scenes
from .subwords import subwords
from .words import words

STORIES = 9
TITLE = "Deep learning with the casing cut open"
LEAD = (
    "Everything on this page was computed just now on this machine: a gradient, a network that names every "
    "pixel, and words that found their places, "
    "each by code that is short enough to be read. Unfold “the code that ran” to read it."
)


def tour(
    folder: str | os.PathLike = "tour", data: str | os.PathLike | None = None, show: bool = True
) -> Path:
    """Run the stories and write `index.html` into the folder; return its path.

    Parameters
    ----------
    folder : where to; made if it does not exist.
    data : a folder with real data: ``camvid/`` (train, trainannot, test, testannot) and text in
        ``corpus_en/``; either may be missing. Without it the scenes are generated and the text is the
        documentation of the installed libraries.
    show : report progress on standard error.

    Raises
    ------
    FileNotFoundError : if ``data`` holds neither of the two.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    images, text = _real_data(data)
    sections: list[Section] = []

    def run(name: str, story, *arguments):
        if show:
            print(f"[{len(sections) + 1}/{STORIES}] {name}", file=sys.stderr, flush=True)
        result = story(*arguments)
        sections.append(result[0] if isinstance(result, tuple) else result)
        return result

    run("a gradient, opened", gradients)
    run("one scene, four kinds of label", scenes)
    task = segment.camvid(images) if images else segment.generated()
    checkpoint = folder / "camvid.safetensors" if images else None
    _, model = run(f"training a U-Net on {task.title}", segment.segmentation, task, checkpoint, show)
    run("looking inside", inside, model, task.test)
    reading = read(text, show)
    run("a text as a bag of words", bag_of_words, reading)
    run("words find their places", words, reading, show)
    run("words have parts", subwords, reading, show)
    run("what else there is", others, reading, show)
    run("vectors as features", features, read(None, show) if text else reading)
    page = folder / "index.html"
    with replacing(page, "w") as file:
        file.write(render(TITLE, LEAD, sections, _footer(task.title, text)))
    return page.resolve()


def _real_data(data: str | os.PathLike | None) -> tuple[Path | None, Path | None]:
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


def _footer(images: str, text: Path | None) -> str:
    from .. import __version__

    source = text.name if text else "the documentation of the installed Python libraries"
    made = f"Made by cutaway {__version__} from {images} and {source}."
    return made + " The same command gives the same numbers on the same machine."
