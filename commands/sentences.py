"""Sentence classification: systems of the literature on the sets that they are compared on.

cutaway sentences evaluate --data DIR                                 all systems, all sets in DIR
cutaway sentences evaluate --data DIR --systems mnb,svm --sets mr     some
cutaway sentences evaluate --data DIR --out RUN                       go on where RUN stopped
cutaway sentences check --data DIR                                    sizes, repeats, leaks

DIR holds the sets under their usual names (rt-polarity.pos, TREC.train, stsa.fine.dev, ...), packed or not.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import shlex
import sys
from collections.abc import Mapping
from typing import Any

from .outputs import expect_outputs

SUMMARY = "sentence classification: systems of the literature on MR, Subj, CR, MPQA, TREC, SST"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    evaluate = actions.add_parser("evaluate", help="train and test systems on sets; print a table")
    check = actions.add_parser("check", help="what a folder holds: sizes, repeats, leaks")
    for action in (evaluate, check):
        data = os.environ.get("CUTAWAY_DATA")
        action.add_argument("--data", default=data, required=data is None, metavar="DIR", help="the sets")
        action.add_argument("--sets", metavar="A,B,...", help="default: all that DIR has")
    evaluate.add_argument(
        "--systems", metavar="A,B,...", help="mnb, svm, nbsvm, f-dropout, g-dropout (default: all)"
    )
    evaluate.add_argument("--out", metavar="RUN", help="folder that keeps finished cells")
    evaluate.add_argument("--report", metavar="FILE.md", help="write the table as Markdown, too")
    evaluate.add_argument("--seed", type=int, default=0, help="of folds and dev parts (default 0)")
    evaluate.add_argument("--ngram", type=int, default=2, help="words in a feature, at most (default 2)")
    evaluate.add_argument("--tune", action="store_true", help="choose settings on dev, not the papers'")
    evaluate.add_argument("--distinct", action="store_true", help="each text once, no test text in training")
    evaluate.set_defaults(act=run_evaluate)
    check.set_defaults(act=run_check)


def run(arguments: argparse.Namespace) -> int:
    return arguments.act(arguments)


def run_check(arguments: argparse.Namespace) -> int:
    """Print a line for each set."""
    for name, sentences in _sets(arguments).items():
        repeats = sentences.repeats()
        parts = "10 folds" if sentences.parts is None else "parts"
        print(
            f"{name:5} {len(sentences):6} sentences, {len(sentences.vocabulary):6} words, {parts}; {repeats}"
        )
    return 0


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Measure cell by cell; print the table, and JSON as the last line."""
    from ..text.sentences.linear.systems import SYSTEMS
    from ..text.sentences.report import as_markdown, as_table
    from ..text.sentences.run import Run

    names = _chosen("--systems", arguments.systems, list(SYSTEMS))
    changes = {"ngram": arguments.ngram, "tune": arguments.tune}
    systems = {name: dataclasses.replace(SYSTEMS[name], **changes) for name in names}
    if arguments.ngram < 1 or arguments.seed < 0:
        raise ValueError("expected --ngram from 1 on and --seed from 0 on")
    if arguments.report:
        expect_outputs([("--report", arguments.report)])
    sets = _sets(arguments)
    if arguments.distinct:
        sets = {name: sentences.distinct() for name, sentences in sets.items()}
    settings = {"seed": arguments.seed, "distinct": arguments.distinct, **changes}
    cells: dict[str, dict[str, Any]] = {}
    for system, name, cell, was_there in Run(arguments.out, settings).evaluate(systems, sets):
        cells[f"{system} {name}"] = cell
        how = "kept" if was_there else f"{cell['seconds']:.1f} s"
        print(f"{system} {name}: {100 * cell['accuracy']:.1f} ({how})", file=sys.stderr)
    if arguments.report:
        _write_report(arguments, as_markdown(names, sets, cells, settings))
    print(as_table(names, list(sets), cells))
    slim = {key: {k: cell[k] for k in ("accuracy", "interval", "seconds")} for key, cell in cells.items()}
    print(json.dumps({"settings": settings, "cells": slim}))
    return 0


def _write_report(arguments: argparse.Namespace, text: str) -> None:
    from ..core.files import replacing

    given = f"--systems {arguments.systems}" if arguments.systems else ""
    given += f" --sets {arguments.sets}" if arguments.sets else ""
    given += f" --seed {arguments.seed} --ngram {arguments.ngram}"
    given += "".join(f" --{flag}" for flag in ("tune", "distinct") if getattr(arguments, flag))
    report = shlex.quote(arguments.report)
    with replacing(arguments.report, "w") as file:
        file.write(
            f"{text}\nCommand: `cutaway sentences evaluate --data DIR {given.strip()} --report {report}`\n"
        )


def _sets(arguments: argparse.Namespace) -> Mapping[str, Any]:
    from ..text import read_sentence_set, sentence_sets
    from ..text.corpus.sentence_files import FORMS

    there = sentence_sets(arguments.data)
    if not there and not arguments.sets:
        raise FileNotFoundError(f"--data {arguments.data}: expected sets such as rt-polarity.pos, came none")
    names = _chosen("--sets", arguments.sets, list(FORMS)) if arguments.sets else list(there)
    return {name: read_sentence_set(arguments.data, name) for name in names}


def _chosen(flag: str, given: str | None, known: list[str]) -> list[str]:
    """Return the names of a list with commas, each once; all that are known if there is no list."""
    names = list(dict.fromkeys(given.split(","))) if given is not None else known
    for name in names:
        if name not in known:
            raise ValueError(f"{flag}: expected names of {', '.join(known)}, came {name!r}")
    return names
