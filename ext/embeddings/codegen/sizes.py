"""The sizes of a compiled loop: numbers of the model that its code has as constants."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..tables import stride, zeros


class Sizes(NamedTuple):
    """What `sizes` says to the compiled functions; lengths and places count float32 numbers.

    Of the scratch memory that an example works on, `layout` makes

        | copies of v' (rows) | h | grad_h | start | slots | rest |
    """

    stride: int = 0  # of the rows: the dimension, rounded up to whole vector registers
    rows: int = 0  # of v' at a time: the word's and its noise's, or a block of nodes of a tree
    window: int = 0  # words to each side, at most
    h: int = 0  # place of h
    grad_h: int = 0  # of dJ/dh times the rate
    start: int = 0  # of h as it was before its window learnt (``subwords/skipgram_jit.py``)
    slots: int = 0  # of the words within reach (``subwords/cbow_jit.py``)
    rest: int = 0  # of a number for each word or label (``full_softmax/jit.py``)
    dim: int = (
        0  # the dimension itself, where vectors stand one after the other in h (``paragraph_vectors/jit.py``)
    )
    piece: int = 0  # the stride of these vectors; ``stride`` is that of h
    fixed: bool = False  # v and v' do not move, only the documents
    between: int = 1  # random numbers that are drawn between the noise of two examples
    first_word: int = 1  # row 0 is ``</s>``, no word; labels begin at 0


# In a compiled function `sizes` stands for those of the loop into which it is put: ``link.py`` fills them in.
sizes = Sizes()  # all zero, never used


def layout(dim: int, rows: int, window: int = 0, slots: int = 0) -> Sizes:
    """The sizes of a model: ``dim`` numbers of h, ``rows`` of v' at a time, room for ``slots`` more rows.

    >>> layout(100, rows=6, window=5)[:5]
    (112, 6, 5, 672, 784)
    """
    row = stride(dim)
    h, grad_h, start, first_slot = (row * (rows + n) for n in range(4))
    return Sizes(row, rows, window, h, grad_h, start, first_slot, rest=first_slot + slots * row)


def scratch(sizes: Sizes, words: int = 0) -> np.ndarray:
    """Scratch memory, with ``words`` numbers behind the place ``rest``."""
    return zeros(1, sizes.rest + words)[0]
