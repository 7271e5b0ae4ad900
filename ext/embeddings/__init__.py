"""The loops that train word vectors: ``*reference.py`` to be read, their twins without that word to be run.

architecture                          reference.py, shared_reference.py       jit.py, ahead.py, shared.py, subwords.py
              CBOW with subwords      sliding_reference.py                    sliding.py
output layer: negative sampling       negative_reference.py                   negative.py
              hierarchical softmax    tree_reference.py, huffman.py           tree.py
              full softmax            softmax_reference.py                    softmax.py
              labels                  labels_reference.py                     labels.py
lines with labels                     lines_reference.py                      lines.py
                                      one_line_reference.py                   one_line.py
text to numbers of words              words_reference.py                      words.py
paragraph vectors                     documents_reference.py                  documents.py
copies of vectors become one          combine_reference.py                  combine.py
the mean loss                         measure_reference.py                  measure.py
GloVe                                 cooccur_reference.py,                   cooccur.py,
                                      glove_reference.py                      glove.py
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import dispatch
from .tables import stride

OUTPUTS = ("negative", "tree", "softmax")
LABEL_OUTPUTS = ("negative", "tree", "softmax", "every")


def kernel(
    dim: int,
    window: int,
    negative: int = 5,
    *,
    output: str = "negative",
    cbow: bool = False,
    shared: bool = False,
    subwords: bool = False,
) -> Callable[..., int]:
    """Return the loop `reference.train_slice` for this model, as `cutaway.kernels` has chosen.

    The C rung of the ladder is Numba here: it is as fast.  Importing this package imports no Numba; calling
    this does.  The loop takes the arguments of ``reference.train_slice``, but not those behind the star.

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
        raise ValueError(f"kernel: expected output in {OUTPUTS}, shared only with 'negative', got {output!r}")
    architecture = ("cbow" if cbow else "skipgram") + ("_subwords" if subwords else "")
    architecture += "_shared" if shared else ""
    if dispatch.in_charge() == "reference":
        from .specialise import reference_kernel

        return reference_kernel(architecture, output, window)
    from .specialise import compiled_kernel

    return compiled_kernel(architecture, output, dim, window, negative, subwords)


def document_loop(
    dim: int,
    window: int,
    negative: int = 5,
    output: str = "negative",
    architecture: str = "pv_dm",
    fixed: bool = False,
) -> Callable[..., int]:
    """Return the loop `documents_reference.train_slice`, as `cutaway.kernels` has chosen.

    Parameters
    ----------
    output : {"negative", "tree", "softmax"}
    architecture : {"pv_dm", "pv_dm_concat", "pv_dbow", "pv_dbow_words"}
    fixed : bool
        Only the documents' vectors move.
    """
    if dispatch.in_charge() == "reference":
        from .specialise import reference_document_loop

        return reference_document_loop(architecture, output, dim, window, fixed)
    from .specialise import compiled_document_loop

    return compiled_document_loop(architecture, output, dim, window, negative, fixed)


def combiner() -> Any:
    """Return the module `combine_reference` or `combine`, for its ``combine`` and ``put_together``.

    The compiled ones take plain tuples, here and below: Numba's cache would keep the name of a class of ours,
    and fail to be read where a later version has another.
    """
    if dispatch.in_charge() == "reference":
        from .model_averaging import reference as module
    else:
        from .model_averaging import jit as module
    return module


def glove_loop(dim: int) -> Callable[..., float]:
    """Return `glove_reference.train_cells` or its compiled twin, for vectors of ``dim`` numbers."""
    if dispatch.in_charge() == "reference":
        from .glove.reference import train_cells

        return train_cells
    from .specialise import compiled_glove

    return compiled_glove(dim)


def line_loop(output: str, dim: int) -> Callable[..., int]:
    """Return `lines_reference.train_lines` or its compiled twin, for an output layer of LABEL_OUTPUTS."""
    if output not in LABEL_OUTPUTS:
        raise ValueError(f"line_loop: expected output in {LABEL_OUTPUTS}, got {output!r}")
    if dispatch.in_charge() == "reference":
        from .classifier import losses_reference
        from .classifier.reference import train_lines

        return functools.partial(train_lines, learn=getattr(losses_reference, output))
    from .specialise import compiled_lines

    return compiled_lines(output, stride(dim))


def line_reader() -> Any:
    """Return the module `lines_reference` or `lines`, for its ``average_lines`` and ``count_rows``."""
    if dispatch.in_charge() == "reference":
        from .classifier import reference as module
    else:
        from .classifier import jit as module
    return module


def line_predictor(*arguments: Any) -> Callable[..., tuple[int, int]]:
    """Return `one_line_reference.predict_line` or its compiled twin, for arguments of the same
    types as these.
    """
    if dispatch.in_charge() == "reference":
        from .classifier.predict_line_reference import predict_line

        return predict_line
    from .classifier.predict_line_jit import compiled_for

    return compiled_for(*arguments)


def word_reader() -> Callable[..., tuple[int, int, int]]:
    """Return `words_reference.read_words` or its compiled twin."""
    if dispatch.in_charge() == "reference":
        from .word_table.reference import read_words
    else:
        from .word_table.jit import read_words
    return read_words


def measurer() -> Any:
    """Return the module `measure_reference` or `measure`, for its ``mean_rows`` and ``dot_rows``."""
    if dispatch.in_charge() == "reference":
        from .row_products import reference as module
    else:
        from .row_products import jit as module
    return module


def nearest_centroids(x: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The number of the nearest of up to 256 ``points`` (K, D) for each row of ``x`` (N, D), uint8 (N,)."""
    if dispatch.in_charge() == "reference":
        from .nearest_centroid.reference import nearest
    else:
        from .nearest_centroid.jit import nearest
    codes = np.empty(len(x), np.uint8)
    nearest(np.ascontiguousarray(x), np.ascontiguousarray(points), codes)
    return codes
