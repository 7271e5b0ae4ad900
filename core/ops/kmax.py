"""k-max pooling: the k largest numbers of each row, in the order that they stand in, and its adjoint.

T numbers of a row, K of them kept

    y = k_max([5 1 7 2], 2) = [5 7]         max over time is k = 1

Rows may have lengths and k of their own: what is behind a row's length is not looked at, and a row with
fewer than K numbers ends in zeros.  ``index`` names the place of each number, T where there is none.
"""

from __future__ import annotations

import numpy as np

from ..op import case, op
from ..tensor import raw


@op("y = the k largest of the first `length` numbers of each row, in their order, then zeros",
    source="Kalchbrenner et al. 2014, section 3.2")  # fmt: skip
class k_max:
    """x (..., T), k and length whole numbers or (...) -> (..., K), K the largest k; of equals the first."""

    aux = ("index",)

    def forward(x, *, k, length=None):
        k, size = np.asarray(raw(k)), np.shape(x)[-1]
        if k.dtype.kind not in "iu" or (k < 0).any():
            raise ValueError(f"expected whole numbers k from 0 on, got {k!r:.60}")
        length = np.asarray(size if length is None else raw(length))
        place = np.arange(size)
        downwards = np.where(place < length[..., None], -x, np.inf)
        order = np.argsort(downwards, axis=-1, kind="stable")[..., : k.max(initial=0)]
        missing = [(0, 0)] * (order.ndim - 1) + [(0, int(k.max(initial=0)) - order.shape[-1])]
        order = np.pad(order, missing, constant_values=size)
        kept = np.arange(order.shape[-1]) < np.minimum(k, length)[..., None]
        index = np.sort(np.where(kept, order, size), axis=-1)
        return k_max_gather(x, index), index

    def vjp_x(g, index, x_shape):
        return k_max_adjoint(g, index, size=x_shape[-1])

    def samples(rng):
        yield case(rng.normal(size=(2, 3, 6)), k=2)
        yield case(rng.normal(size=(2, 3, 5)), k=np.array([[2], [4]]), length=np.array([[5], [3]]))


@op("y = x at the places of each row that index names, 0 for T: the adjoint of k_max_adjoint")
class k_max_gather:
    def forward(x, index):
        ended = np.concatenate([x, np.zeros((*np.shape(x)[:-1], 1), np.asarray(x).dtype)], axis=-1)
        return np.take_along_axis(ended, np.asarray(raw(index)), axis=-1)

    def vjp_x(g, index, x_shape):
        return k_max_adjoint(g, index, size=x_shape[-1])

    def samples(rng):
        yield case(rng.normal(size=(2, 4)), np.array([[0, 2, 4], [1, 4, 4]]))


@op("y = x put at the places that index names, each once; what is for T is dropped: the gradient of k_max")
class k_max_adjoint:
    def forward(x, index, *, size):
        y = np.zeros((*np.shape(x)[:-1], size + 1), np.asarray(x).dtype)
        np.put_along_axis(y, np.asarray(raw(index)), x, axis=-1)
        return y[..., :size]

    def vjp_x(g, index):
        return k_max_gather(g, index)

    def samples(rng):
        yield case(rng.normal(size=(2, 3)), np.array([[0, 2, 4], [1, 4, 4]]), size=4)
