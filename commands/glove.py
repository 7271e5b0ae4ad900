"""Train GloVe vectors; the flags are those of GloVe's tool.

    cutaway glove -train text8 -save-file vectors -vector-size 100 -window-size 10     all four stages
    cutaway glove -input-file cooccurrence.shuf.bin -vocab-file vocab.txt              the last one

Under mpiexec all ranks train together, each on its part of the text; -threads and -memory are a rank's.

With -work FOLDER the vocabulary, the cells and, after each pass, the model are kept there: a run that was
stopped goes on where it was when the same command is given again.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import glove_on_ranks
from .cooccur import COUNTING
from .flags import Flag, accept, asks_for_help, named_by_flags, option_values, parse
from .on_ranks import MPI, join
from .outputs import expect_outputs
from .reuse import expect_same
from .shuffle import seed_of

if TYPE_CHECKING:
    from ..text import GloVe, Vocabulary

SUMMARY = "GloVe, 4: train the vectors; or all four stages"
FLAGS = (
    Flag("train", "", "text, for all four stages (else -input-file and -vocab-file)"),
    Flag("min-count", 5, "with -train: words seen less often are dropped"),
    Flag("max-vocab", 0, "with -train: keep only so many words (0: all)"),
    *(flag for flag in COUNTING if flag.name in ("symmetric", "window-size", "distance-weighting", "memory")),
    Flag("input-file", "cooccurrence.shuf.bin", "shuffled cells"),
    Flag("vocab-file", "vocab.txt", "words"),
    Flag("vector-size", 50, "numbers in a vector"),
    Flag("threads", 8, "threads"),
    Flag("iter", 25, "times the cells are read"),
    Flag("eta", 0.05, "first rate"),
    Flag("alpha", 0.75, "exponent of the weight"),
    Flag("x-max", 100.0, "pairs seen so often have the full weight"),
    Flag("grad-clip", 100.0, "no component of a gradient counts more"),
    Flag("seed", 1, "of every random number; 0: the time"),
    Flag("verbose", 2, "0 is silent"),
    Flag("save-file", "vectors", "name of the vectors' files, without .txt or .bin"),
    Flag("binary", 0, "0: text, 1: binary, 2: both"),
    Flag("model", 2, "text of 0: all numbers, 1: w, 2: w + c, 3: w and c"),
    Flag("write-header", 0, "1: text begins with 'words dimension'"),
    Flag("checkpoint-every", 0, "write SAVE-FILE.003 and so on after each so many passes"),
    Flag("save-gradsq", 0, "1: write what AdaGrad has summed, too"),
    Flag("gradsq-file", "gradsq", "name of its file"),
    Flag("save-init-param", 0, "1: write SAVE-FILE.000, the first values"),
    Flag("load-init-param", 0, "1: begin with the numbers of -init-param-file"),
    Flag("init-param-file", "", "a .bin (SAVE-FILE.000.bin)"),
    Flag("load-init-gradsq", 0, "1: begin with the sums of -init-gradsq-file"),
    Flag("init-gradsq-file", "", "a .bin (GRADSQ-FILE.000.bin)"),
    Flag("work", "", "folder for what the stages make, from which a stopped run goes on"),
    MPI,
)
# option of `text.GloVe`: flag
OPTIONS = {"dim": "vector-size", "window": "window-size", "epochs": "iter", "x_max": "x-max"}
OPTIONS |= {"min_count": "min-count", "weighted": "distance-weighting", "clip": "grad-clip"}
OPTIONS |= {name: name for name in ("eta", "alpha", "symmetric", "memory", "seed", "threads")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    accept(parser, FLAGS)


def run(arguments: argparse.Namespace) -> int:
    from ..core.files import scratch_folder
    from ..core.ranks import speaks, together

    if asks_for_help(arguments):
        return 0
    flags = parse(arguments.flags, FLAGS)
    flags["save-gradsq"] = flags["save-gradsq"] or "-gradsq-file" in arguments.flags
    comm = join(flags, "threads", {word.lstrip("-") for word in arguments.flags})
    glove_on_ranks.expect_train(flags, comm)
    seed = glove_on_ranks.first(seed_of(flags["seed"]), comm)
    made_of = _made_of(flags, comm) if flags["work"] else {}
    with ExitStack() as stack:
        with together(comm):
            beside = stack.enter_context(scratch_folder("cutaway-glove"))
            work = Path(flags["work"] or beside)
            if not work.is_dir():
                raise FileNotFoundError(f"-work {work}: there is no such folder; create it first")
            if speaks(comm):
                expect_outputs(*files(flags))
                if flags["work"]:
                    expect_same("-work", work, ("vocab.txt", "cells.bin", "model.safetensors"), made_of)
            with named_by_flags(OPTIONS):
                model = build(flags, seed, comm)
        model = kept(model, flags, work)
        vocabulary, cells = count(model, flags, work) if flags["train"] else _given(flags)
        with together(comm):
            begin(model, vocabulary, flags, work)
            if flags["save-init-param"] and model.epoch == 0 and speaks(comm):
                write(model, flags, ".000")
        if model.epoch < model.epochs:
            after = [lambda done: after_each_pass(done, flags, work)]
            with named_by_flags(OPTIONS):
                model.resume_cells(cells, flags["verbose"] > 1, after)
    with together(comm):
        if speaks(comm):
            write(model, flags)
    return 0


def _made_of(flags: dict[str, Any], comm: Any) -> dict[str, Any]:
    """Of which text and options what -work keeps is made."""
    counting = ("min-count", "max-vocab", "symmetric", "window-size", "distance-weighting", "seed")
    training = ("vector-size", "eta", "alpha", "x-max", "grad-clip", "seed")
    made_of: dict[str, Any] = {}
    for name in ("train",) if flags["train"] else ("input-file", "vocab-file"):
        made_of[f"-{name}"] = glove_on_ranks.fingerprint(flags[name], comm)
    for name in (*counting, *training) if flags["train"] else training:
        made_of[f"-{name}"] = flags[name]
    return made_of


def files(flags: dict[str, Any]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What is written and what is read, by flag."""
    kinds = {0: [".txt"], 1: [".bin"], 2: [".bin", ".txt"]}.get(flags["binary"], [".bin", ".txt"])
    names = ["save-file", "gradsq-file"] if flags["save-gradsq"] else ["save-file"]
    outputs = [(f"-{name}", flags[name] + kind) for name in names for kind in kinds]
    read = ["train"] if flags["train"] else ["input-file", "vocab-file"]
    return outputs, [(f"-{name}", flags[name]) for name in read]


