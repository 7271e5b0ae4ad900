/* avg_pool2d and its adjoint.  H W image, P Q output, one plane (n,c) at a time.

       y[p,q]   = sum of x[h,w] over the window / (extent_y[p] * extent_x[q])
       dx[h,w] += g[p,q] / (extent_y[p] * extent_x[q])   for all h, w of the window

   Both go through one row: the rows of a window are summed first (forward), or the row is added to each of
   them (adjoint), which is the part that vectorises. */
#pragma once
#include "../native/kernels.h"
#include "../native/threads.h"
#include "../native/vector.h"

#include <string.h>

struct average_job {
    const struct pool2d_shape *s;
    const real *from;
    real *to, *rows; /* rows: one image row per worker */
};

static void average_plane(void *argument, ptrdiff_t plane, int worker) {
    const struct average_job *job = argument;
    const struct pool2d_shape *s = job->s;
    ptrdiff_t W = s->x.size;
    const real *x = job->from + plane * s->y.size * W;
    real *y = job->to + plane * s->y.outputs * s->x.outputs, *row = job->rows + worker * W;
    for (ptrdiff_t p = 0; p < s->y.outputs; p++) {
        const int64_t *rows = window_at(&s->y, p);
        memset(row, 0, (size_t)W * sizeof(real));
        for (ptrdiff_t h = rows[FIRST] + rows[LO]; h < rows[FIRST] + rows[HI]; h++)
            for (ptrdiff_t w = 0; w < W; w++) row[w] += x[h * W + w];
        for (ptrdiff_t q = 0; q < s->x.outputs; q++) {
            const int64_t *cols = window_at(&s->x, q);
            real sum = 0;
            for (ptrdiff_t w = cols[FIRST] + cols[LO]; w < cols[FIRST] + cols[HI]; w++) sum += row[w];
            *y++ = sum / (real)(rows[EXTENT] * cols[EXTENT]);
        }
    }
}

static void average_plane_adjoint(void *argument, ptrdiff_t plane, int worker) {
    const struct average_job *job = argument;
    const struct pool2d_shape *s = job->s;
    ptrdiff_t W = s->x.size;
    const real *g = job->from + plane * s->y.outputs * s->x.outputs;
    real *dx = job->to + plane * s->y.size * W, *row = job->rows + worker * W;
    memset(dx, 0, (size_t)(s->y.size * W) * sizeof(real));
    for (ptrdiff_t p = 0; p < s->y.outputs; p++) {
        const int64_t *rows = window_at(&s->y, p);
        memset(row, 0, (size_t)W * sizeof(real));
        for (ptrdiff_t q = 0; q < s->x.outputs; q++) {
            const int64_t *cols = window_at(&s->x, q);
            real share = *g++ / (real)(rows[EXTENT] * cols[EXTENT]);
            for (ptrdiff_t w = cols[FIRST] + cols[LO]; w < cols[FIRST] + cols[HI]; w++) row[w] += share;
        }
        for (ptrdiff_t h = rows[FIRST] + rows[LO]; h < rows[FIRST] + rows[HI]; h++)
            for (ptrdiff_t w = 0; w < W; w++) dx[h * W + w] += row[w];
    }
}

static int average(const struct pool2d_shape *s, const void *from, void *to, loop_body body) {
    int workers = get_thread_count();
    struct average_job job = {s, from, to, scratch(WORK, (size_t)(workers * s->x.size) * sizeof(real))};
    if (!job.rows) return -1;
    parallel_for(s->planes, workers, body, &job);
    return 0;
}

/* x (planes,H,W) IN, y (planes,P,Q) OUT */
static int avg_pool2d(const struct pool2d_shape *s, const void *x, void *y) {
    return average(s, x, y, average_plane);
}

/* g (planes,P,Q) IN, dx (planes,H,W) OUT */
static int avg_pool2d_adjoint(const struct pool2d_shape *s, const void *g, void *dx) {
    return average(s, g, dx, average_plane_adjoint);
}
