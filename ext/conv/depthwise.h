/* What the three depthwise kernels share: how rows are read where they lie, and how planes are shared out.

   C channels, H W what is read, P Q what is written; a plane is one channel of one image.

   A row is written in segments of one vector. Those at its ends read and write some lanes only (masks.h), and
   know which; all others are plain loads and stores. Above and below the image lies a row of zeros. */
#ifndef CUTAWAY_DEPTHWISE_H
#define CUTAWAY_DEPTHWISE_H

#include "../native/masks.h"
#include "conv.h"

#include <string.h>

enum { KERNEL = 3, TAPS = KERNEL * KERNEL };
/* A register block is ROWS rows of a vector: with 9 weights and the 3 vectors of an input row they fit the
   registers, and images of 7, 14, 28 ... rows are whole blocks of 7. */
#if VECTOR_BYTES == 64 || defined(__aarch64__)
enum { ROWS = 7 };
#else
enum { ROWS = 4 };
#endif
enum { INPUT_ROWS = 2 * (ROWS - 1) + KERNEL }; /* with stride 2 */
enum { TASK_PIXELS = 4096 };                   /* outputs of a task: drawing it costs nothing beside them */

enum { MAX_LOADS = 4, MAX_STORES = 2 };
struct segment_lanes {
    lane_set in[MAX_LOADS], out[MAX_STORES]; /* lanes that lie inside a row */
    ptrdiff_t from, to;                      /* columns of the first load and store; may lie outside */
    int is_edge;                             /* some lanes do not */
};

/* The planes x -> y, and how they are shared out: a task is several planes, or a band of rows of one. */
struct depthwise_job {
    ptrdiff_t C, H, W, P, Q, stride;
    ptrdiff_t top, left;         /* padding, negative where the image is cut */
    ptrdiff_t planes;            /* N * C */
    ptrdiff_t many, band, bands; /* planes and rows of a task, bands of a plane */
    const real *x, *w, *b;       /* b may be NULL */
    real *y;
    int turned;                  /* w is turned by half a circle */
    real relu;                   /* y is cut to 0 .. relu; 0: it is not */
    ptrdiff_t count;             /* of segments */
    struct segment_lanes *segments;
    real *zeros;                 /* a row of the input */
};

/* Where the vectors of a segment lie, from its first column on. */
struct pattern {
    int loads, stores;
    ptrdiff_t in[MAX_LOADS], out[MAX_STORES];
};

/* Segment i reads from column first_from + i*step_from on, and writes from first_to + i*step_to on. */
static inline void lay_out_segments(const struct depthwise_job *d, const struct pattern *at,
                                    ptrdiff_t first_from, ptrdiff_t step_from, ptrdiff_t first_to,
                                    ptrdiff_t step_to) {
    for (ptrdiff_t i = 0; i < d->count; i++) {
        struct segment_lanes *s = &d->segments[i];
        s->from = first_from + i * step_from;
        s->to = first_to + i * step_to;
        s->is_edge = 0;
        for (int k = 0; k < at->loads; k++) {
            ptrdiff_t w = s->from + at->in[k];
            s->in[k] = lanes_between(-w, d->W - w);
            s->is_edge |= w < 0 || w + LANES > d->W;
        }
        for (int k = 0; k < at->stores; k++) {
            ptrdiff_t q = s->to + at->out[k];
            s->out[k] = lanes_between(-q, d->Q - q);
            s->is_edge |= q < 0 || q + LANES > d->Q;
        }
    }
}

/* The segments of a convolution: with stride 2, two vectors of a row hold the columns of two taps, and two
   more the third's. */
static inline void lay_out_rows(const struct depthwise_job *d) {
    const struct pattern one = {.loads = 3, .in = {0, 1, 2}, .stores = 1};
    const struct pattern two = {.loads = 4, .in = {0, LANES, 2, LANES + 2}, .stores = 1};
    lay_out_segments(d, d->stride == 1 ? &one : &two, -d->left, d->stride * LANES, 0, LANES);
}

/* Shares planes of `rows` rows of `columns` pixels out. */
static inline void share_planes(struct depthwise_job *d, ptrdiff_t rows, ptrdiff_t columns) {
    d->many = clamp(TASK_PIXELS / (rows * columns), 1, d->planes);
    d->band = clamp(ceil_div(TASK_PIXELS / columns, ROWS) * ROWS, ROWS, rows);
    d->bands = ceil_div(rows, d->band);
}

/* Gets memory for `count` segments, the zeros, and `more` numbers, which are returned;
   NULL if there is none. */
static inline real *reserve(struct depthwise_job *d, ptrdiff_t count, ptrdiff_t more) {
    size_t bytes = (size_t)count * sizeof *d->segments;
    d->count = count;
    d->segments = scratch(WORK, bytes + (size_t)(d->W + more) * sizeof(real));
    if (!d->segments) return NULL;
    d->zeros = (real *)(d->segments + count);
    memset(d->zeros, 0, (size_t)d->W * sizeof(real));
    return d->zeros + d->W;
}

/* rows (count) OUT: where rows h, h+1, ... of the plane x (H, W) begin */
ALWAYS_INLINE void find_rows(const struct depthwise_job *d, const real *x, ptrdiff_t h, int count,
                             const real **rows) {
#pragma GCC unroll 16
    for (int i = 0; i < count; i++, h++) rows[i] = (size_t)h < (size_t)d->H ? x + h * d->W : d->zeros;
}

ALWAYS_INLINE vec read_vector(const int edge, const real *p, const lane_set *kept) {
    return edge ? load_lanes(p, *kept) : load(p);
}

/* at (KERNEL) OUT: what each tap column sees of a row, in segment s */
ALWAYS_INLINE void read_row(const int stride, const int edge, const real *row, const struct segment_lanes *s,
                            vec *at) {
    row += s->from;
    if (stride == 1) {
#pragma GCC unroll 8
        for (int k = 0; k < KERNEL; k++) at[k] = in_register(read_vector(edge, row + k, s->in + k));
    } else {
        vec a = read_vector(edge, row, s->in), b = read_vector(edge, row + LANES, s->in + 1);
        vec c = read_vector(edge, row + 2, s->in + 2), e = read_vector(edge, row + LANES + 2, s->in + 3);
        at[0] = in_register(even_lanes(a, b));
        at[1] = in_register(odd_lanes(a, b));
        at[2] = in_register(even_lanes(c, e));
    }
}

/* Asks for `vectors` cache lines of a row that is read (or written) soon: a block jumps from row to row, and
   no processor guesses where. The row may lie outside the array. */
ALWAYS_INLINE void fetch_ahead(const real *row, const int vectors, const int writes) {
#pragma GCC unroll 4
    for (int k = 0; k < vectors; k++) __builtin_prefetch(row + k * LANES, writes);
}

/* w (TAPS) OUT: the kernel of a channel, each weight in all lanes. A weight less zero is the weight, also if
   it is -0: the compiler then leaves the zero out. */
ALWAYS_INLINE void spread_weights(const struct depthwise_job *d, ptrdiff_t c, vec *w) {
#pragma GCC unroll 16
    for (int t = 0; t < TAPS; t++)
        w[t] = in_register(d->w[c * TAPS + (d->turned ? TAPS - 1 - t : t)] - (vec){0});
}

/* Lanes of row p of a block that has `rows` rows: none beyond. */
ALWAYS_INLINE lane_set lanes_of_row(ptrdiff_t p, ptrdiff_t rows, lane_set lanes) {
    return p < rows ? lanes : lanes & 0;
}

#endif
