"""The convolution family in Numba: the engine where there is no C compiler.

N batch, C channels in, K channels out, H W image, R S kernel, P Q output.
A column is a pair (channel, tap).

Numba's compiler vectorises simple loops over one run of memory, so the work is arranged into such loops, with
many multiply-adds for each value loaded or stored: 4 output channels times 4 columns at once.

    y[k..k+3][i]           +=  sum over 4 columns of  w[k..k+3, column] * x[offset[column] + i]
    dw[k..k+3, 4 columns]  +=  sum over i         of  g[k..k+3][i]      * x[offset[column] + i]

16 multiply-adds for 12 loads and stores above, 8 loads below.  With one output channel in a group (depthwise)
it is one channel times 4 columns.

A run i is all rows of an image one after another.  For that the rows of y are as wide as the padded ones of
x, and what falls between them is dropped; and x is split into stride phases (rows and columns 0, stride, 2
stride ... then 1, stride + 1 ...), so that it is read contiguously for any stride.  The input gradient is a
sum of such convolutions, one for each phase of the stride.
"""

from __future__ import annotations

import numpy as np

from ..numba_cache import njit
from ..threads import parallel

BLOCK = 4  # output channels, and columns, handled at once
CHUNK = 512  # of a run, handled at once: 8 of them stay in the first-level cache


