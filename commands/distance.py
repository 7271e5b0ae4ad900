"""Ask for the nearest words; several words are added. EXIT, or the end of the input, ends.

cutaway distance vectors.bin
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

SUMMARY = "nearest words, asked for on standard input"
NEAREST = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="vectors in word2vec's format, text or binary")


def run(arguments: argparse.Namespace) -> int:
    from ..text import WordVectors

    vectors = WordVectors.load(arguments.file, errors="surrogateescape")
    for words in questions("Enter word or sentence (EXIT to break): "):
        if known(words, vectors):
            table(vectors.most_similar(words, topn=NEAREST), "Cosine distance")
    return 0


def questions(prompt: str) -> Iterator[list[str]]:
    """The words of each line of standard input, until EXIT."""
    from ..text.corpus.token import split

    while True:
        print(prompt, end="", flush=True)
        line = sys.stdin.readline()
        words = split(line)
        if not line or words == ["EXIT"]:
            print()
            return
        if words:
            yield words


def known(words: list[str], vectors) -> bool:
    """Say where each word stands in the vocabulary; False if one is not there."""
    for word in words:
        place = vectors.index.get(word, -1)
        print(f"\nWord: {word}  Position in vocabulary: {place}")
        if place < 0:
            print("Out of dictionary word!")
            return False
    return True


def table(rows: list[tuple[str, float]], title: str) -> None:
    print(f"\n{'Word':>50}  {title:>18}\n{'-' * 72}")
    for word, value in rows:
        print(f"{word:>50}\t\t{value:.6f}")
