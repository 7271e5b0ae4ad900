/* max_pool2d and its two linear companions.  H W image, P Q output, R S window, D = one plane (n,c).

       y[p,q]  = max over (i,j) of x[h,w],   h = first_y[p] + i*step_y,  w = first_x[q] + j*step_x
       tap[p,q] = i*S + j of the winner: the first one in a tie, the last NaN if there is one (as PyTorch)

       gather:   y[p,q] = x[h,w] at the tap       scatter:   dx[h,w] += g[p,q] at the tap

   The windows of one axis come as a table; adaptive pooling is the same kernel with an irregular table:

       axis.table [outputs] [first, lo, hi, extent]     taps lo .. hi-1 lie inside the image  */
#pragma once
#include "../native/kernels.h"
#include "../native/masks.h"
#include "../native/threads.h"
#include "../native/vector.h"

#include <stdlib.h>
#include <string.h>

enum { RUN = 128, TALLEST = 512 }; /* windows at once, and pixels: small enough for the first-level cache */
enum { FARTHEST = 4 };              /* stride of windows that are taken at once */

struct max_job {
    const struct pool2d_shape *s;
    const real *x;
    real *y;
    void *tap;
    ptrdiff_t *offset; /* element of each tap, relative to tap 0 */
};

static void write_tap(const struct pool2d_shape *s, void *tap, ptrdiff_t at, ptrdiff_t value) {
    if (s->wide_taps) ((int32_t *)tap)[at] = (int32_t)value;
    else ((uint8_t *)tap)[at] = (uint8_t)value;
}

static ptrdiff_t read_tap(const struct pool2d_shape *s, const void *tap, ptrdiff_t at) {
    return s->wide_taps ? ((const int32_t *)tap)[at] : ((const uint8_t *)tap)[at];
}

/* Element of tap 0 of window (p,q) in its plane; may lie outside, in the padding. */
static ptrdiff_t corner(const struct pool2d_shape *s, ptrdiff_t p, ptrdiff_t q) {
    return window_at(&s->y, p)[FIRST] * s->x.size + window_at(&s->x, q)[FIRST];
}

static void max_of_window(const struct max_job *job, const real *x, ptrdiff_t p, ptrdiff_t q, ptrdiff_t at) {
    const struct pool2d_shape *s = job->s;
    const int64_t *rows = window_at(&s->y, p), *cols = window_at(&s->x, q);
    ptrdiff_t first = corner(s, p, q), winner = rows[LO] * s->x.taps + cols[LO];
    real best = x[first + job->offset[winner]];
    for (ptrdiff_t i = rows[LO]; i < rows[HI]; i++)
        for (ptrdiff_t j = cols[LO]; j < cols[HI]; j++) {
            real value = x[first + job->offset[i * s->x.taps + j]];
            if (value > best || value != value) {
                best = value;
                winner = i * s->x.taps + j;
            }
        }
    job->y[at] = best;
    if (job->tap) write_tap(s, job->tap, at, winner);
}

/* Windows q .. q+count-1, all of which lie inside: tap by tap, so that the compiler makes vectors of windows.
   `winner` is as wide as real, so that one mask serves both choices. */
ALWAYS_INLINE void max_of_run(const struct max_job *job, const real *x, const int stride, ptrdiff_t p,
                              ptrdiff_t q, ptrdiff_t count, ptrdiff_t at) {
    const struct pool2d_shape *s = job->s;
    const int64_t *rows = window_at(&s->y, p);
    const real *first = x + corner(s, p, q);
    real best[RUN];
    lane_number winner[RUN];
    for (ptrdiff_t l = 0; l < count; l++) {
        best[l] = first[rows[LO] * s->y.step * s->x.size + l * stride];
        winner[l] = (lane_number)(rows[LO] * s->x.taps);
    }
    for (ptrdiff_t i = rows[LO]; i < rows[HI]; i++)
        for (ptrdiff_t j = i == rows[LO]; j < s->x.taps; j++) { /* the very first tap is in `best` already */
            const real *value = first + i * s->y.step * s->x.size + j * s->x.step;
            lane_number tap = (lane_number)(i * s->x.taps + j);
            for (ptrdiff_t l = 0; l < count; l++) {
                real v = value[l * stride];
                int better = (v > best[l]) | (v != v);
                best[l] = better ? v : best[l];
                winner[l] = better ? tap : winner[l];
            }
        }
    for (ptrdiff_t l = 0; l < count; l++) job->y[at + l] = best[l];
    for (ptrdiff_t l = 0; l < count; l++) ((uint8_t *)job->tap)[at + l] = (uint8_t)winner[l];
}

/* p[0], p[stride], p[2 stride] ...: one for each lane; reads LANES * stride numbers. */
ALWAYS_INLINE vec load_strided(const real *p, const int stride) {
    if (stride == 1) return load(p);
    if (stride == 2) return even_lanes(load(p), load(p + LANES));
    vec out;
    for (int i = 0; i < LANES; i++) out[i] = p[i * stride];
    return out;
}

ALWAYS_INLINE vec larger_or_nan(vec v, vec best) {
    lane_numbers wins = (lane_numbers)(v > best) | (lane_numbers)(v != v);
    return (vec)(((lane_numbers)v & wins) | ((lane_numbers)best & ~wins));
}

