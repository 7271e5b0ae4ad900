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

from ...core.errors import FileError
from ...core.reading import bad_file
from ...nn.checkpoint import CheckpointError, reading_checkpoint
from ...nn.checkpoint import load as read
from ...nn.checkpoint import save as write
from ..corpus.utf8 import to_bytes, to_text
from ..corpus.vocabulary import Vocabulary

MOST_EPOCHS, MOST_OPTION, MOST_STATES = 1_000_000, 2.0**64, 1 << 16


class Trained(Protocol):
    """What a model needs to have to be saved."""

    vocabulary: Vocabulary
    options: Any  # a dataclass, whose fields the model is built with
    state: Any  # epoch, history, text, random; and the matrices

    def shapes(self) -> dict[str, tuple[int, int]]:
        """Its float32 matrices by name; -1 is any number of rows."""
        ...

    def annotations(self) -> dict[str, np.ndarray]:
        """Other arrays that are kept."""
        ...

    def annotate(self, arrays: dict[str, np.ndarray]) -> None:
        """Take them back; ValueError if they do not fit."""
        ...


Model = TypeVar("Model", bound=Trained)


def save(model: Trained, path: str | os.PathLike) -> None:
    """Write a trained model, beside ``path`` and then renamed; the name ends in ".safetensors"."""
    words = to_bytes("\n".join(model.vocabulary.words))
    state = model.state
    arrays = {name: getattr(state, name) for name in model.shapes()}
    arrays |= model.annotations()
    arrays |= {"counts": model.vocabulary.counts, "words": np.frombuffer(words, np.uint8)}
    arrays["random"] = np.array(state.random, np.uint64)
    header = {"class": type(model).__name__, "options": asdict(model.options)}
    write(path, arrays, header | {"epoch": state.epoch, "history": state.history, "text": state.text})


def load(kind: type[Model], path: str | os.PathLike, max_bytes: int | None = None) -> Model:
    """Read a model that `save` wrote.

    Raises
    ------
    CheckpointError
        Not such a file, one of another class, one whose parts do not fit together, or one that would take
        more than ``max_bytes`` of memory, by default four times the file and 200 MB.
    """
    arrays, header = read(path, max_bytes)
    if header.get("class") != kind.__name__:
        came = repr(header.get("class", "something else"))[:60]
        raise CheckpointError(f"{path}: expected a {kind.__name__}, came {came}", path, kind.__name__)
    with reading_checkpoint(path):
        try:
            expect_header(header)
            model = kind(**header["options"])
            model.vocabulary = _vocabulary(arrays)
            state = model.state
            state.epoch, state.history, state.text = header["epoch"], header["history"], header["text"]
            state.random = _random(arrays["random"])
            shapes = model.shapes()
            given = {name: arrays[name] for name in shapes}
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: no {kind.__name__} can be made of it ({error})") from error
        for name, shape in shapes.items():
            _expect_matrix(path, name, shape, given[name], len(model.vocabulary))
            setattr(state, name, given[name].copy())
        model.annotate(arrays)
    return model


def expect_header(header: dict[str, Any]) -> None:
    """ValueError, which names the entry, unless options, epoch, history and text are what `save` writes."""
    epoch, history, text = header["epoch"], header["history"], header["text"]
    for name, value in header["options"].items():
        most = MOST_EPOCHS if name == "epochs" else MOST_OPTION
        if isinstance(value, (int, float)) and not abs(value) <= most:
            raise ValueError(f"expected {name} of at most {most:g}, came {value!r:.60}")
    if type(epoch) is not int or not 0 <= epoch <= MOST_EPOCHS:
        raise ValueError(f"expected epoch from 0 to {MOST_EPOCHS:,}, came {epoch!r:.60}")
    if not isinstance(text, str):
        raise ValueError(f"expected text, a fingerprint, came {text!r:.60}")
    if not isinstance(history, list):
        raise ValueError(f"expected history, a list of named numbers, came {history!r:.60}")
    for entry in history:
        numbers = entry.values() if isinstance(entry, dict) else [None]
        if not all(type(each) in (int, float) for each in numbers):
            raise ValueError(f"expected history, a list of named numbers, came {entry!r:.60} in it")


def _vocabulary(arrays: dict[str, np.ndarray]) -> Vocabulary:
    counts, spelt = arrays["counts"], arrays["words"]
    if counts.ndim != 1 or counts.dtype != np.int64 or spelt.ndim != 1 or spelt.dtype != np.uint8:
        came = f"{spelt.dtype} {spelt.shape} and {counts.dtype} {counts.shape}"
        raise ValueError(f"expected uint8 words and int64 counts, came {came}")
    return Vocabulary(to_text(spelt.tobytes()).split("\n"), counts).checked()


def _random(states: np.ndarray) -> list[int]:
    if states.dtype != np.uint64 or states.ndim != 1 or len(states) > MOST_STATES:
        raise ValueError(
            f"expected uint64 random, at most {MOST_STATES:,}, came {states.dtype} {states.shape}"
        )
    return states.tolist()


def _expect_matrix(
    path: str | os.PathLike, name: str, shape: tuple[int, int], matrix: np.ndarray, words: int
) -> None:
    came = matrix.shape
    fits = len(came) == 2 and all(wanted in (-1, n) for n, wanted in zip(came, shape, strict=True))
    if not fits or not len(matrix) or matrix.dtype != np.float32:
        expected = f"float32 {name} {shape} for {words} words of these options"
        raise FileError(f"{path}: expected {expected}\n    came: {matrix.dtype} {came}", path, expected)
    if not np.isfinite([matrix.min(), matrix.max()]).all():  # NaN passes through both
        raise bad_file(path, f"finite numbers in {name}", "infinite ones, or NaN")
