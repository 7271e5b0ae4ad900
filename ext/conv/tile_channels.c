/* The inner loop with its roles exchanged: output channels lie in the lanes, a pixel is copied to all lanes.

       sum[j][v]  +=  sum over i of  x[j][offset[i]]  *  w[i][v]           (v: a vector of output channels)

                         w[i][0]   w[i][1]   w[i][2]    for each i:  load 3 vectors,
                       +---------+---------+---------+               8 numbers, each copied to all lanes,
       x[0][offset[i]] |  sum    |  sum    |  sum    |               24 multiply-adds
       x[1][offset[i]] |  sum    |  sum    |  sum    |
             ...       |         |         |         |  The x[j] may lie anywhere, with any stride: short rows
       x[7][offset[i]] |  sum    |  sum    |  sum    |  and steps cost nothing. It is channels that must fill
                       +---------+---------+---------+  vectors.

   Forward i is a pair (c,t) of channel in and tap, and j a pixel; in the weight gradient, i is a pixel, j a
   pair (c,t), and g stands for w. K channels out (of a group). */
#pragma once
#include "conv.h"

/* The rows of a tile of 1, 2, 3 vectors: few vectors leave registers for more rows, and each row is a sum
   that need not wait for the one before. */
#if VECTOR_BYTES == 64 || defined(__aarch64__)
enum { ROWS_OF_1 = 12, ROWS_OF_2 = 12, ROWS_OF_3 = 8 };
#else
enum { ROWS_OF_1 = 8, ROWS_OF_2 = 6, ROWS_OF_3 = 4 };
#endif
enum { MAX_ROWS = ROWS_OF_1, MAX_TILE_SIZE = ROWS_OF_3 * 3 > MAX_ROWS * 2 ? ROWS_OF_3 * 3 : MAX_ROWS * 2 };

/* out (rows, tile_v, LANES)  INOUT, or OUT if the sums begin with `start` (tile_v, LANES);
   w (count, tile_v, LANES)  IN */
ALWAYS_INLINE void add_products(const int rows, const int tile_v, ptrdiff_t count, const ptrdiff_t *offset,
                                const real *const *x, const real *w, const real *start, real *out) {
    vec sum[MAX_ROWS][TILE_V];
    const real *at[MAX_ROWS];
#pragma GCC unroll 12
    for (int j = 0; j < rows; j++) {
        at[j] = x[j];
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++)
            sum[j][v] = load(start ? start + v * LANES : out + (j * tile_v + v) * LANES);
    }
    for (ptrdiff_t i = 0; i < count; i++, w += tile_v * LANES) {
        vec channels[TILE_V];
        ptrdiff_t here = offset[i];
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++) channels[v] = in_register(load(w + v * LANES));
#pragma GCC unroll 12
        for (int j = 0; j < rows; j++)
#pragma GCC unroll 8
            for (int v = 0; v < tile_v; v++) sum[j][v] += at[j][here] * channels[v];
    }
#pragma GCC unroll 12
    for (int j = 0; j < rows; j++)
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++) store(out + (j * tile_v + v) * LANES, sum[j][v]);
}

NEVER_INLINE void add_products_1(ptrdiff_t count, const ptrdiff_t *offset, const real *const *x,
                                                     const real *w, const real *start, real *out) {
    add_products(ROWS_OF_1, 1, count, offset, x, w, start, out);
}
NEVER_INLINE void add_products_2(ptrdiff_t count, const ptrdiff_t *offset, const real *const *x,
                                                     const real *w, const real *start, real *out) {
    add_products(ROWS_OF_2, 2, count, offset, x, w, start, out);
}
NEVER_INLINE void add_products_3(ptrdiff_t count, const ptrdiff_t *offset, const real *const *x,
                                                     const real *w, const real *start, real *out) {
    add_products(ROWS_OF_3, 3, count, offset, x, w, start, out);
}

typedef void (*product_tile)(ptrdiff_t count, const ptrdiff_t *offset, const real *const *x, const real *w,
                             const real *start, real *out);

/* How the K output channels of a group are cut into tiles of 1 to TILE_V vectors. */
struct channel_tiles {
    ptrdiff_t count, vectors, lanes; /* tiles; vectors and channels in each */
    int rows;                        /* of a product tile */
    product_tile add;
};

static struct channel_tiles cut_channels(ptrdiff_t K) {
    ptrdiff_t vectors = ceil_div(K, LANES);
    struct channel_tiles tiles = {.vectors = 1, .add = add_products_1};
    for (ptrdiff_t v = 2; v <= smaller(TILE_V, vectors); v++) /* the widest of those that waste least */
        if (ceil_div(vectors, v) * v <= ceil_div(vectors, tiles.vectors) * tiles.vectors || v == 2)
            tiles.vectors = v;
    tiles.add = tiles.vectors == 1 ? add_products_1 : tiles.vectors == 2 ? add_products_2 : add_products_3;
    tiles.rows = tiles.vectors == 1 ? ROWS_OF_1 : tiles.vectors == 2 ? ROWS_OF_2 : ROWS_OF_3;
    tiles.lanes = tiles.vectors * LANES;
    tiles.count = ceil_div(K, tiles.lanes);
    return tiles;
}
