/* Sums over the pixels of a channel: N images, C channels, L pixels.

       channel_sum      s[c] = sum over n, l of g[n,c,l]        the gradient of a bias

   A channel is added in chunks that stay in the first-level cache, each in the lanes of vectors,
   the chunks in double. */
#pragma once
#include "../native/kernels.h"
#include "../native/threads.h"
#include "../native/vector.h"

enum { CHANNEL_CHUNK = 4096 };

ALWAYS_INLINE double sum_lanes(vec v) {
    double sum = 0;
    for (int i = 0; i < LANES; i++) sum += v[i];
    return sum;
}

/* sum of x - shift over n pixels */
static double sum_of(const real *x, real shift, ptrdiff_t n) {
    vec a = {0}, b = {0};
    ptrdiff_t i = 0;
    double rest = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        a += load(x + i) - shift;
        b += load(x + i + LANES) - shift;
    }
    for (; i < n; i++) rest += x[i] - shift;
    return sum_lanes(a + b) + rest;
}

/* sum of g * (x - shift); with g = x - shift, of squares */
static double sum_of_products(const real *x, real shift, const real *g, real g_shift, ptrdiff_t n) {
    vec a = {0}, b = {0};
    ptrdiff_t i = 0;
    double rest = 0;
    for (; i + 2 * LANES <= n; i += 2 * LANES) {
        a += (load(x + i) - shift) * (load(g + i) - g_shift);
        b += (load(x + i + LANES) - shift) * (load(g + i + LANES) - g_shift);
    }
    for (; i < n; i++) rest += (x[i] - shift) * (g[i] - g_shift);
    return sum_lanes(a + b) + rest;
}

struct channel_sum_job {
    const struct norm_shape *s;
    const real *g;
    real *sum;
};

static void sum_channel(void *argument, ptrdiff_t c, int worker) {
    const struct channel_sum_job *job = argument;
    const struct norm_shape *s = job->s;
    double sum = 0;
    (void)worker;
    for (ptrdiff_t n = 0; n < s->N; n++)
        for (ptrdiff_t i = 0; i < s->L; i += CHANNEL_CHUNK)
            sum += sum_of(job->g + (n * s->C + c) * s->L + i, 0, smaller(CHANNEL_CHUNK, s->L - i));
    job->sum[c] = (real)sum;
}

/* g (N,C,L) IN, s (C) OUT */
static int channel_sum(const struct norm_shape *s, const void *g, void *sum) {
    struct channel_sum_job job = {s, g, sum};
    parallel_for(s->C, get_thread_count(), sum_channel, &job);
    return 0;
}
