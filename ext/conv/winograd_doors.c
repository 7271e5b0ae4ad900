/* winograd, winograd_input and winograd_weight: the three members of the family brought to winograd.c and
   winograd_weight.c, those with a dilation through the phases of polyphase.c.

   N batch, C channels in, K channels out, H W image, R kernel (3 or 5), P Q output. */
#pragma once
#include "conv.h"
#include "convolution.c"     /* conv2d, conv2d_input, conv2d_weight */
#include "polyphase.c"       /* gather_phases_of_plane, phases, phases_size, scatter_phases_of_plane */
#include "winograd.c"        /* run_winograd, transform_all_kernels, winograd_job */
#include "winograd_tiles.c"  /* images */
#include "winograd_weight.c" /* run_winograd_weight, winograd_weight_job */

/* A Winograd convolution with dilation: x and y in phases, then run_winograd on the larger batch. */
static int run_dilated(struct winograd_job *job, ptrdiff_t N, const ptrdiff_t *dilation, const real *packed) {
    if (dilation[0] == 1 && dilation[1] == 1) return run_winograd(job, N, packed);
    struct phases x = {
        .N = N, .C = job->x.channels, .H = job->x.H, .W = job->x.W, .top = job->top, .left = job->left,
        .height = ceil_div(job->y.P, dilation[0]) + job->kernel - 1,
        .width = ceil_div(job->y.Q, dilation[1]) + job->kernel - 1,
        .step_y = dilation[0], .step_x = dilation[1], .whole_in = job->x.data,
    };
    struct phases y = {
        .N = N, .C = job->y.K, .H = job->y.P, .W = job->y.Q,
        .height = x.height - (job->kernel - 1),
        .width = x.width - (job->kernel - 1),
        .step_y = dilation[0], .step_x = dilation[1], .whole_out = job->y.y,
    };
    x.parts = scratch(PHASES, (size_t)(phases_size(&x) + phases_size(&y)) * sizeof(real));
    if (!x.parts) return -1;
    y.parts = x.parts + phases_size(&x);
    parallel_for(N * x.C, get_thread_count(), gather_phases_of_plane, &x);
    job->x = (struct images){x.parts, phases_size(&x), x.C, x.height, x.width};
    job->top = job->left = 0;
    job->y.P = y.height;
    job->y.Q = y.width;
    job->y.y = y.parts;
    if (run_winograd(job, N * x.step_y * x.step_x, packed) != 0) return -1;
    parallel_for(N * y.C, get_thread_count(), scatter_phases_of_plane, &y);
    return 0;
}

/* The weight gradient with dilation: x and g in phases. */
static int run_dilated_weight(struct winograd_weight_job *job, ptrdiff_t N, const ptrdiff_t *dilation) {
    if (dilation[0] == 1 && dilation[1] == 1) return run_winograd_weight(job, N);
    struct phases g = {
        .N = N, .C = job->K, .H = job->g.H, .W = job->g.W,
        .height = ceil_div(job->g.H, dilation[0]),
        .width = ceil_div(job->g.W, dilation[1]),
        .step_y = dilation[0], .step_x = dilation[1], .whole_in = job->g.data,
    };
    struct phases x = {
        .N = N, .C = job->C, .H = job->x.H, .W = job->x.W, .top = job->top, .left = job->left,
        .height = g.height + job->kernel - 1,
        .width = g.width + job->kernel - 1,
        .step_y = dilation[0], .step_x = dilation[1], .whole_in = job->x.data,
    };
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

/* One infinite or huge input spoils all outputs of its tile, 16 instead of the 9 that it belongs to: where an
   output is not finite, the direct kernels compute all anew. */

/* x (N,C,H,W) IN, w (K,C,R,R) IN, b (K) IN or NULL, y (N,K,P,Q) OUT;  R is 3 or 5 */
static int winograd(const struct conv2d_shape *s, const void *x, const void *w, const void *b, void *y) {
    int not_finite = 0;
    struct winograd_job job = {
        .x = {x, s->N * s->C * s->H * s->W, s->C, s->H, s->W}, .y = {y, b, s->K, s->P, s->Q, s->relu},
        .w = w, .kernel = (int)s->R, .w_k = s->C * s->R * s->R, .w_c = s->R * s->R,
        .top = s->padding[0], .left = s->padding[1], .not_finite = &not_finite,
    };
    int status = run_dilated(&job, s->N, s->dilation, s->packed);
    struct conv2d_shape direct = *s;
    direct.packed = NULL;
    return status == 0 && not_finite ? conv2d(&direct, x, w, b, y) : status;
}

/* w (K,C,R,R) IN, packed OUT or NULL: the kernels, transformed. Returns how many numbers that are. */
static ptrdiff_t winograd_pack(const struct conv2d_shape *s, const void *w, void *packed) {
    struct winograd_job job = {.x = {.channels = s->C}, .y = {.K = s->K}, .w = w, .kernel = (int)s->R,
                               .w_k = s->C * s->R * s->R, .w_c = s->R * s->R};
    return transform_all_kernels(&job, packed);
}

/* g (N,K,P,Q) IN, w (K,C,R,R) IN, dx (N,C,H,W) OUT: the roles of C and K, and of (H,W) and (P,Q), change */
static int winograd_input(const struct conv2d_shape *s, const void *g, const void *w, void *dx) {
    int not_finite = 0;
    struct winograd_job job = {
        .x = {g, s->N * s->K * s->P * s->Q, s->K, s->P, s->Q}, .y = {dx, NULL, s->C, s->H, s->W, 0},
        .w = w, .kernel = (int)s->R, .flipped = 1, .w_k = s->R * s->R, .w_c = s->C * s->R * s->R,
        .top = (s->R - 1) * s->dilation[0] - s->padding[0],
        .left = (s->R - 1) * s->dilation[1] - s->padding[1],
        .not_finite = &not_finite,
    };
    int status = run_dilated(&job, s->N, s->dilation, NULL);
    return status == 0 && not_finite ? conv2d_input(s, g, w, dx) : status;
}

/* g (N,K,P,Q) IN, x (N,C,H,W) IN, dw (K,C,R,R) OUT */
static int winograd_weight(const struct conv2d_shape *s, const void *g, const void *x, void *dw) {
    int not_finite = 0;
    struct winograd_weight_job job = {
        .x = {x, s->N * s->C * s->H * s->W, s->C, s->H, s->W},
        .g = {g, s->N * s->K * s->P * s->Q, s->K, s->P, s->Q},
        .K = s->K, .C = s->C, .kernel = (int)s->R, .top = s->padding[0], .left = s->padding[1], .dw = dw,
        .not_finite = &not_finite,
    };
    int status = run_dilated_weight(&job, s->N, s->dilation);
    return status == 0 && not_finite ? conv2d_weight(s, g, x, dw) : status;
}
