"""The loops that train word vectors: ``reference.py`` to be read first, ``jit.py`` beside it to be run.

    folder                 what is in it                               reference       compiled
    word2vec               loop over a text; skip-gram, CBOW           reference.py    jit.py, lookahead_jit.py
    subwords               skip-gram whose words have several rows     (word2vec)      skipgram_jit.py
                           CBOW whose words have several rows          cbow_reference  cbow_jit.py
    shared_noise           both, with noise that examples share        reference.py    jit.py
    negative_sampling      output layer: a word against noise          reference.py    jit.py
    hierarchical_softmax   output layer: a tree (huffman.py)           reference.py    jit.py
    full_softmax           output layer: all words                     reference.py    jit.py
    paragraph_vectors      loop over documents                         reference.py    jit.py
    model_averaging        threads' copies of vectors become one       reference.py    jit.py
    glove                  the step for one cell                       reference.py    jit.py
    cooccurrence           counting the cells                          reference.py    jit.py
    classifier             loop over lines with labels                 reference.py    jit.py
                           how h predicts a label                      losses_...      losses_jit.py
                           the best labels of one line                 predict_line_...
    word_table             bytes of text to numbers of words           reference.py    jit.py
    row_products           means and dot products, for the mean loss   reference.py    jit.py
    nearest_centroid       for product quantisation                    reference.py    jit.py
    specialise             a loop put together for one model           reference.py    jit.py
    codegen                how a compiled loop is written out; vector registers; prefetching
    tables.py              noise, keep probabilities, first values, the rate

Each `Kernel` below finds its implementation when it is called: importing this package imports no Numba.  The C rung
of the ladder is Numba here: it is as fast.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..dispatch import Kernel

OUTPUTS = ("negative", "tree", "softmax")
LABEL_OUTPUTS = ("negative", "tree", "softmax", "one_vs_all")

_text_loop = Kernel("text_loop", f"{__name__}.specialise")
_document_loop = Kernel("document_loop", f"{__name__}.specialise")
_line_loop = Kernel("line_loop", f"{__name__}.specialise")
_nearest_centroid = Kernel("nearest_centroid", f"{__name__}.nearest_centroid")

glove_loop = Kernel("glove_loop", f"{__name__}.specialise")  # (dim) -> glove.train_cells
average = Kernel("average", f"{__name__}.model_averaging")
average_rows = Kernel("average_rows", f"{__name__}.model_averaging")
average_copies = Kernel("average_copies", f"{__name__}.model_averaging")
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


def line_loop(output: str, dim: int) -> Callable[..., int]:
    """Return ``train_lines`` of ``classifier/reference.py`` for an output layer of LABEL_OUTPUTS."""
    if output not in LABEL_OUTPUTS:
        raise ValueError(f"line_loop: expected output in {LABEL_OUTPUTS}, got {output!r}")
    return _line_loop(output, dim)


def nearest_centroids(x: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """The number of the nearest of up to 256 ``centroids`` (K, D) for each row of ``x`` (N, D), uint8 (N,)."""
    codes = np.empty(len(x), np.uint8)
    _nearest_centroid(np.ascontiguousarray(x), np.ascontiguousarray(centroids), codes)
    return codes
