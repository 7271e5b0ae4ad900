/* conv2d, conv2d_input and conv2d_weight:
   the convolution and its adjoints, brought to one form, the dense correlation.

   N batch, C channels in, K channels out, H W image, R S kernel, P Q output; x images, w kernels, g slopes.

   Forward, tap t = (r,s) of output (p,q) looks at

       (h, w) = (p*stride + r*dilation - padding, the same for columns)

   Read backwards, dx at (h,w) gathers g from all (p,q) that looked there: those with

       h + padding - r*dilation = p*stride

   So only every stride-th tap counts, and which ones depends on h mod stride alone. Each of the
   stride*stride phases of dx is a correlation of g with stride 1, with its share of the kernel;
   here stride 2, kernel 3, padding 1:

       dx  a b a b      a  taps (1,1)                 the taps that count for a phase, and where they look:
           c d c d      b  taps (1,0) (1,2)           p = i + (phase + padding - r*dilation) / stride
           a b a b      c  taps (0,1) (2,1)
           c d c d      d  taps (0,0) (0,2) (2,0) (2,2) */
#pragma once
#include "conv.h"
#include "correlate_channels.c" /* correlate_by_channels, pack_for_channels */
#include "correlate_pixels.c"   /* correlate_by_pixels, pack_for_pixels */
#include "depthwise.c"          /* depthwise, serves_depthwise */
#include "depthwise_input.c"    /* depthwise_input */
#include "depthwise_weight.c"   /* depthwise_weight */
#include "lanes.c"              /* choose_lanes, choose_weight_lanes */
#include "weight_channels.c"    /* weight_by_channels */
#include "weight_pixels.c"      /* weight_by_pixels */

#include <stdlib.h>

/* A kernel of one tap sees pixels, not images: rows that follow one another may be one long row, which leaves
   no vector half empty but the last. As many as a block holds. */
static struct conv2d_shape in_long_rows(const struct conv2d_shape *s) {
    struct conv2d_shape flat = *s;
    int is_pointwise = s->R * s->S == 1 && s->stride[0] * s->stride[1] == 1 && s->padding[0] == 0 &&
                       s->padding[1] == 0 && s->P == s->H && s->Q == s->W;
    ptrdiff_t rows = is_pointwise ? clamp(BLOCK_PIXELS / s->W, 1, s->H) : 1;
    while (s->H % rows) rows--;
    flat.H = flat.P = s->H / rows;
    flat.W = flat.Q = s->W * rows;
    return is_pointwise ? flat : *s;
}

/* Tables for all taps of the kernel: row, column, element of w; and where the taps of each phase begin. */
struct taps {
    ptrdiff_t count, *row, *col, *element, *begin;
};

static int make_taps(const struct conv2d_shape *s, ptrdiff_t phases, struct taps *taps) {
    size_t all = (size_t)(s->R * s->S);
    taps->count = 0;
    taps->row = malloc((3 * all + (size_t)phases + 1) * sizeof(ptrdiff_t));
    if (!taps->row) return -1;
    taps->col = taps->row + all;
    taps->element = taps->col + all;
    taps->begin = taps->element + all;
    return 0;
}

static void add_tap(struct taps *taps, ptrdiff_t row, ptrdiff_t col, ptrdiff_t element) {
    taps->row[taps->count] = row;
    taps->col[taps->count] = col;
    taps->element[taps->count++] = element;
}

/* The taps of y(p,q), in one phase. */
static int forward_taps(const struct conv2d_shape *s, struct taps *taps) {
    if (make_taps(s, 1, taps) != 0) return -1;
    for (ptrdiff_t r = 0; r < s->R; r++)
        for (ptrdiff_t c = 0; c < s->S; c++)
            add_tap(taps, r * s->dilation[0] - s->padding[0], c * s->dilation[1] - s->padding[1],
                    r * s->S + c);
    taps->begin[0] = 0;
    taps->begin[1] = taps->count;
    return 0;
}

/* The taps of dx(h,w): each belongs to one phase, or to none that the image has:
   a stride may be longer than the image. */
static int input_taps(const struct conv2d_shape *s, struct taps *taps) {
    ptrdiff_t rows = smaller(s->stride[0], s->H), columns = smaller(s->stride[1], s->W);
    if (make_taps(s, rows * columns, taps) != 0) return -1;
    for (ptrdiff_t phase = 0; phase < rows * columns; phase++) {
        taps->begin[phase] = taps->count;
        for (ptrdiff_t r = 0; r < s->R; r++)
            for (ptrdiff_t c = 0; c < s->S; c++) {
                ptrdiff_t p = phase / columns + s->padding[0] - r * s->dilation[0];
                ptrdiff_t q = phase % columns + s->padding[1] - c * s->dilation[1];
                if (p % s->stride[0] == 0 && q % s->stride[1] == 0)
                    add_tap(taps, p / s->stride[0], q / s->stride[1], r * s->S + c);
            }
    }
    taps->begin[rows * columns] = taps->count;
    return 0;
}

/* The correlation x -> y; x, w, b and y are left open. */
static struct correlation forward_correlation(const struct conv2d_shape *s, const struct taps *taps) {
    ptrdiff_t C = s->C / s->groups, K = s->K / s->groups, kernel = s->R * s->S;
    return (struct correlation){
        .N = s->N, .G = s->groups, .C = C, .H = s->H, .W = s->W, .K = K, .P = s->P, .Q = s->Q,
        .stride_y = s->stride[0], .stride_x = s->stride[1], .phases_y = 1, .phases_x = 1,
        .height = s->P, .width = s->Q, .y_plane = s->P * s->Q, .y_step_y = s->Q, .y_step_x = 1,
        .w_group = K * C * kernel, .w_k = C * kernel, .w_c = kernel,
        .taps = taps->count, .row = taps->row, .col = taps->col, .w_tap = taps->element, .begin = taps->begin,
    };
}

