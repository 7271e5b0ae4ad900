"""`cutaway sentences train`, `predict` and `evaluate`: one's own labelled texts."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from .outputs import expect_outputs

MODEL, RUN, REPORT, CHECKPOINT = "model.safetensors", "run.json", "report.html", "checkpoint.safetensors"
COLUMNS = ("text_column", "label_column", "label_separator", "split_by")
FOLDER = (MODEL, RUN, REPORT, CHECKPOINT, "made-of.json")


def add_arguments(actions: Any) -> None:
    train = actions.add_parser("train", help="learn from a file of labelled texts")
    train.add_argument(
        "file", metavar="FILE", help=".csv, .tsv, .jsonl, or lines of __label__NAME and a text"
    )
    train.add_argument("--system", default="cnn-rand", help="cnn-static, dcnn, nbsvm, ... (default cnn-rand)")
    train.add_argument("--vectors", metavar="FILE", help="word vectors that cnn-static and others begin with")
    train.add_argument("--out", required=True, metavar="RUN", help="folder of the model and the report")
    train.add_argument(
        "--text-column", default="text", metavar="A,B", help="several are joined (default text)"
    )
    train.add_argument("--label-column", default="label", metavar="NAME", help="default label")
    train.add_argument("--label-separator", default="", metavar="X", help="between several labels of a cell")
    train.add_argument(
        "--split-by", metavar="COLUMN", help="test on the last texts by a column, such as a date"
    )
    train.add_argument("--test", metavar="FILE", help="test on another file, and train on all of FILE")
    train.add_argument("--test-share", type=float, default=0.2, help="of FILE, for test (default 0.2)")
    train.add_argument("--out-of-domain", metavar="FILE", help="measure on texts of another kind, too")
    train.add_argument("--words", help="kim (English), letters or blanks (default: by the texts)")
    train.add_argument("--dim", type=int, default=300, help="numbers of a word of cnn-rand (default 300)")
    train.add_argument("--maps", type=int, default=100, help="filters of each width (default 100)")
    train.add_argument("--epochs", type=int, default=25, help="of networks, at most (default 25)")
    train.add_argument("--batch", type=int, default=50, help="texts in a step of networks (default 50)")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--quiet", action="store_true", help="no progress")
    train.set_defaults(act=run_train)
    predict = actions.add_parser("predict", help="labels of a file's texts, or of texts given here")
    predict.add_argument("folder", metavar="RUN")
    predict.add_argument("texts", nargs="+", metavar="FILE | TEXT", help="- reads standard input")
    predict.add_argument("--json", action="store_true", help="an object a line, with a score of each label")
    predict.set_defaults(act=run_predict)
    evaluate = actions.add_parser("evaluate", help="how good a run's labels of a file are")
    evaluate.add_argument("folder", metavar="RUN")
    evaluate.add_argument("file", metavar="FILE", help="labelled as the file of training")
    evaluate.set_defaults(act=run_evaluate)


def run_train(arguments: argparse.Namespace) -> int:
    """Read everything, train, measure, write the report; the last line is JSON."""
    from ..core.files import replacing
    from ..text.corpus.labelled_texts import read_labelled_texts
    from ..text.sentences.own_texts import split_texts, tokeniser_for, train_text_model
    from .reuse import expect_same

    began, out = time.perf_counter(), Path(arguments.out)
    _expect_values(arguments)
    columns = _columns(vars(arguments))
    texts = read_labelled_texts(arguments.file, columns)
    others = _columns({**vars(arguments), "split_by": None})
    test = read_labelled_texts(arguments.test, others) if arguments.test else None
    away = read_labelled_texts(arguments.out_of_domain, others) if arguments.out_of_domain else None
    border = ""
    if test is None:
        split = split_texts(texts, arguments.test_share, arguments.seed, bool(arguments.split_by))
        test, texts, border = texts.take(split.test), texts.take(split.train), split.border
    words = arguments.words or tokeniser_for(texts.texts)
    _expect_folder(arguments, out)
    expect_same("--out", out, [CHECKPOINT, MODEL], _made_of(arguments))
    options = _options(arguments, words)
    try:
        model = train_text_model(texts, arguments.system, options, out / CHECKPOINT)
    except KeyboardInterrupt:
        print(f"\ninterrupted: the same command goes on with {out / CHECKPOINT}", file=sys.stderr)
        raise
    model.save(out / MODEL)
    told = _told(arguments, model, texts, test, away, words, border)
    from .sentences_report import train_page

    history = getattr(model.inner, "history_", [])
    command = "cutaway " + shlex.join(sys.argv[1:])
    page = train_page(arguments.system, told, model, test, history, command)
    with replacing(out / REPORT, "w") as file:
        file.write(page)
    with replacing(out / RUN, "w") as file:
        json.dump({**told, "columns": _kept_columns(arguments)}, file, indent=1)
    slim = {key: value for key, value in told.items() if key != "by_label"}
    seconds = round(time.perf_counter() - began, 1)
    print(json.dumps({**slim, "seconds": seconds, "run": str(out), "report": str(out / REPORT)}))
    return 0


def _told(
    arguments: argparse.Namespace, model: Any, texts: Any, test: Any, away: Any, words: str, border: str
) -> dict[str, Any]:
    """What the run has reached."""
    from ..text.sentences.own_texts import majority, measured

    found = measured(test.labels, model.predict(test.texts))
    told: dict[str, Any] = {key: value for key, value in found.items() if key != "labels"}
    told |= {"system": arguments.system, "words": words, "several_labels": model.several,
             "labels": list(model.labels), "training_texts": len(texts), "test_texts": len(test),
             "majority": majority(texts.labels, test.labels), "by_label": found["labels"]}  # fmt: skip
    if border:
        told["test_from"] = border
    if away is not None:
        other = measured(away.labels, model.predict(away.texts))
        told["out_of_domain"] = {key: value for key, value in other.items() if key != "labels"}
    return told


def run_predict(arguments: argparse.Namespace) -> int:
    """Print a line for each text: its labels and the text, or an object."""
    from ..text.corpus.labelled_texts import read_texts
    from ..text.sentences.text_models import TextModel

    folder = Path(arguments.folder)
    kept, given = _read_run(folder), arguments.texts
    model = TextModel.load(folder / MODEL)
    if len(given) == 1 and Path(given[0]).is_file():
        given = read_texts(given[0], _columns(kept["columns"]))
    texts = [line.rstrip("\r\n") for line in sys.stdin] if given == ["-"] else given
    scores = model.scores(texts) if texts else np.zeros((0, len(model.labels)))
    for text, row, labels in zip(texts, scores, model.decide(scores), strict=True):
        if arguments.json:
            each = {label: round(float(score), 4) for label, score in zip(model.labels, row, strict=True)}
            print(json.dumps({"text": text, "labels": labels, "scores": each}, ensure_ascii=False))
        else:
            print(f"{','.join(labels)}\t{' '.join(text.split())}")
    return 0


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Print precision and recall of each label, and JSON as the last line."""
    from ..text.corpus.labelled_texts import read_labelled_texts
    from ..text.sentences.own_texts import measured
    from ..text.sentences.text_models import TextModel

    folder = Path(arguments.folder)
    texts = read_labelled_texts(arguments.file, _columns({**_read_run(folder)["columns"], "split_by": None}))
    model = TextModel.load(folder / MODEL)
    found = measured(texts.labels, model.predict(texts.texts))
    print(f"{'label':20} {'texts':>6} {'precision':>9} {'recall':>9} {'F1':>9}")
    for label, each in found["labels"].items():
        shown = "".join(f" {100 * each[name]:9.1f}" for name in ("precision", "recall", "f1"))
        print(f"{label:20} {each['texts']:6}{shown}")
    unknown = sorted(set(found["labels"]) - set(model.labels))
    if unknown:
        print(f"labels that training had not: {', '.join(unknown)}", file=sys.stderr)
    print(json.dumps({**found, "unknown_labels": unknown, "run": str(folder), "file": arguments.file}))
    return 0


