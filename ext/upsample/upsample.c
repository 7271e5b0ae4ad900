/* Nearest and bilinear up-sampling (to any size, also smaller) and their adjoints.  H W image, P Q output.

       nearest    y[p,q] = x[h(p), w(q)]
       bilinear   y[p,q] = (1-b) t[w0(q)] + b t[w1(q)],   t[w] = (1-a) x[h0(p),w] + a x[h1(p),w]

   axis.table [outputs] [0, 1] holds h0 and h1, axis.weight [outputs] holds a (or w0, w1 and b); nearest uses h0 and w0 alone.
   Bilinear goes through one row t, because the step over rows vectorises. The adjoints do the same backwards. */

struct upsample_job {
    const struct upsample2d_shape *s;
    const real *from;
    real *to, *rows; /* rows: one image row per worker */
};

static void bilinear_plane(void *argument, ptrdiff_t plane, int worker) {
    const struct upsample_job *job = argument;
    const struct upsample2d_shape *s = job->s;
    ptrdiff_t W = s->x.size;
    const real *x = job->from + plane * s->y.size * W;
    real *y = job->to + plane * s->y.outputs * s->x.outputs, *t = job->rows + worker * W;
    for (ptrdiff_t p = 0; p < s->y.outputs; p++) {
        real a = (real)s->y.weight[p];
        const real *upper = x + s->y.table[2 * p] * W, *lower = x + s->y.table[2 * p + 1] * W;
        for (ptrdiff_t w = 0; w < W; w++) t[w] = (1 - a) * upper[w] + a * lower[w];
        for (ptrdiff_t q = 0; q < s->x.outputs; q++) {
            real b = (real)s->x.weight[q];
            *y++ = (1 - b) * t[s->x.table[2 * q]] + b * t[s->x.table[2 * q + 1]];
        }
    }
}

static void bilinear_plane_adjoint(void *argument, ptrdiff_t plane, int worker) {
    const struct upsample_job *job = argument;
    const struct upsample2d_shape *s = job->s;
    ptrdiff_t W = s->x.size;
    const real *g = job->from + plane * s->y.outputs * s->x.outputs;
    real *dx = job->to + plane * s->y.size * W, *t = job->rows + worker * W;
    memset(dx, 0, (size_t)(s->y.size * W) * sizeof(real));
    for (ptrdiff_t p = 0; p < s->y.outputs; p++) {
        memset(t, 0, (size_t)W * sizeof(real));
        for (ptrdiff_t q = 0; q < s->x.outputs; q++, g++) {
            real b = (real)s->x.weight[q];
            t[s->x.table[2 * q]] += (1 - b) * *g;
            t[s->x.table[2 * q + 1]] += b * *g;
        }
        real a = (real)s->y.weight[p];
        real *upper = dx + s->y.table[2 * p] * W, *lower = dx + s->y.table[2 * p + 1] * W;
        for (ptrdiff_t w = 0; w < W; w++) upper[w] += (1 - a) * t[w];
        for (ptrdiff_t w = 0; w < W; w++) lower[w] += a * t[w];
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
    struct upsample_job job = {s, from, to, scratch(WORK, (size_t)(workers * s->x.size) * sizeof(real))};
    if (!job.rows) return -1;
    parallel_for(s->planes, workers, body, &job);
    return 0;
}

/* x (planes,H,W) IN, y (planes,P,Q) OUT */
static int upsample_nearest2d(const struct upsample2d_shape *s, const void *x, void *y) { return upsample(s, x, y, nearest_plane); }
static int upsample_bilinear2d(const struct upsample2d_shape *s, const void *x, void *y) { return upsample(s, x, y, bilinear_plane); }

/* g (planes,P,Q) IN, dx (planes,H,W) OUT */
static int upsample_nearest2d_adjoint(const struct upsample2d_shape *s, const void *g, void *dx) {
    return upsample(s, g, dx, nearest_plane_adjoint);
}
static int upsample_bilinear2d_adjoint(const struct upsample2d_shape *s, const void *g, void *dx) {
    return upsample(s, g, dx, bilinear_plane_adjoint);
}
