/* Dilation d without holes: d*d independent dense convolutions.

   N batch, C channels in, K channels out, H W image, P Q output; (a,b) a phase.

   With dilation d all taps of output p look at rows of one remainder modulo d, and neighbours p, p+1 share
   none of them. So the outputs with p mod d = a see only every d-th row of x: a smaller image of their own.
   Dilation 2, seen along one axis:

       x       0 1 0 1 0 1 0 1          phase 0   0 0 0 0        a dense convolution of each phase,
       taps    ^   ^   ^                phase 1   1 1 1 1        the results put back in turn: y  0 1 0 1 ...

   The phases become images of one larger batch, zero-padded, so that Winograd serves dilation, too:

       x (N, C, H, W)  ->  (d*d*N, C, P/d + 2, Q/d + 2)       y (d*d*N, K, P/d, Q/d)  ->  (N, K, P, Q) */
#pragma once
#include "conv.h"
#include "pack.c" /* pack_row */

#include <string.h>

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

static ptrdiff_t phases_size(const struct phases *s) {
    return s->step_y * s->step_x * s->N * s->C * s->height * s->width;
}