def _columns(given: dict[str, Any]) -> Any:
    from ..text.corpus.labelled_texts import Columns

    return Columns(
        given["text_column"].split(","), given["label_column"], given["label_separator"], given["split_by"]
    )


def _kept_columns(arguments: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in COLUMNS}


def _expect_values(arguments: argparse.Namespace) -> None:
    from ..text.sentences.convolutional.words import TOKENISERS
    from ..text.sentences.text_models import CNNS, TRAINABLE

    for flag, given, known in (
        ("--system", arguments.system, TRAINABLE),
        ("--words", arguments.words, TOKENISERS),
    ):
        if given is not None and given not in known:
            raise ValueError(f"{flag}: expected one of {', '.join(known)}, came {given!r}")
    for flag in ("dim", "maps", "epochs", "batch"):
        if getattr(arguments, flag) < 1:
            raise ValueError(f"--{flag} expects a whole number from 1 on, came {getattr(arguments, flag)}")
    if arguments.seed < 0 or not 0 < arguments.test_share < 1:
        raise ValueError("expected --seed from 0 on, and --test-share above 0 and below 1")
    if arguments.test and arguments.split_by:
        raise ValueError("--test FILE and --split-by COLUMN both say what to test on; give one of them")
    needs = arguments.system in CNNS and arguments.system != "cnn-rand"
    if needs != bool(arguments.vectors):
        says = "begins with word vectors: --vectors FILE" if needs else "does not take --vectors"
        raise ValueError(f"--system {arguments.system} {says}")
    for flag in ("vectors", "test", "out_of_domain"):
        path = getattr(arguments, flag)
        if path and not os.path.exists(path):
            raise FileNotFoundError(f"--{flag.replace('_', '-')} {path}: there is no such file")


