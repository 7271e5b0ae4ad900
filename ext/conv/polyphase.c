/* Dilation d without holes: d*d independent dense convolutions.

   With dilation d all taps of output p look at rows of one remainder modulo d, and neighbours p, p+1 share none of them.
   So the outputs with p mod d = a see only every d-th row of x: a smaller image of their own. Dilation 2, seen along one axis:

       x       0 1 0 1 0 1 0 1          phase 0   0 0 0 0        a dense convolution of each phase,
       taps    ^   ^   ^                phase 1   1 1 1 1        the results put back in turn: y  0 1 0 1 ...

   The phases become images of one larger batch, zero-padded, so that Winograd serves dilation, too:

       x (N, C, H, W)  ->  (d*d*N, C, P/d + 2, Q/d + 2)       y (d*d*N, K, P/d, Q/d)  ->  (N, K, P, Q) */

struct phases {
    ptrdiff_t N, C, H, W;          /* the whole images */
    ptrdiff_t height, width;       /* of a phase */
    ptrdiff_t top, left;           /* padding above and to the left of the whole image */
    ptrdiff_t step_y, step_x;      /* the dilation */
    const real *whole_in;
    real *whole_out, *parts;       /* (step_y * step_x, N, C, height, width) */
};

static void gather_phases_of_plane(void *argument, ptrdiff_t plane, int worker) {
    const struct phases *s = argument;
    real *to = s->parts + plane * s->height * s->width;
    (void)worker;
    for (ptrdiff_t a = 0; a < s->step_y; a++)
        for (ptrdiff_t b = 0; b < s->step_x; b++, to += s->N * s->C * s->height * s->width)
            for (ptrdiff_t i = 0; i < s->height; i++) {
                ptrdiff_t h = i * s->step_y + a - s->top;
                real *row = to + i * s->width;
                const real *from = s->whole_in + (plane * s->H + h) * s->W;
                if (h < 0 || h >= s->H) memset(row, 0, (size_t)s->width * sizeof(real));
                else if (s->step_x == 2) pack_row(2, b - s->left, s->width, s->W, from, row);
                else if (s->step_x == 4) pack_row(4, b - s->left, s->width, s->W, from, row);
                else pack_row(s->step_x, b - s->left, s->width, s->W, from, row);
            }
}

static void scatter_phases_of_plane(void *argument, ptrdiff_t plane, int worker) {
    const struct phases *s = argument;
    const real *from = s->parts + plane * s->height * s->width;
    (void)worker;
    for (ptrdiff_t a = 0; a < s->step_y; a++)
        for (ptrdiff_t b = 0; b < s->step_x; b++, from += s->N * s->C * s->height * s->width)
            for (ptrdiff_t i = 0, h = a; h < s->H; i++, h += s->step_y) {
                real *row = s->whole_out + (plane * s->H + h) * s->W;
                const real *part = from + i * s->width;
                for (ptrdiff_t j = 0, w = b; w < s->W; j++, w += s->step_x) row[w] = part[j];
            }
}

static ptrdiff_t phases_size(const struct phases *s) { return s->step_y * s->step_x * s->N * s->C * s->height * s->width; }

/* A Winograd convolution with dilation: x and y in phases, then run_winograd on the larger batch. */
static int run_dilated(struct winograd_job *job, ptrdiff_t N, const ptrdiff_t *dilation) {
    if (dilation[0] == 1 && dilation[1] == 1) return run_winograd(job, N);
    struct phases x = {.N = N, .C = job->x.channels, .H = job->x.H, .W = job->x.W, .top = job->top, .left = job->left,
                       .height = ceil_div(job->y.P, dilation[0]) + job->kernel - 1,
                       .width = ceil_div(job->y.Q, dilation[1]) + job->kernel - 1,
                       .step_y = dilation[0], .step_x = dilation[1], .whole_in = job->x.data};
    struct phases y = {.N = N, .C = job->y.K, .H = job->y.P, .W = job->y.Q, .height = x.height - (job->kernel - 1),
                       .width = x.width - (job->kernel - 1), .step_y = dilation[0], .step_x = dilation[1], .whole_out = job->y.y};
    x.parts = scratch(PHASES, (size_t)(phases_size(&x) + phases_size(&y)) * sizeof(real));
    if (!x.parts) return -1;
    y.parts = x.parts + phases_size(&x);
    parallel_for(N * x.C, get_thread_count(), gather_phases_of_plane, &x);
    job->x = (struct images){x.parts, phases_size(&x), x.C, x.height, x.width};
    job->top = job->left = 0;
    job->y.P = y.height;
    job->y.Q = y.width;
    job->y.y = y.parts;
    if (run_winograd(job, N * x.step_y * x.step_x) != 0) return -1;
    parallel_for(N * y.C, get_thread_count(), scatter_phases_of_plane, &y);
    return 0;
}

