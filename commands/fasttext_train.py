"""Training with ``cutaway fasttext``: supervised, skipgram, cbow, and quantize."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import ranks
from ..core.files import together
from ..core.ranks import speaks
from .fasttext_flags import FLAGS, SUPERVISED
from .fasttext_progress import Progress, told
from .fasttext_vectors import unsupervised, vectors, write_vectors
from .flags import INTERRUPTED, named_by_flags, option_values, parse
from .on_ranks import expect_alone, join
from .outputs import expect_outputs, finished

# option of `text.FastText`, of `text.FastTextClassifier`: flag
BOTH = {
    "dim": "dim",
    "negative": "neg",
    "alpha": "lr",
    "epochs": "epoch",
    "min_count": "minCount",
    "seed": "seed",
}
BOTH |= {"threads": "thread", "min_n": "minn", "max_n": "maxn", "buckets": "bucket"}
BOTH |= {"deterministic": "deterministic"}
VECTORS = BOTH | {"power": "nsexponent", "window": "ws", "sample": "t", "shared": "shared", "sync": "sync"}
CLASSIFIER = BOTH | {"min_count_label": "minCountLabel", "word_ngrams": "wordNgrams", "loss": "loss"}
CLASSIFIER |= {"prefix": "label", "refresh": "lrUpdateRate"}
LOSSES = {"one-vs-all": "ova"}  # the original's longer name
AUTOTUNED = {"epoch": "epochs", "lr": "alpha", "dim": "dim", "wordNgrams": "word_ngrams", "bucket": "buckets"}
AUTOTUNED |= {"minn": "min_n", "maxn": "max_n", "dsub": "dsub"}


def run(name: str, words: Sequence[str]) -> int:
    """Train, or quantize; ``words`` are the flags."""
    changed = SUPERVISED if name in ("supervised", "quantize") else {}
    flags = tuple(flag._replace(default=changed.get(flag.name, flag.default)) for flag in FLAGS)
    if not words or words[0] in ("-h", "-help", "--help"):
        listed = [f"  -{flag.name:20} {flag.help} [{flag.default}]" for flag in flags]
        print(f"usage: cutaway fasttext {name} -input FILE -output NAME [-flag value ...]\n\nflags:")
        print("\n".join(listed))
        return 0
    values = parse(words, flags)
    if not values["output"] or not (values["input"] or name == "quantize"):
        raise ValueError("Empty input or output path: expected -input FILE and -output NAME")
    read = [(f"-{name}", values[name]) for name in ("input", "pretrainedVectors", "autotune-validation")]
    comm = None
    if name in ("supervised", "quantize"):
        expect_alone(values, name)
    else:
        comm = join(values, "thread", {word.lstrip("-") for word in words})
        values["verbose"] *= speaks(comm)
    endings = (".ftz",) if name == "quantize" else (".bin", ".vec")
    outputs = [("-output", values["output"] + end) for end in endings] + [
        ("-checkpoint", values["checkpoint"])
    ]
    with ranks.together(comm):
        if speaks(comm):
            expect_outputs(outputs, read)
    given = {word[1:] for word in words if word.startswith("-")}
    with named_by_flags({**VECTORS, **CLASSIFIER}):
        if name == "quantize":
            is_whole = quantize(values, given)
        elif name == "supervised":
            is_whole = supervised(values, given)
        else:
            is_whole = unsupervised(name, values, VECTORS, comm)
    return 0 if is_whole else INTERRUPTED


def supervised(flags: dict[str, Any], given: set[str]) -> bool:
    """Train a classifier and write its files; False if it was interrupted."""
    from ..text.classify.classifier import FastTextClassifier, read_text
    from ..text.corpus.utf8 import to_text

    is_whole = True
    if flags["autotune-validation"]:
        model = autotuned(flags, given)
        small = model.quantised
    else:
        model = FastTextClassifier(**options(flags))
        seen, tokens = read_text(flags["input"])
        told(flags, f"Read {len(tokens) // 10**6}M words")
        pretrained = vectors(flags)
        bar = Progress(flags)

        def begin(**scale: Any) -> Progress:
            counts = f"Number of words:  {len(model.words)}\nNumber of labels: {len(model.labels)}"
            told(flags, counts)
            return bar.begin(**scale)

        written = [flags["output"] + ".bin"]
        is_whole = finished(lambda: model.fit_words(seen, tokens, begin, (), pretrained), model, written)
        bar.end(is_whole)
        small = False
    words = [to_text(word) for word in model.dictionary.words]
    with together():
        model.save_bin(flags["output"] + (".ftz" if small else ".bin"))
        write_vectors(flags["output"] + ".vec", words, (model.vector(word) for word in words), model.dim)
        if flags["saveOutput"] and not small:
            write_vectors(flags["output"] + ".output", model.labels, np.asarray(model.vp), model.dim)
    if flags["saveOutput"] and small:
        raise ValueError("Option -saveOutput is not supported for quantized models.")
    return is_whole


def options(flags: dict[str, Any]) -> dict[str, Any]:
    """Flags as options of `FastTextClassifier`."""
    from ..text import FastTextClassifier

    values = option_values(FastTextClassifier, CLASSIFIER, flags)
    return values | {"loss": LOSSES.get(flags["loss"], flags["loss"]), "min_count": max(flags["minCount"], 1)}


def autotuned(flags: dict[str, Any], given: set[str]) -> Any:
    """The classifier of the best options; those whose flags were given stay."""
    from ..text.classify.autotune import autotune, model_size

    chosen = options(flags) | {"dsub": flags["dsub"]}
    moved = {own for flag, own in AUTOTUNED.items() if flag not in given}
    fixed = {name: value for name, value in chosen.items() if name not in moved}
    size = model_size(flags["autotune-modelsize"]) if flags["autotune-modelsize"] else None

    def report(trial: Any, best: Any) -> None:
        score = best.score if best else float("nan")
        told(flags, f"Trial: {trial.score:9.6f}   Best score: {score:9.6f}   {trial.seconds:.1f} s")

    model, trials = autotune(
        flags["input"],
        flags["autotune-validation"],
        flags["autotune-metric"],
        flags["autotune-predictions"],
        flags["autotune-duration"],
        size,
        flags["autotune-trials"] or None,
        fixed,
        flags["seed"],
        report,
    )
    scores = [each.score for each in trials]
    best = trials[int(np.nanargmax(scores))]
    found = {flag: best.options[own] for flag, own in AUTOTUNED.items() if own in best.options}
    told(
        flags, f"Best of {len(trials)}: " + " ".join(f"-{flag} {value:.6g}" for flag, value in found.items())
    )
    return model


def quantize(flags: dict[str, Any], given: set[str]) -> bool:
    """Read OUTPUT.bin, write OUTPUT.ftz."""
    from ..text.classify.classifier_file import save
    from ..text.classify.load import load_any

    model: Any = load_any(flags["output"] + ".bin", flags["label"])
    if flags["retrain"]:
        if not flags["input"]:
            raise ValueError("-retrain expects -input FILE, the text to train on")
        if not flags["cutoff"]:
            raise ValueError(
                "-retrain trains the rows that -cutoff keeps\n    hint: -cutoff 100000, for example"
            )
        model.epochs, model.alpha = flags["epoch"], flags["lr"]
        model.threads, model.seed, model.deterministic = (
            flags["thread"],
            flags["seed"],
            flags["deterministic"],
        )
    bar = Progress(flags)
    text = flags["input"] if flags["retrain"] else None
    model.quantise(flags["dsub"], flags["qnorm"], flags["qout"], flags["cutoff"], text, bar.begin)
    bar.end()
    save(model, flags["output"] + ".ftz")
    return True
