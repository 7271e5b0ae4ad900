"""A table of systems and sets, cell by cell; what is finished is kept in a folder and not done again.

RUN/cells.json   {"settings": {...}, "cells": {"mnb mr": {"accuracy": ..., "data": "9f2c...", ...}}}
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...core.files import replacing
from ...core.reading import bad_file, reading
from ..corpus.sentence_sets import SentenceSet
from .protocol import System, judge

CELLS = "cells.json"


class Run:
    """Cells of a table, read from and written to a folder.

    Parameters
    ----------
    folder : path, or None to keep nothing
        Is made if it is not there.
    settings : dict
        What all cells have in common, such as the seed.

    Raises
    ------
    ValueError : the folder holds cells of other settings.
    FileError : its ``cells.json`` is damaged.
    """

    def __init__(self, folder: str | os.PathLike | None, settings: Mapping[str, Any]) -> None:
        self.folder, self.settings = None if folder is None else Path(folder), dict(settings)
        self.cells: dict[str, dict[str, Any]] = {}
        if self.folder is None:
            return
        self.folder.mkdir(exist_ok=True)
        path = self.folder / CELLS
        if not path.exists():
            return
        kept = _read(path)
        if kept["settings"] != self.settings:
            raise ValueError(
                f"{path}: expected cells of {self.settings}, came {kept['settings']}\n"
                "    hint: name another folder, or the settings of this one"
            )
        self.cells = kept["cells"]

    def evaluate(
        self, systems: Mapping[str, System], sets: Mapping[str, SentenceSet]
    ) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
        """Yield (system, set, cell, was it there) for all pairs; each new cell is written at once.

        A cell that was measured on other sentences is measured anew.
        """
        for name, sentences in sets.items():
            data = fingerprint(sentences)
            for system, how in systems.items():
                key = f"{system} {name}"
                is_there = self.cells.get(key, {}).get("data") == data
                if not is_there:
                    cell = judge(how, sentences, self.settings["seed"]).as_json()
                    self.cells[key] = {**cell, "data": data}
                    self._write()
                yield system, name, self.cells[key], is_there

    def _write(self) -> None:
        if self.folder is not None:
            with replacing(self.folder / CELLS, "w") as file:
                json.dump({"settings": self.settings, "cells": self.cells}, file, indent=1)


def fingerprint(sentences: SentenceSet) -> str:
    """Return a number in letters that differs if texts, classes or parts do."""
    parts = [] if sentences.parts is None else sentences.parts.tolist()
    content = json.dumps([sentences.texts, sentences.y.tolist(), parts])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _read(path: Path) -> dict[str, Any]:
    with reading(path, "cells of a run"):
        kept = json.loads(path.read_text(encoding="utf-8"))
    is_run = isinstance(kept, dict) and all(isinstance(kept.get(key), dict) for key in ("settings", "cells"))
    if not is_run or not all(_is_cell(cell) for cell in kept["cells"].values()):
        hint = "remove it to measure anew"
        raise bad_file(path, "settings and cells with accuracy, interval and folds", "others", hint=hint)
    return kept


def _is_cell(cell: Any) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("folds"), list):
        return False
    return all(isinstance(cell.get(name), int | float) for name in ("accuracy", "interval", "seconds"))
