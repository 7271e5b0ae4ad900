"""The folder of the tour: a page for each chapter that was made, linked in lecture order, and their index.

A page keeps a record of itself, from which the index is made: so it also knows of pages of earlier runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from ..core.files import replacing
from .chapters import CHAPTERS, Chapter
from .page import Section, fill, render

TITLE = "Deep learning with the casing cut open"
LEAD = (
    "A gradient, a network that names every pixel, and words that found their places: all of it was computed "
    "on this machine, by code that is short enough to be read. Unfold “the code that ran” to read it."
)
FOOTER = "The same command gives the same numbers on the same machine; the times alone differ."
NAVIGATION = re.compile(r'<nav class="around">.*?</nav>', re.S)
RECORD = re.compile(r'<script type="application/json" id="record">(.*?)</script>', re.S)
CHECKPOINT = re.compile(r"scenes-.*\.(safetensors|json)")  # of a network that learnt from generated scenes


@dataclass
class Record:
    """What a page says about itself: its chapter, its facts by name, how long it took, where and of what."""

    chapter: str
    facts: dict[str, str]
    seconds: float
    made: str


def chapter_page(chapter: Chapter, section: Section, seconds: float, made: str) -> str:
    """Return the page of a chapter, still without links to others."""
    record = json.dumps(asdict(Record(chapter.name, section.facts, seconds, made))).replace("<", "\\u003c")
    return render(
        chapter.title, chapter.sentence, [section], f"{made} Made in {told(seconds)}.",
        navigation='<nav class="around"></nav>', record=record,
    )  # fmt: skip


def record_of(page: str) -> Record | None:
    """Return the record in a page; None if it has none that can be read."""
    found = RECORD.search(page)
    try:
        return Record(**json.loads(found[1])) if found else None
    except (ValueError, TypeError):
        return None


def publish(folder: Path, pages: dict[str, str], chapters: Sequence[Chapter] = CHAPTERS) -> Path:
    """Write pages, by their chapter's name, and the index of all that are in the folder; return the index."""
    pages = _there(folder, chapters) | pages
    pages = {chapter.name: pages[chapter.name] for chapter in chapters if chapter.name in pages}
    for name, page in pages.items():
        around = navigation(name, list(pages), chapters)
        _write(folder / f"{name}.html", NAVIGATION.sub(lambda _, around=around: around, page))
    _write(folder / "index.html", index(pages, chapters))
    return folder / "index.html"


def navigation(name: str, there: Sequence[str], chapters: Sequence[Chapter] = CHAPTERS) -> str:
    """Return the links from a page to the index, and to the pages before and after it that are there."""
    titles = {chapter.name: chapter.title for chapter in chapters}
    links, place = ['<a href="index.html">All chapters</a>'], there.index(name)
    if place:
        links.append(_link(there[place - 1], f"← {titles[there[place - 1]]}"))
    if place + 1 < len(there):
        links.append(_link(there[place + 1], f"{titles[there[place + 1]]} →"))
    return f'<nav class="around">{" ".join(links)}</nav>'


def index(pages: dict[str, str], chapters: Sequence[Chapter] = CHAPTERS) -> str:
    """Return the index: a card for each chapter; where its page is there, with its facts."""
    records = {name: record_of(page) for name, page in pages.items()}
    cards = []
    for number, chapter in enumerate(chapters, 1):
        record = records.get(chapter.name)
        facts = record.facts if record else None
        about = {"name": chapter.name, "title": chapter.title, "sentence": chapter.sentence}
        cards.append({"number": number, "facts": facts, **about})
    made = list(made_lines([record for record in records.values() if record]))
    return fill("index.html", title=TITLE, lead=LEAD, made=made, cards=cards, footer=FOOTER)


def made_lines(records: Sequence[Record]) -> Iterator[str]:
    """Say where, of what and in which time the pages were made: one line for each way in which they were."""
    for made in dict.fromkeys(record.made for record in records):
        of_it = [record for record in records if record.made == made]
        which = ", ".join(record.chapter for record in of_it) if len(of_it) < len(records) else ""
        pages = f"{len(of_it)} page{'s' if len(of_it) != 1 else ''}"
        seconds = sum(record.seconds for record in of_it)
        yield f"{made} {pages} in {told(seconds)}{f': {which}' if which else ''}."


def told(seconds: float) -> str:
    """Return a time in words.

    >>> told(7.2), told(200)
    ('7 seconds', '3 min 20 s')
    """
    whole = max(round(seconds), 1)
    return (
        f"{whole} second{'s' if whole != 1 else ''}" if whole < 100 else f"{whole // 60} min {whole % 60} s"
    )


@contextmanager
def made_folder(folder: Path) -> Iterator[None]:
    """Make the folder; if what is done in it fails and it is new, it goes again.

    A training on real images takes long: what there is of it stays, and the same command goes on from it.
    """
    new = not folder.exists()
    folder.mkdir(exist_ok=True)
    try:
        yield
    except BaseException:
        for path in folder.iterdir() if new else ():
            if CHECKPOINT.fullmatch(path.name):
                path.unlink()
        if new and not any(folder.iterdir()):
            folder.rmdir()
        raise


def _there(folder: Path, chapters: Sequence[Chapter]) -> dict[str, str]:
    """Return the pages of a tour in a folder: files of other programs have no record, and are none."""
    paths = {chapter.name: folder / f"{chapter.name}.html" for chapter in chapters}
    texts = {
        name: path.read_text(encoding="utf-8", errors="replace")
        for name, path in paths.items()
        if path.is_file()
    }
    return {name: text for name, text in texts.items() if record_of(text)}


def _link(name: str, text: str) -> str:
    return f'<a href="{name}.html">{escape(text)}</a>'


def _write(path: Path, text: str) -> None:
    with replacing(path, "w") as file:
        file.write(text)
