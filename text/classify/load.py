"""Reading fastText's files without knowing what kind of model they hold."""

from __future__ import annotations

import os

from ...core.reading import reading
from ..files import fasttext_bin
from .classifier import FastTextClassifier
from .classifier_file import filled, loss_of, options_of
from .predictor import Predictor


def load_any(path: str | os.PathLike, prefix: str = "__label__", max_bytes: int | None = None) -> Predictor:
    """Read a model of any kind, quantised or not, to be asked: a supervised one is a `FastTextClassifier`.

    FileError names the byte at which the file makes no sense, or says that it would take more than
    ``max_bytes`` of memory, by default four times the file and 200 MB.
    """
    read = fasttext_bin.read_any(path, max_bytes=max_bytes)
    model: Predictor
    with reading(path, "a model of fastText"):
        if read.args.model == fasttext_bin.MODELS["supervised"]:
            model = FastTextClassifier(**options_of(read, prefix))
        else:
            model = Predictor()
            model.dim, model.loss = read.args.dim, loss_of(read)
        model.args = read.args
        return filled(model, read, prefix)
