"""Sets of labelled sentences, found in a folder by the names of their files.

    rt-polarity.pos, rt-polarity.neg     a file for each class, a sentence a line
    TREC.train, TREC.test                "COARSE:fine question"
    rt-polarity.all, TREC.train.all      "0 sentence", tokenised
    stsa.fine.train, ...                 the same, of the Stanford Sentiment Treebank
    sst_trees/train.txt, ...             its trees, which then belong to those sentences
    sst1.phrases.train                   the same, of the phrases of its training trees

Any of them may be packed (.gz, .bz2, .xz).  Bytes beyond ASCII, latin-1 in these files, mean nothing to the
clean-up and are kept as they are.

Sources: the distributions by Pang & Lee (MR 2005, Subj 2004), Hu & Liu (CR 2004), Wiebe et al. (MPQA 2005),
Li & Roth (TREC 2002), Socher et al. (SST 2013), and those of Kim's and of Harvard's programs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...core.errors import FileError
from ...core.reading import bad_file
from ...core.unpack import PACKED
from .sentence_sets import DEV, TEST, TRAIN, SentenceSet
from .stream import read_lines
from .treebank import treebank_files
from .utf8 import KEEP_BYTES

PLACES = (
    ".",
    *(f"{up}{kind}" for up in ("", "sentences/") for kind in ("raw", "clean", "sst_phrases")),
    "sentences",
)
SST = ("very negative", "negative", "neutral", "positive", "very positive")
TREC = ("DESC", "ENTY", "ABBR", "HUM", "LOC", "NUM")
POLARITY = ("negative", "positive")


# Files that a set may come in; of each its class ("0"), or how lines say it ("coarse", "digit"), and its part
Form = dict[str, tuple[str, str]]


def _split(stem: str, what: str, end: str = "", parts: tuple[str, ...] = (TRAIN, TEST)) -> Form:
    return {f"{stem}.{part}{end}": (what, part) for part in parts}


LABELS = {
    "mr": POLARITY,
    "subj": ("subjective", "objective"),
    "cr": POLARITY,
    "mpqa": POLARITY,
    "trec": TREC,
    "sst1": SST,
    "sst2": POLARITY,
}
FORMS: dict[str, tuple[Form, ...]] = {
    "mr": ({"rt-polarity.neg": ("0", ""), "rt-polarity.pos": ("1", "")},
           {"rt-polarity.all": ("digit", "")}),
    "subj": ({"subj.subjective": ("0", ""), "subj.objective": ("1", "")},
             {"quote.tok.gt9.5000": ("0", ""), "plot.tok.gt9.5000": ("1", "")},
             {"subj.all": ("digit", "")}),
    "cr": ({"custrev.neg": ("0", ""), "custrev.pos": ("1", "")},
           {"custrev.all": ("digit", "")}),
    "mpqa": ({"mpqa.neg": ("0", ""), "mpqa.pos": ("1", "")}, {"mpqa.all": ("digit", "")}),
    "trec": (_split("TREC", "coarse"),
             {"train_5500.label": ("coarse", TRAIN), "TREC_10.label": ("coarse", TEST)},
             _split("TREC", "digit", ".all")),
    "sst1": (_split("stsa.fine", "digit", parts=(TRAIN, DEV, TEST)),),
    "sst2": (_split("stsa.binary", "digit", parts=(TRAIN, DEV, TEST)),),
}  # fmt: skip


def sentence_sets(folder: str | os.PathLike) -> dict[str, list[Path]]:
    """Return the sets of a folder and the files of each, {"mr": [...], ...}; original ones before clean.

    They are looked for in the folder itself, in its ``raw`` and ``clean``, and in ``sentences`` beneath.
    """
    found = {}
    for name, forms in FORMS.items():
        for form in forms:
            paths = [_find(Path(folder), file) for file in form]
            if all(paths):
                found[name] = [path for path in paths if path]
                break
    return found


def read_sentence_set(folder: str | os.PathLike, name: str) -> SentenceSet:
    """Read a set by its name: mr, subj, cr, mpqa, trec, sst1 or sst2.

    Raises
    ------
    ValueError : there is no set of that name.
    FileNotFoundError : the folder has not all files of any form of the set.
    FileError : a line without its label; names file and line.
    """
    if name not in FORMS:
        raise ValueError(f"sentence set: expected one of {', '.join(FORMS)}, got {name!r}")
    paths = sentence_sets(folder).get(name)
    if not paths:
        forms = "; or ".join(" and ".join(form) for form in FORMS[name])
        raise FileNotFoundError(
            f"{folder}: expected {forms}, for {name}, came not all of them\n    hint: they may be packed "
            f"({', '.join(PACKED)}) and in {', '.join(PLACES[1:])}"
        )
    files = next(form for form in FORMS[name] if _plain(paths[0]) in form)
    texts, y, parts = [], [], []
    for path in paths:
        what, part = files[_plain(path)]
        before = len(y)
        for label, text in _labelled(path, what, LABELS[name]):
            texts.append(text)
            y.append(label)
        if len(y) == before:
            raise FileError(f"{path}: expected sentences of {name}, came no line", path, "sentences")
        parts += [part] * (len(y) - before)
    treebank = treebank_files(folder) if name.startswith("sst") else {}
    given = np.array(parts) if any(parts) else None
    return SentenceSet(name, texts, np.array(y), LABELS[name], given, treebank)


def with_phrases(sentences: SentenceSet, folder: str | os.PathLike) -> SentenceSet:
    """Return SST-1 or SST-2 with phrases of its training trees, from ``sst1.phrases.train`` ("2 phrase").

    Raises
    ------
    FileNotFoundError : the folder has no phrases of the set.
    """
    path = _find(Path(folder), f"{sentences.name}.phrases.train")
    if path is None:
        raise FileNotFoundError(
            f"{folder}: expected {sentences.name}.phrases.train, for --phrases, came none"
        )
    pairs = list(_labelled(path, "digit", sentences.labels))
    return replace(sentences, phrases=([text for _, text in pairs], np.array([label for label, _ in pairs])))


def _labelled(path: Path, what: str, labels: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield (class, sentence) of each line; lines without a word are kept, as published sizes count them."""
    for number, line in enumerate(read_lines(path, KEEP_BYTES), 1):
        if what.isdecimal():
            yield int(what), line
            continue
        label, _, text = line.partition(" ")
        if what == "coarse":
            coarse, _, fine = label.partition(":")
            if coarse not in labels or not fine:
                expected = f"COARSE:fine and a question, COARSE of {', '.join(labels)}"
                raise bad_file(path, expected, f"{line[:40]!r}", line=number)
            yield labels.index(coarse), text
        else:
            if not (label.isascii() and label.isdecimal()) or int(label) >= len(labels):
                expected = f"a class from 0 to {len(labels) - 1} and a sentence"
                raise bad_file(path, expected, f"{line[:40]!r}", line=number)
            yield int(label), text


def _find(folder: Path, file: str) -> Path | None:
    candidates = (folder / place / f"{file}{packed}" for place in PLACES for packed in ("", *PACKED))
    return next((path for path in candidates if path.is_file()), None)


def _plain(path: Path) -> str:
    return path.stem if path.suffix in PACKED else path.name
