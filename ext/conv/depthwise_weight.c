/* The weight gradient of a depthwise convolution: depthwise.c with the roles of w and y exchanged.

       dw[c,r,s] = sum over n, p, q of  g[n,c,p,q] x[n, c, p*stride + r - padding, the same for q, s]

   N batch, C channels, H W image, P Q output; x images, g slopes.

   A register block holds ROWS rows of one vector of g, and the nine sums of the channel; an input row comes
   into registers once, shifted for each tap column s, and is multiplied with all rows of g that looked at it.
   A lane sums every LANES-th pixel of a band of rows; then it is added to the lane's total, so that a sum
   has few terms of its own size; at the end of all bands the lanes are added.

   A task is some channels, in one of a number of slots: a slot is a share of all bands of all images, with a
   dw of its own. The slots are added in order; their number depends on shapes alone, never on the number of
   threads. */
#pragma once
#include "depthwise.h"
#include "weight_pixels.c" /* add_lanes */

struct depthwise_weight_job {
    struct depthwise_job d; /* x -> y, of which g is the gradient; w and y are not used */
    const real *g;
    real *dw, *partial;
    ptrdiff_t N, slots;
    ptrdiff_t channels; /* of a task */
};

/* sum (TAPS) INOUT: `count` rows, Q apart, of one segment of g; rows IN: those of x on which they looked */
ALWAYS_INLINE void multiply_rows(const int stride, const int edge, const struct segment_lanes *segment,
                                 const real *const *rows, ptrdiff_t count, ptrdiff_t W, ptrdiff_t Q,
                                 const real *g, vec *sum) {
    lane_set lanes = segment->out[0];
    vec slope[ROWS];
#pragma GCC unroll 8
    for (int p = 0; p < ROWS; p++, g += Q) {
        slope[p] = in_register(edge ? load_lanes(g, lanes_of_row(p, count, lanes)) : load(g));
        fetch_ahead(g + ROWS * Q, 1, 0);
    }
#pragma GCC unroll 16
    for (int i = 0; i < (ROWS - 1) * stride + KERNEL; i++) {
        vec at[KERNEL];
        read_row(stride, edge, rows[i], segment, at);
        if (i < ROWS * stride) fetch_ahead(rows[i] + segment->from + ROWS * stride * W, stride, 0);
#pragma GCC unroll 8
        for (int p = 0; p < ROWS; p++) {
            const int r = i - p * stride; /* the tap row by which row p of g looked at row i */
            if (r < 0 || r >= KERNEL) continue;
#pragma GCC unroll 8
            for (int s = 0; s < KERNEL; s++) sum[r * KERNEL + s] += slope[p] * at[s];
        }
    }
}

/* total (TAPS) INOUT: rows first .. end-1 of a plane of g (P, Q) IN, with x (H, W) IN */
ALWAYS_INLINE void multiply_band(const int stride, const struct depthwise_job *d, const real *x,
                                 const real *g, ptrdiff_t first, ptrdiff_t end, vec *total) {
    ptrdiff_t W = d->W, Q = d->Q;
    vec sum[TAPS];
#pragma GCC unroll 16
    for (int t = 0; t < TAPS; t++) sum[t] = (vec){0};
    for (ptrdiff_t p = first; p < end; p += ROWS) {
        const real *rows[INPUT_ROWS], *from = g + p * Q;
        find_rows(d, x, p * stride - d->top, (ROWS - 1) * stride + KERNEL, rows);
        const struct segment_lanes *s = d->segments, *last = s + d->count;
        for (; s < last; s++, from += LANES) {
            int edge = s->is_edge || p + ROWS > end;
            if (edge) multiply_rows(stride, 1, s, rows, end - p, W, Q, from, sum);
            else multiply_rows(stride, 0, s, rows, end - p, W, Q, from, sum);
        }
    }
#pragma GCC unroll 16
    for (int t = 0; t < TAPS; t++) total[t] += sum[t];
}