def conv2d(x, w, b, y, stride, padding, dilation, groups, relu):
    """x (N,C,H,W) IN, w (K,C/groups,R,S) IN, b (K,) IN or None, y (N,K,P,Q) OUT; relu: cut to 0 .. relu."""
    rows, cols = _taps(w.shape[2:], dilation)
    _correlate(x, w.reshape(*w.shape[:2], -1), rows - padding[0], cols - padding[1], stride, groups, y)
    if b is not None:
        y += b[:, None, None]
    if relu:
        np.clip(y, 0, relu, out=y)


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
    packed, offset, width = _pack(x, rows - padding[0], cols - padding[1], stride, g.shape[2:], groups)
    N, (P, Q) = len(g), g.shape[2:]
    K, columns = dw.shape[0] // groups, dw.shape[1] * len(rows)
    block = BLOCK if K > 1 else 1
    slopes = np.zeros((N, groups, _round_up(K, block), P, width), g.dtype)
    slopes[:, :, :K, :, :Q] = g.reshape(N, groups, K, P, Q)
    slopes = slopes.reshape(*slopes.shape[:3], -1)
    out = np.zeros((groups, slopes.shape[2], len(offset)), dw.dtype)
    task = _dot_runs if K > 1 else _dot_run
    parallel(task, groups * out.shape[1] // block, slopes, packed, offset, (P - 1) * width + Q, out)
    dw.reshape(groups, K, columns)[...] = out[:, :K, :columns]


def _taps(kernel, dilation):
    rows, cols = np.divmod(np.arange(kernel[0] * kernel[1]), kernel[1])
    return rows * dilation[0], cols * dilation[1]


def _round_up(size, block):
    return -(-size // block) * block


def _correlate(x, w, rows, cols, stride, groups, y):
    """y[n,k,p,q] = sum over c,t of w[k,c,t] x[n, c, p stride + rows[t], q stride + cols[t]].

    Outside of the image, x is 0.
    """
    packed, offset, width = _pack(x, rows, cols, stride, y.shape[2:], groups)
    N, (P, Q), K = len(y), y.shape[2:], y.shape[1] // groups
    block = BLOCK if K > 1 else 1
    weights = np.zeros((groups, _round_up(K, block), len(offset)), w.dtype)
    weights[:, :K, : w.shape[1] * w.shape[2]] = w.reshape(groups, K, -1)
    out = np.zeros((N, groups, weights.shape[1], P * width), y.dtype)
    task = _add_runs if K > 1 else _add_run
    parallel(task, N * groups * out.shape[2] // block, packed, weights, offset, (P - 1) * width + Q, out)
    y.reshape(N, groups, K, P, Q)[...] = out.reshape(*out.shape[:3], P, width)[:, :, :K, :, :Q]


def _pack(x, rows, cols, stride, output, groups):
    """Return x padded and split into phases (N, groups, pixels), where each column starts, and the width
    of a row.
    """
    (N, C, H, W), (sh, sw) = x.shape, stride
    top, left = rows.min(), cols.min()
    height = -(-((output[0] - 1) * sh + rows.max() - top + 1) // sh)
    width = -(-((output[1] - 1) * sw + cols.max() - left + 1) // sw)
    padded = np.zeros((N, C, height * sh, width * sw), x.dtype)
    h, w = slice(max(top, 0), min(top + height * sh, H)), slice(max(left, 0), min(left + width * sw, W))
    if h.stop > h.start and w.stop > w.start:
        padded[:, :, h.start - top : h.stop - top, w.start - left : w.stop - left] = x[:, :, h, w]
    phases = padded.reshape(N, C, height, sh, width, sw).transpose(
        0, 1, 3, 5, 2, 4
    )  # (N,C,sh,sw,height,width)
    (row, a), (column, b) = np.divmod(rows - top, sh), np.divmod(cols - left, sw)
    tap = ((a * sw + b) * height + row) * width + column
    offset = (np.arange(C // groups)[:, None] * sh * sw * height * width + tap).ravel()
    offset = np.append(offset, np.zeros(-len(offset) % BLOCK, offset.dtype))  # columns with weight 0
    return np.ascontiguousarray(phases).reshape(N, groups, -1), offset, width


@njit(cache=True, nogil=True, fastmath={"contract"})
def _add_runs(task, x, w, offset, length, y):
    """4 channels of y (N,groups,K,run) INOUT; x (N,groups,pixels), w (groups,K,columns), offset IN."""
    _, groups, K, _ = y.shape
    k = task % (K // 4) * 4
    group = task // (K // 4) % groups
    n = task // (K // 4 * groups)
    for start in range(0, length, CHUNK):
        stop = min(start + CHUNK, length)
        y0, y1 = y[n, group, k][start:stop], y[n, group, k + 1][start:stop]
        y2, y3 = y[n, group, k + 2][start:stop], y[n, group, k + 3][start:stop]
        for t in range(0, len(offset), 4):
            u = w[group, k : k + 4, t : t + 4]
            x0 = x[n, group, offset[t] + start :]
            x1 = x[n, group, offset[t + 1] + start :]
            x2 = x[n, group, offset[t + 2] + start :]
            x3 = x[n, group, offset[t + 3] + start :]
            a0, a1, a2, a3 = u[0, 0], u[0, 1], u[0, 2], u[0, 3]
            b0, b1, b2, b3 = u[1, 0], u[1, 1], u[1, 2], u[1, 3]
            c0, c1, c2, c3 = u[2, 0], u[2, 1], u[2, 2], u[2, 3]
            d0, d1, d2, d3 = u[3, 0], u[3, 1], u[3, 2], u[3, 3]
            for i in range(stop - start):
                y0[i] += a0 * x0[i] + a1 * x1[i] + a2 * x2[i] + a3 * x3[i]
                y1[i] += b0 * x0[i] + b1 * x1[i] + b2 * x2[i] + b3 * x3[i]
                y2[i] += c0 * x0[i] + c1 * x1[i] + c2 * x2[i] + c3 * x3[i]
                y3[i] += d0 * x0[i] + d1 * x1[i] + d2 * x2[i] + d3 * x3[i]


@njit(cache=True, nogil=True, fastmath={"contract"})
def _add_run(task, x, w, offset, length, y):
    """The only channel of a group: y (N,groups,1,run) INOUT; x (N,groups,pixels), w
    (groups,1,columns), offset IN.
    """
    groups = y.shape[1]
    group, n = task % groups, task // groups
    for start in range(0, length, CHUNK):
        stop = min(start + CHUNK, length)
        y0 = y[n, group, 0][start:stop]
        for t in range(0, len(offset), 4):
            x0 = x[n, group, offset[t] + start :]
            x1 = x[n, group, offset[t + 1] + start :]
            x2 = x[n, group, offset[t + 2] + start :]
            x3 = x[n, group, offset[t + 3] + start :]
            a0, a1, a2, a3 = w[group, 0, t], w[group, 0, t + 1], w[group, 0, t + 2], w[group, 0, t + 3]
            for i in range(stop - start):
                y0[i] += a0 * x0[i] + a1 * x1[i] + a2 * x2[i] + a3 * x3[i]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})  # reassoc: lanes may keep sums of their own
def _dot_runs(task, g, x, offset, length, dw):
    """4 rows of dw (groups,K,columns) INOUT; g (N,groups,K,run), x (N,groups,pixels), offset (columns) IN."""
    N, _, K, _ = g.shape
    k = task % (K // 4) * 4
    group = task // (K // 4)
    for n in range(N):
        for start in range(0, length, CHUNK):
            stop = min(start + CHUNK, length)
            g0, g1 = g[n, group, k][start:stop], g[n, group, k + 1][start:stop]
            g2, g3 = g[n, group, k + 2][start:stop], g[n, group, k + 3][start:stop]
            for t in range(0, len(offset), 4):
                x0 = x[n, group, offset[t] + start :]
                x1 = x[n, group, offset[t + 1] + start :]
                x2 = x[n, group, offset[t + 2] + start :]
                x3 = x[n, group, offset[t + 3] + start :]
                zero = x.dtype.type(0)
                a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = zero
                c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = zero
                for i in range(stop - start):
                    p0, p1, p2, p3 = x0[i], x1[i], x2[i], x3[i]
                    q0, q1, q2, q3 = g0[i], g1[i], g2[i], g3[i]
                    a0, a1, a2, a3 = a0 + q0 * p0, a1 + q0 * p1, a2 + q0 * p2, a3 + q0 * p3
                    b0, b1, b2, b3 = b0 + q1 * p0, b1 + q1 * p1, b2 + q1 * p2, b3 + q1 * p3
                    c0, c1, c2, c3 = c0 + q2 * p0, c1 + q2 * p1, c2 + q2 * p2, c3 + q2 * p3
                    d0, d1, d2, d3 = d0 + q3 * p0, d1 + q3 * p1, d2 + q3 * p2, d3 + q3 * p3
                sums = ((a0, a1, a2, a3), (b0, b1, b2, b3), (c0, c1, c2, c3), (d0, d1, d2, d3))
                for i in range(4):
                    for j in range(4):
                        dw[group, k + i, t + j] += sums[i][j]


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def _dot_run(task, g, x, offset, length, dw):
    """The only row of a group: dw (groups,1,columns) INOUT; g (N,groups,1,run), x
    (N,groups,pixels), offset IN.
    """
    for n in range(len(g)):
        for start in range(0, length, CHUNK):
            stop = min(start + CHUNK, length)
            g0 = g[n, task, 0][start:stop]
            for t in range(0, len(offset), 4):
                x0 = x[n, task, offset[t] + start :]
                x1 = x[n, task, offset[t + 1] + start :]
                x2 = x[n, task, offset[t + 2] + start :]
                x3 = x[n, task, offset[t + 3] + start :]
                a0 = a1 = a2 = a3 = x.dtype.type(0)
                for i in range(stop - start):
                    a0, a1 = a0 + g0[i] * x0[i], a1 + g0[i] * x1[i]
                    a2, a3 = a2 + g0[i] * x2[i], a3 + g0[i] * x3[i]
                dw[task, 0, t] += a0
                dw[task, 0, t + 1] += a1
                dw[task, 0, t + 2] += a2
                dw[task, 0, t + 3] += a3
