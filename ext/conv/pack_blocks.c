/* Blocks of output rows with the input that they need, for output channels in the lanes (tile_channels.c).

   P Q output. Every pixel is packed once, as if for stride 1; output j of a block finds tap 0 of its input at
   pixel[j]. */
#pragma once
#include "conv.h"
#include "pack.c" /* lay_out_planes, pack_planes, planes_bytes */

#include <stdlib.h>

struct block_plan {
    struct correlation dense; /* the same input, packed as if for stride 1 */
    struct planes planes;
    ptrdiff_t rows, blocks;   /* output rows in a block; blocks in an image */
    ptrdiff_t pixels;         /* outputs in a block */
    ptrdiff_t *pixel;         /* pixels: where output j finds tap 0 of its input in a plane */
    ptrdiff_t *tables;
};

/* Returns 0, or -1 if there is no memory; free(plan.tables). */
static int plan_blocks(const struct correlation *z, ptrdiff_t pixels, struct block_plan *plan) {
    ptrdiff_t blocks = ceil_div(z->P, clamp(pixels / z->Q, 1, z->P));
    plan->rows = ceil_div(z->P, blocks);
    plan->blocks = ceil_div(z->P, plan->rows);
    plan->pixels = plan->rows * z->Q;
    plan->dense = *z;
    plan->dense.stride_y = plan->dense.stride_x = 1;
    plan->dense.Q = (z->Q - 1) * z->stride_x + 1;
    plan->tables = malloc(planes_bytes(z->taps) + (size_t)plan->pixels * sizeof(ptrdiff_t));
    if (!plan->tables) return -1;
    plan->planes = lay_out_planes(&plan->dense, (plan->rows - 1) * z->stride_y + 1, plan->tables);
    plan->pixel = plan->tables + planes_bytes(z->taps) / sizeof(ptrdiff_t);
    for (ptrdiff_t j = 0; j < plan->pixels; j++)
        plan->pixel[j] = j / z->Q * z->stride_y * plan->planes.pitch + j % z->Q * z->stride_x;
    return 0;
}

/* out OUT: input planes of `channels` channels from x for `rows` output rows from p0 */
static void pack_block(const struct correlation *z, const struct block_plan *plan, const real *x,
                       ptrdiff_t channels, ptrdiff_t p0, ptrdiff_t rows, real *out) {
    pack_planes(&plan->dense, &plan->planes, x, channels, p0 * z->stride_y, (rows - 1) * z->stride_y + 1,
                out);
}
