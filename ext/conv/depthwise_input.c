/* The input gradient of a depthwise convolution (depthwise.c).

   N batch, C channels, H W image, P Q output; g slopes; (r,s) tap.

   With stride 1 it is a depthwise convolution of g. With stride 2, dx at h + padding = 2i + a gathers from
   the tap rows r of the parity of h + padding, and the same holds for columns:

       a = 0:  r = 0 from g[i],  r = 2 from g[i-1]        a = 1:  r = 1 from g[i]

   So two rows of g, each read from j and from j-1 on, make two rows of dx; their even and odd columns are
   zipped together in registers and written once:

                      j-1  j              even: (2j)              odd: (2j+1)
       g  row i-1      A   B      even    w00 D + w02 C           w01 D + w21 B
          row i        C   D        row     + w20 B + w22 A
                                  odd     w10 D + w12 C           w11 D                  */
#pragma once
#include "depthwise.c" /* correlate_depthwise */
#include "depthwise.h"

enum { PAIRS_AHEAD = 3 }; /* pairs of rows from what is asked for to what is written */

/* dx OUT: two vectors of row h, whose columns are the even and the odd ones */
ALWAYS_INLINE void write_zipped(const int edge, const struct segment_lanes *s, vec even, vec odd, int exists,
                                real *dx) {
    if (!exists) return;
    vec low = zip_low(even, odd), high = zip_high(even, odd);
    if (edge) {
        store_lanes(dx, s->out[0], low);
        store_lanes(dx + LANES, s->out[1], high);
    } else {
        store(dx, low);
        store(dx + LANES, high);
    }
}

/* dx OUT: rows h and h+1 of a segment, the first of them at dx; rows (2) IN: rows i-1 and i of g */
ALWAYS_INLINE void spread_slopes(const int edge, const struct depthwise_job *d, const struct segment_lanes *s,
                                 const real *const *rows, const vec *w, ptrdiff_t h, real *dx) {
    const real *above = rows[0] + s->from, *here = rows[1] + s->from;
    vec a = read_vector(edge, above, s->in), b = read_vector(edge, above + 1, s->in + 1);
    vec c = read_vector(edge, here, s->in), e = read_vector(edge, here + 1, s->in + 1);
    ptrdiff_t H = d->P, W = d->Q;
    fetch_ahead(here + PAIRS_AHEAD * d->W, 1, 0);
    fetch_ahead(dx + 2 * PAIRS_AHEAD * W, 2, 1);
    fetch_ahead(dx + (2 * PAIRS_AHEAD + 1) * W, 2, 1);
    write_zipped(edge, s, w[0] * e + w[2] * c + w[6] * b + w[8] * a, w[1] * e + w[7] * b, h >= 0, dx);
    write_zipped(edge, s, w[3] * e + w[5] * c, w[4] * e, h + 1 < H, dx + W);
}

/* dx (P, Q) OUT: pairs of rows first .. end-1 of a plane; g (H, W) IN, of channel c */
NEVER_INLINE void spread_plane(const struct depthwise_job *d, ptrdiff_t c, const real *g, ptrdiff_t first,
                               ptrdiff_t end, real *dx) {
    vec w[TAPS];
    spread_weights(d, c, w);
    for (ptrdiff_t i = d->top / 2 + first; i < d->top / 2 + end; i++) {
        const real *rows[2];
        find_rows(d, g, i - 1, 2, rows);
        ptrdiff_t h = 2 * i - d->top;
        const struct segment_lanes *s = d->segments, *last = s + d->count;
        for (; s < last; s++) {
            real *to = dx + h * d->Q + s->to;
            if (s->is_edge) spread_slopes(1, d, s, rows, w, h, to);
            else spread_slopes(0, d, s, rows, w, h, to);
        }
    }
}

/* Pairs of rows or columns; the first of each may lie outside. */
static ptrdiff_t count_pairs(ptrdiff_t size, ptrdiff_t padding) { return ceil_div(size + padding % 2, 2); }

static void spread_planes(void *argument, ptrdiff_t index, int worker) {
    const struct depthwise_job *d = argument;
    ptrdiff_t first = index % d->bands * d->band, plane = index / d->bands * d->many;
    ptrdiff_t end = smaller(first + d->band, count_pairs(d->P, d->top));
    ptrdiff_t last = smaller(plane + d->many, d->planes);
    (void)worker;
    for (; plane < last; plane++)
        spread_plane(d, plane % d->C, d->x + plane * d->H * d->W, first, end, d->y + plane * d->P * d->Q);
}

/* Returns 0, or -1 if there is no memory. */
static int spread_depthwise(struct depthwise_job *d) {
    const struct pattern zipped = {.loads = 2, .in = {0, 1}, .stores = 2, .out = {0, LANES}};
    ptrdiff_t columns = count_pairs(d->Q, d->left);
    share_planes(d, count_pairs(d->P, d->top), 2 * d->Q);
    if (!reserve(d, ceil_div(columns, LANES), 0)) return -1;
    lay_out_segments(d, &zipped, d->left / 2 - 1, LANES, -(d->left % 2), 2 * LANES);
    parallel_for(ceil_div(d->planes, d->many) * d->bands, get_thread_count(), spread_planes, d);
    return 0;
}

/* g (N,C,P,Q) IN, w (C,1,3,3) IN, dx (N,C,H,W) OUT: g is what is read, dx what is written */
static int depthwise_input(const struct conv2d_shape *s, const real *g, const real *w, real *dx) {
    struct depthwise_job d = {
        .C = s->C, .H = s->P, .W = s->Q, .P = s->H, .Q = s->W, .stride = 1,
        .top = s->padding[0], .left = s->padding[1], .planes = s->N * s->C,
        .x = g, .w = w, .y = dx,
    };
    if (s->stride[0] == 2) return spread_depthwise(&d);
    d.top = KERNEL - 1 - d.top;
    d.left = KERNEL - 1 - d.left;
    d.turned = 1;
    return correlate_depthwise(&d);
}