def build(flags: dict[str, Any], seed: int, comm: Any) -> GloVe:
    """The model that the flags describe."""
    from ..text import GloVe

    return GloVe(**option_values(GloVe, OPTIONS, flags) | {"seed": seed}, comm=comm)


def kept(model: GloVe, flags: dict[str, Any], work: Path) -> GloVe:
    """The model of ``work``, if there is one."""
    from ..core.ranks import together
    from ..text import GloVe

    path = work / "model.safetensors"
    if not glove_on_ranks.first(path.exists(), model.comm):
        return model
    with together(model.comm):
        found = GloVe.load(path)
        if found.dim != model.dim:
            raise ValueError(f"-work {work}: its model has vectors of {found.dim}: use another folder")
        if model.comm is not None and not found.in_parts:
            raise ValueError(f"-work {work}: what began in one process goes on in one process: -mpi 0")
        found.epochs, found.threads, found.memory = model.epochs, model.threads, model.memory
        found.comm = model.comm
    return found


def count(model: GloVe, flags: dict[str, Any], work: Path) -> tuple[Vocabulary, Path]:
    """The first three stages, of which those are left out whose files are in ``work``."""
    from ..text import Corpus
    from ..text.corpus.shards import shard

    corpus = shard(Corpus(Path(flags["train"]), errors="surrogateescape"), model.comm)
    vocabulary, pieces = glove_on_ranks.encoded(corpus, flags, model, work / "vocab.txt")
    path, are_there = glove_on_ranks.cells(model, work)
    if not are_there:
        model.write_cells(pieces, len(vocabulary), path)
    return vocabulary, path


def _given(flags: dict[str, Any]) -> tuple[Vocabulary, Path]:
    from ..text import Vocabulary

    vocabulary = Vocabulary.load(flags["vocab-file"], sort=False, max_bytes=sys.maxsize)
    if "<unk>" in vocabulary:
        raise ValueError(f"{flags['vocab-file']}: the word <unk> is reserved for the mean of rare words")
    return vocabulary, Path(flags["input-file"])


def begin(model: GloVe, vocabulary: Vocabulary, flags: dict[str, Any], work: Path) -> None:
    """Give a new model its first values, drawn or read."""
    from ..text.glove import glove_files

    if model.epoch:
        if model.vocabulary.words != vocabulary.words:
            raise ValueError(f"-work {work}: its model is of another vocabulary: use another folder")
        return
    model.begin(vocabulary)
    for what, name in (("param", "save-file"), ("gradsq", "gradsq-file")):
        if flags[f"load-init-{what}"]:
            path = flags[f"init-{what}-file"] or f"{flags[name]}.000.bin"
            read = glove_files.read_binary(path, len(vocabulary) - 1, model.dim)
            glove_files.set_parameters(model, read, squares=what == "gradsq")


def after_each_pass(model: GloVe, flags: dict[str, Any], work: Path) -> None:
    from ..core.ranks import speaks

    if not speaks(model.comm):
        return
    if flags["verbose"]:
        entry = model.history[-1]
        speed = f"{entry['cells_per_second'] / 1e6:.1f}M cells/s"
        print(f"iter: {model.epoch:03}, cost: {entry['loss']:.6f}, {speed}", file=sys.stderr)
    if flags["work"]:
        model.save(work / "model.safetensors")
    if flags["checkpoint-every"] and model.epoch % flags["checkpoint-every"] == 0:
        write(model, flags, f".{model.epoch:03}")


def write(model: GloVe, flags: dict[str, Any], mark: str = "") -> None:
    """Write the files that -binary, -model and -save-gradsq ask for; ``mark`` is part of their names."""
    from ..text.glove import glove_files

    words = model.vocabulary.words[1:]
    for name, squares in (("save-file", False), ("gradsq-file", True))[: 1 + bool(flags["save-gradsq"])]:
        matrices = glove_files.parameters(model, squares)
        if flags["binary"] > 0:
            glove_files.write_binary(f"{flags[name]}{mark}.bin", matrices)
        if flags["binary"] != 1:
            rows = glove_files.rows_of(matrices, glove_files.ALL if squares else flags["model"])
            header = bool(flags["write-header"]) and not squares
            glove_files.write_text(f"{flags[name]}{mark}.txt", words, rows, header)
