"""The questions of ``cutaway fasttext``, answered as the original prints them."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..text.classify.precision_recall import PrecisionRecall
    from ..text.classify.predictor import Predictor

ROWS = 1 << 12  # of a matrix written at a time


def run(name: str, words: Sequence[str], usage: str) -> int:
    """Answer; ``words`` are what stands behind the command's name."""
    from ..text.classify.load import load_any

    least, most = {"print-ngrams": (2, 2), "dump": (2, 2), "nn": (1, 2), "analogies": (1, 2)}.get(
        name, (2, 4)
    )
    if name in ("print-word-vectors", "print-sentence-vectors"):
        least = most = 1
    if not least <= len(words) <= most:
        raise ValueError(f"expected {name} {usage}")
    model = load_any(words[0])
    if name in LABELS:
        LABELS[name](model, words[1], whole(words, 2, 1), real(words, 3, 0.0))
    elif name in ("nn", "analogies"):
        VECTORS[name](model, whole(words, 1, 10))
    else:
        VECTORS[name](model, *words[1:])
    return 0


def whole(words: Sequence[str], place: int, default: int) -> int:
    try:
        return int(words[place]) if len(words) > place else default
    except ValueError:
        raise ValueError(f"expected a whole number k, came {words[place]!r}") from None


def real(words: Sequence[str], place: int, default: float) -> float:
    try:
        return float(words[place]) if len(words) > place else default
    except ValueError:
        raise ValueError(f"expected a number, the threshold, came {words[place]!r}") from None


def write(line: str) -> None:
    """A line on standard output; bytes of words that are not UTF-8 come out as they were."""
    out = sys.stdout
    if hasattr(out, "buffer"):
        out.buffer.write((line + "\n").encode("utf-8", "surrogateescape"))
    else:
        out.write(line + "\n")


def flush() -> None:
    sys.stdout.flush()


def numbers(row: np.ndarray, digits: int = 5) -> str:
    """A vector as the original prints it: five digits, a blank behind each."""
    return (f"%.{digits}g " * len(row)) % tuple(row.tolist())


def input_lines() -> Iterator[bytes]:
    """Lines of standard input, as bytes, without their newline."""
    stream: Any = getattr(sys.stdin, "buffer", sys.stdin)
    for line in stream:
        raw = line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape")
        yield raw.rstrip(b"\n")


def input_words() -> Iterator[str]:
    from ..text.corpus.token import split_bytes
    from ..text.corpus.utf8 import to_text

    for line in input_lines():
        yield from (to_text(word) for word in split_bytes(line))


def predict(model: Predictor, path: str, k: int, threshold: float, probabilities: bool = False) -> None:
    for found, _ in model.predictions(path, k, threshold):
        if probabilities:
            lines = [" ".join(f"{label} {p:.6g}" for label, p in each) for each in model.named(found)]
        else:
            names = model.labels
            rows = zip(found.labels.tolist(), found.counts.tolist(), strict=True)
            lines = [" ".join([names[n] for n in row[:count]]) for row, count in rows]
        write("\n".join(lines))
        flush()


def predict_prob(model: Predictor, path: str, k: int, threshold: float) -> None:
    predict(model, path, k, threshold, probabilities=True)


def test(model: Predictor, path: str, k: int, threshold: float) -> None:
    general(model.test(path, k, threshold), k, ".3g")


def test_label(model: Predictor, path: str, k: int, threshold: float) -> None:
    meter = model.test(path, k, threshold)
    for label in meter.labels:
        measures = {"F1-Score": meter.f1, "Precision": meter.precision, "Recall": meter.recall}
        shown = [f"{name} : {score(measure(label))}  " for name, measure in measures.items()]
        write("".join(shown) + " " + label)
    general(meter, k, ".3f")


def score(value: float) -> str:
    return f"{value:.6f}" if math.isfinite(value) else "--------"


def general(meter: PrecisionRecall, k: int, form: str) -> None:
    write(f"N\t{meter.examples}\nP@{k}\t{meter.precision():{form}}\nR@{k}\t{meter.recall():{form}}")


def print_word_vectors(model: Predictor) -> None:
    for word in input_words():
        write(f"{word} {numbers(model.vector(word))}")
        flush()


def print_sentence_vectors(model: Predictor) -> None:
    from ..text.corpus.token import split_at_ends

    for line in input_lines():
        for part in split_at_ends(line) if model.supervised else [line]:  # as the original reads either
            write(numbers(model.sentence_vector(part)))
        flush()


def print_ngrams(model: Predictor, word: str) -> None:
    for ngram, row in model.ngrams(word):
        write(f"{ngram} {numbers(row)}")


def nn(model: Predictor, k: int) -> None:
    vectors = model.vectors
    print("Query word? ", end="", flush=True)
    for word in input_words():
        query = model.vector(word)
        near = vectors.most_similar(query, topn=k + 1)
        answer([each for each in near if each[0] != word][:k], "Query word? ")
    print()


def analogies(model: Predictor, k: int) -> None:
    prompt = "Query triplet (A - B + C)? "
    vectors, asked = model.vectors, []
    print(prompt, end="", flush=True)
    for word in input_words():
        asked.append(word)
        if len(asked) == 3:
            a, b, c = (model.vector(each) for each in asked)
            near = vectors.most_similar([a, c], [b], topn=k + 3)
            answer([each for each in near if each[0] not in asked][:k], prompt)
            asked = []
    print()


def answer(rows: list[tuple[str, float]], prompt: str) -> None:
    for word, cosine in rows:
        write(f"{word} {cosine:.6g}")
    print(prompt, end="", flush=True)


def dump(model: Predictor, what: str) -> None:
    """What the file holds."""
    if what == "args":
        args = model.args
        names = ("cbow", "sg", "sup"), ("hs", "ns", "softmax", "one-vs-all")
        for name in (*ARGS, "t") if args else ():
            value = getattr(args, name)
            value = (
                names[0][value - 1] if name == "model" else names[1][value - 1] if name == "loss" else value
            )
            write(f"{name} {value:.6g}" if name == "t" else f"{name} {value}")
    elif what == "dict":
        book = model.dictionary
        write(f"{len(book.words) + len(book.labels)}")
        for kind, entries, counts in (
            ("word", book.words, book.counts),
            ("label", book.labels, book.label_counts),
        ):
            for entry, count in zip(entries, counts.tolist(), strict=True):
                write(f"{entry.decode('utf-8', 'surrogateescape')} {count} {kind}")
    elif what in ("input", "output"):
        matrix: Any = model.v if what == "input" else model.vp
        if not isinstance(matrix, np.ndarray):
            raise ValueError(f"dump {what}: not supported for quantized models")
        write(f"{matrix.shape[0]} {matrix.shape[1]}")
        for first in range(0, len(matrix), ROWS):
            write("\n".join(numbers(row, 6).rstrip() for row in matrix[first : first + ROWS]))
    else:
        raise ValueError(f"expected dump MODEL args|dict|input|output, came {what!r}")


ARGS = "dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate".split()  # noqa: SIM905
LABELS: dict[str, Callable[..., None]] = {
    "predict": predict,
    "predict-prob": predict_prob,
    "test": test,
    "test-label": test_label,
}
VECTORS: dict[str, Callable[..., None]] = {
    "print-word-vectors": print_word_vectors,
    "print-sentence-vectors": print_sentence_vectors,
    "print-ngrams": print_ngrams,
    "nn": nn,
    "analogies": analogies,
    "dump": dump,
}
