"""Put a kernel together: an architecture, an output layer, and the loop over the text."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from ..codegen.unroll import unrolled
from ..hierarchical_softmax import huffman
from ..tables import stride

FOLDERS = {"negative": "negative_sampling", "tree": "hierarchical_softmax", "softmax": "full_softmax"}


@functools.cache
def text_loop(architecture: str, output: str, dim: int, window: int, negative: int) -> Callable[..., int]:
    """Compile the loop for these numbers: 2 s, or 0.1 s where a former run has left it on disk."""
    from ..codegen import settings
    from ..model_averaging import jit as combine
    from ..word2vec import jit

    functions, chosen = _architecture(architecture, output)
    near = 2 * (2 * window + 1) if architecture.startswith("cbow_subwords") else 0
    sizes = settings.layout(dim, _rows(output, negative), near)
    loop = unrolled(
        *_parts(output),
        *functions,
        jit.train_slice,
        combine.train_and_average,
        train_sentence=chosen,
        WINDOW=window,
        SUBWORDS=int("_subwords" in architecture),
        SHARED=int(architecture.endswith("_shared")),
        **sizes,
    )

    def run(
        tokens, start, stop, random, v, vp, tables, subwords, keep, done, thread, total, alpha, averaging=None
    ):
        longest = _longest(subwords[0]) if subwords else 1
        flat = v.reshape(-1), vp.reshape(-1)
        scratch = settings.scratch(sizes, len(vp) if output == "softmax" else 0)
        place = (keep, done, thread, total, alpha, longest, scratch)
        text = tokens, start, stop, np.uint64(random)
        return _call(loop, averaging, *text, *flat, tables, subwords, *place)

    return run


def _call(loop: dict[str, Any], averaging: Any, *arguments: Any) -> int:
    """The loop; with a state of averaging at the end, `train_and_average` with it."""
    if averaging is None:
        return loop["train_slice"](*arguments)
    return loop["train_and_average"](tuple(averaging), *arguments)


_longest_of: list[Any] = [lambda: None, 1]  # a reference to the table asked for last, and the answer


def _longest(starts: np.ndarray) -> int:
    """Rows of v that a word has, at most.  Each chunk of a text asks for the same table, which may be long."""
    known, longest = _longest_of
    if known() is not starts:
        longest = int(np.diff(starts).max())
        _longest_of[:] = weakref.ref(starts), longest
    return longest


def _architecture(name: str, output: str) -> tuple[list[Any], Any]:
    """What an architecture is made of, and the function itself."""
    from .. import lookahead_jit
    from ..shared_noise import jit as shared
    from ..subwords import cbow_jit
    from ..subwords import skipgram_jit as sub
    from ..word2vec import jit

    parts = [shared.fetch, shared.put_back, shared.step_at] if name == "cbow_subwords_shared" else []
    if name == "skipgram_shared":
        parts += [shared.fetch, shared.put_back, shared.step_two, shared.draw_window_ahead_shared]
    if name.startswith("cbow_subwords"):
        parts += [
            sub.prefetch_word,
            cbow_jit.slot,
            cbow_jit.come,
            cbow_jit.leave,
            cbow_jit.mean,
            cbow_jit.move,
        ]
        return parts, cbow_jit.cbow_subwords
    if name.startswith("skipgram_subwords"):
        parts += [sub.prefetch_word, sub.begin, sub.move, sub.leave]
    if output == "negative" and name in ("skipgram", "skipgram_subwords"):
        return [*parts, lookahead_jit.draw_window_ahead], lookahead_jit.skipgram
    if output == "negative" and name == "cbow":
        return [lookahead_jit.draw_window_ahead_cbow], lookahead_jit.cbow
    return parts, next(getattr(each, name) for each in (jit, shared, sub) if hasattr(each, name))


def _parts(output: str) -> list[Any]:
    """What every loop over a text is made of, the output layer last."""
    from ..codegen import settings
    from ..negative_sampling import jit as ns
    from ..word2vec import jit

    parts = [settings.sigmoid, jit.read_sentence, jit.draw_window, jit.add_rows]
    parts += [jit.add_window, jit.gather, jit.spread]
    if output == "negative":
        parts += [ns.draw, ns.prefetch_draws, ns.prefetch_next, ns.step]
    return [*parts, import_module(f"..{FOLDERS[output]}.jit", __package__).learn]


def _rows(output: str, negative: int) -> int:
    """Rows of v' that an output layer holds at a time."""
    return {"negative": negative + 1, "tree": huffman.BLOCK, "softmax": 1}[output]


@functools.cache
def document_loop(
    architecture: str, output: str, dim: int, window: int, negative: int, fixed: bool
) -> Callable[..., int]:
    """Compile the loop over documents for these numbers."""
    from ..codegen import settings
    from ..model_averaging import jit as combine
    from ..paragraph_vectors import jit as documents
    from ..word2vec import jit

    pieces = 2 * window + 1 if architecture == "pv_dm_concat" else 1
    sizes = settings.layout(pieces * dim, _rows(output, negative))
    loop = unrolled(
        *_parts(output),
        jit.skipgram,
        documents.pv_dbow,
        documents.train_slice,
        combine.train_and_average,
        train_document=getattr(documents, architecture),
        WINDOW=window,
        SUBWORDS=0,
        FIXED=int(fixed),
        BETWEEN=int(architecture == "pv_dm"),
        PIECE=stride(dim),
        DIM=dim,
        **sizes,
    )

    def run(
        tokens,
        start,
        stop,
        random,
        v,
        vp,
        tables,
        documents,
        keep,
        done,
        thread,
        total,
        alpha,
        averaging=None,
    ):
        starts, d = documents
        flat = v.reshape(-1), vp.reshape(-1), tables, (starts, d.reshape(-1))
        scratch = settings.scratch(sizes, len(vp) if output == "softmax" else 0)
        place = keep, done, thread, total, alpha, scratch
        return _call(loop, averaging, tokens, start, stop, np.uint64(random), *flat, *place)

    return run


@functools.cache
def glove_loop(dim: int) -> Callable[..., float]:
    """Compile the step of GloVe for this row length."""
    from ..glove import jit as glove

    loop = unrolled(glove.prefetch_cell, glove.train_cells, STRIDE=stride(dim + 2))["train_cells"]

    def run(word, context, log_x, weight, first, last, w, c, w_squares, c_squares, eta, clip):
        flat = (each.reshape(-1) for each in (w, c, w_squares, c_squares))
        return loop(word, context, log_x, weight, first, last, *flat, np.float32(eta), np.float32(clip))

    return run


@functools.cache
def line_loop(output: str, dim: int) -> Callable[..., int]:
    """Compile the loop over lines with labels for this output layer and length of a row."""
    from ..classifier import jit as lines
    from ..classifier import losses_jit
    from ..codegen import settings
    from ..full_softmax import jit as softmax
    from ..word2vec import jit

    functions = [jit.gather, jit.spread, losses_jit.logistic, losses_jit.clear_error, losses_jit.one_of]
    named = {"learn_softmax": softmax.learn, "learn": getattr(losses_jit, output)}
    sizes = settings.layout(dim, 1)
    loop = unrolled(*functions, **named, train_lines=lines.train_lines, FIRST=0, **sizes)["train_lines"]

    def run(tokens, places, first, last, random, v, vp, kinds, tables, *rest):
        flat = v.reshape(-1), vp.reshape(-1)
        return loop(tokens, places, first, last, np.uint64(random), *flat, tuple(kinds), tables, *rest)

    return run