NEVER_INLINE void multiply_band_1(const struct depthwise_job *d, const real *x, const real *g,
                                  ptrdiff_t first, ptrdiff_t end, vec *total) {
    multiply_band(1, d, x, g, first, end, total);
}

NEVER_INLINE void multiply_band_2(const struct depthwise_job *d, const real *x, const real *g,
                                  ptrdiff_t first, ptrdiff_t end, vec *total) {
    multiply_band(2, d, x, g, first, end, total);
}

/* dw (TAPS) OUT: the sum over all lanes; total (TAPS) IN */
static void add_all_lanes(const vec *total, real *dw) {
    enum { ALL = (TAPS + LANES - 1) / LANES * LANES };
    vec flat[ALL];
    real sums[ALL];
    for (int t = 0; t < ALL; t++) flat[t] = t < TAPS ? total[t] : (vec){0};
    for (int t = 0; t < ALL; t += LANES) {
        add_lanes(flat + t);
        store(sums + t, flat[t]);
    }
    memcpy(dw, sums, TAPS * sizeof(real));
}

static void depthwise_weight_task(void *argument, ptrdiff_t index, int worker) {
    const struct depthwise_weight_job *job = argument;
    const struct depthwise_job *d = &job->d;
    ptrdiff_t slot = index % job->slots, from = index / job->slots * job->channels, all = job->N * d->bands;
    real *dw = job->partial + slot * d->C * TAPS;
    (void)worker;
    for (ptrdiff_t c = from; c < smaller(from + job->channels, d->C); c++) {
        vec total[TAPS] = {0};
        for (ptrdiff_t i = all * slot / job->slots; i < all * (slot + 1) / job->slots; i++) {
            ptrdiff_t plane = i / d->bands * d->C + c, first = i % d->bands * d->band;
            (d->stride == 1 ? multiply_band_1 : multiply_band_2)(
                d, d->x + plane * d->H * d->W, job->g + plane * d->P * d->Q, first,
                smaller(first + d->band, d->P), total);
        }
        add_all_lanes(total, dw + c * TAPS);
    }
}

static void add_depthwise_slots(const struct depthwise_weight_job *job) {
    for (ptrdiff_t i = 0; i < job->d.C * TAPS; i++) {
        real sum = 0;
        for (ptrdiff_t slot = 0; slot < job->slots; slot++) sum += job->partial[slot * job->d.C * TAPS + i];
        job->dw[i] = sum;
    }
}

/* g (N,C,P,Q) IN, x (N,C,H,W) IN, dw (C,1,3,3) OUT. Returns 0, or -1 if there is no memory. */
static int depthwise_weight(const struct conv2d_shape *s, const real *g, const real *x, real *dw) {
    struct depthwise_weight_job job = {
        .d = {.C = s->C, .H = s->H, .W = s->W, .P = s->P, .Q = s->Q, .stride = s->stride[0],
              .top = s->padding[0], .left = s->padding[1], .planes = s->N * s->C, .x = x},
        .g = g, .dw = dw, .N = s->N,
    };
    struct depthwise_job *d = &job.d;
    share_planes(d, d->P, d->Q);
    job.channels = clamp(TASK_PIXELS / (s->N * d->P * d->Q), 1, d->C);
    ptrdiff_t tasks = ceil_div(d->C, job.channels);
    job.slots = clamp(WEIGHT_TASKS / tasks, 1, s->N * d->bands);
    real *partial = reserve(d, ceil_div(d->Q, LANES), job.slots * d->C * TAPS);
    if (!partial) return -1;
    lay_out_rows(d);
    job.partial = job.slots > 1 ? partial : dw;
    parallel_for(tasks * job.slots, get_thread_count(), depthwise_weight_task, &job);
    if (job.slots > 1) add_depthwise_slots(&job);
    return 0;
}
