"""fastText's tool: classify text, train word vectors with subwords, ask both; with its flags.

    cutaway fasttext supervised -input train.txt -output model -lr 0.5 -wordNgrams 2
    cutaway fasttext test model.bin test.txt
    cutaway fasttext predict-prob model.bin - 3 < lines.txt

Text may be packed (.gz, .bz2, .xz); "-" is standard input.  "cutaway fasttext supervised" lists the flags.
"""

from __future__ import annotations

import argparse
import difflib

from . import fasttext_ask, fasttext_train

SUMMARY = "classify text, word vectors with subwords: fastText's tool"
TRAINING = {
    "supervised": "train a classifier",
    "skipgram": "train word vectors",
    "cbow": "train word vectors",
}
TRAINING["quantize"] = "make a model small: reads OUTPUT.bin, writes OUTPUT.ftz"
ASKING = {
    "test": "MODEL FILE [K] [THRESHOLD]: precision and recall of the K most probable labels",
    "test-label": "MODEL FILE [K] [THRESHOLD]: the same for each label",
    "predict": "MODEL FILE [K] [THRESHOLD]: the K most probable labels of each line",
    "predict-prob": "MODEL FILE [K] [THRESHOLD]: with their probabilities",
    "print-word-vectors": "MODEL: vectors of the words on standard input",
    "print-sentence-vectors": "MODEL: vectors of the lines on standard input",
    "print-ngrams": "MODEL WORD: the vectors of a word's n-grams",
    "nn": "MODEL [K]: nearest words of those on standard input",
    "analogies": "MODEL [K]: A - B + C of the triplets on standard input",
    "dump": "MODEL args|dict|input|output: what the file holds",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = f"{parser.prog} COMMAND ..."
    listed = [f"  {name:24}{what}" for name, what in {**TRAINING, **ASKING}.items()]
    parser.epilog = "commands:\n" + "\n".join(listed)
    parser.prefix_chars = "\0"  # subtle: to argparse no flag looks like one, so all of them come to us
    parser.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(show_help=parser.print_help)


def run(arguments: argparse.Namespace) -> int:
    if not arguments.words or arguments.words[0] in ("-h", "-help", "--help"):
        arguments.show_help()
        return 0
    name, *rest = arguments.words
    if name in TRAINING:
        return fasttext_train.run(name, rest)
    if name not in ASKING:
        near = difflib.get_close_matches(name, [*TRAINING, *ASKING], n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else f"commands: {' '.join([*TRAINING, *ASKING])}"
        raise ValueError(f"unknown command {name!r}; {hint}")
    return fasttext_ask.run(name, rest, ASKING[name])