/* The correlation g -> dx: the roles of C and K, and of (H,W) and (P,Q), change. */
static struct correlation input_correlation(const struct conv2d_shape *s, const struct taps *taps) {
    ptrdiff_t C = s->C / s->groups, K = s->K / s->groups, kernel = s->R * s->S;
    return (struct correlation){
        .N = s->N, .G = s->groups, .C = K, .H = s->P, .W = s->Q, .K = C,
        .P = ceil_div(s->H, s->stride[0]), .Q = ceil_div(s->W, s->stride[1]),
        .stride_y = 1, .stride_x = 1,
        .phases_y = smaller(s->stride[0], s->H), .phases_x = smaller(s->stride[1], s->W),
        .height = s->H, .width = s->W, .y_plane = s->H * s->W,
        .w_group = K * C * kernel, .w_k = kernel, .w_c = C * kernel,
        .taps = taps->count, .row = taps->row, .col = taps->col, .w_tap = taps->element, .begin = taps->begin,
    };
}

/* y  OUT. All sizes but taps are at least 1; without taps y is the bias.
   Returns 0, or -1 if there is no memory. */
static int correlate(const struct correlation *z, int lanes) {
    if (choose_lanes(z, lanes) == CHANNEL_LANES) return correlate_by_channels(z);
    for (ptrdiff_t f = 0; f < z->phases_y * z->phases_x; f++) {
        struct correlation phase = phase_of(z, f / z->phases_x, f % z->phases_x);
        if (phase.P > 0 && phase.Q > 0 && correlate_by_pixels(&phase) != 0) return -1;
    }
    return 0;
}

/* x (N,C,H,W) IN, w (K,C/groups,R,S) IN, b (K) IN or NULL, y (N,K,P,Q) OUT */
static int conv2d(const struct conv2d_shape *shape, const void *x, const void *w, const void *b, void *y) {
    const struct conv2d_shape flat = in_long_rows(shape), *s = &flat;
    if (serves_depthwise(s)) return depthwise(s, x, w, b, y);
    struct taps taps;
    if (forward_taps(s, &taps) != 0) return -1;
    struct correlation z = forward_correlation(s, &taps);
    z.x = x;
    z.w = w;
    z.b = b;
    z.y = y;
    z.relu = (real)s->relu;
    z.packed = s->packed;
    int status = correlate(&z, s->lanes);
    free(taps.row);
    return status;
}

/* w (K,C/groups,R,S) IN, packed OUT or NULL: for the lanes of s. Returns how many numbers that are,
   -1 if there is no memory. */
static ptrdiff_t conv2d_pack(const struct conv2d_shape *s, const void *w, void *packed) {
    struct taps taps;
    if (forward_taps(s, &taps) != 0) return -1;
    struct correlation z = forward_correlation(s, &taps);
    z.w = w;
    ptrdiff_t size = (s->lanes == CHANNEL_LANES ? pack_for_channels : pack_for_pixels)(&z, packed);
    free(taps.row);
    return size;
}

/* g (N,K,P,Q) IN, w (K,C/groups,R,S) IN, dx (N,C,H,W) OUT:
   the roles of C and K, and of (H,W) and (P,Q), change */
static int conv2d_input(const struct conv2d_shape *shape, const void *g, const void *w, void *dx) {
    const struct conv2d_shape flat = in_long_rows(shape), *s = &flat;
    if (serves_depthwise(s)) return depthwise_input(s, g, w, dx);
    struct taps taps;
    if (input_taps(s, &taps) != 0) return -1;
    struct correlation z = input_correlation(s, &taps);
    z.x = g;
    z.w = w;
    z.y = dx;
    int status = correlate(&z, s->lanes);
    free(taps.row);
    return status;
}

/* g (N,K,P,Q) IN, x (N,C,H,W) IN, dw (K,C/groups,R,S) OUT */
static int conv2d_weight(const struct conv2d_shape *shape, const void *g, const void *x, void *dw) {
    const struct conv2d_shape flat = in_long_rows(shape), *s = &flat;
    if (serves_depthwise(s)) return depthwise_weight(s, g, x, dw);
    struct taps taps;
    if (forward_taps(s, &taps) != 0) return -1;
    struct correlation z = forward_correlation(s, &taps);
    z.x = x;
    int is_channels = choose_weight_lanes(&z, s->lanes) == CHANNEL_LANES;
    int status = (is_channels ? weight_by_channels : weight_by_pixels)(&z, g, dw);
    free(taps.row);
    return status;
}

/* What these three put into the lanes; `role` says which. */
static int conv2d_lanes(const struct conv2d_shape *shape, int role) {
    const struct conv2d_shape flat = in_long_rows(shape), *s = &flat;
    int is_input = role == INPUT_GRADIENT;
    struct taps taps;
    if (serves_depthwise(s)) return ROW_LANES;
    if ((is_input ? input_taps : forward_taps)(s, &taps) != 0) return PIXEL_LANES;
    struct correlation z = (is_input ? input_correlation : forward_correlation)(s, &taps);
    int lanes = (role == WEIGHT_GRADIENT ? choose_weight_lanes : choose_lanes)(&z, s->lanes);
    free(taps.row);
    return lanes;
}
