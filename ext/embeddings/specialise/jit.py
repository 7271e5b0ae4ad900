"""The compiled loops, put together for one model: what ``reference.py`` does with the references.

Here is said which function a loop is given; ``codegen/link.py`` makes one compiled file of them.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..classifier import jit as classifier
from ..classifier import losses_jit
from ..codegen.link import linked
from ..codegen.sizes import Sizes, layout, scratch
from ..full_softmax import jit as full_softmax
from ..glove import jit as glove
from ..hierarchical_softmax import huffman
from ..hierarchical_softmax import jit as hierarchical_softmax
from ..model_averaging.jit import make_train_and_average
from ..negative_sampling import jit as negative_sampling
from ..paragraph_vectors import jit as paragraph_vectors
from ..shared_noise import jit as shared_noise
from ..subwords import cbow_jit, skipgram_jit
from ..tables import stride
from ..word2vec import jit as word2vec
from ..word2vec import lookahead_jit

LEARN = {
    "negative": negative_sampling.learn,
    "tree": hierarchical_softmax.learn,
    "softmax": full_softmax.learn,
}
WITH_NOISE = {  # with negative sampling; most look ahead, the others share noise
    "skipgram": lookahead_jit.skipgram,
    "cbow": lookahead_jit.cbow,
    "skipgram_subwords": skipgram_jit.skipgram_subwords_ahead,
    "cbow_subwords": cbow_jit.make_cbow_subwords(negative_sampling.learn),
    "skipgram_shared": shared_noise.skipgram_shared,
    "cbow_shared": shared_noise.cbow_shared,
    "skipgram_subwords_shared": skipgram_jit.skipgram_subwords_shared,
    "cbow_subwords_shared": cbow_jit.cbow_subwords_shared,
}


def train_sentence(architecture: str, output: str) -> Any:
    """An architecture with its output layer."""
    if output == "negative":
        return WITH_NOISE[architecture]
    learn = LEARN[output]
    return {
        "skipgram": lambda: word2vec.make_skipgram(word2vec.make_update(learn)),
        "cbow": lambda: word2vec.make_cbow(word2vec.make_update(learn)),
        "skipgram_subwords": lambda: skipgram_jit.make_skipgram_subwords(learn),
        "cbow_subwords": lambda: cbow_jit.make_cbow_subwords(learn),
    }[architecture]()


def train_document(architecture: str, output: str) -> Any:
    """An architecture of paragraph vectors with its output layer."""
    learn = LEARN[output]
    if architecture == "pv_dbow_words":
        skipgram = word2vec.make_skipgram(word2vec.make_update(learn))
        return paragraph_vectors.make_pv_dbow_words(paragraph_vectors.make_pv_dbow(learn), skipgram)
    return getattr(paragraph_vectors, f"make_{architecture}")(learn)


def _rows(output: str, negative: int) -> int:
    """Rows of v' that an output layer holds at a time."""
    return {"negative": negative + 1, "tree": huffman.BLOCK, "softmax": 1}[output]


@functools.cache
def text_loop(architecture: str, output: str, dim: int, window: int, negative: int) -> Callable[..., int]:
    """`word2vec.jit.make_train_slice`: compiled, or read where a former run has left it on disk."""
    slots = 2 * (2 * window + 1) if architecture.startswith("cbow_subwords") else 0
    sizes = layout(dim, _rows(output, negative), window, slots)
    train = _or_averaging(word2vec.make_train_slice(train_sentence(architecture, output)), sizes)

    def run(tokens, start, stop, random, v, vp, tables, subwords, *place, averaging=None):
        longest = _longest(subwords[0]) if subwords else 1
        flat = v.reshape(-1), vp.reshape(-1)
        more = longest, scratch(sizes, len(vp) if output == "softmax" else 0)
        return train(
            averaging, tokens, start, stop, np.uint64(random), *flat, tables, subwords, *place, *more
        )

    return run


