/* conv2d and conv2d_input: the convolution and its adjoint in x, both as dense correlations.

   Forward, tap t = (r,s) of output (p,q) looks at

       (h, w) = (p*stride + r*dilation - padding, the same for columns)

   Read backwards, dx at (h,w) gathers g from all (p,q) that looked there: those with h + padding - r*dilation = p*stride.
   So only every stride-th tap counts, and which ones depends on h mod stride alone. Each of the stride*stride phases of dx
   is a correlation of g with stride 1, with its share of the kernel; here stride 2, kernel 3, padding 1:

       dx  a b a b      a  taps (1,1)                 the taps that count for a phase, and where they look:
           c d c d      b  taps (1,0) (1,2)           p = i + (phase + padding - r*dilation) / stride
           a b a b      c  taps (0,1) (2,1)
           c d c d      d  taps (0,0) (0,2) (2,0) (2,2) */

/* Tables for all taps of the kernel: row, column, element of w. */
struct taps {
    ptrdiff_t count, *row, *col, *element;
};

static int make_taps(const struct conv2d_shape *s, struct taps *taps) {
    size_t all = (size_t)(s->R * s->S);
    taps->count = 0;
    taps->row = malloc(3 * all * sizeof(ptrdiff_t));
    if (!taps->row) return -1;
    taps->col = taps->row + all;
    taps->element = taps->col + all;
    return 0;
}

static void add_tap(struct taps *taps, ptrdiff_t row, ptrdiff_t col, ptrdiff_t element) {
    taps->row[taps->count] = row;
    taps->col[taps->count] = col;
    taps->element[taps->count++] = element;
}

static void use_taps(struct correlation *z, const struct taps *taps) {
    z->taps = taps->count;
    z->row = taps->row;
    z->col = taps->col;
    z->w_tap = taps->element;
}

/* x (N,C,H,W) IN, w (K,C/groups,R,S) IN, b (K) IN or NULL, y (N,K,P,Q) OUT */
static int conv2d(const struct conv2d_shape *s, const void *x, const void *w, const void *b, void *y) {
    struct correlation z = {.N = s->N, .G = s->groups, .C = s->C / s->groups, .H = s->H, .W = s->W,
                            .K = s->K / s->groups, .P = s->P, .Q = s->Q,
                            .stride_y = s->stride[0], .stride_x = s->stride[1],
                            .y_plane = s->P * s->Q, .y_step_y = s->Q, .y_step_x = 1,
                            .x = x, .w = w, .b = b, .y = y};
    struct taps taps;
    if (make_taps(s, &taps) != 0) return -1;
    for (ptrdiff_t r = 0; r < s->R; r++)
        for (ptrdiff_t c = 0; c < s->S; c++)
            add_tap(&taps, r * s->dilation[0] - s->padding[0], c * s->dilation[1] - s->padding[1], r * s->S + c);
    use_taps(&z, &taps);
    z.w_c = s->R * s->S;
    z.w_k = z.C * z.w_c;
    z.w_group = z.K * z.w_k;
    int status = correlate(&z);
    free(taps.row);
    return status;
}

/* One phase of dx: the pixels (a + i*stride, b + j*stride). */
static int conv2d_input_phase(const struct conv2d_shape *s, struct correlation z, struct taps *taps, ptrdiff_t a, ptrdiff_t b) {
    taps->count = 0;
    for (ptrdiff_t r = 0; r < s->R; r++)
        for (ptrdiff_t c = 0; c < s->S; c++) {
            ptrdiff_t p = a + s->padding[0] - r * s->dilation[0], q = b + s->padding[1] - c * s->dilation[1];
            if (p % s->stride[0] == 0 && q % s->stride[1] == 0)
                add_tap(taps, p / s->stride[0], q / s->stride[1], r * s->S + c);
        }
    use_taps(&z, taps);
    z.P = ceil_div(s->H - a, s->stride[0]);
    z.Q = ceil_div(s->W - b, s->stride[1]);
    z.y += a * s->W + b;
    return correlate(&z);
}

/* g (N,K,P,Q) IN, w (K,C/groups,R,S) IN, dx (N,C,H,W) OUT: the roles of C and K, and of (H,W) and (P,Q), change */
static int conv2d_input(const struct conv2d_shape *s, const void *g, const void *w, void *dx) {
    struct correlation z = {.N = s->N, .G = s->groups, .C = s->K / s->groups, .H = s->P, .W = s->Q,
                            .K = s->C / s->groups, .stride_y = 1, .stride_x = 1,
                            .y_plane = s->H * s->W, .y_step_y = s->stride[0] * s->W, .y_step_x = s->stride[1],
                            .x = g, .w = w, .b = NULL, .y = dx};
    z.w_k = s->R * s->S;
    z.w_c = z.K * z.w_k;
    z.w_group = z.C * z.w_c;
    struct taps taps;
    if (make_taps(s, &taps) != 0) return -1;
    int status = 0;
    for (ptrdiff_t a = 0; a < smaller(s->stride[0], s->H) && status == 0; a++)
        for (ptrdiff_t b = 0; b < smaller(s->stride[1], s->W) && status == 0; b++)
            status = conv2d_input_phase(s, z, &taps, a, b);
    free(taps.row);
    return status;
}
