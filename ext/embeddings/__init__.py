"""The loops that train word vectors: ``reference.py`` to be read first, ``jit.py`` beside it to be run.

    word2vec              the loop over a text; skip-gram, CBOW  and lookahead_jit.py
    subwords              both for words that have several rows  skipgram_jit, cbow_reference, cbow_jit
    shared_noise          both with noise that examples share
    negative_sampling     output layer: a word against noise
    hierarchical_softmax  output layer: a Huffman tree           and huffman.py
    full_softmax          output layer: all words
    paragraph_vectors     the loop over documents
    model_averaging       threads' copies of vectors become one
    glove                 the step for one cell
    cooccurrence          counting the cells
    classifier            the loop over lines with labels
                          how h predicts a label                 losses_reference, losses_jit
                          the best labels of one line            predict_line_reference, predict_line_jit
    word_table            bytes of text to numbers of words
    row_products          means and dot products of rows
    nearest_centroid      for product quantisation
    specialise            a loop put together for one model
    codegen               sizes filled in, loops written out     settings, sizes, unroll, link, simd, prefetch
    tables.py             noise, first values, the rate

A `Kernel` finds its implementation when it is called: importing this package imports no Numba.  The C rung of
the ladder is Numba here: it is as fast.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import geometry
from ..dispatch import Kernel

OUTPUTS = ("negative", "tree", "softmax")
MOST_CENTROIDS = 256  # whose numbers fit into a byte
LABEL_OUTPUTS = ("negative", "tree", "softmax", "one_vs_all")

_text_loop = Kernel("text_loop", f"{__name__}.specialise")
_document_loop = Kernel("document_loop", f"{__name__}.specialise")
_document_inference = Kernel("document_inference", f"{__name__}.specialise")
_line_loop = Kernel("line_loop", f"{__name__}.specialise")
_nearest_centroid = Kernel("nearest_centroid", f"{__name__}.nearest_centroid")

glove_loop = Kernel("glove_loop", f"{__name__}.specialise")  # (dim) -> glove.train_cells
average = Kernel("average", f"{__name__}.model_averaging")
average_rows = Kernel("average_rows", f"{__name__}.model_averaging")
average_copies = Kernel("average_copies", f"{__name__}.model_averaging")
moved_rows = Kernel("moved_rows", f"{__name__}.model_averaging")
meet_rows = Kernel("meet_rows", f"{__name__}.model_averaging")
average_lines = Kernel("average_lines", f"{__name__}.classifier")
count_rows = Kernel("count_rows", f"{__name__}.classifier")
line_predictor = Kernel("line_predictor", f"{__name__}.classifier", "predict_line")
read_words = Kernel("read_words", f"{__name__}.word_table")
mean_rows = Kernel("mean_rows", f"{__name__}.row_products")
dot_rows = Kernel("dot_rows", f"{__name__}.row_products")


def text_loop(
    dim: int,
    window: int,
    negative: int = 5,
    *,
    output: str = "negative",
    cbow: bool = False,
    shared: bool = False,
    subwords: bool = False,
) -> Callable[..., int]:
    """Return ``train_slice`` of ``word2vec/reference.py`` for this model, as `cutaway.kernels` has chosen.

    It takes the arguments of that, but not those behind the star, and ``averaging``: the thread's
    `model_averaging.reference.AveragingState`, if it has one.

    Parameters
    ----------
    output : {"negative", "tree", "softmax"}
        Negative sampling, hierarchical softmax, full softmax.
    cbow : bool
        All context words together predict the centre; else skip-gram.
    shared : bool
        Examples in a row share their noise (negative sampling only).
    subwords : bool
        Words have several rows of v.
    """
    if output not in OUTPUTS or (shared and output != "negative"):
        raise ValueError(
            f"text_loop: expected output in {OUTPUTS}, shared only with 'negative', got {output!r}"
        )
    architecture = ("cbow" if cbow else "skipgram") + ("_subwords" if subwords else "")
    return _text_loop(architecture + ("_shared" if shared else ""), output, dim, window, negative)


def document_loop(
    dim: int,
    window: int,
    negative: int = 5,
    output: str = "negative",
    architecture: str = "pv_dm",
    fixed: bool = False,
) -> Callable[..., int]:
    """Return ``train_slice`` of ``paragraph_vectors/reference.py`` for this model, as `text_loop` does.

    Parameters
    ----------
    output : {"negative", "tree", "softmax"}
    architecture : {"pv_dm", "pv_dm_concat", "pv_dbow", "pv_dbow_words"}
    fixed : bool
        Only the documents' vectors move.
    """
    return _document_loop(architecture, output, dim, window, negative, fixed)


def document_inference(
    dim: int, window: int, negative: int = 5, output: str = "negative", architecture: str = "pv_dm"
) -> Callable[..., None]:
    """Return ``infer_documents`` of ``paragraph_vectors/reference.py`` for this model, as `document_loop`."""
    return _document_inference(architecture, output, dim, window, negative)


def line_loop(output: str, dim: int) -> Callable[..., int]:
    """Return ``train_lines`` of ``classifier/reference.py`` for an output layer of LABEL_OUTPUTS."""
    if output not in LABEL_OUTPUTS:
        raise ValueError(f"line_loop: expected output in {LABEL_OUTPUTS}, got {output!r}")
    return _line_loop(output, dim)


def nearest_centroids(x: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The nearest of up to 256 ``centroids`` (K, D) to each row of ``x`` (N, D): its number, uint8 (N,)."""
    x, centroids = geometry.floats("nearest_centroids", x=x, centroids=centroids)
    N, D = geometry.axes("nearest_centroids", "x", x, "N,D")
    K, _ = geometry.axes("nearest_centroids", "centroids", centroids, "K,D")
    geometry.shaped("nearest_centroids", (K, D), "as many numbers in a row as x has", centroids=centroids)
    if not 1 <= K <= MOST_CENTROIDS or not D:
        expected = f"1 to {MOST_CENTROIDS} centroids of at least one number"
        raise ValueError(f"nearest_centroids: expected {expected}, got shape {centroids.shape}")
    codes = np.empty(N, np.uint8)
    _nearest_centroid(x, centroids, codes)
    return codes
