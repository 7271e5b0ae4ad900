"""One's own texts with labels, from CSV, TSV, JSON lines or fastText's lines.

    .csv, .tsv          a first line of column names, one text a row
    .jsonl, .ndjson     {"text": "...", "label": "..."} or "label": ["...", "..."], an object a line
    anything else       __label__good __label__new a text of words

Any of them may be packed (.gz, .bz2, .xz).  What cannot be read is an error that names the line.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.errors import FileError
from ...core.reading import bad_file
from ...core.unpack import PACKED
from .stream import read_lines

PREFIX = "__label__"  # fastText's
FORMATS = {".csv": ",", ".tsv": "\t", ".jsonl": "json", ".ndjson": "json"}
Row = tuple[int, dict[str, Any]]  # line number and what stands in its columns


@dataclass(frozen=True)
class Columns:
    """Which columns hold what.

    Attributes
    ----------
    text : names; several are joined by a blank
    label : name
    separator : str
        Parts several labels in one cell; "" if a cell is one label.
    by : name, optional
        A column to sort and split by, such as a date.
    """

    text: Sequence[str] = ("text",)
    label: str = "label"
    separator: str = ""
    by: str | None = None


@dataclass(frozen=True)
class LabelledTexts:
    """Texts in the order of their file; ``labels`` are lists, as a text may have several or none.

    Attributes
    ----------
    lines : line numbers in the file
    by : values of the column to split by, "" each without one
    """

    texts: list[str] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    by: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, rows: Sequence[int]) -> LabelledTexts:
        """Return some of the texts."""
        texts, labels = [self.texts[i] for i in rows], [self.labels[i] for i in rows]
        return LabelledTexts(texts, labels, [self.lines[i] for i in rows], [self.by[i] for i in rows])


def read_labelled_texts(path: str | os.PathLike, columns: Columns | None = None) -> LabelledTexts:
    """Read texts and labels.

    Raises
    ------
    FileError : names the line: no such column, no text, no label, a row of another length, no JSON.
    """
    columns, found = columns or Columns(), LabelledTexts()
    for line, row in _rows(Path(path), columns):
        texts = [_string(path, line, name, row.get(name)) for name in columns.text]
        text = " ".join(part for part in texts if part.strip())
        if not text.strip():
            raise bad_file(path, f"a text in {' or '.join(columns.text)}", "none", line=line)
        labels = _labels(path, line, row.get(columns.label), columns)
        found.texts.append(text)
        found.labels.append(labels)
        found.lines.append(line)
        found.by.append(_string(path, line, columns.by, row.get(columns.by)) if columns.by else "")
    if not found.texts:
        raise FileError(f"{path}: expected labelled texts, came no row", path, "labelled texts")
    return found


def read_texts(path: str | os.PathLike, columns: Columns | None = None) -> list[str]:
    """Read texts whose labels are not known: columns as above, or a text a line."""
    if _format(Path(path)) is None:
        return list(read_lines(path))
    columns = columns or Columns()
    return [
        " ".join(_string(path, line, name, row.get(name)) for name in columns.text)
        for line, row in _rows(Path(path), Columns(columns.text, columns.text[0]))
    ]


def _rows(path: Path, columns: Columns) -> Iterator[Row]:
    kind = _format(path)
    if kind is None:
        yield from _fasttext_rows(path, columns)
    elif kind == "json":
        yield from _json_rows(path, columns)
    else:
        yield from _table_rows(path, columns, kind)


def _format(path: Path) -> str | None:
    return FORMATS.get((Path(path.stem) if path.suffix in PACKED else path).suffix.lower())


def _needed(columns: Columns) -> list[str]:
    return [*columns.text, columns.label, *([columns.by] if columns.by else [])]


def _table_rows(path: Path, columns: Columns, comma: str) -> Iterator[Row]:
    lines = (line.removeprefix("\ufeff") + "\n" for line in read_lines(path))
    reader = csv.reader(lines, delimiter=comma, strict=True)
    head: list[str] = []
    began = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise bad_file(path, "a row of the table", f"{error}", line=began) from None
        if row is None:
            return
        if not head:
            head = [name.strip() for name in row]
            _expect_columns(path, columns, head)
        elif row and len(row) != len(head):
            hint = "a text with the separator or with line ends in it stands in double quotes"
            raise bad_file(path, f"{len(head)} columns", f"{len(row)}", line=began, hint=hint)
        elif row:
            yield began, dict(zip(head, row, strict=True))
        began = reader.line_num + 1


def _json_rows(path: Path, columns: Columns) -> Iterator[Row]:
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise bad_file(path, "an object in JSON", repr(line[:40]), line=number) from None
        if not isinstance(row, dict):
            raise bad_file(path, "an object in JSON", repr(line[:40]), line=number)
        missing = next((name for name in _needed(columns) if name not in row), None)
        if missing is not None:
            raise bad_file(path, f"a value of {missing!r}", f"{', '.join(row) or 'none'}", line=number)
        yield number, row


def _fasttext_rows(path: Path, columns: Columns) -> Iterator[Row]:
    if columns.by or len(columns.text) > 1:
        raise bad_file(path, "a file with columns (.csv, .tsv, .jsonl)", "one of lines", hint="rename it?")
    for number, line in enumerate(read_lines(path), 1):
        if line.strip():
            words = line.split()
            labels = [word.removeprefix(PREFIX) for word in words if word.startswith(PREFIX)]
            if not labels:
                raise bad_file(path, f"{PREFIX}NAME and a text", repr(line[:40]), line=number)
            text = " ".join(word for word in words if not word.startswith(PREFIX))
            yield number, {columns.text[0]: text, columns.label: labels}


def _expect_columns(path: Path, columns: Columns, head: list[str]) -> None:
    for name in _needed(columns):
        if name not in head:
            raise bad_file(path, f"a column {name!r}", f"{', '.join(head)}", line=1)
    if len(set(head)) != len(head):
        raise bad_file(path, "columns of different names", f"{', '.join(head)}", line=1)


def _string(path: Any, line: int, name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | list | dict):
        raise bad_file(path, f"a text in {name!r}", f"{value!r:.40}", line=line)
    return str(value)


def _labels(path: Any, line: int, value: Any, columns: Columns) -> list[str]:
    if isinstance(value, list):
        labels = [_string(path, line, columns.label, each).strip() for each in value]
    else:
        cell = _string(path, line, columns.label, value)
        labels = [part.strip() for part in (cell.split(columns.separator) if columns.separator else [cell])]
        if columns.separator and not cell.strip():
            return []
    if not all(labels):
        raise bad_file(path, f"a label in {columns.label!r}", "an empty one", line=line)
    return list(dict.fromkeys(labels))
