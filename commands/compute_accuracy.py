"""How many questions "a is to b as c is to d" do the vectors answer?  The questions come on standard input.

    cutaway compute-accuracy vectors.bin 30000 < questions-words.txt

The first five sections count as semantic, the others as syntactic, as in questions-words.txt.
"""

from __future__ import annotations

import argparse
import sys

SUMMARY = "share of analogies that vectors get right"
SEMANTIC = 5  # sections


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="vectors in word2vec's format, text or binary")
    parser.add_argument(
        "threshold", nargs="?", type=int, default=0, help="use only so many words (default: all)"
    )


def run(arguments: argparse.Namespace) -> int:
    from ..text import WordVectors, evaluate_analogies, parse_questions

    vectors = WordVectors.load(arguments.file, errors="surrogateescape")
    *scores, total = evaluate_analogies(vectors, parse_questions(sys.stdin), arguments.threshold or None)
    for number, score in enumerate(scores, 1):
        print(f"{score.title}:")
        if not score.seen:
            continue
        print(f"ACCURACY TOP1: {100 * score.accuracy:.2f} %  ({score.correct} / {score.seen})")
        shares = [
            _share(part)
            for part in (scores[:number], scores[: min(number, SEMANTIC)], scores[SEMANTIC:number])
        ]
        print(
            "Total accuracy: {:.2f} %   Semantic accuracy: {:.2f} %   Syntactic accuracy: {:.2f} % ".format(
                *shares
            )
        )
    share = 100 * total.seen / max(total.asked, 1)
    print(f"Questions seen / total: {total.seen} {total.asked}   {share:.2f} % ")
    return 0


def _share(scores: list) -> float:
    """Per cent of the questions of these sections that were answered right."""
    seen = sum(score.seen for score in scores)
    return 100 * sum(score.correct for score in scores) / seen if seen else 0.0
