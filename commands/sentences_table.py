"""`cutaway sentences table` and `check`."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .outputs import expect_outputs
from .sentences_reasons import absent_sets, skipped_systems, treeless_cells

FILES = ("table.json", "table.md", "table.html", "folds.json")
UNITS = {"s": 1, "m": 60, "h": 3600}


def add_arguments(actions: Any) -> None:
    table = actions.add_parser("table", help="train and test systems on sets beside published figures")
    check = actions.add_parser("check", help="what a folder holds: sizes, repeats, leaks")
    for action in (table, check):
        data = os.environ.get("CUTAWAY_DATA")
        action.add_argument("--data", default=data, required=data is None, metavar="DIR", help="the sets")
        action.add_argument("--sets", metavar="A,B,...", help="default: all that DIR has")
    table.add_argument(
        "--systems",
        metavar="A,B,...",
        help="such as mnb,nbsvm,cnn-static (default: all of the lecture's table)",
    )
    table.add_argument("--vectors", metavar="FILE", help="word vectors of the systems that begin with some")
    table.add_argument("--folds", type=int, default=10, help="of the ten, so many (default 10)")
    table.add_argument(
        "--seeds", default="0", metavar="A,B,...", help="of folds, dev and networks (default 0)"
    )
    table.add_argument("--budget", metavar="2h", help="begin no fold after that time (s, m or h)")
    table.add_argument("--learning-curve", metavar="A,B,...", help="also on so many training sentences")
    table.add_argument("--out", metavar="RUN", help="folder: finished folds, table.json, .md and .html")
    table.add_argument("--report", metavar="FILE.md", help="write the table as Markdown there, too")
    table.add_argument(
        "--ngram", type=int, default=2, help="words in a feature of linear systems (default 2)"
    )
    table.add_argument("--epochs", type=int, default=25, help="of networks, at most (default 25)")
    table.add_argument("--phrases", action="store_true", help="SST: phrases of the training trees, too")
    table.add_argument("--tune", action="store_true", help="choose settings on dev, not the papers'")
    table.add_argument("--distinct", action="store_true", help="each text once, no test text in training")
    table.set_defaults(act=run_table)
    check.set_defaults(act=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    """Print a line for each set."""
    for name, sentences in _sets(arguments).items():
        repeats = sentences.repeats()
        parts = "10 folds" if sentences.parts is None else "parts"
        print(
            f"{name:5} {len(sentences):6} sentences, {len(sentences.vocabulary):6} words, {parts}; {repeats}"
        )
    return 0


def run_table(arguments: argparse.Namespace) -> int:
    """Measure fold by fold; print the table, and JSON as the last line."""
    from ..text.sentences.cells import cell_of
    from ..text.sentences.published import ROWS
    from ..text.sentences.report import as_table, reasons
    from ..text.sentences.run import Run, tasks_of
    from ..text.sentences.systems import SYSTEMS, systems_of

    names = _chosen("--systems", arguments.systems, [*ROWS, *(name for name in SYSTEMS if name not in ROWS)])
    names = names if arguments.systems else list(ROWS)
    seeds = numbers("--seeds", arguments.seeds, 0)
    sizes = numbers("--learning-curve", arguments.learning_curve or "", 2)
    until = time.monotonic() + seconds(arguments.budget) if arguments.budget else float("inf")
    for flag, least, most in (("ngram", 1, 9), ("folds", 1, 10), ("epochs", 1, 10**6)):
        if not least <= getattr(arguments, flag) <= most:
            raise ValueError(f"--{flag} expects a whole number from {least} to {most}")
    _expect_files(arguments)
    sets, skipped = _sets(arguments), skipped_systems(names, arguments.vectors)
    for reason in sorted(set(skipped.values())):
        print(f"skipped {', '.join(n for n, r in skipped.items() if r == reason)}: {reason}", file=sys.stderr)
    settings = _settings(arguments)
    run = Run(arguments.out, settings)
    network = {"epochs": arguments.epochs}
    systems = systems_of(
        [name for name in names if name not in skipped], _vectors(arguments),
        ngram=arguments.ngram, tune=arguments.tune, settings=network, progress=sys.stderr.isatty(),
    )  # fmt: skip
    treeless = treeless_cells(systems, sets)
    tasks = tasks_of(list(systems), sets, seeds, arguments.folds, (None, *sizes))
    tasks = [task for task in tasks if (task.system, task.set) not in treeless]
    measured = []
    for task, fold, was_there in run.measure(systems, sets, tasks, until):
        measured.append((task, fold))
        how = "kept" if was_there else f"{fold.get('seconds', 0):.1f} s"
        said = fold.get("reason") or f"{100 * fold['accuracy']:.1f} ({how})"
        print(f"[{len(measured)}/{len(tasks)}] {task.name}: {said}", file=sys.stderr)
    absent = {} if arguments.sets else absent_sets(sets)

    def why(system: str, name: str) -> str | None:
        return skipped.get(system) or absent.get(name) or treeless.get((system, name))

    cells = [
        cell_of(system, name, measured, size, why(system, name))
        for size in (None, *sizes)
        for system in names
        if size is None or system in systems
        for name in ([*sets, *absent] if size is None else sets)
    ]
    _write(arguments, cells, sets, settings)
    print(as_table(cells))
    for reason, where in reasons(cells).items():
        print(f"not measured: {', '.join(where)}: {reason}")
    print(json.dumps({"settings": settings, "unit": "per cent", "cells": [cell.as_json() for cell in cells]}))
    return 0


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    from .reuse import fingerprint

    vectors = arguments.vectors
    return {
        "vectors": f"{Path(vectors).name}, {fingerprint(vectors)}" if vectors else None,
        **{name: getattr(arguments, name) for name in ("ngram", "epochs", "tune", "distinct")},
        **({"phrases": True} if arguments.phrases else {}),
    }


def _vectors(arguments: argparse.Namespace) -> Any:
    from ..text import WordVectors

    return WordVectors.load(arguments.vectors) if arguments.vectors else None


def _expect_files(arguments: argparse.Namespace) -> None:
    outputs = [("--report", arguments.report)] if arguments.report else []
    if arguments.out:
        out = Path(arguments.out)
        if not out.parent.is_dir():
            raise FileNotFoundError(f"--out {out}: there is no folder {out.parent}; create it first")
        out.mkdir(exist_ok=True)
        outputs += [("--out", str(out / name)) for name in FILES]
    expect_outputs(outputs, [("--vectors", arguments.vectors)] if arguments.vectors else [])


def _write(arguments: argparse.Namespace, cells: list[Any], sets: Any, settings: dict[str, Any]) -> None:
    from ..core.files import replacing
    from ..text.sentences.report import as_markdown
    from .sentences_pages import table_page

    command = "cutaway sentences table --data DIR " + _given(arguments)
    text = f"{as_markdown(cells, sets, settings)}\nCommand: `{command}`\n"
    pages: list[tuple[Any, str]] = [(arguments.report, text)] if arguments.report else []
    if arguments.out:
        out = Path(arguments.out)
        whole = {"settings": settings, "unit": "per cent", "cells": [cell.as_json() for cell in cells]}
        pages += [
            (out / "table.json", json.dumps(whole, indent=1) + "\n"),
            (out / "table.md", text),
            (out / "table.html", table_page(cells, sets, settings, command)),
        ]
    for path, page in pages:
        with replacing(path, "w") as file:
            file.write(page)


def _given(arguments: argparse.Namespace) -> str:
    flags = ("systems", "sets", "folds", "seeds", "learning_curve", "ngram", "epochs")
    given = [
        f"--{flag.replace('_', '-')} {getattr(arguments, flag)}" for flag in flags if getattr(arguments, flag)
    ]
    given += ["--vectors " + shlex.quote(Path(arguments.vectors).name)] if arguments.vectors else []
    return " ".join(
        [*given, *(f"--{flag}" for flag in ("phrases", "tune", "distinct") if getattr(arguments, flag))]
    )


def seconds(text: str) -> float:
    """Return a time as 90s, 5m or 2h in seconds.

    >>> seconds("1.5h")
    5400.0
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if not match:
        raise ValueError(f"--budget expects a time such as 90s, 30m or 2h, came {text!r}")
    return float(match[1]) * UNITS[match[2]]


