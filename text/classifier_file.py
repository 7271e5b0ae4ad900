"""A classifier as fastText's ``.bin``, or quantised ``.ftz``; ``facebook.py`` has the format."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from . import facebook
from .buckets import Spread
from .dictionary import Dictionary, Grams
from .labeller import Labeller

if TYPE_CHECKING:
    from .classifier import FastTextClassifier


def save(model: Labeller, path: str | os.PathLike) -> None:
    """Write a trained model."""
    book = model.dictionary
    args = model.args or _args(model)
    v = model.v if book.place is None else Spread(np.asarray(model.v), len(book.words), book.place)
    words = (book.words, book.counts, v, model.vp, book.labels, book.label_counts)
    facebook.write(path, facebook.Model(args, *words, book.tokens, book.pruned))


def _args(model: Any) -> facebook.Args:
    grams = model.dictionary.grams
    return facebook.Args(
        dim=model.dim,
        ws=5,  # of the other models
        epoch=model.epochs,
        minCount=model.min_count,
        neg=model.negative,
        wordNgrams=grams.word_ngrams,
        loss=facebook.LOSSES[model.loss],
        model=facebook.MODELS["supervised"],
        bucket=grams.buckets,
        minn=grams.min_n,
        maxn=grams.max_n,
        lrUpdateRate=model.refresh,
    )


def load_any(path: str | os.PathLike, prefix: str = "__label__") -> Labeller:
    """Read a model of any kind, quantised or not, to be asked: a supervised one is a `FastTextClassifier`."""
    read = facebook.read_any(path)
    model: Any
    if read.args.model == facebook.MODELS["supervised"]:
        from .classifier import FastTextClassifier

        model = _classifier(FastTextClassifier, read, prefix)
    else:
        model = Labeller()
        model.dim, model.loss = read.args.dim, _loss(read)
    model.args = read.args
    _fill(model, read, prefix)
    return model


def _loss(read: facebook.Model) -> str:
    return {number: name for name, number in facebook.LOSSES.items()}[read.args.loss]


def _fill(model: Labeller, read: facebook.Model, prefix: str) -> None:
    grams = Grams(read.args.wordNgrams, read.args.minn, read.args.maxn, read.args.bucket)
    words = (read.words, read.counts, read.labels, read.label_counts, read.tokens or 0)
    model.set_matrices(Dictionary(*words, grams, prefix.encode(), read.pruned), read.input, read.output)


def load(kind: type[FastTextClassifier], path: str | os.PathLike, prefix: str) -> FastTextClassifier:
    """Read a supervised model; ValueError names the byte at which it makes no sense."""
    read = facebook.read_any(path, "supervised")
    model = _classifier(kind, read, prefix)
    _fill(model, read, prefix)
    return model


def _classifier(kind: type[FastTextClassifier], read: facebook.Model, prefix: str) -> FastTextClassifier:
    args = read.args
    return kind(
        dim=args.dim,
        epochs=max(args.epoch, 1),
        min_count=max(args.minCount, 1),
        word_ngrams=max(args.wordNgrams, 1),
        min_n=max(args.minn, 0),
        max_n=max(args.maxn, 0),
        buckets=max(args.bucket, 1),
        loss=_loss(read),
        negative=max(args.neg, 1),
        prefix=prefix,
        refresh=max(args.lrUpdateRate, 1),
    )
