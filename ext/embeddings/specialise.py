"""Put a kernel together: an architecture, an output layer, and the loop over the text."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from .codegen.unroll import unrolled
from .hierarchical_softmax import huffman
from .tables import stride

FOLDERS = {"negative": "negative_sampling", "tree": "hierarchical_softmax", "softmax": "full_softmax"}


def reference_kernel(architecture: str, output: str, window: int) -> Callable[..., int]:
    """The readable loop."""
    from .shared_noise import reference as shared_reference
    from .subwords import cbow_reference
    from .word2vec import reference

    rooms = (reference, shared_reference, cbow_reference)
    loop = functools.partial(
        reference.train_slice,
        window=window,
        train_sentence=next(getattr(each, architecture) for each in rooms if hasattr(each, architecture)),
        learn=import_module(f".{FOLDERS[output]}.reference", __package__).learn,
    )
    return _or_apart(loop)


def _or_apart(loop: Callable[..., int]) -> Callable[..., int]:
    """The loop; with a ``meeting`` at the end, `train_apart` with it."""
    from .model_averaging.reference import Meeting, train_apart

    def run(*arguments: Any, meeting: Meeting | None = None) -> int:
        return loop(*arguments) if meeting is None else train_apart(loop, meeting, *arguments)

    return run


def reference_document_loop(
    architecture: str, output: str, dim: int, window: int, fixed: bool
) -> Callable[..., int]:
    """The readable loop over documents; it sees no padding."""
    from .paragraph_vectors import reference as documents_reference

    long = dim * (2 * window + 1 if architecture == "pv_dm_concat" else 1)
    loop = functools.partial(
        documents_reference.train_slice,
        window=window,
        train_sentence=getattr(documents_reference, architecture),
        learn=import_module(f".{FOLDERS[output]}.reference", __package__).learn,
        fixed=fixed,
    )

    def run(tokens, start, stop, random, v, vp, tables, documents, *place):
        starts, d = documents
        numbers = v[:, :dim], vp[:, :long], tables, (starts, d[:, :dim])
        return loop(tokens, start, stop, random, *numbers, *place)

    return _or_apart(run)


@functools.cache
def compiled_kernel(
    architecture: str, output: str, dim: int, window: int, negative: int, subwords: bool
) -> Callable[..., int]:
    """Compile the loop for these numbers: 2 s, or 0.1 s where a former run has left it on disk."""
    from .codegen import settings
    from .model_averaging import jit as combine
    from .word2vec import jit

    functions, chosen = _architecture(architecture, output)
    near = 2 * (2 * window + 1) if architecture.startswith("cbow_subwords") else 0
    sizes = settings.layout(dim, _rows(output, negative), near)
    loop = unrolled(
        *_parts(output),
        *functions,
        jit.train_slice,
        combine.train_apart,
        train_sentence=chosen,
        WINDOW=window,
        SUBWORDS=int(subwords),
        SHARED=int(architecture.endswith("_shared")),
        **sizes,
    )

    def run(
        tokens, start, stop, random, v, vp, tables, subwords, keep, done, thread, total, alpha, meeting=None
    ):
        longest = _longest(subwords[0]) if subwords else 1
        flat = v.reshape(-1), vp.reshape(-1)
        scratch = settings.scratch(sizes, len(vp) if output == "softmax" else 0)
        place = (keep, done, thread, total, alpha, longest, scratch)
        text = tokens, start, stop, np.uint64(random)
        return _call(loop, meeting, *text, *flat, tables, subwords, *place)

    return run


def _call(loop: dict[str, Any], meeting: Any, *arguments: Any) -> int:
    """Compiled, what `_or_apart` does."""
    if meeting is None:
        return loop["train_slice"](*arguments)
    return loop["train_apart"](tuple(meeting), *arguments)


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
    from . import lookahead_jit
    from .shared_noise import jit as shared
    from .subwords import cbow_jit
    from .subwords import skipgram_jit as sub
    from .word2vec import jit

    parts = [shared.fetch, shared.put_back, shared.step_at] if name == "cbow_subwords_shared" else []
    if name == "skipgram_shared":
        parts += [shared.fetch, shared.put_back, shared.step_two, shared.look_shared]
    if name.startswith("cbow_subwords"):
        parts += [sub.expect, cbow_jit.slot, cbow_jit.come, cbow_jit.leave, cbow_jit.mean, cbow_jit.move]
        return parts, cbow_jit.cbow_subwords
    if name.startswith("skipgram_subwords"):
        parts += [sub.expect, sub.begin, sub.move, sub.leave]
    if output == "negative" and name in ("skipgram", "skipgram_subwords"):
        return [*parts, lookahead_jit.look], lookahead_jit.skipgram
    if output == "negative" and name == "cbow":
        return [lookahead_jit.look_cbow], lookahead_jit.cbow
    return parts, next(getattr(each, name) for each in (jit, shared, sub) if hasattr(each, name))


def _parts(output: str) -> list[Any]:
    """What every loop over a text is made of, the output layer last."""
    from .codegen import settings
    from .negative_sampling import jit as ns
    from .word2vec import jit

    parts = [settings.sigmoid, jit.read_sentence, jit.draw_window, jit.add_rows]
    parts += [jit.add_window, jit.gather, jit.spread]
    if output == "negative":
        parts += [ns.draw, ns.expect_draws, ns.expect_next, ns.step]
    return [*parts, import_module(f".{FOLDERS[output]}.jit", __package__).learn]


def _rows(output: str, negative: int) -> int:
    """Rows of v' that an output layer holds at a time."""
    return {"negative": negative + 1, "tree": huffman.BLOCK, "softmax": 1}[output]


