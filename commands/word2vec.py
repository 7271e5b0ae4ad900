"""Train word vectors; the flags are those of the C tool word2vec.

    cutaway word2vec -train text8 -output vectors.bin -cbow 1 -size 200 -window 8 -negative 25 -binary 1

-train may be packed (.gz, .bz2, .xz), a folder of files, and larger than memory.  Behind the C tool's flags
stand more: -seed, -shared, -deterministic, -max-vocab-size, -encoded, which keeps the text as numbers for the
next run, -checkpoint, from which a run that was stopped goes on, and -model, which keeps what
`text.Word2Vec.load` needs to go on training.

    mpiexec -n 4 cutaway word2vec -train text8 -output vectors.bin      four processes, on one machine or more
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.ranks import speaks, together
from .flags import INTERRUPTED, Flag, accept, asks_for_help, named_by_flags, option_values, parse
from .on_ranks import CHECKPOINT, MPI, SYNC, begun, expect_checkpoint, join
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
    Flag(
        "deterministic", 0, "1: the same vectors at any number of threads, or ranks; above: slices of a round"
    ),
    Flag("max-vocab-size", 21_000_000, "more different words than this: the rarest so far are forgotten"),
    Flag("encoded", "", "folder for the text as numbers; read if it is there, in place of -train"),
    Flag("model", "", "file for the whole model, name.safetensors"),
    CHECKPOINT,
    MPI,
    SYNC,
)
# option of `text.Word2Vec`: flag
OPTIONS = {"dim": "size", "epochs": "iter", "min_count": "min-count", "max_vocab_size": "max-vocab-size"}
OPTIONS |= {name: name for name in ("window", "negative", "sample", "alpha", "seed", "threads", "sync")}
OPTIONS |= {name: name for name in ("cbow", "hs", "shared", "deterministic")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    accept(parser, FLAGS)


def run(arguments: argparse.Namespace) -> int:
    if asks_for_help(arguments):
        return 0
    flags = parse(arguments.flags, FLAGS)
    if not flags["train"] and not _is_encoded(flags):
        raise ValueError("expected -train FILE, the text to train on")
    comm = join(flags, "threads", {word.lstrip("-") for word in arguments.flags})
    if comm is not None and flags["encoded"]:
        raise ValueError(
            "-encoded: ranks keep the numbers of a large text themselves\n    hint: leave it out"
        )
    outputs = [(f"-{name}", flags[name]) for name in ("output", "save-vocab", "model", "checkpoint")]
    with together(comm):
        expect_checkpoint(flags["checkpoint"], flags["sync"] if comm is not None else "")
        if speaks(comm):
            expect_outputs(outputs, [(f"-{name}", flags[name]) for name in ("train", "read-vocab")])
        with named_by_flags(OPTIONS):
            model = build(flags, "-negative" in arguments.flags, comm)
    flags["debug"] *= speaks(comm)
    vocabulary, tokens = _read(flags, comm)
    if flags["debug"]:
        print(f"Starting training using file {flags['train']}")
        print(f"Vocab size: {len(vocabulary)}\nWords in train file: {vocabulary.total}", flush=True)
    with together(comm):
        if flags["save-vocab"] and speaks(comm):
            vocabulary.save(flags["save-vocab"])
    is_whole = True
    if flags["output"] or flags["model"]:
        model = begun(model, flags["checkpoint"], vocabulary.words, OPTIONS, comm)
        is_whole = _train(model, vocabulary, tokens, flags, comm)
        with together(comm):
            if speaks(comm):
                _write(model, flags)
    return 0 if is_whole else INTERRUPTED


def _train(model: Word2Vec, vocabulary: Vocabulary, tokens: Any, flags: dict[str, Any], comm: Any) -> bool:
    """False if it was interrupted, and has what it had learnt until then; ranks are all interrupted."""
    kept, bar = flags["checkpoint"], flags["debug"] > 1
    after: Any = [lambda model: model.save(kept)] if kept else []

    def train() -> None:
        if model.epoch == 0:
            model.fit_tokens(vocabulary, tokens, bar, after)
        elif model.epoch < model.epochs:
            model.resume(tokens, bar, after)

    with named_by_flags(OPTIONS):
        if comm is None:
            return finished(train, model, (flags["output"], flags["model"]))
        train()
        return True


def build(flags: dict[str, Any], negative_given: bool, comm: Any = None) -> Word2Vec:
    """The model that the flags describe."""
    from ..text import Word2Vec

    hs, negative = bool(flags["hs"]), flags["negative"]
    if hs and negative and negative_given:
        raise ValueError("-hs 1 and -negative above 0: choose one\n    hint: -hs 1 -negative 0, or -hs 0")
    if not hs and negative == 0:
        raise ValueError("-hs 0 -negative 0 learns nothing\n    hint: -negative 5, or -hs 1")
    options = option_values(Word2Vec, OPTIONS, flags) | {"negative": max(negative, 1)}
    return Word2Vec(**options, comm=comm)


def _read(flags: dict[str, Any], comm: Any) -> tuple[Vocabulary, Any]:
    from ..text import Corpus, Vocabulary, encode_to, open_encoded
    from ..text.corpus.encode import WORDS
    from ..text.corpus.shards import encode_shards, shard

    corpus = Corpus(Path(flags["train"]), errors="surrogateescape")
    limits = {"max_vocab_size": flags["max-vocab-size"]}
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
        return encode_shards(corpus, flags["min-count"], **limits, comm=comm)
    with together(comm):
        vocabulary = Vocabulary.load(flags["read-vocab"], flags["min-count"], max_bytes=sys.maxsize)
    own = shard(corpus, comm)
    with together(comm):
        return vocabulary, vocabulary.encode(own)


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
        sent = f", {last['bytes_per_word']:.1f} bytes sent a word" if "bytes_per_word" in last else ""
        print(f"loss {last['loss']:.4f}, {speed}{sent}", file=sys.stderr)
