"""Transposed convolutions that interpolate, as FCN's do when they begin: each channel by itself.

R S kernel, u (R,), v (S,).  If the weights treat every channel alike and apart, and are a product of two lines,

    w[k,c,r,s]  =  u[r] v[s]  if k = c, else 0

then the transposed convolution is  A g B^T  for each plane, one banded matrix for the rows and one for the
columns: R + S multiply-adds for a stamp instead of K R S.  Where a kernel is at most two strides long, no more than
two pixels meet along an axis, and that is bilinear up-sampling, with the lines' numbers for weights.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import upsample
from ..dispatch import in_charge
from ..upsample.axis import Axis, stamped_axis
from .plan import asked_for


class Lines(NamedTuple):
    """w[k,k] = u v^T for every k."""

    u: np.ndarray
    v: np.ndarray


def lines(w: np.ndarray, stride: Any, dilation: Any, groups: int) -> Lines | None:
    """Return the two lines of such weights w (K, C, R, S), or None if w is not of this form.

    Learned weights are told by their first numbers; only what looks like an interpolation is read whole.
    """
    K, C, *kernel = w.shape
    fits = all(s > 1 and r <= 2 * s for r, s in zip(kernel, stride, strict=True))
    if not fits or K != C or groups != 1 or tuple(dilation) != (1, 1) or w[0, 1:2].any():
        return None
    if in_charge() == "reference" or asked_for():
        return None
    one = w[0, 0].astype(np.float64)
    r, s = np.unravel_index(np.abs(one).argmax(), one.shape)
    if one[r, s] == 0:
        return None
    found = Lines(one[:, s], one[r] / one[r, s])
    is_product = np.allclose(np.outer(*found), one, rtol=4 * np.finfo(w.dtype).eps, atol=0)
    diagonal = w[np.arange(K), np.arange(K)]
    is_apart = np.count_nonzero(w) == np.count_nonzero(diagonal)
    return found if is_product and is_apart and (diagonal == w[0, 0]).all() else None


def stamp(g: np.ndarray, found: Lines, dx: np.ndarray, stride: Any, padding: Any) -> None:
    """g (N,K,P,Q) IN, dx (N,C,H,W) OUT: conv2d_input with weights of these lines."""
    upsample.interpolate(g, dx, *_axes(found, g.shape[2:], dx.shape[2:], stride, padding))


def gather(x: np.ndarray, found: Lines, y: np.ndarray, stride: Any, padding: Any) -> None:
    """x (N,C,H,W) IN, y (N,K,P,Q) OUT: conv2d with weights of these lines, the adjoint."""
    upsample.interpolate_adjoint(x, y, *_axes(found, y.shape[2:], x.shape[2:], stride, padding))


def _axes(found: Lines, few: Any, many: Any, stride: Any, padding: Any) -> list[Axis]:
    return [stamped_axis(few[i], many[i], found[i], stride[i], padding[i]) for i in range(2)]
