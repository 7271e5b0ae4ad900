"""Put a kernel together: an architecture, an output layer, and the loop over the text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module

import numpy as np

from . import huffman
from .tables import stride
from .unroll import unrolled


def reference_kernel(architecture: str, output: str, window: int) -> Callable[..., int]:
    """The readable loop."""
    from . import reference, shared_reference

    return functools.partial(
        reference.train_slice,
        window=window,
        train_sentence=getattr(reference, architecture, None) or getattr(shared_reference, architecture),
        learn=import_module(f".{output}_reference", __package__).learn,
    )


@functools.cache
def compiled_kernel(
    architecture: str, output: str, dim: int, window: int, negative: int, subwords: bool
) -> Callable[..., int]:
    """Compile the loop for these numbers: 2 s, or 0.1 s where a former run has left it on disk."""
    from . import compiled, jit, shared
    from . import negative as ns
    from . import subwords as sub

    functions = [compiled.sigmoid, jit.read_sentence, jit.draw_window, jit.add_rows, jit.gather, jit.spread]
    if output == "negative":
        functions += [ns.draw, ns.fetch, ns.step, ns.store]
    if architecture.endswith("_shared"):
        functions += [shared.step_at]
    if "subwords" in architecture:
        functions += [sub.move, sub.leave]
    layer = import_module(f".{output}", __package__).learn
    chosen = next(getattr(each, architecture) for each in (jit, shared, sub) if hasattr(each, architecture))
    rows = {"negative": negative + 1, "tree": huffman.BLOCK, "softmax": 1}[output]
    loop = unrolled(
        *functions,
        layer,
        jit.train_slice,
        train_sentence=chosen,
        WINDOW=window,
        SUBWORDS=int(subwords),
        **compiled.layout(dim, rows),
    )["train_slice"]

    def run(tokens, start, stop, random, v, vp, tables, subwords, keep, done, thread, total, alpha):
        longest = int(np.diff(subwords[0]).max()) if subwords else 1
        flat = v.reshape(-1), vp.reshape(-1)
        place = (keep, done, thread, total, alpha, longest)
        return loop(tokens, start, stop, np.uint64(random), *flat, tables, subwords, *place)

    return run


@functools.cache
def compiled_glove(dim: int) -> Callable[..., float]:
    """Compile the step of GloVe for this row length."""
    from . import glove

    loop = unrolled(glove.ask, glove.train_cells, STRIDE=stride(dim + 2))["train_cells"]

    def run(word, context, log_x, weight, first, last, w, c, w_squares, c_squares, eta, clip):
        flat = (each.reshape(-1) for each in (w, c, w_squares, c_squares))
        return loop(word, context, log_x, weight, first, last, *flat, np.float32(eta), np.float32(clip))

    return run
