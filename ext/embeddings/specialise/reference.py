"""The readable loops, put together: what ``jit.py`` compiles, made of the functions of the references."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..classifier import losses_reference
from ..classifier import reference as classifier
from ..full_softmax import reference as full_softmax
from ..glove import reference as glove
from ..hierarchical_softmax import reference as hierarchical_softmax
from ..model_averaging.reference import AveragingState, train_and_average
from ..negative_sampling import reference as negative_sampling
from ..paragraph_vectors import reference as paragraph_vectors
from ..shared_noise import reference as shared_noise
from ..subwords import cbow_reference
from ..word2vec import reference as word2vec

LEARN = {
    "negative": negative_sampling.learn,
    "tree": hierarchical_softmax.learn,
    "softmax": full_softmax.learn,
}
ARCHITECTURES = {
    "skipgram": word2vec.skipgram,
    "cbow": word2vec.cbow,
    "skipgram_subwords": word2vec.skipgram_subwords,
    "cbow_subwords": cbow_reference.cbow_subwords,
    "skipgram_shared": shared_noise.skipgram_shared,
    "cbow_shared": shared_noise.cbow_shared,
    "skipgram_subwords_shared": shared_noise.skipgram_subwords_shared,
    "cbow_subwords_shared": cbow_reference.cbow_subwords_shared,
}


def text_loop(architecture: str, output: str, dim: int, window: int, negative: int) -> Callable[..., int]:
    """`word2vec.train_slice` with an architecture and an output layer; ``tables`` say how much noise."""
    del dim, negative
    loop = functools.partial(
        word2vec.train_slice,
        window=window,
        train_sentence=ARCHITECTURES[architecture],
        learn=LEARN[output],
    )
    return _or_averaging(loop)


def document_loop(
    architecture: str, output: str, dim: int, window: int, negative: int, fixed: bool
) -> Callable[..., int]:
    """`paragraph_vectors.train_slice`; it sees no padding."""
    del negative
    length = dim * (2 * window + 1 if architecture == "pv_dm_concat" else 1)
    loop = functools.partial(
        paragraph_vectors.train_slice,
        window=window,
        train_sentence=getattr(paragraph_vectors, architecture),
        learn=LEARN[output],
        fixed=fixed,
    )

    def run(tokens, start, stop, random, v, vp, tables, documents, *place):
        starts, rows, d = documents
        vectors = v[:, :dim], vp[:, :length], tables, (starts, rows, d[:, :dim])
        return loop(tokens, start, stop, random, *vectors, *place)

    return _or_averaging(run)


def document_inference(
    architecture: str, output: str, dim: int, window: int, negative: int
) -> Callable[..., None]:
    """`paragraph_vectors.infer_documents` of this loop."""
    loop = document_loop(architecture, output, dim, window, negative, True)
    return functools.partial(paragraph_vectors.infer_documents, train_slice=loop)


def _or_averaging(loop: Callable[..., int]) -> Callable[..., int]:
    """The loop; with a state of averaging at the end, `train_and_average` with it."""

    def run(*arguments: Any, averaging: AveragingState | None = None) -> int:
        return loop(*arguments) if averaging is None else train_and_average(loop, averaging, *arguments)

    return run


def glove_loop(dim: int) -> Callable[..., float]:
    """`glove.train_cells`, for any dimension."""
    del dim
    return glove.train_cells


def line_loop(output: str, dim: int) -> Callable[..., int]:
    """`classifier.train_lines` with an output layer."""
    del dim
    return functools.partial(classifier.train_lines, learn=getattr(losses_reference, output))
