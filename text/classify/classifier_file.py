"""A classifier as fastText's ``.bin``, or quantised ``.ftz``; the format: ``text/files/fasttext_bin.py``."""

from __future__ import annotations

import os
from typing import Any, TypeVar

import numpy as np

from ...core.reading import reading
from ..embeddings.buckets import Spread
from ..files import fasttext_bin
from .dictionary import Dictionary, Grams
from .predictor import Predictor

Model = TypeVar("Model", bound=Predictor)


def save(model: Predictor, path: str | os.PathLike) -> None:
    """Write a trained model."""
    book = model.dictionary
    args = model.args or _args(model)
    v = model.v if book.place is None else Spread(np.asarray(model.v), len(book.words), book.place)
    words = (book.words, book.counts, v, model.vp, book.labels, book.label_counts)
    fasttext_bin.write(path, fasttext_bin.Model(args, *words, book.tokens, book.pruned))


def _args(model: Any) -> fasttext_bin.Args:
    grams = model.dictionary.grams
    return fasttext_bin.Args(
        dim=model.dim,
        ws=5,  # of the other models
        epoch=model.epochs,
        minCount=model.min_count,
        neg=model.negative,
        wordNgrams=grams.word_ngrams,
        loss=fasttext_bin.LOSSES[model.loss],
        model=fasttext_bin.MODELS["supervised"],
        bucket=grams.buckets,
        minn=grams.min_n,
        maxn=grams.max_n,
        lrUpdateRate=model.refresh,
    )


def load(kind: type[Model], path: str | os.PathLike, prefix: str, max_bytes: int | None = None) -> Model:
    """Read a supervised model; FileError names the byte at which it makes no sense."""
    read = fasttext_bin.read_any(path, "supervised", max_bytes=max_bytes)
    with reading(path, "a supervised model"):
        return filled(kind(**options_of(read, prefix)), read, prefix)


def filled(model: Model, read: fasttext_bin.Model, prefix: str) -> Model:
    """The model, with the dictionary and the matrices of a file."""
    grams = Grams(read.args.wordNgrams, read.args.minn, read.args.maxn, read.args.bucket)
    words = (read.words, read.counts, read.labels, read.label_counts, read.tokens or 0)
    model.set_matrices(Dictionary(*words, grams, prefix.encode(), read.pruned), read.input, read.output)
    return model


def loss_of(read: fasttext_bin.Model) -> str:
    """The name of the loss of a file."""
    return {number: name for name, number in fasttext_bin.LOSSES.items()}[read.args.loss]


def options_of(read: fasttext_bin.Model, prefix: str) -> dict[str, Any]:
    """The options of `FastTextClassifier` in a file of a supervised model."""
    args = read.args
    return {
        "dim": args.dim,
        "epochs": max(args.epoch, 1),
        "min_count": max(args.minCount, 1),
        "word_ngrams": max(args.wordNgrams, 1),
        "min_n": max(args.minn, 0),
        "max_n": max(args.maxn, 0),
        "buckets": max(args.bucket, 1),
        "loss": loss_of(read),
        "negative": max(args.neg, 1),
        "prefix": prefix,
        "refresh": max(args.lrUpdateRate, 1),
    }