def _expect_folder(arguments: argparse.Namespace, out: Path) -> None:
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out {out}: there is no folder {out.parent}; create it first")
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"--out {out} is a file; expected the name of a folder")
    out.mkdir(exist_ok=True)
    inputs = [("FILE", arguments.file), ("--vectors", arguments.vectors or "")]
    expect_outputs([("--out", str(out / name)) for name in FOLDER], inputs)


def _made_of(arguments: argparse.Namespace) -> dict[str, Any]:
    from .reuse import fingerprint

    names = ("system", "words", "dim", "maps", "epochs", "batch", "seed", "test_share")
    made = {name: getattr(arguments, name) for name in (*names, *COLUMNS)}
    files = {"FILE": arguments.file, "--vectors": arguments.vectors, "--test": arguments.test}
    return {f"--{name.replace('_', '-')}": value for name, value in made.items()} | {
        name: fingerprint(path) if path else None for name, path in files.items()
    }


def _options(arguments: argparse.Namespace, words: str) -> dict[str, Any]:
    from ..text.sentences.text_models import NETWORKS

    if arguments.system not in NETWORKS:
        return {"words": words}
    options = {
        "words": words, "vectors": arguments.vectors, "epochs": arguments.epochs,
        "batch_size": arguments.batch, "seed": arguments.seed, "progress": not arguments.quiet,
    }  # fmt: skip
    own = {} if arguments.system == "dcnn" else {"dim": arguments.dim, "maps": arguments.maps}
    return {**options, **own}  # the dynamic network's sizes are those of its paper


def _read_run(folder: Path) -> dict[str, Any]:
    from ..core.reading import bad_file, reading

    path = folder / RUN
    with reading(path, "what a run is"):
        kept = json.loads(path.read_text(encoding="utf-8"))
        columns = kept.get("columns") if isinstance(kept, dict) else None
        if not isinstance(columns, dict) or not all(isinstance(columns.get(n), str | None) for n in COLUMNS):
            raise bad_file(path, "a run of cutaway sentences train", "others")
    return kept
