"""Put a kernel together: an architecture, an output layer, and the loop over the text."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from . import huffman
from .tables import stride
from .unroll import unrolled


def reference_kernel(architecture: str, output: str, window: int) -> Callable[..., int]:
    """The readable loop."""
    from . import reference, shared_reference, sliding_reference

    rooms = (reference, shared_reference, sliding_reference)
    loop = functools.partial(
        reference.train_slice,
        window=window,
        train_sentence=next(getattr(each, architecture) for each in rooms if hasattr(each, architecture)),
        learn=import_module(f".{output}_reference", __package__).learn,
    )
    return _or_apart(loop)


def _or_apart(loop: Callable[..., int]) -> Callable[..., int]:
    """The loop; with a ``meeting`` at the end, `train_apart` with it."""
    from .combine_reference import Meeting, train_apart

    def run(*arguments: Any, meeting: Meeting | None = None) -> int:
        return loop(*arguments) if meeting is None else train_apart(loop, meeting, *arguments)

    return run


def reference_document_loop(
    architecture: str, output: str, dim: int, window: int, fixed: bool
) -> Callable[..., int]:
    """The readable loop over documents; it sees no padding."""
    from . import documents_reference

    long = dim * (2 * window + 1 if architecture == "pv_dm_concat" else 1)
    loop = functools.partial(
        documents_reference.train_slice,
        window=window,
        train_sentence=getattr(documents_reference, architecture),
        learn=import_module(f".{output}_reference", __package__).learn,
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
    from . import combine, compiled, jit

    functions, chosen = _architecture(architecture, output)
    near = 2 * (2 * window + 1) if architecture.startswith("cbow_subwords") else 0
    sizes = compiled.layout(dim, _rows(output, negative), near)
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
        scratch = compiled.scratch(sizes, len(vp) if output == "softmax" else 0)
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
    from . import ahead, jit, shared, sliding
    from . import subwords as sub

    parts = [shared.fetch, shared.put_back, shared.step_at] if name == "cbow_subwords_shared" else []
    if name == "skipgram_shared":
        parts += [shared.fetch, shared.put_back, shared.step_two, shared.look_shared]
    if name.startswith("cbow_subwords"):
        parts += [sub.expect, sliding.slot, sliding.come, sliding.leave, sliding.mean, sliding.move]
        return parts, sliding.cbow_subwords
    if name.startswith("skipgram_subwords"):
        parts += [sub.expect, sub.begin, sub.move, sub.leave]
    if output == "negative" and name in ("skipgram", "skipgram_subwords"):
        return [*parts, ahead.look], ahead.skipgram
    if output == "negative" and name == "cbow":
        return [ahead.look_cbow], ahead.cbow
    return parts, next(getattr(each, name) for each in (jit, shared, sub) if hasattr(each, name))


def _parts(output: str) -> list[Any]:
    """What every loop over a text is made of, the output layer last."""
    from . import compiled, jit
    from . import negative as ns

    parts = [compiled.sigmoid, jit.read_sentence, jit.draw_window, jit.add_rows]
    parts += [jit.add_window, jit.gather, jit.spread]
    if output == "negative":
        parts += [ns.draw, ns.expect_draws, ns.expect_next, ns.step]
    return [*parts, import_module(f".{output}", __package__).learn]


def _rows(output: str, negative: int) -> int:
    """Rows of v' that an output layer holds at a time."""
    return {"negative": negative + 1, "tree": huffman.BLOCK, "softmax": 1}[output]


@functools.cache
def compiled_document_loop(
    architecture: str, output: str, dim: int, window: int, negative: int, fixed: bool
) -> Callable[..., int]:
    """Compile the loop over documents for these numbers."""
    from . import combine, compiled, documents, jit

    pieces = 2 * window + 1 if architecture == "pv_dm_concat" else 1
    sizes = compiled.layout(pieces * dim, _rows(output, negative))
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
        scratch = compiled.scratch(sizes, len(vp) if output == "softmax" else 0)
        place = keep, done, thread, total, alpha, scratch
        return _call(loop, meeting, tokens, start, stop, np.uint64(random), *flat, *place)

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


@functools.cache
def compiled_lines(output: str, length: int) -> Callable[..., int]:
    """Compile the loop over lines with labels for this output layer and length of a row."""
    from . import compiled, jit, labels, lines, softmax

    functions = [jit.gather, jit.spread, labels.logistic, labels.clear_error, labels.one_of]
    named = {"learn_softmax": softmax.learn, "learn": getattr(labels, output)}
    sizes = compiled.layout(length, 1)
    loop = unrolled(*functions, **named, train_lines=lines.train_lines, FIRST=0, **sizes)["train_lines"]

    def run(tokens, places, first, last, random, v, vp, kinds, tables, *rest):
        flat = v.reshape(-1), vp.reshape(-1)
        return loop(tokens, places, first, last, np.uint64(random), *flat, tuple(kinds), tables, *rest)

    return run
