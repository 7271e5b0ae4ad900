"""``cutaway fasttext skipgram`` and ``cbow``: vectors of words, with n-grams; on one machine or several."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import files
from ..core.ranks import speaks, together
from .fasttext_progress import Progress, told
from .flags import option_values
from .on_ranks import begun, expect_checkpoint
from .outputs import finished

if TYPE_CHECKING:
    from ..text import Vocabulary


def unsupervised(name: str, flags: dict[str, Any], options: dict[str, str], comm: Any) -> bool:
    """Train word vectors and write their files; False if it was interrupted.

    Parameters
    ----------
    options : dict
        Option of `text.FastText`: flag.
    """
    from ..text import FastText
    from ..text.corpus.shards import encode_shards

    with together(comm):
        for flag, harmless in (("wordNgrams", 1), ("minCountLabel", 0), ("autotune-validation", "")):
            if flags[flag] != harmless:
                raise ValueError(f"-{flag} works with supervised only, came {flags[flag]!r}")
        if flags["loss"] not in ("ns", "hs", "softmax"):
            raise ValueError(f"-loss is ns, hs or softmax for {name}, came {flags['loss']!r}")
        expect_checkpoint(flags["checkpoint"], flags["sync"] if comm is not None else "")
        given = {
            **flags,
            "minCount": max(flags["minCount"], 1),
            "bucket": flags["bucket"] if flags["maxn"] else 1,
        }
        layer = {"cbow": name == "cbow", "hs": flags["loss"] == "hs", "softmax": flags["loss"] == "softmax"}
        model = FastText(**option_values(FastText, options, given) | layer, comm=comm)
    vocabulary, tokens = encode_shards(_corpus(flags), max(flags["minCount"], 1), comm=comm)
    with together(comm):
        model.pretrained = vectors(flags)
        vocabulary = _extended(vocabulary, model.pretrained, flags["label"])
    counts = f"Number of words:  {len(vocabulary)}\nNumber of labels: 0"
    told(flags, f"Read {vocabulary.total // 10**6}M words\n{counts}")
    model = begun(model, flags["checkpoint"], vocabulary.words, options, comm)
    is_whole = _train(model, vocabulary, tokens, flags, comm)
    with together(comm):
        if speaks(comm):
            _write(model, flags)
    return is_whole


def _corpus(flags: dict[str, Any]) -> Any:
    """The text, without labels."""
    from ..text import Corpus
    from ..text.corpus.token import split

    prefix = flags["label"]
    return Corpus(
        Path(flags["input"]),
        tokenise=lambda line: [word for word in split(line) if not (prefix and word.startswith(prefix))],
        errors="surrogateescape",
    )


def _extended(vocabulary: Vocabulary, pretrained: Any, prefix: str) -> Vocabulary:
    """The vocabulary with the words of pretrained vectors."""
    from ..text import Vocabulary

    if pretrained is None:
        return vocabulary
    given = [word for word in pretrained.words if not (prefix and word.startswith(prefix))]
    new = ["</s>", *given]
    return vocabulary.extended(Vocabulary(dict.fromkeys(new), [0] + [1] * len({*new} - {"</s>"})))


def _train(model: Any, vocabulary: Vocabulary, tokens: Any, flags: dict[str, Any], comm: Any) -> bool:
    bar, kept = Progress(flags), flags["checkpoint"]
    after: Any = [lambda model: model.save(kept)] if kept else []

    def train() -> None:
        if model.epoch == 0:
            model.fit_tokens(vocabulary, tokens, bar.begin, after)
        elif model.epoch < model.epochs:
            model.resume(tokens, bar.begin, after)

    is_whole = True
    if comm is None:
        is_whole = finished(train, model, [flags["output"] + ".bin"])
    else:
        train()
    bar.end(is_whole and speaks(comm))
    return is_whole


def _write(model: Any, flags: dict[str, Any]) -> None:
    words = model.vocabulary.words
    with files.together():
        model.save_bin(flags["output"] + ".bin")
        write_vectors(flags["output"] + ".vec", words, (model.vector(word) for word in words), model.dim)
        if flags["saveOutput"]:
            write_vectors(flags["output"] + ".output", words, model.vp[:, : model.dim], model.dim)


def vectors(flags: dict[str, Any]) -> Any:
    """The vectors that training begins with, or None."""
    from ..text import WordVectors

    path = flags["pretrainedVectors"]
    found = WordVectors.load(path, binary=False, errors="surrogateescape") if path else None
    if found is not None and found.matrix.shape[1] != flags["dim"]:
        came = found.matrix.shape[1]
        raise ValueError(
            f"Dimension of pretrained vectors ({came}) does not match dimension ({flags['dim']})!\n"
            f"    hint: -dim {came}"
        )
    return found


def write_vectors(path: str, words: Sequence[str], rows: Any, dim: int) -> None:
    """The original's ``.vec``: five digits, a blank behind each."""
    from ..core.files import replacing
    from ..text.corpus.utf8 import to_bytes
    from .fasttext_ask import numbers

    with replacing(path) as file:
        file.write(f"{len(words)} {dim}\n".encode())
        for word, row in zip(words, rows, strict=True):
            file.write(to_bytes(f"{word} {numbers(row)}\n"))
