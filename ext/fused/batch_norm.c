/* Batch normalisation in training, for each channel c over N images of L pixels, count = N L:

       mu = mean x      v = mean (x - mu)^2      r = 1 / sqrt(v + eps)      y = w r (x - mu) + b

   and, with u = r (x - mu), its gradients

       dw = sum g u     db = sum g               dx = w r (g - db/count - u dw/count)

   Where y was cut, as a rectifier does it, g counts as 0; y is computed anew for that: a pass less than to
   read it.

       x (N, C, L)    n=0 | c=0 . . . . . . | c=1 . . . . . . |      a channel is N runs of L pixels;
                      n=1 | c=0 . . . . . . | c=1 . . . . . . |      one worker has all of it

   One pass finds the statistics, one writes the result. The statistics are safe: each chunk, while it is in
   the cache, gives its mean and its squared deviations from that mean, and two sets of them are joined as
   Chan et al. (1979) do:

       delta = mu2 - mu1     mu = mu1 + delta n2/(n1+n2)     M = M1 + M2 + delta^2 n1 n2/(n1+n2) */
#pragma once
#include "../native/kernels.h"
#include "../native/threads.h"
#include "../native/vector.h"
#include "channel_sum.c" /* CHANNEL_CHUNK, sum_of, sum_of_products */

#include <math.h>

struct norm_job {
    const struct norm_shape *s;
    const real *x, *g, *w, *b;
    real *y, *mu, *v, *dw, *db;
};

static void find_statistics(const struct norm_job *job, ptrdiff_t c) {
    const struct norm_shape *s = job->s;
    double count = 0, mean = 0, squares = 0;
    for (ptrdiff_t n = 0; n < s->N; n++)
        for (ptrdiff_t i = 0; i < s->L; i += CHANNEL_CHUNK) {
            ptrdiff_t m = smaller(CHANNEL_CHUNK, s->L - i);
            const real *x = job->x + (n * s->C + c) * s->L + i;
            /* relative to one of them, so that large means lose no digits */
            double here = x[0] + sum_of(x, x[0], m) / (double)m;
            real middle = (real)here;
            double off = here - middle, delta = here - mean, all = count + (double)m;
            squares += sum_of_products(x, middle, x, middle, m) - off * off * (double)m +
                       delta * delta * count * (double)m / all;
            mean += delta * (double)m / all;
            count = all;
        }
    job->mu[c] = (real)mean;
    job->v[c] = (real)(squares > 0 ? squares / count : squares * 0);
}

static void normalise_channel(void *argument, ptrdiff_t c, int worker) {
    const struct norm_job *job = argument;
    const struct norm_shape *s = job->s;
    (void)worker;
    find_statistics(job, c);
    real mu = job->mu[c], scale = (real)(job->w[c] / sqrt(job->v[c] + s->eps)), b = job->b[c];
    real top = (real)s->relu;
    for (ptrdiff_t n = 0; n < s->N; n++) {
        const real *x = job->x + (n * s->C + c) * s->L;
        real *y = job->y + (n * s->C + c) * s->L;
        if (top > 0)
            for (ptrdiff_t i = 0; i < s->L; i++) {
                real u = (x[i] - mu) * scale + b;
                y[i] = u < 0 ? 0 : u > top ? top : u; /* NaN stays NaN */
            }
        else
            for (ptrdiff_t i = 0; i < s->L; i++) y[i] = (x[i] - mu) * scale + b;
    }
}

/* masked (m) OUT: g where y of x was not cut */
ALWAYS_INLINE void mask_slopes(const real *x, const real *g, real mu, real scale, real b, real top,
                               ptrdiff_t m, real *masked) {
    for (ptrdiff_t i = 0; i < m; i++) {
        real y = (x[i] - mu) * scale + b, slope = g[i];
        masked[i] = (y > 0) & (y < top) ? slope : 0;
    }
}

static void normalise_channel_back(void *argument, ptrdiff_t c, int worker) {
    const struct norm_job *job = argument; /* y is dx */
    const struct norm_shape *s = job->s;
    double sum = 0, product = 0, count = (double)(s->N * s->L), r = 1 / sqrt(job->v[c] + s->eps);
    real mu = job->mu[c], scale = (real)(job->w[c] / sqrt(job->v[c] + s->eps)), b = job->b[c];
    real top = (real)s->relu, masked[CHANNEL_CHUNK];
    (void)worker;
    for (ptrdiff_t n = 0; n < s->N; n++)
        for (ptrdiff_t i = 0; i < s->L; i += CHANNEL_CHUNK) {
            ptrdiff_t at = (n * s->C + c) * s->L + i, m = smaller(CHANNEL_CHUNK, s->L - i);
            const real *g = job->g + at;
            if (top > 0) mask_slopes(job->x + at, g, mu, scale, b, top, m, masked), g = masked;
            sum += sum_of(g, 0, m);
            product += sum_of_products(job->x + at, mu, g, 0, m);
        }
    job->db[c] = (real)sum;
    job->dw[c] = (real)(product * r);
    real mean = (real)(sum / count), slope = (real)(product * r * r / count);
    for (ptrdiff_t n = 0; n < s->N; n++)
        for (ptrdiff_t j = 0; j < s->L; j += CHANNEL_CHUNK) {
            ptrdiff_t at = (n * s->C + c) * s->L + j, m = smaller(CHANNEL_CHUNK, s->L - j);
            const real *x = job->x + at, *g = job->g + at;
            real *dx = job->y + at;
            if (top > 0) mask_slopes(x, g, mu, scale, b, top, m, masked), g = masked;
            for (ptrdiff_t i = 0; i < m; i++) dx[i] = (g[i] - mean - (x[i] - mu) * slope) * scale;
        }
}

/* x (N,C,L) IN, w b (C) IN, y (N,C,L) OUT, mu v (C) OUT */
static int batch_norm(const struct norm_shape *s, const void *x, const void *w, const void *b, void *y,
                      void *mu, void *v) {
    struct norm_job job = {.s = s, .x = x, .w = w, .b = b, .y = y, .mu = mu, .v = v};
    parallel_for(s->C, get_thread_count(), normalise_channel, &job);
    return 0;
}

/* g x (N,C,L) IN, w b mu v (C) IN, dx (N,C,L) OUT, dw db (C) OUT */
static int batch_norm_backward(const struct norm_shape *s, const void *g, const void *x, const void *w,
                               const void *b, const void *mu, const void *v, void *dx, void *dw, void *db) {
    struct norm_job job = {
        .s = s, .x = x, .g = g, .w = w, .b = b, .y = dx, .mu = (real *)mu, .v = (real *)v, .dw = dw, .db = db,
    };
    parallel_for(s->C, get_thread_count(), normalise_channel_back, &job);
    return 0;
}
