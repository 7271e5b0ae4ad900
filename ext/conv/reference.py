"""The convolution family, to be read first: one loop over the taps, one line of mathematics each.

N batch, C channels in, K channels out, H W image, R S kernel, P Q output, g group.

Tap (r, s) looks at the image through a window: the pixels  (p stride + r dilation - padding, the same for
columns)  of all outputs (p, q).  A window is a view of the padded image, so the three kernels are

    y  += w[..,r,s] window      dwindow += w[..,r,s]^T g      dw[..,r,s] = g window^T

The same, fast: jit.py (Numba), convolution.c (C; it chooses between correlate_pixels.c and
correlate_channels.c, weight_pixels.c and weight_channels.c, and where each channel has a kernel of its own
takes depthwise.c); and with fewer products, winograd_reference.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .winograd_reference import winograd, winograd_input, winograd_weight

__all__ = ["conv2d", "conv2d_input", "conv2d_weight", "winograd", "winograd_input", "winograd_weight"]


def conv2d(x, w, b, y, stride, padding, dilation, groups, relu):
    """x (N,C,H,W) IN, w (K,C/groups,R,S) IN, b (K,) IN or None, y (N,K,P,Q) OUT; relu: cut to 0 .. relu."""
    y[...] = 0 if b is None else b[:, None, None]
    y_groups = _split(y, 1, groups)
    w_groups = _split(w, 0, groups)
    for r, s, window in _windows(_pad(x, padding), w.shape[2:], y.shape[2:], stride, dilation):
        y_groups += np.einsum("gkc,ngcpq->ngkpq", w_groups[..., r, s], _split(window, 1, groups))
    if relu:
        np.clip(y, 0, relu, out=y)


def conv2d_input(g, w, dx, stride, padding, dilation, groups):
    """g (N,K,P,Q) IN, w (K,C/groups,R,S) IN, dx (N,C,H,W) OUT: what was read forward is added to backward."""
    padded = _pad(np.zeros_like(dx), padding)
    g_groups = _split(g, 1, groups)
    w_groups = _split(w, 0, groups)
    for r, s, window in _windows(padded, w.shape[2:], g.shape[2:], stride, dilation):
        window += np.einsum("gkc,ngkpq->ngcpq", w_groups[..., r, s], g_groups).reshape(window.shape)
    dx[...] = padded[:, :, padding[0] : padding[0] + dx.shape[2], padding[1] : padding[1] + dx.shape[3]]


def conv2d_weight(g, x, dw, stride, padding, dilation, groups):
    """g (N,K,P,Q) IN, x (N,C,H,W) IN, dw (K,C/groups,R,S) OUT."""
    g_groups = _split(g, 1, groups)
    dw_groups = _split(dw, 0, groups)
    for r, s, window in _windows(_pad(x, padding), dw.shape[2:], g.shape[2:], stride, dilation):
        dw_groups[..., r, s] = np.einsum("ngkpq,ngcpq->gkc", g_groups, _split(window, 1, groups))


def _windows(padded, kernel, output, stride, dilation) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield r, s and what that tap sees, a view (N,C,P,Q) of the padded image."""
    for r in range(kernel[0]):
        for s in range(kernel[1]):
            top, left = r * dilation[0], s * dilation[1]
            rows = slice(top, top + (output[0] - 1) * stride[0] + 1, stride[0])
            cols = slice(left, left + (output[1] - 1) * stride[1] + 1, stride[1])
            yield r, s, padded[:, :, rows, cols]


def _pad(x, padding):
    return np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))


def _split(array, axis, groups):
    """Return a view with the channel axis cut into (group, channel within the group)."""
    shape = array.shape
    return array.reshape(*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])
