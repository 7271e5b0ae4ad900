/* What should lie in the lanes?

   pixels     vectors are rows of pixels: best for few channels        correlate_pixels.c, weight_pixels.c
   channels   vectors are output channels: best for many of them,      correlate_channels.c, weight_channels.c
              whatever the images
   rows       pixels, read where they lie: for depthwise kernels of    depthwise.c, which says what it serves
              3 x 3

   C channels in, K channels out (of a group), P Q output, (c,t) channel and tap.

   The work for an output, in multiply-adds: its pairs (c,t), and more if vectors or tiles are not full; and
   what else an output costs, in the time of so many multiply-adds. These constants are measured, on
   processors with AVX-512 and with AVX2. */
#pragma once
#include "conv.h"
#include "tile_channels.c" /* channel_tiles, cut_channels */

enum {
    WRITE_PIXEL = 6, WRITE_CHANNEL = 24, /* the latter transposes */
    SPLIT_PHASES = 32,                   /* pixels only: for each input of a stride > 1 */
    SCATTER = 16,                        /* pixels only: for each step between pixels of a phase */
    TRANSPOSE_SLOPE = 24                 /* the weight gradient by channels: for each slope */
};
/* a tile of one vector waits for loads; lanes are summed;
   pixels that no other tap reads come from the second-level cache */
static const double ONE_VECTOR = 1.25, ADD_LANES = 1.25, UNSHARED = 1.25;
enum { FEW_TAPS = 4, NEAR_BYTES = 64 * 1024 };

static double work_by_channels(const struct correlation *z, double pairs) {
    struct channel_tiles tiles = cut_channels(z->K);
    return pairs * (double)(tiles.count * tiles.lanes) / (double)z->K * (tiles.vectors == 1 ? ONE_VECTOR : 1);
}

static double work_by_pixels(const struct correlation *z, double pairs) {
    ptrdiff_t first = 0, last = 0, rows = clamp(BLOCK_PIXELS / z->Q, 1, z->P);
    for (ptrdiff_t t = 0; t < z->taps; t++) {
        first = smaller(first, z->col[t]);
        last = larger(last, z->col[t]);
    }
    ptrdiff_t reach = (last - first) / z->stride_x;
    ptrdiff_t vectors = smaller(rows * ceil_div(z->Q, LANES),
                                ceil_div((rows - 1) * (z->Q + reach) + z->Q, LANES));
    double pixels = (double)(ceil_div(vectors, TILE_V) * TILE_V * LANES) / (double)(rows * z->Q);
    ptrdiff_t strides = z->stride_y * z->stride_x, taps = z->taps / (z->phases_y * z->phases_x);
    int is_far = z->C * BLOCK_PIXELS * strides * (ptrdiff_t)sizeof(real) > NEAR_BYTES;
    int is_scattered = VECTOR_BYTES < 64 || taps * strides > 1; /* wide tiles wait less */
    double shared = is_scattered && taps / strides <= FEW_TAPS && is_far ? UNSHARED : 1;
    return pairs * pixels * shared * (double)(ceil_div(z->K, TILE_K) * TILE_K) / (double)z->K;
}

static double split_phases(const struct correlation *z) {
    double inputs = (double)(z->C * z->stride_y * z->stride_x) / (double)z->K; /* for an output */
    return z->stride_x > 1 ? SPLIT_PHASES * inputs : 0;
}

static int choose_lanes(const struct correlation *z, int asked) {
    if (asked != BEST_LANES) return asked;
    if (z->K == 1) return PIXEL_LANES;
    ptrdiff_t phases = z->phases_y * z->phases_x;
    double pairs = (double)(z->C * z->taps) / (double)phases;
    double channels = work_by_channels(z, pairs) + WRITE_CHANNEL;
    double pixels = work_by_pixels(z, pairs) + WRITE_PIXEL + split_phases(z) +
                    (phases > 1 ? (double)(SCATTER * z->phases_x) : 0);
    return channels < pixels ? CHANNEL_LANES : PIXEL_LANES;
}

static int choose_weight_lanes(const struct correlation *z, int asked) {
    if (asked != BEST_LANES) return asked;
    if (z->K == 1) return PIXEL_LANES;
    double columns = (double)(z->C * z->taps);
    double channels = work_by_channels(z, columns) + TRANSPOSE_SLOPE;
    double pixels = work_by_pixels(z, columns) * ADD_LANES + split_phases(z);
    return channels < pixels ? CHANNEL_LANES : PIXEL_LANES;
}