/* The same without taps: down the columns first, so that all windows share what is found there. */
ALWAYS_INLINE void values_of_run(const struct max_job *job, const real *x, const int stride, ptrdiff_t p,
                                 ptrdiff_t q, ptrdiff_t count, ptrdiff_t at) {
    const struct pool2d_shape *s = job->s;
    const int64_t *rows = window_at(&s->y, p);
    const real *first = x + corner(s, p, q);
    real tall[TALLEST + (FARTHEST + 1) * LANES];
    ptrdiff_t width = (count - 1) * stride + (s->x.taps - 1) * s->x.step + 1;
    for (ptrdiff_t j = 0; j < width; j += LANES) {
        lane_set inside = lanes_between(0, width - j);
        vec best = load_lanes(first + rows[LO] * s->y.step * s->x.size + j, inside);
        for (ptrdiff_t i = rows[LO] + 1; i < rows[HI]; i++)
            best = larger_or_nan(load_lanes(first + i * s->y.step * s->x.size + j, inside), best);
        store(tall + j, best);
    }
    for (ptrdiff_t l = 0; l < count; l += LANES) {
        vec best = load_strided(tall + l * stride, stride);
        for (ptrdiff_t j = 1; j < s->x.taps; j++)
            best = larger_or_nan(load_strided(tall + l * stride + j * s->x.step, stride), best);
        store_lanes(job->y + at + l, lanes_between(0, count - l), best);
    }
}

/* How many windows values_of_run can take at once; 0: too wide for its buffer. */
static ptrdiff_t windows_at_once(const struct pool2d_shape *s) {
    ptrdiff_t wide = (s->x.taps - 1) * s->x.step + 1;
    return wide >= TALLEST || s->x.stride > FARTHEST ? 0 : smaller(RUN, (TALLEST - wide) / s->x.stride + 1);
}

static void max_of_plane(void *argument, ptrdiff_t plane, int worker) {
    const struct max_job *job = argument;
    const struct pool2d_shape *s = job->s;
    const real *x = job->x + plane * s->y.size * s->x.size;
    ptrdiff_t at_once = job->tap || !s->x.stride ? 0 : windows_at_once(s);
    (void)worker;
    for (ptrdiff_t p = 0; p < s->y.outputs; p++) {
        ptrdiff_t at = (plane * s->y.outputs + p) * s->x.outputs, q = 0;
        for (; q < s->x.inner; q++) max_of_window(job, x, p, q, at + q);
        for (ptrdiff_t count; at_once && q < s->x.inner_end; q += count) {
            count = smaller(at_once, s->x.inner_end - q);
            if (s->x.stride == 1) values_of_run(job, x, 1, p, q, count, at + q);
            else if (s->x.stride == 2) values_of_run(job, x, 2, p, q, count, at + q);
            else values_of_run(job, x, (int)s->x.stride, p, q, count, at + q);
        }
        for (ptrdiff_t count; job->tap && s->x.stride && !s->wide_taps && q < s->x.inner_end; q += count) {
            count = smaller(RUN, s->x.inner_end - q);
            if (s->x.stride == 1) max_of_run(job, x, 1, p, q, count, at + q);
            else if (s->x.stride == 2) max_of_run(job, x, 2, p, q, count, at + q);
            else max_of_run(job, x, (int)s->x.stride, p, q, count, at + q);
        }
        for (; q < s->x.outputs; q++) max_of_window(job, x, p, q, at + q);
    }
}

static void scatter_plane(void *argument, ptrdiff_t plane, int worker) {
    const struct max_job *job = argument; /* x is g, y is dx */
    const struct pool2d_shape *s = job->s;
    real *dx = job->y + plane * s->y.size * s->x.size;
    ptrdiff_t at = plane * s->y.outputs * s->x.outputs;
    (void)worker;
    memset(dx, 0, (size_t)(s->y.size * s->x.size) * sizeof(real));
    for (ptrdiff_t p = 0; p < s->y.outputs; p++)
        for (ptrdiff_t q = 0; q < s->x.outputs; q++, at++)
            dx[corner(s, p, q) + job->offset[read_tap(s, job->tap, at)]] += job->x[at];
}

static void gather_plane(void *argument, ptrdiff_t plane, int worker) {
    const struct max_job *job = argument;
    const struct pool2d_shape *s = job->s;
    const real *x = job->x + plane * s->y.size * s->x.size;
    ptrdiff_t at = plane * s->y.outputs * s->x.outputs;
    (void)worker;
    for (ptrdiff_t p = 0; p < s->y.outputs; p++)
        for (ptrdiff_t q = 0; q < s->x.outputs; q++, at++)
            job->y[at] = x[corner(s, p, q) + job->offset[read_tap(s, job->tap, at)]];
}

static int for_each_plane(const struct pool2d_shape *s, const void *x, void *tap, void *y, loop_body body) {
    struct max_job job = {s, x, y, tap, malloc((size_t)(s->y.taps * s->x.taps) * sizeof(ptrdiff_t))};
    if (!job.offset) return -1;
    for (ptrdiff_t i = 0; i < s->y.taps; i++)
        for (ptrdiff_t j = 0; j < s->x.taps; j++)
            job.offset[i * s->x.taps + j] = i * s->y.step * s->x.size + j * s->x.step;
    parallel_for(s->planes, get_thread_count(), body, &job);
    free(job.offset);
    return 0;
}

/* x (planes,H,W) IN, y (planes,P,Q) OUT, tap (planes,P,Q) OUT, or NULL */
static int max_pool2d(const struct pool2d_shape *s, const void *x, void *y, void *tap) {
    return for_each_plane(s, x, tap, y, max_of_plane);
}

/* g (planes,P,Q) IN, tap IN, dx (planes,H,W) OUT */
static int pool_scatter(const struct pool2d_shape *s, const void *g, const void *tap, void *dx) {
    return for_each_plane(s, g, (void *)tap, dx, scatter_plane);
}

/* x (planes,H,W) IN, tap IN, y (planes,P,Q) OUT */
static int pool_gather(const struct pool2d_shape *s, const void *x, const void *tap, void *y) {
    return for_each_plane(s, x, (void *)tap, y, gather_plane);
}
