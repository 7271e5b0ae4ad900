"""Sentence classification: one's own labelled texts, and systems of the literature on their sets.

cutaway sentences train FILE --system cnn-static --vectors V --out RUN   learn from one's own texts
cutaway sentences predict RUN FILE | TEXT ... | -                        labels of texts
cutaway sentences evaluate RUN FILE                                      how good they are
cutaway sentences table --data DIR --out RUN                             systems x sets; goes on
cutaway sentences check --data DIR                                       sizes, repeats, leaks
cutaway sentences trees --data DIR --kind rntn --out RUN                 a recursive network on a treebank
cutaway sentences tree RUN "(3 (2 not) (1 bad))" --svg FILE              what it says of every phrase

DIR holds the sets under their usual names (rt-polarity.pos, TREC.train, stsa.fine.dev, ...), packed or not.
"""

from __future__ import annotations

import argparse

from . import sentences_table, sentences_train, sentences_trees

SUMMARY = "classify sentences: your own texts, or MR, Subj, CR, MPQA, TREC, SST"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    sentences_train.add_arguments(actions)
    sentences_table.add_arguments(actions)
    sentences_trees.add_arguments(actions)


def run(arguments: argparse.Namespace) -> int:
    return arguments.act(arguments)
