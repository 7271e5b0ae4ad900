/* Nearest and bilinear up-sampling (to any size, also smaller) and their adjoints.  H W image, P Q output.

       nearest    y[p,q] = x[h0(p), w0(q)]
       bilinear   y[p,q] = a0(p) t[h0(p),q] + a1(p) t[h1(p),q],   t[h,q] = b0(q) x[h,w0(q)] + b1(q) x[h,w1(q)]

   axis.table [outputs] [0, 1] holds h0 and h1, axis.weight [outputs] [0, 1] a0 and a1 (or w0, w1, b0, b1).
   Bilinear first stretches the rows of x, of which there are fewer than of y as a rule; the step over rows
   vectorises. The adjoints do the same backwards. */
#pragma once
#include "../native/kernels.h"
#include "../native/threads.h"
#include "../native/vector.h"

#include <string.h>

struct upsample_job {
    const struct upsample2d_shape *s;
    const real *from;
    real *to, *stretched; /* t (H, Q) for each worker */
};

static real *stretched_of(const struct upsample_job *job, int worker) {
    return job->stretched + worker * job->s->y.size * job->s->x.outputs;
}

static void bilinear_plane(void *argument, ptrdiff_t plane, int worker) {
    const struct upsample_job *job = argument;
    const struct upsample2d_shape *s = job->s;
    ptrdiff_t H = s->y.size, W = s->x.size, P = s->y.outputs, Q = s->x.outputs;
    const real *x = job->from + plane * H * W;
    real *y = job->to + plane * P * Q, *t = stretched_of(job, worker);
    for (ptrdiff_t q = 0; q < Q; q++) {
        const int64_t *w = s->x.table + 2 * q;
        real b0 = (real)s->x.weight[2 * q], b1 = (real)s->x.weight[2 * q + 1];
        for (ptrdiff_t h = 0; h < H; h++) t[h * Q + q] = b0 * x[h * W + w[0]] + b1 * x[h * W + w[1]];
    }
    for (ptrdiff_t p = 0; p < P; p++, y += Q) {
        real a0 = (real)s->y.weight[2 * p], a1 = (real)s->y.weight[2 * p + 1];
        const real *upper = t + s->y.table[2 * p] * Q, *lower = t + s->y.table[2 * p + 1] * Q;
        for (ptrdiff_t q = 0; q < Q; q++) y[q] = a0 * upper[q] + a1 * lower[q];
    }
}

static void bilinear_plane_adjoint(void *argument, ptrdiff_t plane, int worker) {
    const struct upsample_job *job = argument;
    const struct upsample2d_shape *s = job->s;
    ptrdiff_t H = s->y.size, W = s->x.size, P = s->y.outputs, Q = s->x.outputs;
    const real *g = job->from + plane * P * Q;
    real *dx = job->to + plane * H * W, *t = stretched_of(job, worker);
    memset(t, 0, (size_t)(H * Q) * sizeof(real));
    memset(dx, 0, (size_t)(H * W) * sizeof(real));
    for (ptrdiff_t p = 0; p < P; p++, g += Q) {
        real a0 = (real)s->y.weight[2 * p], a1 = (real)s->y.weight[2 * p + 1];
        real *upper = t + s->y.table[2 * p] * Q, *lower = t + s->y.table[2 * p + 1] * Q;
        for (ptrdiff_t q = 0; q < Q; q++) upper[q] += a0 * g[q];
        for (ptrdiff_t q = 0; q < Q; q++) lower[q] += a1 * g[q]; /* may be the same row */
    }
    for (ptrdiff_t q = 0; q < Q; q++) {
        const int64_t *w = s->x.table + 2 * q;
        real b0 = (real)s->x.weight[2 * q], b1 = (real)s->x.weight[2 * q + 1];
        for (ptrdiff_t h = 0; h < H; h++) {
            dx[h * W + w[0]] += b0 * t[h * Q + q];
            dx[h * W + w[1]] += b1 * t[h * Q + q];
        }
    }
}

static void nearest_plane(void *argument, ptrdiff_t plane, int worker) {
    const struct upsample_job *job = argument;
    const struct upsample2d_shape *s = job->s;
    const real *x = job->from + plane * s->y.size * s->x.size;
    real *y = job->to + plane * s->y.outputs * s->x.outputs;
    (void)worker;
    for (ptrdiff_t p = 0; p < s->y.outputs; p++, y += s->x.outputs) {
        const real *row = x + s->y.table[2 * p] * s->x.size;
        if (p > 0 && s->y.table[2 * p] == s->y.table[2 * p - 2])
            memcpy(y, y - s->x.outputs, (size_t)s->x.outputs * sizeof(real));
        else
            for (ptrdiff_t q = 0; q < s->x.outputs; q++) y[q] = row[s->x.table[2 * q]];
    }
}

static void nearest_plane_adjoint(void *argument, ptrdiff_t plane, int worker) {
    const struct upsample_job *job = argument;
    const struct upsample2d_shape *s = job->s;
    const real *g = job->from + plane * s->y.outputs * s->x.outputs;
    real *dx = job->to + plane * s->y.size * s->x.size;
    (void)worker;
    memset(dx, 0, (size_t)(s->y.size * s->x.size) * sizeof(real));
    for (ptrdiff_t p = 0; p < s->y.outputs; p++) {
        real *row = dx + s->y.table[2 * p] * s->x.size;
        for (ptrdiff_t q = 0; q < s->x.outputs; q++) row[s->x.table[2 * q]] += *g++;
    }
}

static int upsample(const struct upsample2d_shape *s, const void *from, void *to, loop_body body) {
    int workers = get_thread_count();
    struct upsample_job job = {s, from, to,
                               scratch(WORK, (size_t)(workers * s->y.size * s->x.outputs) * sizeof(real))};
    if (!job.stretched) return -1;
    parallel_for(s->planes, workers, body, &job);
    return 0;
}

/* x (planes,H,W) IN, y (planes,P,Q) OUT */
static int upsample_nearest2d(const struct upsample2d_shape *s, const void *x, void *y) {
    return upsample(s, x, y, nearest_plane);
}
static int upsample_bilinear2d(const struct upsample2d_shape *s, const void *x, void *y) {
    return upsample(s, x, y, bilinear_plane);
}

/* g (planes,P,Q) IN, dx (planes,H,W) OUT */
static int upsample_nearest2d_adjoint(const struct upsample2d_shape *s, const void *g, void *dx) {
    return upsample(s, g, dx, nearest_plane_adjoint);
}
static int upsample_bilinear2d_adjoint(const struct upsample2d_shape *s, const void *g, void *dx) {
    return upsample(s, g, dx, bilinear_plane_adjoint);
}