def numbers(flag: str, text: str, least: int) -> list[int]:
    """Return whole numbers of a list with commas, each once."""
    parts = list(dict.fromkeys(text.split(","))) if text else []
    for part in parts:
        if not (part.isascii() and part.isdecimal() and int(part) >= least):
            raise ValueError(f"{flag} expects whole numbers from {least} on, with commas, came {text!r}")
    return [int(part) for part in parts]


def _sets(arguments: argparse.Namespace) -> Mapping[str, Any]:
    from ..text import read_sentence_set, sentence_sets
    from ..text.corpus.sentence_files import FORMS, with_phrases

    there = sentence_sets(arguments.data)
    if not there and not arguments.sets:
        raise FileNotFoundError(f"--data {arguments.data}: expected sets such as rt-polarity.pos, came none")
    names = _chosen("--sets", arguments.sets, list(FORMS)) if arguments.sets else list(there)
    sets = {name: read_sentence_set(arguments.data, name) for name in names}
    if getattr(arguments, "phrases", False):
        sets |= {name: with_phrases(sets[name], arguments.data) for name in sets if name.startswith("sst")}
    if getattr(arguments, "distinct", False):
        sets = {name: sentences.distinct() for name, sentences in sets.items()}
    return sets


def _chosen(flag: str, given: str | None, known: list[str]) -> list[str]:
    """Return the names of a list with commas, each once; all that are known if there is no list."""
    names = list(dict.fromkeys(given.split(","))) if given is not None else known
    for name in names:
        if name not in known:
            raise ValueError(f"{flag}: expected names of {', '.join(known)}, came {name!r}")
    return names
