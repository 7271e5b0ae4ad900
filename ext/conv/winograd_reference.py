"""Winograd's convolution, to be read: the same sums with a third or a quarter of the products (Lavin
& Gray 2016).

N batch, C channels in, K channels out, P Q output; d a patch of x, g a kernel (here w), y a tile of outputs.

In one dimension, F(4, 3): a tile is 4 outputs of a kernel of 3; it looks at a patch of 6 inputs:

    y_i = sum over r of  g_r d_{i+r}          12 products

Read backwards it is a product of polynomials: the adjoint of  d -> y  sends y to the coefficients of
y(t) g(t), of degree 3 + 2 = 5.  Six values determine such a polynomial, and a value of a product is one
product of values.  So take six points, t = 0, 1, -1, 2, -2 and infinity (the leading coefficient):

    values of y(t):  A y,  row by row  1 t t^2 t^3            t = infinity:  0 0 0 1
    values of g(t):  G g,  row by row  (1 t t^2) / f(t)       t = infinity:  0 0 1
    six values back to six coefficients:  the matrix B

where f(t) = product of (t - s) over the other finite points s is Lagrange's denominator; B then holds whole
numbers.  The coefficients are  B [(G g) . (A y)]  with  . entry by entry, and the adjoint of that is

    y = A^T [(G g) . (B^T d)]                  6 products

The same six points serve F(2, 5), 2 outputs of a kernel of 5: y(t) g(t) has degree 1 + 4 = 5 again, only the
share of A and G changes.

In two dimensions each matrix acts on rows and on columns: 36 products for 4 x 4 outputs instead of 144, or
for 2 x 2 outputs instead of 100,

    y = A^T [ (G g G^T) . (B^T d B) ] A

and the sum over channels moves inside the brackets, where it makes 36 matrix products.  As all is linear in
d and in g, the gradients are the adjoints: turn the kernel for the one in d, and for the one in g

    dg = G^T [ (A dy A^T) . (B^T d B) ] G      summed over tiles inside the brackets

The price is rounding, 8 to 16 times that of the direct sum in float32: numbers up to 8 appear in A.  And it
is relative to the largest input of the tile's 6 x 6 patch, d, not of the 3 x 3 that an output belongs to:

    | error of y |  <  16 eps  sum over c of  max|d[c]|  sum|w[k,c]|          eps = 1.2e-7

so one pixel of 1e6 moves its neighbours in the tile by about 1, and one that is infinite would make all
outputs of the tile NaN.  In C such a convolution, with an output that is not finite, is computed anew as a
direct sum; where pixels are that different, ask for it: `kernels.use_algorithm("direct")`.

The same in C: winograd.c and winograd_weight.c, with winograd_transforms.c and winograd_tiles.c; polyphase.c
brings dilation to them.
"""

from __future__ import annotations

import numpy as np

B = np.array(
    [
        [4, 0, 0, 0, 0, 0],
        [0, -4, 4, -2, 2, 4],
        [-5, -4, -4, -1, -1, 0],
        [0, 1, -1, 2, -2, -5],
        [1, 1, 1, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]
)
POINTS = np.array([0, 1, -1, 2, -2])  # and infinity
DENOMINATORS = np.array([4, -6, -6, 24, 24, 1])  # f of each; infinity has none


def values(n):
    """Return the matrix (6, n) that evaluates a polynomial of n coefficients at the six points.

    >>> values(3)[3]
    array([1, 2, 4])
    """
    return np.vstack([POINTS[:, None] ** np.arange(n), np.eye(n, dtype=int)[-1]])


def matrices(kernel):
    """Return A (6, tile) and G (6, kernel) for a kernel of 3 or 5."""
    return values(7 - kernel), values(kernel) / DENOMINATORS[:, None]


def winograd(x, w, b, y, padding, dilation, relu=0.0):
    """x (N,C,H,W) IN, w (K,C,R,R) IN, b (K,) IN or None, y (N,K,P,Q) OUT; stride 1, R 3 or 5."""
    A, G = matrices(w.shape[2])
    tile = A.shape[1]
    for a, part in _phases(dilation, y.shape[2:]):
        out = y[part]
        v = _inputs(x, tile, out.shape[2:], [p - i for p, i in zip(padding, a, strict=True)], dilation)
        u = np.moveaxis(G @ w @ G.T, (2, 3), (0, 1))  # (6,6,K,C)
        m = np.einsum("ijkc,nctuij->nktuij", u, v)
        tiles = A.T @ m @ A  # (N,K,tiles down,tiles across,tile,tile)
        whole = tiles.swapaxes(3, 4).reshape(*m.shape[:2], tile * m.shape[2], tile * m.shape[3])
        out[...] = whole[:, :, : out.shape[2], : out.shape[3]] + (0 if b is None else b[:, None, None])
    if relu:
        np.clip(y, 0, relu, out=y)


def winograd_input(g, w, dx, padding, dilation):
    """g (N,K,P,Q) IN, w (K,C,R,R) IN, dx (N,C,H,W) OUT: kernels turned by 180 degrees."""
    turned, reach = w[:, :, ::-1, ::-1].swapaxes(0, 1), w.shape[2] - 1
    winograd(g, turned, None, dx, [reach * d - p for d, p in zip(dilation, padding, strict=True)], dilation)


def winograd_weight(g, x, dw, padding, dilation):
    """g (N,K,P,Q) IN, x (N,C,H,W) IN, dw (K,C,R,R) OUT."""
    A, G = matrices(dw.shape[2])
    tile, total = A.shape[1], 0
    for a, part in _phases(dilation, g.shape[2:]):
        slopes = g[part]
        v = _inputs(x, tile, slopes.shape[2:], [p - i for p, i in zip(padding, a, strict=True)], dilation)
        down, across = v.shape[2:4]
        whole = np.zeros((*slopes.shape[:2], tile * down, tile * across), g.dtype)
        whole[:, :, : slopes.shape[2], : slopes.shape[3]] = slopes
        tiles = whole.reshape(*slopes.shape[:2], down, tile, across, tile).swapaxes(3, 4)
        total = total + np.einsum("nktuij,nctuij->kcij", A @ tiles @ A.T, v)
    dw[...] = G.T @ total @ G


def _phases(dilation, output):
    """Yield (a, b) and the outputs p = a mod d, q = b mod d: for each a convolution of its own."""
    for a in range(min(dilation[0], output[0])):
        for b in range(min(dilation[1], output[1])):
            yield (a, b), np.s_[:, :, a :: dilation[0], b :: dilation[1]]


def _inputs(x, tile, output, padding, dilation):
    """Return B^T d B for all patches d of one phase: (N,C,tiles down,tiles across,6,6)."""
    down, across = (-(-n // tile) for n in output)
    overlap = 6 - tile
    image = np.zeros((*x.shape[:2], tile * down + overlap, tile * across + overlap), x.dtype)
    rows, cols = (np.arange(n) * d - p for n, d, p in zip(image.shape[2:], dilation, padding, strict=True))
    i, j = (np.flatnonzero((at >= 0) & (at < n)) for at, n in zip((rows, cols), x.shape[2:], strict=True))
    image[:, :, i[:, None], j] = x[:, :, rows[i][:, None], cols[j]]
    patches = np.lib.stride_tricks.sliding_window_view(image, (6, 6), (2, 3))[:, :, ::tile, ::tile]
    return B.T @ patches @ B
