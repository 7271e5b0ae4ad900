"""The embedding inspector: one HTML file with the vectors inside, to be opened without a network.

A unit vector's numbers are stored as whole numbers from -127 to 127, each row with its own scale;
20,000 words of 100 numbers make a page of about 3 MB, and its neighbours differ from the exact ones in
near ties only.
"""

from __future__ import annotations

import base64
import json
import os
from importlib.resources import files

import numpy as np

from ...core.files import replacing
from ...nn.pca import pca
from ...nn.tsne import tsne
from .word_vectors import WordVectors

LARGEST = 127


def write_inspector(
    vectors: WordVectors,
    path: str | os.PathLike,
    words: int = 20_000,
    mapped: int = 2000,
    title: str = "Word vectors",
) -> None:
    """Write the page.

    Parameters
    ----------
    vectors : WordVectors
    path : of the page; written beside and renamed.
    words : the first so many, the commonest, are on it.
    mapped : so many of them are on the t-SNE map too, which takes a while; 0 leaves it out.
    title : the page's heading.

    Raises
    ------
    ValueError
        if there are fewer than 3 words or numbers in a vector.
    """
    unit = vectors.unit[:words]
    if min(unit.shape) < 3:
        raise ValueError(f"inspector: expected at least 3 words of 3 numbers, came {unit.shape}")
    mapped = min(mapped, len(unit)) if len(unit) >= 100 else 0
    quantised, scale = quantise(unit)
    plane, explained = pca(unit)
    maps = {"PCA": _points(plane)}
    if mapped:
        maps["t-SNE"] = _points(tsne(unit[:mapped], perplexity=min(30.0, mapped / 4)))
    data = {
        "title": title,
        "words": vectors.words[: len(unit)],
        "dim": unit.shape[1],
        "vectors": _text(quantised),
        "scale": _text(scale),
        "maps": maps,
        "explained": [round(float(share), 4) for share in explained],
    }
    page = files(__package__ or "cutaway.text").joinpath("inspector.html").read_text(encoding="utf-8")
    inlined = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")  # a word may be "</script>"
    inlined = inlined.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    with replacing(path, "w") as file:
        file.write(page.replace("/*DATA*/", inlined))


def quantise(unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return int8 (Q, D) and float32 (Q,) whose product is nearest to the rows of unit (Q, D).

    >>> quantise(np.array([[0.6, -0.8]]))[0]
    array([[  95, -127]], dtype=int8)
    """
    scale = np.maximum(np.abs(unit).max(1), 1e-30) / LARGEST
    return np.rint(unit / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def _points(plane: np.ndarray) -> str:
    """Return coordinates as whole numbers of 16 bits, the largest 32,767."""
    largest = np.abs(plane).max() or 1.0
    return _text(np.rint(plane / largest * 32767).astype(np.int16))


def _text(array: np.ndarray) -> str:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return base64.b64encode(np.ascontiguousarray(little).tobytes()).decode()