/* The weight gradient with dilation: x and g in phases. */
static int run_dilated_weight(struct winograd_weight_job *job, ptrdiff_t N, const ptrdiff_t *dilation) {
    if (dilation[0] == 1 && dilation[1] == 1) return run_winograd_weight(job, N);
    struct phases g = {.N = N, .C = job->K, .H = job->g.H, .W = job->g.W, .height = ceil_div(job->g.H, dilation[0]),
                       .width = ceil_div(job->g.W, dilation[1]), .step_y = dilation[0], .step_x = dilation[1],
                       .whole_in = job->g.data};
    struct phases x = {.N = N, .C = job->C, .H = job->x.H, .W = job->x.W, .top = job->top, .left = job->left,
                       .height = g.height + job->kernel - 1, .width = g.width + job->kernel - 1,
                       .step_y = dilation[0], .step_x = dilation[1], .whole_in = job->x.data};
    x.parts = scratch(PHASES, (size_t)(phases_size(&x) + phases_size(&g)) * sizeof(real));
    if (!x.parts) return -1;
    g.parts = x.parts + phases_size(&x);
    parallel_for(N * x.C, get_thread_count(), gather_phases_of_plane, &x);
    parallel_for(N * g.C, get_thread_count(), gather_phases_of_plane, &g);
    job->x = (struct images){x.parts, phases_size(&x), x.C, x.height, x.width};
    job->g = (struct images){g.parts, phases_size(&g), g.C, g.height, g.width};
    job->top = job->left = 0;
    return run_winograd_weight(job, N * x.step_y * x.step_x);
}

/* x (N,C,H,W) IN, w (K,C,R,R) IN, b (K) IN or NULL, y (N,K,P,Q) OUT;  R is 3 or 5 */
static int winograd(const struct conv2d_shape *s, const void *x, const void *w, const void *b, void *y) {
    struct winograd_job job = {.x = {x, s->N * s->C * s->H * s->W, s->C, s->H, s->W}, .y = {y, b, s->K, s->P, s->Q, s->relu},
                               .w = w, .kernel = (int)s->R, .w_k = s->C * s->R * s->R, .w_c = s->R * s->R,
                               .top = s->padding[0], .left = s->padding[1]};
    return run_dilated(&job, s->N, s->dilation);
}

/* g (N,K,P,Q) IN, w (K,C,R,R) IN, dx (N,C,H,W) OUT: the roles of C and K, and of (H,W) and (P,Q), change */
static int winograd_input(const struct conv2d_shape *s, const void *g, const void *w, void *dx) {
    struct winograd_job job = {.x = {g, s->N * s->K * s->P * s->Q, s->K, s->P, s->Q}, .y = {dx, NULL, s->C, s->H, s->W, 0},
                               .w = w, .kernel = (int)s->R, .turned = 1, .w_k = s->R * s->R, .w_c = s->C * s->R * s->R,
                               .top = (s->R - 1) * s->dilation[0] - s->padding[0],
                               .left = (s->R - 1) * s->dilation[1] - s->padding[1]};
    return run_dilated(&job, s->N, s->dilation);
}

/* g (N,K,P,Q) IN, x (N,C,H,W) IN, dw (K,C,R,R) OUT */
static int winograd_weight(const struct conv2d_shape *s, const void *g, const void *x, void *dw) {
    struct winograd_weight_job job = {.x = {x, s->N * s->C * s->H * s->W, s->C, s->H, s->W},
                                      .g = {g, s->N * s->K * s->P * s->Q, s->K, s->P, s->Q}, .K = s->K, .C = s->C,
                                      .kernel = (int)s->R, .top = s->padding[0], .left = s->padding[1], .dw = dw};
    return run_dilated_weight(&job, s->N, s->dilation);
}
