"""Models on disk: one safetensors file, from which training goes on as if it had never stopped.

arrays   v, vp, counts, random (the generators' states), words (UTF-8, one a line)
header   class, options, epoch, history, text (the corpus' fingerprint)
"""

from __future__ import annotations

import inspect
import os
from typing import Any, TypeVar

import numpy as np

from ..ext.embeddings.tables import stride
from ..nn.checkpoint import CheckpointError
from ..nn.checkpoint import load as read
from ..nn.checkpoint import save as write
from .embedding import Embedding
from .vocabulary import Vocabulary

Model = TypeVar("Model", bound=Embedding)


def options(model: Embedding) -> dict[str, Any]:
    """The arguments that would build this model."""
    return {name: getattr(model, name) for name in inspect.signature(type(model)).parameters}


def save(model: Embedding, path: str | os.PathLike) -> None:
    """Write a trained model, beside ``path`` and then renamed; the name ends in ".safetensors"."""
    words = "\n".join(model.vocabulary.words).encode()
    arrays = {
        "v": model.v,
        "vp": model.vp,
        "counts": model.vocabulary.counts,
        "random": np.array(model.random, np.uint64),
        "words": np.frombuffer(words, np.uint8),
    }
    header = {"class": type(model).__name__, "options": options(model), "epoch": model.epoch}
    write(path, arrays, {**header, "history": model.history, "text": model.text})


def load(kind: type[Model], path: str | os.PathLike) -> Model:
    """Read a model that `save` wrote.

    Raises
    ------
    CheckpointError
        Not such a file, one of another class, or one whose parts do not fit together.
    """
    arrays, header = read(path)
    if header.get("class") != kind.__name__:
        raise CheckpointError(
            f"{path}: expected a {kind.__name__}, came {header.get('class', 'something else')!r}"
        )
    try:
        model = kind(**header["options"])
        words = arrays["words"].tobytes().decode().split("\n")
        model.vocabulary = Vocabulary(words, arrays["counts"])
        model.v, model.vp = arrays["v"].copy(), arrays["vp"].copy()
        model.random = [int(state) for state in arrays["random"]]
        model.epoch, model.history, model.text = int(header["epoch"]), header["history"], header["text"]
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: no {kind.__name__} can be made of it ({error})") from error
    shapes = (model.rows, stride(model.dim)), (len(words), stride(model.dim))
    if (model.v.shape, model.vp.shape) != shapes or not model.v.dtype == model.vp.dtype == np.float32:
        raise CheckpointError(
            f"{path}: expected float32 v {shapes[0]} and v' {shapes[1]} for {len(words)} words of {model.dim} "
            f"dimensions\n    came: {model.v.dtype} {model.v.shape} and {model.vp.dtype} {model.vp.shape}"
        )
    return model
