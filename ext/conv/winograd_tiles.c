/* Winograd's tiles: from images to vectors of tiles, and back.

   N batch, C channels in, K channels out, H W image, P Q output; c, k one channel; g slopes.

   An image of P x Q outputs is cut into tiles of 4 x 4 (or 2 x 2). A strip is LANES columns of one row of
   tiles, LANES/4 tiles side by side; four strips (or two), wherever they lie, fill a vector of tiles. Along
   the columns a strip is transformed as it lies in memory; then its columns are de-interleaved, and along the
   rows lane i works for tile i. LANES = 16, one strip:

         image rows (6 x 16 columns)                        lanes of tiles[0..3]
         | a b c d | e f g h | i j k l | m n o p |    ->    a e i m ..  b f j n ..  c g k o ..  d h l p ..
           tile 0    tile 1    tile 2    tile 3             (three more strips fill the lanes)

   Columns 4 and 5 of a patch are columns 0 and 1 of the image 4 columns further right. */
#pragma once
#include "conv.h"
#include "winograd_transforms.c" /* MAX_TILE, PATCH, columns_to_tiles, evaluate, evaluate_adjoint,
                                    tiles_to_columns, transform_input */

#include <string.h>

enum {
    MAX_STRIPS = MAX_TILE, /* in a vector of tiles there are as many as a tile has columns */
    NOWHERE = -(1 << 30)   /* a row so far outside that all of it is 0 */
};

/* Images of which tiles are cut; `size` elements in all, and no read leaves them. */
struct images {
    const real *data;
    ptrdiff_t size, channels, H, W;
};

struct strip {
    ptrdiff_t n, p, q; /* image, first row, first column of the output; p = NOWHERE: there is none */
};

/* The tiles of N images of P x Q outputs. */
struct grid {
    int tile;
    ptrdiff_t N, rows, per_row, vectors;
};

static struct grid make_grid(int tile, ptrdiff_t N, ptrdiff_t P, ptrdiff_t Q) {
    struct grid grid = {.tile = tile, .N = N, .rows = ceil_div(P, tile), .per_row = ceil_div(Q, LANES)};
    grid.vectors = ceil_div(N * grid.rows * grid.per_row, tile);
    return grid;
}

/* strips (tile)  OUT: those of one vector of tiles */
static void find_strips(const struct grid *grid, ptrdiff_t vector, struct strip *strips) {
    for (int i = 0; i < grid->tile; i++) {
        ptrdiff_t index = vector * grid->tile + i, per_image = grid->rows * grid->per_row;
        strips[i].n = index / per_image;
        strips[i].p = index < grid->N * per_image ? index % per_image / grid->per_row * grid->tile : NOWHERE;
        strips[i].q = index % grid->per_row * LANES;
    }
}

/* out (rows) OUT: the LANES columns from w of the rows from h of one plane; 0 outside. A vector that begins
   or ends outside the row is read all the same, if it stays within the images, and what is foreign is masked
   out. */
ALWAYS_INLINE void load_rows(const struct images *x, ptrdiff_t plane, ptrdiff_t h, ptrdiff_t w,
                             const int rows, vec *out) {
    ptrdiff_t at = (plane * x->H + h) * x->W + w;
    if (h >= 0 && h + rows <= x->H && w >= 0 && w + LANES <= x->W) {
#pragma GCC unroll 6
        for (int i = 0; i < rows; i++) out[i] = load(x->data + at + i * x->W);
        return;
    }
    ptrdiff_t first = larger(0, -w), last = smaller(LANES, x->W - w);
    lane_numbers lane = number_lanes();
    lane_number begin = (lane_number)clamp(first, 0, LANES), end = (lane_number)clamp(last, 0, LANES);
    lane_numbers inside = (lane >= begin) & (lane < end);
    for (int i = 0; i < rows; i++, at += x->W) {
        if (h + i < 0 || h + i >= x->H || last <= first) out[i] = (vec){0};
        else if (at >= 0 && at + LANES <= x->size) out[i] = mask_lanes(load(x->data + at), inside);
        else {
            real row[LANES] = {0};
            for (ptrdiff_t j = first; j < last; j++) row[j] = x->data[at + j];
            out[i] = load(row);
        }
    }
}

/* out (36, step) OUT: B^T d B for the patches d that a vector of tiles sees in channel c,
   its corner at (p - top, q - left) */
