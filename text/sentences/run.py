"""A table of systems and sets, fold by fold; what is finished is kept in a folder and not done again.

RUN/folds.json   {"settings": {...}, "folds": {"mnb mr 0 3": {"accuracy": ..., "data": "9f2c...", ...}}}

The name of a fold is its system, set, seed and number, and the count of training sentences if not all.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...core.files import replacing
from ...core.reading import bad_file, reading
from ..corpus.sentence_sets import FOLDS, SentenceSet
from .protocol import System, judge_fold, reads_trees
from .systems import changed

FILE = "folds.json"


class Task(NamedTuple):
    """One training and one test."""

    system: str
    set: str
    seed: int
    fold: int
    size: int | None = None  # training sentences, None for all

    @property
    def name(self) -> str:
        return " ".join(str(part) for part in self if part is not None)


def tasks_of(
    systems: Sequence[str],
    sets: Mapping[str, SentenceSet],
    seeds: Sequence[int] = (0,),
    folds: int = FOLDS,
    sizes: Sequence[int | None] = (None,),
) -> list[Task]:
    """Return the tasks of a table: the first fold of every cell comes before the second of any."""
    return [
        Task(system, name, seed, fold, size)
        for seed in seeds
        for fold in range(folds)
        for size in sizes
        for name, sentences in sets.items()
        for system in systems
        if sentences.parts is None or fold == 0
    ]


class Run:
    """Folds of a table, read from and written to a folder.

    Parameters
    ----------
    folder : path, or None to keep nothing
        Is made if it is not there.
    settings : dict
        What all folds have in common, such as the vectors.

    Raises
    ------
    ValueError : the folder holds folds of other settings.
    FileError : its ``folds.json`` is damaged.
    """

    def __init__(self, folder: str | os.PathLike | None, settings: Mapping[str, Any]) -> None:
        self.folder, self.settings = None if folder is None else Path(folder), dict(settings)
        self.folds: dict[str, dict[str, Any]] = {}
        if self.folder is None:
            return
        self.folder.mkdir(exist_ok=True)
        path = self.folder / FILE
        if not path.exists():
            return
        kept = _read(path)
        if kept["settings"] != self.settings:
            raise ValueError(
                f"{path}: expected folds of {self.settings}, came {kept['settings']}\n"
                "    hint: name another folder, or the settings of this one"
            )
        self.folds = kept["folds"]

    def measure(
        self,
        systems: Mapping[str, System],
        sets: Mapping[str, SentenceSet],
        tasks: Sequence[Task],
        until: float = float("inf"),
    ) -> Iterator[tuple[Task, dict[str, Any], bool]]:
        """Yield (task, fold, was it there); each new fold is written at once.

        A fold that was measured on other sentences is measured anew.  None is begun after ``until``, a time
        of `time.monotonic`.  A task that a system cannot do yields {"reason": ...}, which is not kept.
        """
        data = {
            (name, trees): fingerprint(sentences, trees)
            for name, sentences in sets.items()
            for trees in {reads_trees(system) for system in systems.values()}
        }
        for task in tasks:
            kept, made_of = self.folds.get(task.name, {}), data[task.set, reads_trees(systems[task.system])]
            if kept.get("data") == made_of:
                yield task, kept, True
                continue
            self.folds.pop(task.name, None)
            if time.monotonic() >= until:
                yield task, {"reason": "the time of --budget was used up"}, False
                continue
            system = changed(systems[task.system], seed=task.seed)
            try:
                fold = judge_fold(system, sets[task.set], task.fold, task.seed, task.size).as_json()
            except ValueError as error:
                yield task, {"reason": str(error).splitlines()[0]}, False
                continue
            self.folds[task.name] = {**fold, "data": made_of}
            self._write()
            yield task, self.folds[task.name], False

    def _write(self) -> None:
        if self.folder is not None:
            with replacing(self.folder / FILE, "w") as file:
                json.dump({"settings": self.settings, "folds": self.folds}, file, indent=1)


def fingerprint(sentences: SentenceSet, trees: bool = False) -> str:
    """Return a number in letters that differs if texts, classes or parts do, or, if asked, trees."""
    parts = [] if sentences.parts is None else sentences.parts.tolist()
    content = hashlib.sha256(json.dumps([sentences.texts, sentences.y.tolist(), parts]).encode())
    for path in sentences.treebank.values() if trees else ():
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


def _read(path: Path) -> dict[str, Any]:
    with reading(path, "folds of a run"):
        kept = json.loads(path.read_text(encoding="utf-8"))
    is_run = isinstance(kept, dict) and all(isinstance(kept.get(key), dict) for key in ("settings", "folds"))
    if not is_run or not all(_is_fold(fold) for fold in kept["folds"].values()):
        hint = "remove it to measure anew"
        raise bad_file(path, "settings and folds with accuracy, tested and seconds", "others", hint=hint)
    return kept


def _is_fold(fold: Any) -> bool:
    if not isinstance(fold, dict) or not isinstance(fold.get("tested"), int):
        return False
    return all(isinstance(fold.get(name), int | float) for name in ("accuracy", "seconds"))
