/* What Winograd costs beside the direct convolution, in multiply-adds: is it worthwhile?

   N batch, C channels in, K channels out, R kernel (3 or 5), P Q output;
   for the input gradient C and K change roles.

       direct      N K P Q C R R
       Winograd    tiles (36 C K + transforms of a tile)  +  KERNEL_WORK C K       (READ_WORK if it is packed)

   The constants are the lengths of the loops in winograd_tiles.c and winograd_transforms.c; WORTHWHILE is
   measured, on a processor with AVX-512 and the same one restricted to AVX2: Winograd's matrices pass through
   larger caches, so its multiply-adds take longer. */
#pragma once
#include "conv.h"
#include "winograd_transforms.c" /* PATCH, PRODUCTS */

enum {
    INPUT_WORK = 250, OUTPUT_WORK = 250, /* to transform a tile of x, a tile of y ... */
    SLOPES_WORK = 200,                   /* ... and one of g in the weight gradient, where moreover ... */
    TRANSPOSE_WORK = 144,                /* ... lanes and tiles change places */
    KERNEL_WORK = 1500,                  /* to transform one kernel: measured, it passes through memory */
    READ_WORK = 400,                     /* to read one that is transformed: four times the bytes of w */
    PHASES_WORK = 300,                   /* to gather a tile for the phases of a dilation, or scatter it */
    STRIP = 16 /* columns in a strip, channels in a block: those of AVX-512, which decide for narrower vectors
                  as well, so that neither the choice nor the rounding depends on the processor */
};
static const double WORTHWHILE = 1.3; /* Winograd must save at least this factor of multiply-adds */

/* The tiles of all images, or of all phases of a dilation; those that fill up the last strips count, too. */
static ptrdiff_t count_tiles(const struct conv2d_shape *s, ptrdiff_t tile) {
    ptrdiff_t dy = s->dilation[0], dx = s->dilation[1];
    return s->N * dy * dx * ceil_div(s->P, tile * dy) * ceil_div(s->Q, STRIP * dx) * STRIP / tile;
}

/* The multiply-adds of all transforms of one tile. */
static ptrdiff_t tile_transforms(const struct conv2d_shape *s, ptrdiff_t C, ptrdiff_t K, int role) {
    int has_phases = s->dilation[0] != 1 || s->dilation[1] != 1;
    ptrdiff_t phases = has_phases ? PHASES_WORK * (C + K) : 0;
    if (role == WEIGHT_GRADIENT)
        return (INPUT_WORK + TRANSPOSE_WORK) * C + (SLOPES_WORK + TRANSPOSE_WORK) * K + phases;
    return INPUT_WORK * C + OUTPUT_WORK * K + phases;
}

/* s: groups = 1, kernel 3x3 or 5x5, stride 1, packed not NULL if the kernels are transformed already */
static struct winograd_cost winograd_cost(const struct conv2d_shape *s, int role) {
    ptrdiff_t C = role == INPUT_GRADIENT ? s->K : s->C, K = role == INPUT_GRADIENT ? s->C : s->K;
    ptrdiff_t tile = PATCH + 1 - s->R, tiles = count_tiles(s, tile);
    if (role == WEIGHT_GRADIENT) C = ceil_div(C, STRIP) * STRIP;
    double outputs = (double)s->N * (double)(s->P * s->Q), channels = (double)C * (double)K;
    struct winograd_cost cost = {.products = (double)tiles * PRODUCTS * (double)s->C * (double)s->K};
    cost.all = (double)tiles * (PRODUCTS * channels + (double)tile_transforms(s, C, K, role)) +
               (s->packed ? READ_WORK : KERNEL_WORK) * channels;
    cost.saving = outputs * (double)(s->K * s->C * s->R * s->S) / cost.all;
    cost.filled = outputs / (double)(tile * tile * tiles);
    cost.is_worthwhile = cost.saving >= WORTHWHILE;
    return cost;
}
