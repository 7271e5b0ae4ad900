"""A classifier as fastText's ``.bin``, or quantised ``.ftz``; ``facebook.py`` has the format."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from . import facebook
from .dictionary import Dictionary, Grams, Spread

if TYPE_CHECKING:
    from .classifier import FastTextClassifier


def save(model: FastTextClassifier, path: str | os.PathLike) -> None:
    """Write a trained model."""
    book = model.dictionary
    args = facebook.Args(
        dim=model.dim,
        ws=5,  # of the other models
        epoch=model.epochs,
        minCount=model.min_count,
        neg=model.negative,
        wordNgrams=book.grams.word_ngrams,
        loss=facebook.LOSSES[model.loss],
        model=facebook.MODELS["supervised"],
        bucket=book.grams.buckets,
        minn=book.grams.min_n,
        maxn=book.grams.max_n,
        lrUpdateRate=model.refresh,
    )
    v = model.v if book.place is None else Spread(np.asarray(model.v), len(book.words), book.place)
    words = (book.words, book.counts, v, model.vp, book.labels, book.label_counts)
    facebook.write(path, facebook.Model(args, *words, book.tokens, book.pruned))


def load(kind: type[FastTextClassifier], path: str | os.PathLike, prefix: str) -> FastTextClassifier:
    """Read a supervised model; ValueError names the byte at which it makes no sense."""
    read = facebook.read_any(path, "supervised")
    args = read.args
    grams = Grams(args.wordNgrams, args.minn, args.maxn, args.bucket)
    losses = {number: name for name, number in facebook.LOSSES.items()}
    model = kind(
        dim=args.dim,
        epochs=max(args.epoch, 1),
        min_count=max(args.minCount, 1),
        word_ngrams=max(args.wordNgrams, 1),
        min_n=max(args.minn, 0),
        max_n=max(args.maxn, 0),
        buckets=max(args.bucket, 1),
        loss=losses[args.loss],
        negative=max(args.neg, 1),
        prefix=prefix,
        refresh=max(args.lrUpdateRate, 1),
    )
    words = (read.words, read.counts, read.labels, read.label_counts, read.tokens or 0)
    model.set_matrices(Dictionary(*words, grams, prefix.encode(), read.pruned), read.input, read.output)
    return model
