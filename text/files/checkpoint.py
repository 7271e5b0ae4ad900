"""Models on disk: one safetensors file, from which training goes on as if it had never stopped.

arrays   the model's matrices (v and vp; GloVe: w, c and their squares), counts, words (UTF-8, one a line),
         random (the generators' states, where there are any)
header   class, options, epoch, history, text (the corpus' fingerprint)
"""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any, Protocol, TypeVar

import numpy as np

from ...nn.checkpoint import CheckpointError
from ...nn.checkpoint import load as read
from ...nn.checkpoint import save as write
from ..corpus.utf8 import to_bytes, to_text
from ..corpus.vocabulary import Vocabulary


class Trained(Protocol):
    """What a model needs to have to be saved."""

    vocabulary: Vocabulary
    options: Any  # a dataclass, whose fields the model is built with
    state: Any  # epoch, history, text, random; and the matrices

    def shapes(self) -> dict[str, tuple[int, int]]:
        """Its float32 matrices by name; -1 is any number of rows."""
        ...


Model = TypeVar("Model", bound=Trained)


def save(model: Trained, path: str | os.PathLike) -> None:
    """Write a trained model, beside ``path`` and then renamed; the name ends in ".safetensors"."""
    words = to_bytes("\n".join(model.vocabulary.words))
    state = model.state
    arrays = {name: getattr(state, name) for name in model.shapes()}
    arrays |= {"counts": model.vocabulary.counts, "words": np.frombuffer(words, np.uint8)}
    arrays["random"] = np.array(state.random, np.uint64)
    header = {"class": type(model).__name__, "options": asdict(model.options)}
    write(path, arrays, header | {"epoch": state.epoch, "history": state.history, "text": state.text})


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
        state = model.state
        words = to_text(arrays["words"].tobytes()).split("\n")
        model.vocabulary = Vocabulary(words, arrays["counts"])
        state.epoch, state.history, state.text = int(header["epoch"]), header["history"], header["text"]
        shapes = model.shapes()
        for name in shapes:
            setattr(state, name, arrays[name].copy())
        state.random = arrays["random"].tolist()
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: no {kind.__name__} can be made of it ({error})") from error
    for name, shape in shapes.items():
        came = arrays[name].shape
        as_wide = len(came) == 2 and all(wanted in (-1, n) for n, wanted in zip(came, shape, strict=True))
        if not as_wide or arrays[name].dtype != np.float32:
            raise CheckpointError(
                f"{path}: expected float32 {name} {shape} for {len(words)} words of these options\n"
                f"    came: {arrays[name].dtype} {came}"
            )
    return model
