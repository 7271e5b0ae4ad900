/* Winograd's transforms: B^T d, G g, A^T m and the adjoints A y, G^T u, on vectors: one lane, one tile (or channel).
   The matrices and where they come from are in winograd_reference.py. Each function applies a matrix to one axis;
   common sub-sums are computed once:

             | 4  0 -5  0  1  0 |          |  1/4    0    0  |
             | 0 -4 -4  1  1  0 |          | -1/6 -1/6 -1/6  |           | 1  1  1  1  1  0 |
       B^T = | 0  4 -4 -1  1  0 |     G =  | -1/6  1/6 -1/6  |     A^T = | 0  1 -1  2 -2  0 |
             | 0 -2 -1  2  1  0 |          | 1/24 1/12  1/6  |           | 0  1  1  4  4  0 |
             | 0  2 -1 -2  1  0 |          | 1/24 -1/12 1/6  |           | 0  1 -1  8 -8  1 |
             | 0  4  0 -5  0  1 |          |   0    0    1   |                                                      */

enum {
    TILE = 4,        /* outputs of a tile along one axis */
    PATCH = 6,       /* the inputs it looks at: TILE + 3 - 1 */
    PRODUCTS = 36,   /* PATCH * PATCH products instead of 16 * 9 = 144 */
    KERNEL = 3
};

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

/* out (6) = G g (3) */
ALWAYS_INLINE void transform_kernel(const vec *g, vec *out) {
    vec even = (g[0] + g[2]) * (real)(-1. / 6), odd = g[1] * (real)(-1. / 6);
    vec even2 = g[0] * (real)(1. / 24) + g[2] * (real)(1. / 6), odd2 = g[1] * (real)(1. / 12);
    out[0] = g[0] * (real)(1. / 4);
    out[1] = even + odd;
    out[2] = even - odd;
    out[3] = even2 + odd2;
    out[4] = even2 - odd2;
    out[5] = g[2];
}

/* out (4) = A^T m (6) */
ALWAYS_INLINE void transform_output(const vec *m, vec *out) {
    vec even = m[1] + m[2], odd = m[1] - m[2], even2 = m[3] + m[4], odd2 = m[3] - m[4];
    out[0] = m[0] + even + even2;
    out[1] = odd + 2 * odd2;
    out[2] = even + 4 * even2;
    out[3] = odd + 8 * odd2 + m[5];
}

/* out (6) = A y (4), the adjoint of transform_output */
ALWAYS_INLINE void transform_slopes(const vec *y, vec *out) {
    vec even = y[0] + y[2], odd = y[1] + y[3], even2 = y[0] + 4 * y[2], odd2 = 2 * y[1] + 8 * y[3];
    out[0] = y[0];
    out[1] = even + odd;
    out[2] = even - odd;
    out[3] = even2 + odd2;
    out[4] = even2 - odd2;
    out[5] = y[3];
}

/* out (3) = G^T u (6), the adjoint of transform_kernel */
ALWAYS_INLINE void transform_products(const vec *u, vec *out) {
    vec sum = u[1] + u[2], sum2 = u[3] + u[4];
    out[0] = u[0] * (real)(1. / 4) - sum * (real)(1. / 6) + sum2 * (real)(1. / 24);
    out[1] = (u[2] - u[1]) * (real)(1. / 6) + (u[3] - u[4]) * (real)(1. / 12);
    out[2] = (sum2 - sum) * (real)(1. / 6) + u[5];
}

/* tiles (4): lane i of tiles[j] is column 4i + j of  columns (4): 4 * LANES of them, one vector after another */
ALWAYS_INLINE void columns_to_tiles(const vec *columns, vec *tiles) {
    vec even = even_lanes(columns[0], columns[1]), odd = odd_lanes(columns[0], columns[1]);
    vec even2 = even_lanes(columns[2], columns[3]), odd2 = odd_lanes(columns[2], columns[3]);
    tiles[0] = even_lanes(even, even2);
    tiles[1] = even_lanes(odd, odd2);
    tiles[2] = odd_lanes(even, even2);
    tiles[3] = odd_lanes(odd, odd2);
}

/* The same backwards. */
ALWAYS_INLINE void tiles_to_columns(const vec *tiles, vec *columns) {
    vec even = zip_low(tiles[0], tiles[2]), even2 = zip_high(tiles[0], tiles[2]);
    vec odd = zip_low(tiles[1], tiles[3]), odd2 = zip_high(tiles[1], tiles[3]);
    columns[0] = zip_low(even, odd);
    columns[1] = zip_high(even, odd);
    columns[2] = zip_low(even2, odd2);
    columns[3] = zip_high(even2, odd2);
}
