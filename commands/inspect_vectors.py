"""Write the embedding inspector: one page with the vectors inside, which needs no network.

cutaway inspect vectors.bin
cutaway inspect vectors.txt --output page.html --words 5000 --map 0
"""

from __future__ import annotations

import argparse
from pathlib import Path

from .outputs import expect_outputs

SUMMARY = "write a page to search word vectors, their neighbours, analogies and maps"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", help="vectors: word2vec's format, text or binary, GloVe's, or .npz")
    parser.add_argument("--output", help="the page (default: the file's name with .html)")
    parser.add_argument("--words", type=int, default=20_000, help="so many of the commonest (default: 20000)")
    parser.add_argument(
        "--map", type=int, default=2000, help="words on the t-SNE map (default: 2000; 0: none)"
    )


def run(arguments: argparse.Namespace) -> int:
    from ..text import WordVectors
    from ..text.vectors.inspector import write_inspector

    source = Path(arguments.file)
    output = Path(arguments.output) if arguments.output else source.with_suffix(".html")
    expect_outputs([("--output", str(output))], [("FILE", str(source))])
    vectors = WordVectors.load(source, errors="surrogateescape")
    write_inspector(vectors, output, arguments.words, arguments.map, f"Word vectors: {source.name}")
    print(output)
    return 0