@functools.cache
def compiled_document_loop(
    architecture: str, output: str, dim: int, window: int, negative: int, fixed: bool
) -> Callable[..., int]:
    """Compile the loop over documents for these numbers."""
    from .codegen import settings
    from .model_averaging import jit as combine
    from .paragraph_vectors import jit as documents
    from .word2vec import jit

    pieces = 2 * window + 1 if architecture == "pv_dm_concat" else 1
    sizes = settings.layout(pieces * dim, _rows(output, negative))
    loop = unrolled(
        *_parts(output),
        jit.skipgram,
        documents.pv_dbow,
        documents.train_slice,
        combine.train_apart,
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
        tokens, start, stop, random, v, vp, tables, documents, keep, done, thread, total, alpha, meeting=None
    ):
        starts, d = documents
        flat = v.reshape(-1), vp.reshape(-1), tables, (starts, d.reshape(-1))
        scratch = settings.scratch(sizes, len(vp) if output == "softmax" else 0)
        place = keep, done, thread, total, alpha, scratch
        return _call(loop, meeting, tokens, start, stop, np.uint64(random), *flat, *place)

    return run


@functools.cache
def compiled_glove(dim: int) -> Callable[..., float]:
    """Compile the step of GloVe for this row length."""
    from .glove import jit as glove

    loop = unrolled(glove.ask, glove.train_cells, STRIDE=stride(dim + 2))["train_cells"]

    def run(word, context, log_x, weight, first, last, w, c, w_squares, c_squares, eta, clip):
        flat = (each.reshape(-1) for each in (w, c, w_squares, c_squares))
        return loop(word, context, log_x, weight, first, last, *flat, np.float32(eta), np.float32(clip))

    return run


@functools.cache
def compiled_lines(output: str, length: int) -> Callable[..., int]:
    """Compile the loop over lines with labels for this output layer and length of a row."""
    from .classifier import jit as lines
    from .classifier import losses_jit
    from .codegen import settings
    from .full_softmax import jit as softmax
    from .word2vec import jit

    functions = [jit.gather, jit.spread, losses_jit.logistic, losses_jit.clear_error, losses_jit.one_of]
    named = {"learn_softmax": softmax.learn, "learn": getattr(losses_jit, output)}
    sizes = settings.layout(length, 1)
    loop = unrolled(*functions, **named, train_lines=lines.train_lines, FIRST=0, **sizes)["train_lines"]

    def run(tokens, places, first, last, random, v, vp, kinds, tables, *rest):
        flat = v.reshape(-1), vp.reshape(-1)
        return loop(tokens, places, first, last, np.uint64(random), *flat, tuple(kinds), tables, *rest)

    return run
