/* The inner loop of the convolution: a tile of output channels x pixels, summed in registers.

       sum[k][v]  =  sum over c, t of  w[c][t][k] * x[v][c*channel + offset[t] ...]   (v: a vector of pixels)

                      x[0]    x[1]    x[2]          for each (c, t):  load 3 vectors of pixels,
                    +-------+-------+-------+                         8 weights, each copied to all lanes,
        w[c][t][0]  | sum   | sum   | sum   |                         24 multiply-adds
        w[c][t][1]  | sum   | sum   | sum   |
           ...      |       |       |       |       The x[v] may lie anywhere: different rows are fine.
        w[c][t][7]  | sum   | sum   | sum   |
                    +-------+-------+-------+

   c channel in, t tap, k channel out. */
#pragma once
#include "conv.h"

/* out (tile_k, tile_v)  OUT;  x (tile_v)  IN: where each vector of pixels lies in the first channel, the
   next one `channel` elements further;  offset (taps), w (channels, taps, tile_k)  IN */
ALWAYS_INLINE void sum_tile(const int tile_k, const int tile_v, ptrdiff_t channels, ptrdiff_t channel,
                            ptrdiff_t taps, const ptrdiff_t *offset, const real *const *x, const real *w,
                            vec *out) {
    vec sum[TILE_K][MAX_V];
    const real *at[MAX_V];
#pragma GCC unroll 8
    for (int v = 0; v < tile_v; v++) {
        at[v] = x[v];
#pragma GCC unroll 8
        for (int k = 0; k < tile_k; k++) sum[k][v] = (vec){0};
    }
    for (ptrdiff_t c = 0; c < channels; c++) {
        for (ptrdiff_t t = 0; t < taps; t++, w += tile_k) {
            vec pixels[MAX_V];
#pragma GCC unroll 8
            for (int v = 0; v < tile_v; v++) pixels[v] = load(at[v] + offset[t]);
#pragma GCC unroll 8
            for (int k = 0; k < tile_k; k++)
#pragma GCC unroll 8
                for (int v = 0; v < tile_v; v++) sum[k][v] += w[k] * pixels[v];
        }
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++) at[v] += channel;
    }
#pragma GCC unroll 8
    for (int k = 0; k < tile_k; k++)
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++) out[k * tile_v + v] = sum[k][v];
}

/* Two fixed sizes, so that the sums live in registers. */
NEVER_INLINE void sum_wide_tile(ptrdiff_t channels, ptrdiff_t channel, ptrdiff_t taps,
                                const ptrdiff_t *offset, const real *const *x, const real *w, vec *out) {
    sum_tile(TILE_K, TILE_V, channels, channel, taps, offset, x, w, out);
}

NEVER_INLINE void sum_depthwise_tile(ptrdiff_t channels, ptrdiff_t channel, ptrdiff_t taps,
                                     const ptrdiff_t *offset, const real *const *x, const real *w, vec *out) {
    sum_tile(DEPTHWISE_K, DEPTHWISE_V, channels, channel, taps, offset, x, w, out);
}
