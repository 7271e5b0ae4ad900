/* Winograd's transforms on vectors: one lane, one tile (or channel). winograd_reference.py derives them. Each
   function works along one axis; `tile` outputs and a kernel of `kernel`, tile + kernel = 7, of which two
   forms are used:

       F(4x4, 3x3)   16 outputs of 36 products instead of 144
       F(2x2, 5x5)    4 outputs of 36 products instead of 100

   A and G are values of a polynomial at t = 0, 1, -1, 2, -2 and infinity (the leading coefficient), G with
   the denominators of Lagrange; A^T and G^T are the adjoint of that. B is the same for both forms:

             | 4  0 -5  0  1  0 |               | 1            |          t = 0
             | 0 -4 -4  1  1  0 |               | 1  1  1  1 . |              1
       B^T = | 0  4 -4 -1  1  0 |     values =  | 1 -1  1 -1 . |             -1
             | 0 -2 -1  2  1  0 |               | 1  2  4  8 . |              2
             | 0  2 -1 -2  1  0 |               | 1 -2  4 -8 . |             -2
             | 0  4  0 -5  0  1 |               | 0  0  0  . 1 |              infinity */
#pragma once
#include "conv.h"

enum {
    PATCH = 6,               /* the inputs a tile looks at along one axis: tile + kernel - 1 */
    PRODUCTS = PATCH * PATCH,
    MAX_TILE = 4,
    MAX_KERNEL = 5
};

static const real DENOMINATORS[PATCH] = {4, -6, -6, 24, 24, 1}; /* of Lagrange; infinity has none */

/* out (6) = B^T d (6) */
ALWAYS_INLINE void transform_input(const vec *d, vec *out) {
    vec even = d[4] - 4 * d[2], odd = d[3] - 4 * d[1];
    vec even2 = d[4] - d[2], odd2 = 2 * (d[3] - d[1]);
    out[0] = 4 * d[0] - 5 * d[2] + d[4];
    out[1] = even + odd;
    out[2] = even - odd;
    out[3] = even2 + odd2;
    out[4] = even2 - odd2;
    out[5] = 4 * d[1] - 5 * d[3] + d[5];
}

/* out (6) = the values of a polynomial, f (count) its coefficients: A y with count = tile */
ALWAYS_INLINE void evaluate(const int count, const vec *f, vec *out) {
    vec even = f[0], odd = f[1], even2 = f[0], odd2 = 2 * f[1];
#pragma GCC unroll 6
    for (int i = 2; i < count; i++) {
        if (i % 2 == 0) even += f[i], even2 += (real)(1 << i) * f[i];
        else odd += f[i], odd2 += (real)(1 << i) * f[i];
    }
    out[0] = f[0];
    out[1] = even + odd;
    out[2] = even - odd;
    out[3] = even2 + odd2;
    out[4] = even2 - odd2;
    out[5] = f[count - 1];
}

/* out (count) = the adjoint of `evaluate` at v (6): A^T m with count = tile */
ALWAYS_INLINE void evaluate_adjoint(const int count, const vec *v, vec *out) {
    vec even = v[1] + v[2], odd = v[1] - v[2], even2 = v[3] + v[4], odd2 = v[3] - v[4];
    out[0] = v[0] + even + even2;
#pragma GCC unroll 6
    for (int i = 1; i < count; i++)
        out[i] = (i % 2 == 0 ? even : odd) + (real)(1 << i) * (i % 2 == 0 ? even2 : odd2);
    out[count - 1] += v[5];
}

/* out (6) = G g (kernel) */
ALWAYS_INLINE void transform_kernel(const int kernel, const vec *g, vec *out) {
    evaluate(kernel, g, out);
#pragma GCC unroll 6
    for (int i = 0; i < PATCH; i++) out[i] *= 1 / DENOMINATORS[i];
}

/* out (kernel) = G^T u (6) */
ALWAYS_INLINE void transform_products(const int kernel, const vec *u, vec *out) {
    vec shares[PATCH];
#pragma GCC unroll 6
    for (int i = 0; i < PATCH; i++) shares[i] = u[i] * (1 / DENOMINATORS[i]);
    evaluate_adjoint(kernel, shares, out);
}

/* tiles (tile): lane i of tiles[j] is column tile*i + j of  columns (tile):
   tile * LANES of them, one vector after another */
ALWAYS_INLINE void columns_to_tiles(const int tile, const vec *columns, vec *tiles) {
    vec even = even_lanes(columns[0], columns[1]), odd = odd_lanes(columns[0], columns[1]);
    if (tile == 2) {
        tiles[0] = even;
        tiles[1] = odd;
        return;
    }
    vec even2 = even_lanes(columns[2], columns[3]), odd2 = odd_lanes(columns[2], columns[3]);
    tiles[0] = even_lanes(even, even2);
    tiles[1] = even_lanes(odd, odd2);
    tiles[2] = odd_lanes(even, even2);
    tiles[3] = odd_lanes(odd, odd2);
}

/* The same backwards. */
ALWAYS_INLINE void tiles_to_columns(const int tile, const vec *tiles, vec *columns) {
    if (tile == 2) {
        columns[0] = zip_low(tiles[0], tiles[1]);
        columns[1] = zip_high(tiles[0], tiles[1]);
        return;
    }
    vec even = zip_low(tiles[0], tiles[2]), even2 = zip_high(tiles[0], tiles[2]);
    vec odd = zip_low(tiles[1], tiles[3]), odd2 = zip_high(tiles[1], tiles[3]);
    columns[0] = zip_low(even, odd);
    columns[1] = zip_high(even, odd);
    columns[2] = zip_low(even2, odd2);
    columns[3] = zip_high(even2, odd2);
}
