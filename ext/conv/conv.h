/* What the convolution's files share, and their letters, those of reference.py:

       N batch   C channels in   K channels out   H W image   R S kernel   P Q output   G groups   t tap (r,s)
       x images (N,C,H,W)   w kernels (K,C/G,R,S)   b bias (K)   y outputs (N,K,P,Q)
       g slopes (N,K,P,Q): the gradient of a loss in y; dx, dw: in x and in w

   A file says its own beside. */
#ifndef CUTAWAY_CONV_H
#define CUTAWAY_CONV_H

#include "../native/kernels.h"
#include "../native/threads.h"
#include "../native/vector.h"

/* The register tile: TILE_K output channels times TILE_V vectors of pixels are summed in registers.
   8 x 3 sums + 3 operands fit the 32 registers of AVX-512 and Arm, 4 x 3 + 3 the 16 of AVX2 and SSE2. */
#if VECTOR_BYTES == 64 || defined(__aarch64__)
enum { TILE_K = 8, TILE_V = 3 };
#else
enum { TILE_K = 4, TILE_V = 3 };
#endif
/* With one output channel per group the tile is one row of more vectors. Most depthwise convolutions have a
   kernel of 3 x 3, and depthwise.c to themselves. */
enum { DEPTHWISE_K = 1, DEPTHWISE_V = 6 };
enum { MAX_V = DEPTHWISE_V };

/* How the work is cut: into blocks of output rows and of input channels, and these into tasks for threads. */
enum {
    BLOCK_PIXELS = 1024,      /* outputs in a block (pixels in the lanes): uses packed weights many times */
    BLOCK_BYTES = 512 * 1024, /* planes of a block: half of a second-level cache */
    ENOUGH_TASKS = 32,        /* fewer blocks than this and output channels are shared out, too, ... */
    SHARE_WORK = 256,         /* ... as long as a share has so many weights for each input pixel it packs */
    WEIGHT_TASKS = 16,        /* the weight gradient aims for so many tasks ... */
    SLOTS_BYTES = 16 << 20    /* ... as long as their sums take no more memory than this */
};

/* A dense correlation, the one form to which all three members of the family are brought:

       y[n,k,p,q] = b[k] + sum over c, t of  w[k,c,t] x[n, c, p*stride_y + row[t], q*stride_x + col[t]]

   t runs over taps at any positions; x is 0 outside. Channels are counted within one of G groups. y may
   consist of phases, each with taps of its own: the pixels (p*phases_y + a, q*phases_x + b) of a plane are
   phase (a,b). P and Q are the rows and columns of the largest, phase (0,0). */
struct correlation {
    ptrdiff_t N, G, C, H, W, K, P, Q, taps;
    ptrdiff_t stride_y, stride_x;
    const ptrdiff_t *row, *col;             /* taps: where tap t looks, from (p*stride_y, q*stride_x) on */
    const ptrdiff_t *w_tap;                 /* taps: element of w for tap t, beyond ... */
    ptrdiff_t w_group, w_k, w_c;            /* ... group*w_group + k*w_k + c*w_c */
    ptrdiff_t phases_y, phases_x;           /* 1, 1: y is whole */
    const ptrdiff_t *begin;                 /* phases + 1: the taps of phase f are begin[f] .. begin[f+1]-1 */
    ptrdiff_t height, width, y_plane;       /* of y; elements between its channels */
    ptrdiff_t y_step_y, y_step_x;           /* elements between rows and columns of a single phase */
    const real *x, *w, *b;                  /* b may be NULL */
    real *y;
    real relu;                              /* y is cut to 0 .. relu; 0: it is not */
    const real *packed;                     /* w in the order in which it is read, or NULL */
};

/* Phase (a,b) as a correlation of its own; its P and Q may be 0. */
static inline struct correlation phase_of(const struct correlation *z, ptrdiff_t a, ptrdiff_t b) {
    struct correlation phase = *z;
    ptrdiff_t f = a * z->phases_x + b, first = z->begin[f];
    phase.taps = z->begin[f + 1] - first;
    phase.row += first;
    phase.col += first;
    phase.w_tap += first;
    phase.P = ceil_div(larger(z->height - a, 0), z->phases_y);
    phase.Q = ceil_div(larger(z->width - b, 0), z->phases_x);
    phase.y += a * z->width + b;
    phase.y_step_y = z->phases_y * z->width;
    phase.y_step_x = z->phases_x;
    return phase;
}

/* Where a block of output rows finds its input, see pack.c. */
struct planes {
    ptrdiff_t rows;         /* output rows in a block */
    ptrdiff_t first_i, first_j;
    ptrdiff_t height, pitch;
    ptrdiff_t count;        /* phase planes per channel; at most one per tap */
    ptrdiff_t *phase_y, *phase_x;
    ptrdiff_t channel;      /* elements per channel: count * height * pitch */
    ptrdiff_t *offset;      /* taps: element of pixel (0,0) of tap t within a channel */
};

#endif
