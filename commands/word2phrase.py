"""Join words that belong together into phrases; the flags are those of the C tool word2phrase.

cutaway word2phrase -train text8 -output text8-phrases -threshold 200
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .flags import Flag, tool
from .outputs import expect_outputs

SUMMARY = "join words that belong together: new york -> new_york"
FLAGS = (
    Flag("train", "", "text to read"),
    Flag("output", "", "file for the text with phrases joined"),
    Flag("min-count", 5, "words and pairs seen less often are left alone"),
    Flag("threshold", 100.0, "the higher, the fewer phrases"),
    Flag("debug", 2, "0 is silent"),
)


def join_phrases(flags: dict[str, Any]) -> None:
    from ..core.files import replacing
    from ..text import Corpus, Phrases
    from ..text.corpus.utf8 import to_bytes

    if not flags["train"] or not flags["output"]:
        raise ValueError("expected -train FILE and -output FILE")
    expect_outputs([("-output", flags["output"])], [("-train", flags["train"])])
    corpus = Corpus(Path(flags["train"]), errors="surrogateescape")
    phrases = Phrases(flags["min-count"], flags["threshold"], across_lines=True).fit(corpus)
    with replacing(flags["output"]) as file:
        for words in phrases.transform(corpus):
            file.write(to_bytes(" ".join(words)) + b"\n")
    if flags["debug"]:
        print(f"Words in train file: {phrases.total}\nPhrases: {len(phrases.found())}")


add_arguments, run = tool(FLAGS, join_phrases)
