"""Ask "a is to b as c is to what?"; three words a line. EXIT, or the end of the input, ends.

cutaway word-analogy vectors.bin
"""

from __future__ import annotations

import argparse

from .distance import NEAREST, known, questions, table

SUMMARY = "a is to b as c is to what? asked on standard input"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="vectors in word2vec's format, text or binary")


def run(arguments: argparse.Namespace) -> int:
    from ..text import WordVectors

    vectors = WordVectors.load(arguments.file, errors="surrogateescape")
    for words in questions("Enter three words (EXIT to break): "):
        if len(words) < 3:
            print(f"Three words are needed, {len(words)} came.")
        elif known(words[:3], vectors):
            a, b, c = words[:3]
            table(vectors.analogy(a, b, c, topn=NEAREST), "Distance")
    return 0
