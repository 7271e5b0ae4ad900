"""Train word vectors; the flags are those of the C tool word2vec.

    cutaway word2vec -train text8 -output vectors.bin -cbow 1 -size 200 -window 8 -negative 25 -binary 1

-train may be packed (.gz, .bz2, .xz), a folder of files, and larger than memory.  Behind the C tool's flags
stand more: -seed, -shared, -deterministic, -max-vocab-size, -encoded, which keeps the text as numbers for the
next run, and -model, which keeps what `text.Word2Vec.load` needs to go on training.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .flags import INTERRUPTED, Flag, accept, asks_for_help, named_by_flags, option_values, parse
from .outputs import expect_outputs, finished
from .reuse import expect_same, fingerprint

if TYPE_CHECKING:
    from ..text import Vocabulary, Word2Vec

SUMMARY = "train word vectors: the flags of the C tool"
CORES = os.cpu_count() or 1
FLAGS = (
    Flag("train", "", "text to train on"),
    Flag("output", "", "file for the vectors, or for the classes"),
    Flag("size", 100, "numbers in a vector"),
    Flag("window", 5, "words on each side, at most"),
    Flag("sample", 1e-3, "share of the text above which a word is thinned out"),
    Flag("hs", 0, "1: hierarchical softmax in place of negative sampling"),
    Flag("negative", 5, "noise words"),
    Flag("threads", CORES, "threads"),
    Flag("iter", 5, "times the text is read"),
    Flag("min-count", 5, "words seen less often are dropped"),
    Flag("alpha", None, "first rate (0.025 for skip-gram, 0.05 for CBOW)", float),
    Flag("classes", 0, "write this many word classes instead of vectors"),
    Flag("debug", 2, "0 is silent, 2 shows progress"),
    Flag("binary", 0, "1: write the vectors in binary"),
    Flag("save-vocab", "", "file for the vocabulary"),
    Flag("read-vocab", "", "vocabulary, not taken from the text"),
    Flag("cbow", 1, "1: continuous bag of words, 0: skip-gram"),
    Flag("seed", 1, "of every random number"),
    Flag("shared", 0, "1: examples share noise words, which is faster"),
    Flag("deterministic", 0, "1: the same vectors at any number of threads"),
    Flag("max-vocab-size", 21_000_000, "more different words than this: the rarest so far are forgotten"),
    Flag("encoded", "", "folder for the text as numbers; read if it is there, in place of -train"),
    Flag("model", "", "file for the whole model, name.safetensors"),
)
# option of `text.Word2Vec`: flag
OPTIONS = {"dim": "size", "epochs": "iter", "min_count": "min-count", "max_vocab_size": "max-vocab-size"}
OPTIONS |= {name: name for name in ("window", "negative", "sample", "alpha", "seed", "threads")}
OPTIONS |= {name: name for name in ("cbow", "hs", "shared", "deterministic")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    accept(parser, FLAGS)


def run(arguments: argparse.Namespace) -> int:
    if asks_for_help(arguments):
        return 0
    flags = parse(arguments.flags, FLAGS)
    if not flags["train"] and not _is_encoded(flags):
        raise ValueError("expected -train FILE, the text to train on")
    outputs = [(f"-{name}", flags[name]) for name in ("output", "save-vocab", "model")]
    expect_outputs(outputs, [(f"-{name}", flags[name]) for name in ("train", "read-vocab")])
    with named_by_flags(OPTIONS):
        model = build(flags, "-negative" in arguments.flags)
    vocabulary, tokens = _read(flags)
    if flags["debug"]:
        print(f"Starting training using file {flags['train']}")
        print(f"Vocab size: {len(vocabulary)}\nWords in train file: {vocabulary.total}", flush=True)
    if flags["save-vocab"]:
        vocabulary.save(flags["save-vocab"])
    if flags["output"] or flags["model"]:
        written = flags["output"], flags["model"]
        with named_by_flags(OPTIONS):
            is_whole = finished(
                lambda: model.fit_tokens(vocabulary, tokens, progress=flags["debug"] > 1), model, written
            )
        _write(model, flags)
        return 0 if is_whole else INTERRUPTED
    return 0


def build(flags: dict[str, Any], negative_given: bool) -> Word2Vec:
    """The model that the flags describe."""
    from ..text import Word2Vec

    hs, negative = bool(flags["hs"]), flags["negative"]
    if hs and negative and negative_given:
        raise ValueError("-hs 1 and -negative above 0: choose one\n    hint: -hs 1 -negative 0, or -hs 0")
    if not hs and negative == 0:
        raise ValueError("-hs 0 -negative 0 learns nothing\n    hint: -negative 5, or -hs 1")
    return Word2Vec(**option_values(Word2Vec, OPTIONS, flags) | {"negative": max(negative, 1)})


def _read(flags: dict[str, Any]) -> tuple[Vocabulary, Any]:
    from ..text import Corpus, Vocabulary, encode, encode_to, open_encoded
    from ..text.corpus.encode import WORDS

    corpus, limits = (
        Corpus(Path(flags["train"]), errors="surrogateescape"),
        {"max_vocab_size": flags["max-vocab-size"]},
    )
    if flags["encoded"]:
        folder = Path(flags["encoded"])
        if flags["train"]:
            folder.mkdir(exist_ok=True)
            made_of = {f"-{name}": flags[name] for name in ("min-count", "max-vocab-size")}
            expect_same("-encoded", folder, (WORDS,), {"-train": fingerprint(flags["train"]), **made_of})
        if (folder / WORDS).exists():
            return open_encoded(folder, sys.maxsize)
        return encode_to(folder, corpus, flags["min-count"], **limits)
    if not flags["read-vocab"]:
        return encode(corpus, flags["min-count"], **limits)
    vocabulary = Vocabulary.load(flags["read-vocab"], flags["min-count"], max_bytes=sys.maxsize)
    return vocabulary, vocabulary.encode(corpus)


def _is_encoded(flags: dict[str, Any]) -> bool:
    from ..text.corpus.encode import WORDS

    return bool(flags["encoded"]) and (Path(flags["encoded"]) / WORDS).exists()


def _write(model: Word2Vec, flags: dict[str, Any]) -> None:
    """Vectors of all words, ``</s>`` among them as in the C tool; or the words' classes."""
    from ..core.files import replacing
    from ..text import word_classes
    from ..text.corpus.utf8 import to_bytes
    from ..text.files import word2vec_format

    words, matrix = model.vocabulary.words, model.v[:, : model.dim]
    if flags["model"]:
        model.save(flags["model"])
    if flags["output"] and flags["classes"] > 0:
        classes = word_classes(matrix, flags["classes"])
        lines = (f"{word} {label}\n" for word, label in zip(words, classes, strict=True))
        with replacing(flags["output"]) as file:
            file.writelines(map(to_bytes, lines))
    elif flags["output"]:
        word2vec_format.write(flags["output"], words, matrix, binary=bool(flags["binary"]))
    if flags["debug"] > 1 and model.history:
        last = model.history[-1]
        speed = f"{last['words_per_second'] / 1000:.0f}k words/s"
        print(f"loss {last['loss']:.4f}, {speed}", file=sys.stderr)
