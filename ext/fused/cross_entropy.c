/* Softmax cross-entropy of N images of L pixels with K classes, and its gradient in one go:

       loss[n,l]  =  scale (log sum over k of exp(x[n,k,l] - top) - (x[n,t,l] - top))
       dx[n,k,l]  =  factor (exp(x[n,k,l] - top) / sum - [k = t])

   with top = max over k of x[n,k,l], t the target, factor = g scale; where scale or factor is 0 (an ignored
   pixel) 0, also for infinite or undefined x.

       x (N, K, L)    k=0  | l l l l l l l l | ...     a block of pixels: K runs of PIXELS_AT_ONCE numbers,
                      k=1  | l l l l l l l l | ...     read three times while in the first-level cache */
#pragma once
#include "../native/kernels.h"
#include "../native/threads.h"
#include "../native/vector.h"

#include <math.h>

enum { PIXELS_AT_ONCE = 64 };

struct entropy_job {
    const struct norm_shape *s; /* C is K */
    const real *x, *factor;
    const int64_t *target;
    real *out;
};

/* e^x for x <= 0: x = n log 2 + r with |r| <= log(2)/2; e^r by its series, 2^n by its bits. Below LOWEST:
   0 or nearly so. */
ALWAYS_INLINE vec exp_of(vec x) {
    enum {
        IS_FLOAT = sizeof(real) == 4,
        TERMS = IS_FLOAT ? 7 : 13,
        FRACTION_BITS = IS_FLOAT ? 23 : 52,
        BIAS = IS_FLOAT ? 127 : 1023
    };
    const real LOWEST = IS_FLOAT ? -87 : -708;
    const real LOG2_HIGH = IS_FLOAT ? (real)0.693359375 : (real)0.693147180369123816490;
    const real LOG2_LOW = IS_FLOAT ? (real)-2.12194440e-4 : (real)1.90821492927058770002e-10;
    vec low = (vec){0} + LOWEST;
    lane_numbers below = x < low;
    x = (vec)(((lane_numbers)low & below) | ((lane_numbers)x & ~below));
    lane_numbers n = __builtin_convertvector(x * (real)1.44269504088896340736 - (real)0.5, lane_numbers);
    vec whole = __builtin_convertvector(n, vec), r = x - whole * LOG2_HIGH - whole * LOG2_LOW;
    vec sum = (vec){0} + 1;
#pragma GCC unroll 16
    for (int k = TERMS; k >= 1; k--) sum = 1 + sum * r * ((real)1 / (real)k);
    vec power = (vec)((n + BIAS) << FRACTION_BITS);
    return sum * power;
}

/* top sum (pixels) OUT of x (K, pixels) IN, L apart */
static void sum_exponentials(const real *x, ptrdiff_t K, ptrdiff_t L, ptrdiff_t pixels, real *top,
                             real *sum) {
    for (ptrdiff_t i = 0; i < pixels; i++) top[i] = x[i];
    for (ptrdiff_t k = 1; k < K; k++)
        for (ptrdiff_t i = 0; i < pixels; i++) top[i] = x[k * L + i] > top[i] ? x[k * L + i] : top[i];
    for (ptrdiff_t i = 0; i < pixels; i++) sum[i] = 0;
    for (ptrdiff_t k = 0; k < K; k++) {
        ptrdiff_t i = 0;
        for (; i + LANES <= pixels; i += LANES)
            store(sum + i, load(sum + i) + exp_of(load(x + k * L + i) - load(top + i)));
        for (; i < pixels; i++) sum[i] += exp_of((vec){0} + (x[k * L + i] - top[i]))[0];
    }
}

static void entropy_block(void *argument, ptrdiff_t index, int worker) {
    const struct entropy_job *job = argument;
    ptrdiff_t K = job->s->C, L = job->s->L, blocks = ceil_div(L, PIXELS_AT_ONCE);
    ptrdiff_t n = index / blocks, l = index % blocks * PIXELS_AT_ONCE;
    ptrdiff_t pixels = smaller(PIXELS_AT_ONCE, L - l);
    const real *x = job->x + n * K * L + l;
    real top[PIXELS_AT_ONCE], sum[PIXELS_AT_ONCE];
    (void)worker;
    sum_exponentials(x, K, L, pixels, top, sum);
    for (ptrdiff_t i = 0; i < pixels; i++) {
        ptrdiff_t at = n * L + l + i;
        real loss = (real)(log(sum[i]) - (x[job->target[at] * L + i] - top[i]));
        job->out[at] = job->factor[at] == 0 ? 0 : loss * job->factor[at];
    }
}

static void entropy_block_back(void *argument, ptrdiff_t index, int worker) {
    const struct entropy_job *job = argument;
    ptrdiff_t K = job->s->C, L = job->s->L, blocks = ceil_div(L, PIXELS_AT_ONCE);
    ptrdiff_t n = index / blocks, l = index % blocks * PIXELS_AT_ONCE;
    ptrdiff_t pixels = smaller(PIXELS_AT_ONCE, L - l);
    const real *x = job->x + n * K * L + l, *factor = job->factor + n * L + l;
    real *dx = job->out + n * K * L + l;
    real top[PIXELS_AT_ONCE], sum[PIXELS_AT_ONCE];
    (void)worker;
    sum_exponentials(x, K, L, pixels, top, sum);
    for (ptrdiff_t i = 0; i < pixels; i++) sum[i] = factor[i] / sum[i];
    for (ptrdiff_t k = 0; k < K; k++) {
        ptrdiff_t i = 0;
        for (; i + LANES <= pixels; i += LANES)
            store(dx + k * L + i, exp_of(load(x + k * L + i) - load(top + i)) * load(sum + i));
        for (; i < pixels; i++) dx[k * L + i] = exp_of((vec){0} + (x[k * L + i] - top[i]))[0] * sum[i];
    }
    for (ptrdiff_t i = 0; i < pixels; i++) {
        dx[job->target[n * L + l + i] * L + i] -= factor[i];
        if (factor[i] == 0)
            for (ptrdiff_t k = 0; k < K; k++) dx[k * L + i] = 0;
    }
}

/* x (N,K,L) IN, target (N,L) IN in 0 .. K-1, scale (N,L) IN, loss (N,L) OUT */
static int cross_entropy(const struct norm_shape *s, const void *x, const int64_t *target, const void *scale,
                         void *loss) {
    struct entropy_job job = {s, x, scale, target, loss};
    parallel_for(s->N * ceil_div(s->L, PIXELS_AT_ONCE), get_thread_count(), entropy_block, &job);
    return 0;
}

/* x (N,K,L) IN, target (N,L) IN in 0 .. K-1, factor (N,L) IN, dx (N,K,L) OUT */
static int cross_entropy_backward(const struct norm_shape *s, const void *x, const int64_t *target,
                                  const void *factor, void *dx) {
    struct entropy_job job = {s, x, factor, target, dx};
    parallel_for(s->N * ceil_div(s->L, PIXELS_AT_ONCE), get_thread_count(), entropy_block_back, &job);
    return 0;
}
