"""A short cut for programs that ask for the labels of one line at a time.

What is done for many lines (`Labeller.predictions`) makes some thirty arrays, which for one line take twenty times
as long as the line itself.  Here one compiled function goes from its bytes to its labels.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..ext.embeddings import line_predictor
from .label_scores import FLOOR, SIGMOID

if TYPE_CHECKING:
    from .labeller import Labeller

FEW = 8  # labels that are looked for one after the other
Labels = list[tuple[str, float]]


def predict_line(model: Labeller, line: str, k: int, threshold: float) -> Labels | None:
    """`Labeller.predict` of one line; None if it takes more: a new word, a tree, a quantised matrix, many labels."""
    v, vp = model.v, model.vp
    plain = type(v) is type(vp) is np.ndarray and model.supervised and model.loss != "hs"
    if not plain or not 0 < k <= FEW:
        return None
    text = line.encode("utf-8", "surrogateescape").replace(b"\n", b" ") + b"\n"
    seen, kinds = model.reader.seen, model.reader.kinds
    words = seen.slots, seen.hashes, seen.ends, seen.letters
    sigmoid = SIGMOID if model.loss != "softmax" else SIGMOID[:0]
    chosen, log_p = np.empty(min(k, len(vp)), np.int64), np.empty(min(k, len(vp)), np.float32)
    what = v, vp, sigmoid, np.float32(math.log(threshold + FLOOR)), chosen, log_p
    found, seen.count = line_predictor()(np.frombuffer(text, np.uint8), words, seen.count, kinds, *what)
    if found < 0:
        return None
    names, log_p = model.labels, log_p[:found].tolist()
    return [(names[n], math.exp(p)) for n, p in zip(chosen[:found].tolist(), log_p, strict=True)]
