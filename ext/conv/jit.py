"""The convolution family in Numba: the engine where there is no C compiler.

N batch, C channels in, K channels out, H W image, R S kernel, P Q output.
A column is a pair (channel, tap).

Numba's compiler vectorises simple loops over one row, so the work is arranged into such loops, with many
multiply-adds for each value loaded or stored: 4 output channels times 4 columns at once.

    y[k..k+3][q]           +=  sum over 4 columns of  w[k..k+3, column] * x[offset[column] + q]
    dw[k..k+3, 4 columns]  +=  sum over q         of  g[k..k+3][q]      * x[offset[column] + q]

16 multiply-adds for 12 loads and stores above, 8 loads below.

Rows are stored de-interleaved by stride phase (columns 0, stride, 2 stride ... then 1, stride+1 ...), so
that x is read contiguously for any stride.  The input gradient is a sum of such convolutions, one for each
phase of the stride.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ..threads import parallel

BLOCK = 4  # output channels, and columns, handled at once


def conv2d(x, w, b, y, stride, padding, dilation, groups, relu):
    """x (N,C,H,W) IN, w (K,C/groups,R,S) IN, b (K,) IN or None, y (N,K,P,Q) OUT; with relu, max(y, 0)."""
    rows, cols = _taps(w.shape[2:], dilation)
    y[...] = 0 if b is None else b[:, None, None]
    _correlate(x, w.reshape(*w.shape[:2], -1), rows - padding[0], cols - padding[1], stride, groups, y)
    if relu:
        np.maximum(y, 0, out=y)


def conv2d_input(g, w, dx, stride, padding, dilation, groups):
    """g (N,K,P,Q) IN, w (K,C/groups,R,S) IN, dx (N,C,H,W) OUT."""
    K, C, taps = w.shape[0] // groups, w.shape[1], w.shape[2] * w.shape[3]
    transposed = w.reshape(groups, K, C, taps).swapaxes(1, 2).reshape(groups * C, K, taps)
    rows, cols = _taps(w.shape[2:], dilation)
    for a in range(min(stride[0], dx.shape[2])):
        for b in range(
            min(stride[1], dx.shape[3])
        ):  # dx at (a, b) + multiples of the stride: pixels that see the same taps
            p, q = a + padding[0] - rows, b + padding[1] - cols
            seen = (p % stride[0] == 0) & (q % stride[1] == 0)
            phase = np.zeros_like(dx[:, :, a :: stride[0], b :: stride[1]], order="C")
            if seen.any():
                _correlate(
                    g,
                    transposed[:, :, seen],
                    p[seen] // stride[0],
                    q[seen] // stride[1],
                    (1, 1),
                    groups,
                    phase,
                )
            dx[:, :, a :: stride[0], b :: stride[1]] = phase


def conv2d_weight(g, x, dw, stride, padding, dilation, groups):
    """g (N,K,P,Q) IN, x (N,C,H,W) IN, dw (K,C/groups,R,S) OUT."""
    rows, cols = _taps(dw.shape[2:], dilation)
    packed, offset, step = _pack(x, rows - padding[0], cols - padding[1], stride, g.shape[2:], groups)
    K, columns = dw.shape[0] // groups, dw.shape[1] * len(rows)
    out = np.zeros((groups, _round_up(K), len(offset)), dw.dtype)
    slopes = _blocks(g.reshape(g.shape[0], groups, K, *g.shape[2:]), 2)
    parallel(_dot_rows, groups * out.shape[1] // BLOCK, slopes, packed, offset, step, out)
    dw.reshape(groups, K, columns)[...] = out[:, :K, :columns]


def _taps(kernel, dilation):
    rows, cols = np.divmod(np.arange(kernel[0] * kernel[1]), kernel[1])
    return rows * dilation[0], cols * dilation[1]


def _round_up(size):
    return -(-size // BLOCK) * BLOCK


def _blocks(array, axis):
    """Append zeros until the axis is a multiple of BLOCK."""
    missing = -array.shape[axis] % BLOCK
    return np.pad(array, [(0, missing if i == axis else 0) for i in range(array.ndim)]) if missing else array


def _correlate(x, w, rows, cols, stride, groups, y):
    """y[n,k,p,q] += sum over c,t of w[k,c,t] x[n, c, p stride + rows[t], q stride + cols[t]].

    Outside of the image, x is 0.
    """
    packed, offset, step = _pack(x, rows, cols, stride, y.shape[2:], groups)
    K = y.shape[1] // groups
    weights = _blocks(_blocks(w.reshape(groups, K, -1), 1), 2)
    out = y.reshape(len(y), groups, K, *y.shape[2:])
    out = _blocks(out, 2)
    parallel(_add_rows, out.shape[0] * groups * out.shape[2] // BLOCK, packed, weights, offset, step, out)
    if out.shape[2] != K:
        y.reshape(len(y), groups, K, *y.shape[2:])[...] = out[:, :, :K]


def _pack(x, rows, cols, stride, output, groups):
    """Return x padded and de-interleaved (N, groups, pixels), where each column starts, and the row step."""
    (N, C, H, W), (sh, sw) = x.shape, stride
    top, left = rows.min(), cols.min()
    height = (output[0] - 1) * sh + rows.max() - top + 1
    width = -(-((output[1] - 1) * sw + cols.max() - left + 1) // sw)
    padded = np.zeros((N, C, height, width * sw), x.dtype)
    h, w = slice(max(top, 0), min(top + height, H)), slice(max(left, 0), min(left + width * sw, W))
    if h.stop > h.start and w.stop > w.start:
        padded[:, :, h.start - top : h.stop - top, w.start - left : w.stop - left] = x[:, :, h, w]
    phases = padded.reshape(N, C, height, width, sw).swapaxes(3, 4)  # (N,C,height,sw,width)
    column, phase = np.divmod(cols - left, sw)
    tap = (rows - top) * sw * width + phase * width + column
    offset = (np.arange(C // groups)[:, None] * height * sw * width + tap).ravel()
    offset = np.append(offset, np.zeros(-len(offset) % BLOCK, offset.dtype))  # columns with weight 0
    return np.ascontiguousarray(phases).reshape(N, groups, -1), offset, sh * sw * width


@njit(cache=True, nogil=True, fastmath={"contract"})
def _add_rows(task, x, w, offset, step, y):
    """4 channels of y (N,groups,K,P,Q) INOUT; x (N,groups,pixels), w (groups,K,columns), offset IN."""
    _, groups, K, P, Q = y.shape
    k = task % (K // 4) * 4
    group = task // (K // 4) % groups
    n = task // (K // 4 * groups)
    for p in range(P):
        y0, y1, y2, y3 = (
            y[n, group, k, p],
            y[n, group, k + 1, p],
            y[n, group, k + 2, p],
            y[n, group, k + 3, p],
        )
        for t in range(0, len(offset), 4):
            u = w[group, k : k + 4, t : t + 4]
            x0 = x[n, group, offset[t] + p * step :]
            x1 = x[n, group, offset[t + 1] + p * step :]
            x2 = x[n, group, offset[t + 2] + p * step :]
            x3 = x[n, group, offset[t + 3] + p * step :]
            a0, a1, a2, a3 = u[0, 0], u[0, 1], u[0, 2], u[0, 3]
            b0, b1, b2, b3 = u[1, 0], u[1, 1], u[1, 2], u[1, 3]
            c0, c1, c2, c3 = u[2, 0], u[2, 1], u[2, 2], u[2, 3]
            d0, d1, d2, d3 = u[3, 0], u[3, 1], u[3, 2], u[3, 3]
            for q in range(Q):
                y0[q] += a0 * x0[q] + a1 * x1[q] + a2 * x2[q] + a3 * x3[q]
                y1[q] += b0 * x0[q] + b1 * x1[q] + b2 * x2[q] + b3 * x3[q]
                y2[q] += c0 * x0[q] + c1 * x1[q] + c2 * x2[q] + c3 * x3[q]
                y3[q] += d0 * x0[q] + d1 * x1[q] + d2 * x2[q] + d3 * x3[q]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})  # reassoc: lanes may keep sums of their own
def _dot_rows(task, g, x, offset, step, dw):
    """4 rows of dw (groups,K,columns) INOUT; g (N,groups,K,P,Q), x (N,groups,pixels), offset (columns) IN."""
    N, _, K, P, Q = g.shape
    k = task % (K // 4) * 4
    group = task // (K // 4)
    for n in range(N):
        for p in range(P):
            g0, g1, g2, g3 = (
                g[n, group, k, p],
                g[n, group, k + 1, p],
                g[n, group, k + 2, p],
                g[n, group, k + 3, p],
            )
            for t in range(0, len(offset), 4):
                x0 = x[n, group, offset[t] + p * step :]
                x1 = x[n, group, offset[t + 1] + p * step :]
                x2 = x[n, group, offset[t + 2] + p * step :]
                x3 = x[n, group, offset[t + 3] + p * step :]
                a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = x.dtype.type(
                    0
                )
                for q in range(Q):
                    a0, a1, a2, a3 = (
                        a0 + g0[q] * x0[q],
                        a1 + g0[q] * x1[q],
                        a2 + g0[q] * x2[q],
                        a3 + g0[q] * x3[q],
                    )
                    b0, b1, b2, b3 = (
                        b0 + g1[q] * x0[q],
                        b1 + g1[q] * x1[q],
                        b2 + g1[q] * x2[q],
                        b3 + g1[q] * x3[q],
                    )
                    c0, c1, c2, c3 = (
                        c0 + g2[q] * x0[q],
                        c1 + g2[q] * x1[q],
                        c2 + g2[q] * x2[q],
                        c3 + g2[q] * x3[q],
                    )
                    d0, d1, d2, d3 = (
                        d0 + g3[q] * x0[q],
                        d1 + g3[q] * x1[q],
                        d2 + g3[q] * x2[q],
                        d3 + g3[q] * x3[q],
                    )
                sums = ((a0, a1, a2, a3), (b0, b1, b2, b3), (c0, c1, c2, c3), (d0, d1, d2, d3))
                for i in range(4):
                    for j in range(4):
                        dw[group, k + i, t + j] += sums[i][j]
