/* max_pool2d and its two linear companions.  H W image, P Q output, R S window, D = one plane (n,c).

       y[p,q]  = max over (i,j) of x[h,w],   h = first_y[p] + i*step_y,  w = first_x[q] + j*step_x
       tap[p,q] = i*S + j of the winner: the first one in case of a tie, the last NaN if there is one (as PyTorch)

       gather:   y[p,q] = x[h,w] at the tap       scatter:   dx[h,w] += g[p,q] at the tap

   The windows of one axis come as a table; adaptive pooling is the same kernel with an irregular table:

       axis.table [outputs] [first, lo, hi, extent]     taps lo .. hi-1 lie inside the image  */

typedef uint8_t tap_bytes __attribute__((vector_size(LANES)));
typedef uint8_t unaligned_tap_bytes __attribute__((vector_size(LANES), aligned(1), may_alias));

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
    write_tap(s, job->tap, at, winner);
}

/* LANES values, one every `stride` <= 2; reads stride * LANES of them. */
ALWAYS_INLINE vec load_every(const real *p, ptrdiff_t stride) {
    return stride == 1 ? load(p) : even_lanes(load(p), load(p + LANES));
}

/* LANES windows at a time, as long as all of them lie inside; returns the next q */
ALWAYS_INLINE ptrdiff_t max_of_vectors(const struct max_job *job, const real *x, const int stride, ptrdiff_t p, ptrdiff_t q,
                                       ptrdiff_t end, ptrdiff_t at) {
    const struct pool2d_shape *s = job->s;
    const int64_t *rows = window_at(&s->y, p);
    ptrdiff_t reach = (s->x.taps - 1) * s->x.step + stride * LANES;
    for (; q + LANES <= end && window_at(&s->x, q)[FIRST] + reach <= s->x.size; q += LANES) {
        const real *first = x + corner(s, p, q);
        lane_numbers winner = (lane_numbers){0} + (lane_number)(rows[LO] * s->x.taps);
        vec best = load_every(first + rows[LO] * s->y.step * s->x.size, stride);
        for (ptrdiff_t i = rows[LO]; i < rows[HI]; i++)
            for (ptrdiff_t j = 0; j < s->x.taps; j++) {
                vec value = load_every(first + i * s->y.step * s->x.size + j * s->x.step, stride);
                lane_numbers better = (lane_numbers)(value > best) | (lane_numbers)(value != value);
                best = (vec)(((lane_numbers)value & better) | ((lane_numbers)best & ~better));
                winner = ((lane_number)(i * s->x.taps + j) & better) | (winner & ~better);
            }
        store(job->y + at + q, best);
        *(unaligned_tap_bytes *)((uint8_t *)job->tap + at + q) = __builtin_convertvector(winner, tap_bytes);
    }
    return q;
}

static void max_of_plane(void *argument, ptrdiff_t plane, int worker) {
    const struct max_job *job = argument;
    const struct pool2d_shape *s = job->s;
    const real *x = job->x + plane * s->y.size * s->x.size;
    (void)worker;
    for (ptrdiff_t p = 0; p < s->y.outputs; p++) {
        ptrdiff_t at = (plane * s->y.outputs + p) * s->x.outputs, q = 0;
        for (; q < s->x.inner; q++) max_of_window(job, x, p, q, at + q);
        if (s->x.stride == 1 && !s->wide_taps) q = max_of_vectors(job, x, 1, p, q, s->x.inner_end, at);
        if (s->x.stride == 2 && !s->wide_taps) q = max_of_vectors(job, x, 2, p, q, s->x.inner_end, at);
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
        for (ptrdiff_t j = 0; j < s->x.taps; j++) job.offset[i * s->x.taps + j] = i * s->y.step * s->x.size + j * s->x.step;
    parallel_for(s->planes, get_thread_count(), body, &job);
    free(job.offset);
    return 0;
}

/* x (planes,H,W) IN, y (planes,P,Q) OUT, tap (planes,P,Q) OUT */
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
