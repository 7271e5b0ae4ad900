"""Count the words of the text on standard input; the flags are those of GloVe's tool.

cutaway vocab_count -min-count 5 < text8 > vocab.txt
"""

from __future__ import annotations

import sys
from typing import Any

from .flags import Flag, tool

SUMMARY = "GloVe, 1: count words"
FLAGS = (
    Flag("verbose", 2, "0 is silent"),
    Flag("max-vocab", 0, "keep only so many words, the most frequent (0: all)"),
    Flag("min-count", 1, "words seen less often are dropped"),
)


def count(flags: dict[str, Any]) -> None:
    from ..text import Vocabulary
    from ..text.corpus.stream import count_words, decode_lines
    from ..text.corpus.token import split
    from ..text.corpus.utf8 import to_bytes

    counts = count_words(
        split(line) for line, _ in decode_lines(sys.stdin.buffer, "the text", "surrogateescape")
    )
    vocabulary = Vocabulary.from_counts(counts, flags["min-count"], flags["max-vocab"] or None)
    if flags["verbose"]:
        print(f"Counted {len(counts):,} unique words; kept {len(vocabulary) - 1:,}.", file=sys.stderr)
    for word, number in zip(vocabulary.words[1:], vocabulary.counts[1:], strict=True):
        sys.stdout.buffer.write(to_bytes(f"{word} {number}\n"))


add_arguments, run = tool(FLAGS, count, needs_flags=False)
