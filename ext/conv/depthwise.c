/* Depthwise: every channel has one kernel of its own, 3 x 3, and no channel meets another.

       y[n,c,p,q] = b[c] + sum over r, s of  w[c,r,s] x[n, c, p*stride + r - padding, the same for q, s]

   N batch, C channels, H W image, P Q output, stride 1 or 2; a plane is one channel of one image.

   Nine multiply-adds for an output are so few that the time goes into moving numbers, and a packed copy of
   the planes would move them twice. So they are read where they lie, and each row once for all its tap rows:
   a register block is ROWS output rows of one vector; an input row comes into registers, shifted for each tap
   column s, and serves all the output rows that look at it. With stride 1:

                      s=0 s=1 s=2       output row 0         row 1                row 2
       input row 0    x   x   x         += w[0,s] x[s]
                 1    x   x   x         += w[1,s] x[s]       += w[0,s] x[s]
                 2    x   x   x         += w[2,s] x[s]       += w[1,s] x[s]       += w[0,s] x[s]
                 3    x   x   x                              += w[2,s] x[s]       += w[1,s] x[s]  ...

   With stride 2, two neighbouring vectors of a row are parted into their even and odd columns.

   The input gradient with stride 1 is the same with the kernel turned by half a circle and a padding of
   2 - padding, which may be negative; with stride 2, see depthwise_input.c. */
#pragma once
#include "depthwise.h"

static int serves_depthwise(const struct conv2d_shape *s) {
    return s->lanes == BEST_LANES && s->groups == s->C && s->K == s->C && s->R == KERNEL && s->S == KERNEL &&
           s->dilation[0] == 1 && s->dilation[1] == 1 && s->stride[0] == s->stride[1] && s->stride[0] <= 2;
}

/* y OUT: `count` rows, Q apart, of one segment; rows IN: those of x on which they look */
ALWAYS_INLINE void correlate_rows(const int stride, const int edge, const struct segment_lanes *segment,
                                  const real *const *rows, const vec *w, vec bias, real top, ptrdiff_t count,
                                  ptrdiff_t W, ptrdiff_t Q, real *y) {
    lane_set out = segment->out[0];
    vec sum[ROWS];
#pragma GCC unroll 8
    for (int p = 0; p < ROWS; p++) sum[p] = bias;
#pragma GCC unroll 16
    for (int i = 0; i < (ROWS - 1) * stride + KERNEL; i++) {
        vec at[KERNEL];
        read_row(stride, edge, rows[i], segment, at);
        if (i < ROWS * stride) fetch_ahead(rows[i] + segment->from + ROWS * stride * W, stride, 0);
#pragma GCC unroll 8
        for (int p = 0; p < ROWS; p++) {
            const int r = i - p * stride; /* the tap row by which output row p looks at row i */
            if (r < 0 || r >= KERNEL) continue;
#pragma GCC unroll 8
            for (int s = 0; s < KERNEL; s++) sum[p] += w[r * KERNEL + s] * at[s];
        }
    }
    if (top > 0)
#pragma GCC unroll 8
        for (int p = 0; p < ROWS; p++) sum[p] = rectified(sum[p], top);
#pragma GCC unroll 8
    for (int p = 0; p < ROWS; p++, y += Q) {
        if (edge) store_lanes(y, lanes_of_row(p, count, out), sum[p]);
        else store(y, sum[p]);
        fetch_ahead(y + ROWS * Q, 1, 1);
    }
}

/* y (P, Q) OUT: rows first .. end-1 of a plane; x (H, W) IN, of channel c */
ALWAYS_INLINE void correlate_plane(const int stride, const struct depthwise_job *d, ptrdiff_t c,
                                   const real *x, ptrdiff_t first, ptrdiff_t end, real *y) {
    vec w[TAPS], bias = (d->b ? d->b[c] : 0) - (vec){0};
    ptrdiff_t W = d->W, Q = d->Q;
    real top = d->relu;
    spread_weights(d, c, w);
    for (ptrdiff_t p = first; p < end; p += ROWS) {
        const real *rows[INPUT_ROWS];
        find_rows(d, x, p * stride - d->top, (ROWS - 1) * stride + KERNEL, rows);
        const struct segment_lanes *s = d->segments, *last = s + d->count;
        for (real *to = y + p * Q; s < last; s++, to += LANES) {
            int edge = s->is_edge || p + ROWS > end;
            if (edge) correlate_rows(stride, 1, s, rows, w, bias, top, end - p, W, Q, to);
            else correlate_rows(stride, 0, s, rows, w, bias, top, end - p, W, Q, to);
        }
    }
}

NEVER_INLINE void correlate_plane_1(const struct depthwise_job *d, ptrdiff_t c, const real *x,
                                    ptrdiff_t first, ptrdiff_t end, real *y) {
    correlate_plane(1, d, c, x, first, end, y);
}

NEVER_INLINE void correlate_plane_2(const struct depthwise_job *d, ptrdiff_t c, const real *x,
                                    ptrdiff_t first, ptrdiff_t end, real *y) {
    correlate_plane(2, d, c, x, first, end, y);
}

static void correlate_planes(void *argument, ptrdiff_t index, int worker) {
    const struct depthwise_job *d = argument;
    ptrdiff_t first = index % d->bands * d->band, plane = index / d->bands * d->many;
    ptrdiff_t end = smaller(first + d->band, d->P), last = smaller(plane + d->many, d->planes);
    (void)worker;
    for (; plane < last; plane++)
        (d->stride == 1 ? correlate_plane_1 : correlate_plane_2)(
            d, plane % d->C, d->x + plane * d->H * d->W, first, end, d->y + plane * d->P * d->Q);
}

/* Returns 0, or -1 if there is no memory. */
static int correlate_depthwise(struct depthwise_job *d) {
    share_planes(d, d->P, d->Q);
    if (!reserve(d, ceil_div(d->Q, LANES), 0)) return -1;
    lay_out_rows(d);
    parallel_for(ceil_div(d->planes, d->many) * d->bands, get_thread_count(), correlate_planes, d);
    return 0;
}

/* x (N,C,H,W) IN, w (C,1,3,3) IN, b (C) IN or NULL, y (N,C,P,Q) OUT */
static int depthwise(const struct conv2d_shape *s, const real *x, const real *w, const real *b, real *y) {
    struct depthwise_job d = {
        .C = s->C, .H = s->H, .W = s->W, .P = s->P, .Q = s->Q, .stride = s->stride[0],
        .top = s->padding[0], .left = s->padding[1], .planes = s->N * s->C,
        .x = x, .w = w, .b = b, .y = y, .relu = (real)s->relu,
    };
    return correlate_depthwise(&d);
}
