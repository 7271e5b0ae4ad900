"""A trained network over words as arrays and what JSON can hold, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .dynamic_cnn import DynamicCNN
from .network_classifier import NetworkClassifier
from .sentence_cnn import SentenceCNN
from .words import WordTable

KINDS: dict[str, Any] = {"SentenceCNN": SentenceCNN, "DynamicCNN": DynamicCNN}
NOT_KEPT = ("vectors", "dim", "progress")  # the arrays have the first two


def to_arrays(model: NetworkClassifier) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return the network's arrays, and its settings, words and classes' count."""
    settings = {name: value for name, value in model.get_params().items() if name not in NOT_KEPT}
    more = {"longest": model.longest_, "several": model.multi_label_, "classes": len(model.classes_)}
    kind = {"kind": type(model).__name__}
    return dict(model.net_.state_dict()), {**kind, **settings, **more, "index": list(model.table_.index)}


def from_arrays(arrays: Mapping[str, np.ndarray], header: Mapping[str, Any]) -> NetworkClassifier:
    """Return what `to_arrays` came from; words that it does not have get the random vectors of its seed.

    Raises
    ------
    ValueError, KeyError : arrays and settings do not fit each other.
    """
    vectors = arrays["embeddings.0.weight"]
    if vectors.ndim != 2 or len(vectors) != len(header["index"]) + 1:
        raise ValueError(f"expected vectors of {len(header['index'])} words, came {vectors.shape}")
    kind = KINDS[header.get("kind", "SentenceCNN")]
    settings = {name: header[name] for name in kind().get_params() if name not in NOT_KEPT}
    mode = settings.pop("mode", None)
    model = kind(dim=vectors.shape[1], **settings)  # checks the values
    if isinstance(model, SentenceCNN):
        model.mode = mode
    model.table_ = WordTable(None, vectors.shape[1], header["seed"])
    model.table_.index = {str(word): number for number, word in enumerate(header["index"], 1)}
    model.table_.vectors = vectors
    model.longest_, model.multi_label_ = int(header["longest"]), bool(header["several"])
    model.classes_ = np.arange(int(header["classes"]))
    model.net_ = model.new_net(vectors, len(model.classes_))
    model.net_.load_state_dict(dict(arrays))
    return model
