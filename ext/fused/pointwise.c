/* Passes over whole arrays, cut into pieces that stay within a thread's cache.

       relu             y = x where x > 0, else 0; NaN stays NaN
       add_relu         y = max(a + b, 0), the end of a residual block; NaN stays NaN
       relu_backward    dx = g where y > 0, else 0
       adam             m <- b1 m + (1-b1) g,  v <- b2 v + (1-b2) g^2,  p <- p - rate m / (sqrt(v) size + eps)
       sgd              v <- momentum v + (1-dampening) g,  p <- p - rate v  (nesterov: g + momentum v)

   x input, y output, g gradient, p parameters, m v running means or velocity: all of one size. */
#pragma once
#include "../native/kernels.h"
#include "../native/threads.h"
#include "../native/vector.h"

#include <math.h>

enum { PIECE = 1 << 14 };

struct pass {
    ptrdiff_t size;
    const real *a, *b;
    real *out, *m, *v;
    const struct step *step;
};

static void relu_piece(void *argument, ptrdiff_t piece, int worker) {
    const struct pass *job = argument;
    ptrdiff_t end = smaller((piece + 1) * PIECE, job->size);
    (void)worker;
    for (ptrdiff_t i = piece * PIECE; i < end; i++) job->out[i] = job->a[i] < 0 ? 0 : job->a[i];
}

static void add_relu_piece(void *argument, ptrdiff_t piece, int worker) {
    const struct pass *job = argument;
    ptrdiff_t end = smaller((piece + 1) * PIECE, job->size);
    (void)worker;
    for (ptrdiff_t i = piece * PIECE; i < end; i++) {
        real sum = job->a[i] + job->b[i];
        job->out[i] = sum < 0 ? 0 : sum;
    }
}

static void relu_backward_piece(void *argument, ptrdiff_t piece, int worker) {
    const struct pass *job = argument;
    ptrdiff_t end = smaller((piece + 1) * PIECE, job->size);
    (void)worker;
    for (ptrdiff_t i = piece * PIECE; i < end; i++) {
        real g = job->a[i];
        job->out[i] = job->b[i] > 0 ? g : 0;
    }
}

static void adam_piece(void *argument, ptrdiff_t piece, int worker) {
    const struct pass *job = argument;
    const struct step *s = job->step;
    real b1 = (real)s->b1, b2 = (real)s->b2, rate = (real)s->rate, size = (real)s->size, eps = (real)s->eps;
    real keep = (real)(1 - s->b1), keep2 = (real)(1 - s->b2), decay = (real)s->decay;
    real shrink = (real)s->shrink;
    ptrdiff_t end = smaller((piece + 1) * PIECE, job->size);
    const real *restrict g = job->a;
    real *restrict p = job->out, *restrict m = job->m, *restrict v = job->v;
    (void)worker;
    for (ptrdiff_t i = piece * PIECE; i < end; i++) {
        real old = p[i] * shrink, slope = g[i] + decay * old;
        m[i] = b1 * m[i] + keep * slope;
        v[i] = b2 * v[i] + keep2 * slope * slope;
        p[i] = old - rate * m[i] / ((sizeof(real) == 4 ? sqrtf((float)v[i]) : sqrt(v[i])) * size + eps);
    }
}

static void sgd_piece(void *argument, ptrdiff_t piece, int worker) {
    const struct pass *job = argument;
    const struct step *s = job->step;
    real momentum = (real)s->b1, keep = (real)(1 - s->b2), rate = (real)s->rate, decay = (real)s->decay;
    ptrdiff_t end = smaller((piece + 1) * PIECE, job->size);
    const real *restrict g = job->a;
    real *restrict p = job->out, *restrict v = job->v;
    (void)worker;
    for (ptrdiff_t i = piece * PIECE; i < end; i++) {
        real slope = g[i] + decay * p[i];
        v[i] = momentum * v[i] + keep * slope;
        p[i] -= rate * (s->nesterov ? slope + momentum * v[i] : v[i]);
    }
}

static int run_pass(struct pass *job, loop_body body) {
    parallel_for(ceil_div(job->size, PIECE), get_thread_count(), body, job);
    return 0;
}

/* x (size) IN, y (size) OUT */
static int relu(ptrdiff_t size, const void *x, void *y) {
    return run_pass(&(struct pass){.size = size, .a = x, .out = y}, relu_piece);
}

/* a b (size) IN, y (size) OUT */
static int add_relu(ptrdiff_t size, const void *a, const void *b, void *y) {
    return run_pass(&(struct pass){.size = size, .a = a, .b = b, .out = y}, add_relu_piece);
}

/* g y (size) IN, dx (size) OUT */
static int relu_backward(ptrdiff_t size, const void *g, const void *y, void *dx) {
    return run_pass(&(struct pass){.size = size, .a = g, .b = y, .out = dx}, relu_backward_piece);
}

/* g (size) IN, p m v (size) INOUT */
static int adam(ptrdiff_t size, const struct step *step, const void *g, void *p, void *m, void *v) {
    return run_pass(&(struct pass){.size = size, .a = g, .out = p, .m = m, .v = v, .step = step}, adam_piece);
}

/* g (size) IN, p v (size) INOUT */
static int sgd(ptrdiff_t size, const struct step *step, const void *g, void *p, void *v) {
    return run_pass(&(struct pass){.size = size, .a = g, .out = p, .v = v, .step = step}, sgd_piece);
}