ALWAYS_INLINE void transform_input_tiles(const int tile, const struct images *x, const struct strip *strips,
                                         ptrdiff_t c, ptrdiff_t top, ptrdiff_t left, ptrdiff_t step,
                                         real *out) {
    const int pieces = (PATCH + tile - 1) / tile; /* piece i: the columns from q - left + i*tile on */
    vec columns[PATCH / 2][PATCH][MAX_STRIPS];
    for (int s = 0; s < tile; s++)
#pragma GCC unroll 3
        for (int piece = 0; piece < pieces; piece++) {
            vec d[PATCH], u[PATCH];
            load_rows(x, strips[s].n * x->channels + c, strips[s].p - top, strips[s].q - left + piece * tile,
                      PATCH, d);
            transform_input(d, u);
#pragma GCC unroll 6
            for (int i = 0; i < PATCH; i++) columns[piece][i][s] = u[i];
        }
    for (int i = 0; i < PATCH; i++) {
        vec d[PATCH + MAX_TILE], u[PATCH];
#pragma GCC unroll 3
        for (int piece = 0; piece < pieces; piece++)
            columns_to_tiles(tile, columns[piece][i], d + piece * tile);
        transform_input(d, u);
#pragma GCC unroll 6
        for (int j = 0; j < PATCH; j++) store(out + (PATCH * i + j) * step, u[j]);
    }
}

static void input_tiles(int tile, const struct images *x, const struct strip *strips, ptrdiff_t c,
                        ptrdiff_t top, ptrdiff_t left, ptrdiff_t step, real *out) {
    if (tile == 4) transform_input_tiles(4, x, strips, c, top, left, step, out);
    else transform_input_tiles(2, x, strips, c, top, left, step, out);
}

/* out (36, step) OUT: A y A^T for the tiles y of slopes in channel k */
ALWAYS_INLINE void transform_slope_tiles(const int tile, const struct images *g, const struct strip *strips,
                                         ptrdiff_t k, ptrdiff_t step, real *out) {
    vec columns[PATCH][MAX_STRIPS];
    for (int s = 0; s < tile; s++) {
        vec y[MAX_TILE], u[PATCH];
        load_rows(g, strips[s].n * g->channels + k, strips[s].p, strips[s].q, tile, y);
        evaluate(tile, y, u);
        for (int i = 0; i < PATCH; i++) columns[i][s] = u[i];
    }
    for (int i = 0; i < PATCH; i++) {
        vec y[MAX_TILE], u[PATCH];
        columns_to_tiles(tile, columns[i], y);
        evaluate(tile, y, u);
#pragma GCC unroll 6
        for (int j = 0; j < PATCH; j++) store(out + (PATCH * i + j) * step, u[j]);
    }
}

static void slope_tiles(int tile, const struct images *g, const struct strip *strips, ptrdiff_t k,
                        ptrdiff_t step, real *out) {
    if (tile == 4) transform_slope_tiles(4, g, strips, k, step, out);
    else transform_slope_tiles(2, g, strips, k, step, out);
}

/* The outputs of a convolution: y (N, K, P, Q) OUT, b (K) IN or NULL; perhaps rectified. */
struct outputs {
    real *y;
    const real *b;
    ptrdiff_t K, P, Q;
    real relu;
};

/* m (36, step) IN -> A^T m A + bias, written to channel k of y; spoilt INOUT becomes NaN where that is not
   finite */
ALWAYS_INLINE void transform_output_tiles(const int tile, const vec *m, ptrdiff_t step,
                                          const struct strip *strips, const struct outputs *outputs,
                                          ptrdiff_t k, vec *spoilt) {
    const struct outputs to = *outputs; /* a copy, which no store to y can change */
    vec half[MAX_TILE][PATCH];
    real bias = to.b ? to.b[k] : 0;
    for (int j = 0; j < PATCH; j++) {
        vec column[PATCH], out[MAX_TILE];
#pragma GCC unroll 6
        for (int i = 0; i < PATCH; i++) column[i] = m[(PATCH * i + j) * step];
        evaluate_adjoint(tile, column, out);
        for (int i = 0; i < tile; i++) half[i][j] = out[i];
    }
    for (int i = 0; i < tile; i++) {
        vec tiles[MAX_TILE], columns[MAX_STRIPS];
        evaluate_adjoint(tile, half[i], tiles);
        tiles_to_columns(tile, tiles, columns);
        for (int s = 0; s < tile; s++) {
            if (strips[s].p == NOWHERE || strips[s].p + i >= to.P) continue;
            vec value = columns[s] + bias;
            *spoilt += 0 * value;
            if (to.relu > 0) value = rectified(value, to.relu);
            real *y = to.y + ((strips[s].n * to.K + k) * to.P + strips[s].p + i) * to.Q + strips[s].q;
            if (strips[s].q + LANES <= to.Q) store(y, value);
            else memcpy(y, &value, (size_t)(to.Q - strips[s].q) * sizeof(real));
        }
    }
}

static vec output_tiles(int tile, const vec *m, ptrdiff_t step, const struct strip *strips,
                        const struct outputs *to, ptrdiff_t k, vec spoilt) {
    if (tile == 4) transform_output_tiles(4, m, step, strips, to, k, &spoilt);
    else transform_output_tiles(2, m, step, strips, to, k, &spoilt);
    return spoilt;
}

/* Is a lane NaN? */
static int has_nan(vec v) {
    for (int lane = 0; lane < LANES; lane++)
        if (v[lane] != v[lane]) return 1;
    return 0;
}