@functools.cache
def document_loop(
    architecture: str, output: str, dim: int, window: int, negative: int, fixed: bool
) -> Callable[..., int]:
    """`paragraph_vectors.jit.make_train_slice`, compiled."""
    sizes = _document_sizes(architecture, output, dim, window, negative, fixed)
    train = _or_averaging(paragraph_vectors.make_train_slice(train_document(architecture, output)), sizes)

    def run(tokens, start, stop, random, v, vp, tables, documents, *place, averaging=None):
        starts, rows, d = documents
        flat = v.reshape(-1), vp.reshape(-1), tables, (starts, rows, d.reshape(-1))
        more = scratch(sizes, len(vp) if output == "softmax" else 0)
        return train(averaging, tokens, start, stop, np.uint64(random), *flat, *place, more)

    return run


@functools.cache
def document_inference(
    architecture: str, output: str, dim: int, window: int, negative: int
) -> Callable[..., None]:
    """`paragraph_vectors.jit.make_infer_documents`, compiled."""
    sizes = _document_sizes(architecture, output, dim, window, negative, fixed=True)
    train_slice = paragraph_vectors.make_train_slice(train_document(architecture, output))
    (infer,) = linked(paragraph_vectors.make_infer_documents(train_slice), sizes=sizes)

    def run(tokens, first, last, random, v, vp, tables, documents, *rest):
        starts, rows, d = documents
        flat = v.reshape(-1), vp.reshape(-1), tables, (starts, rows, d.reshape(-1))
        more = scratch(sizes, len(vp) if output == "softmax" else 0)
        infer(tokens, first, last, np.uint64(random), *flat, *rest, more)

    return run


def _document_sizes(
    architecture: str, output: str, dim: int, window: int, negative: int, fixed: bool
) -> Sizes:
    """Concatenated, h is longer than a row of v."""
    length = dim * (2 * window + 1 if architecture == "pv_dm_concat" else 1)
    return layout(length, _rows(output, negative), window)._replace(
        dim=dim, piece=stride(dim), fixed=fixed, between=int(architecture == "pv_dm")
    )


def _or_averaging(train_slice: Any, sizes: Sizes) -> Callable[..., int]:
    """The loop, or if there is a state of averaging, the loop with averages in between."""
    loop, averaging_loop = linked(train_slice, make_train_and_average(train_slice), sizes=sizes)

    def run(averaging: Any, *arguments: Any) -> int:
        # a plain tuple: Numba's cache would keep the class's name, and could not be read where that is gone
        return loop(*arguments) if averaging is None else averaging_loop(tuple(averaging), *arguments)

    return run


_longest_of: list[Any] = [lambda: None, 1]  # a reference to the table asked for last, and the answer


def _longest(starts: np.ndarray) -> int:
    """Rows of v that a word has, at most.  Each chunk of a text has the same table, which may be long."""
    known, longest = _longest_of
    if known() is not starts:
        longest = int(np.diff(starts).max())
        _longest_of[:] = weakref.ref(starts), longest
    return longest


@functools.cache
def glove_loop(dim: int) -> Callable[..., float]:
    """`glove.jit.train_cells`, compiled for this dimension."""
    (loop,) = linked(glove.train_cells, sizes=Sizes(stride=stride(dim + 2)))

    def run(word, context, log_x, weight, first, last, w, c, w_squares, c_squares, eta, clip):
        flat = (each.reshape(-1) for each in (w, c, w_squares, c_squares))
        return loop(word, context, log_x, weight, first, last, *flat, np.float32(eta), np.float32(clip))

    return run


@functools.cache
def line_loop(output: str, dim: int) -> Callable[..., int]:
    """`classifier.jit.make_train_lines` with an output layer of ``classifier/losses_jit.py``, compiled."""
    update = classifier.make_update(getattr(losses_jit, output))
    sizes = layout(dim, rows=1)._replace(first_word=0)
    (loop,) = linked(classifier.make_train_lines(update), sizes=sizes)

    def run(tokens, places, first, last, random, v, vp, kinds, tables, *rest):
        flat = v.reshape(-1), vp.reshape(-1)
        return loop(tokens, places, first, last, np.uint64(random), *flat, tuple(kinds), tables, *rest)

    return run
