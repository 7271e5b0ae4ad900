"""Count which words of the text on standard input stand near which; the flags are those of GloVe's tool.

cutaway cooccur -vocab-file vocab.txt -window-size 15 < text8 > cooccurrence.bin
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from .flags import Flag, tool

SUMMARY = "GloVe, 2: count which words stand near which"
COUNTING = (
    Flag("symmetric", 1, "1: words on both sides are context, 0: only those to the left"),
    Flag("window-size", 15, "words to a side"),
    Flag("memory", 4.0, "gigabytes to use, about"),
    Flag("max-product", None, "pairs up to this product of ranks have a place in memory (from -memory)", int),
    Flag("overflow-length", None, "other pairs in memory before they are put on disk (from -memory)", int),
    Flag("overflow-file", "overflow", "temporary files are in the folder of this name"),
    Flag("distance-weighting", 1, "1: a pair at distance d counts 1/d, 0: 1"),
)
FLAGS = (
    Flag("verbose", 2, "0 is silent"),
    Flag("vocab-file", "vocab.txt", "words, from `vocab_count`"),
    *COUNTING,
)


def count(flags: dict[str, Any]) -> None:
    from ..text import Vocabulary
    from ..text.corpus.stream import decode_lines
    from ..text.corpus.token import split

    vocabulary = Vocabulary.load(flags["vocab-file"], sort=False, max_bytes=sys.maxsize)
    sentences = (split(line) for line, _ in decode_lines(sys.stdin.buffer, "the text", "surrogateescape"))
    with closing(pair_counter(len(vocabulary), flags)) as counter:
        for tokens in vocabulary.encode_in_pieces(sentences):
            counter.add(tokens)
        total = counter.write(sys.stdout.buffer)
    if flags["verbose"]:
        print(f"{total:,} cells of {len(vocabulary) - 1:,} words", file=sys.stderr)


def pair_counter(words: int, flags: dict[str, Any]):
    """The counter that the flags describe."""
    from ..text.glove.cooccurrence import PairCounter

    return PairCounter(
        words,
        window=flags["window-size"],
        symmetric=bool(flags["symmetric"]),
        weighted=bool(flags["distance-weighting"]),
        memory=flags["memory"],
        max_product=flags["max-product"],
        overflow=flags["overflow-length"],
        folder=str(Path(flags["overflow-file"]).parent),
    )


add_arguments, run = tool(FLAGS, count, needs_flags=False)
