/* conv2d_weight, with output channels in the lanes:

       dw[k,c,t] = sum over n, p, q of  x[n, c, p*stride + row[t], q*stride + col[t]] g[n,k,p,q]

   N batch, C channels in, K channels out (of a group), P Q output, t a tap; x images, g slopes.

   A column is a pair (c,t). The input is packed as for the forward pass; g is transposed, so that a pixel's
   slopes lie side by side; and for a few columns and a tile of output channels the pixels of a block are
   summed in registers:

       g  k0  pixel 0 1 2 ...        slopes  pixel 0  k0 k1 k2 ...        dw  column 0  k0 k1 k2 ...
          k1  pixel 0 1 2 ...   ->           pixel 1  k0 k1 k2 ...   ->       column 1  k0 k1 k2 ...

   Parallel over groups, input channels, and a fixed number of slots, each a share of all blocks of pixels
   with a dw of its own; the slots are added in order, so that the result does not depend on the number of
   threads. */
#pragma once
#include "conv.h"
#include "pack_blocks.c"   /* block_plan, pack_block, plan_blocks */
#include "tile_channels.c" /* MAX_ROWS, MAX_TILE_SIZE, channel_tiles, cut_channels */

#include <stdlib.h>
#include <string.h>

enum {
    WEIGHT_PIXELS = VECTOR_BYTES == 64 ? 128 : 192, /* outputs in a block: a tile of their slopes stays in the
                                                       first-level cache */
    ENOUGH_COLUMNS = 288 /* columns per task: enough to pay for transposing g */
};

struct weight_channels_job {
    const struct correlation *z; /* x -> y, of which g is the gradient */
    const real *g;
    real *dw;
    struct block_plan plan;
    struct channel_tiles tiles;
    ptrdiff_t slots, c_block, c_blocks, columns; /* columns: C * taps */
    ptrdiff_t *column;                           /* c_block * taps: where a column lies in the planes */
    ptrdiff_t dw_size;                           /* of one slot: [G][tiles][columns][lanes] */
    ptrdiff_t pixels, planes_size, slopes_size;
    real *memory, *partial;
};

/* out (tiles, pixels, lanes) OUT: g (K, P*Q) IN from the block's first pixel; zeros beyond K */
static void transpose_slopes(const struct weight_channels_job *job, const real *g, ptrdiff_t pixels,
                             real *out) {
    ptrdiff_t lanes = job->tiles.lanes;
    for (ptrdiff_t k0 = 0; k0 < job->tiles.count * lanes; k0 += LANES)
        for (ptrdiff_t j = 0; j < pixels; j += LANES) {
            vec rows[LANES];
            for (ptrdiff_t i = 0; i < LANES; i++) {
                const real *from = g + (k0 + i) * job->z->y_plane + j;
                rows[i] = (vec){0};
                if (k0 + i < job->z->K) {
                    if (j + LANES <= pixels) rows[i] = load(from);
                    else memcpy(&rows[i], from, (size_t)(pixels - j) * sizeof(real));
                }
            }
            transpose_lanes(rows);
            real *to = out + (k0 / lanes * job->pixels + j) * lanes + k0 % lanes;
            for (int i = 0; i < LANES; i++) store(to + i * lanes, rows[i]);
        }
}

/* dw (columns, lanes) INOUT for one tile of output channels: slopes (pixels, lanes) and planes IN */
static void add_slopes(const struct weight_channels_job *job, const real *planes, const real *slopes,
                       ptrdiff_t columns, ptrdiff_t pixels, real *dw) {
    ptrdiff_t lanes = job->tiles.lanes, rows = job->tiles.rows;
    for (ptrdiff_t i = 0; i < columns; i += rows) {
        const real *x[MAX_ROWS];
        for (int n = 0; n < rows; n++) /* beyond the end: the last again */
            x[n] = planes + job->column[smaller(i + n, columns - 1)];
        if (i + rows <= columns) job->tiles.add(pixels, job->plan.pixel, x, slopes, NULL, dw + i * lanes);
        else {
            real last[MAX_TILE_SIZE * LANES] = {0};
            memcpy(last, dw + i * lanes, (size_t)((columns - i) * lanes) * sizeof(real));
            job->tiles.add(pixels, job->plan.pixel, x, slopes, NULL, last);
            memcpy(dw + i * lanes, last, (size_t)((columns - i) * lanes) * sizeof(real));
        }
    }
}

static void weight_channels_task(void *argument, ptrdiff_t index, int worker) {
    const struct weight_channels_job *job = argument;
    const struct correlation *z = job->z;
    ptrdiff_t lanes = job->tiles.lanes, blocks = job->plan.blocks, all = z->N * blocks;
    real *planes = job->memory + worker * (job->planes_size + job->slopes_size);
    real *slopes = planes + job->planes_size;
    ptrdiff_t slot = index % job->slots, c0 = index / job->slots % job->c_blocks * job->c_block;
    ptrdiff_t group = index / (job->slots * job->c_blocks), channels = smaller(job->c_block, z->C - c0);
    real *dw = job->partial + slot * job->dw_size +
               (group * job->tiles.count * job->columns + c0 * z->taps) * lanes;
    for (ptrdiff_t tile = 0; tile < job->tiles.count; tile++)
        memset(dw + tile * job->columns * lanes, 0, (size_t)(channels * z->taps * lanes) * sizeof(real));
    for (ptrdiff_t i = all * slot / job->slots; i < all * (slot + 1) / job->slots; i++) {
        ptrdiff_t image = i / blocks * z->G + group, p0 = i % blocks * job->plan.rows;
        ptrdiff_t rows = smaller(job->plan.rows, z->P - p0);
        pack_block(z, &job->plan, z->x + (image * z->C + c0) * z->H * z->W, channels, p0, rows, planes);
        transpose_slopes(job, job->g + image * z->K * z->y_plane + p0 * z->Q, rows * z->Q, slopes);
        for (ptrdiff_t tile = 0; tile < job->tiles.count; tile++)
            add_slopes(job, planes, slopes + tile * job->pixels * lanes, channels * z->taps, rows * z->Q,
                       dw + tile * job->columns * lanes);
    }
}

/* dw (G, K, columns) OUT for one vector of output channels: the sum of all slots, transposed */
static void sum_channel_slots(void *argument, ptrdiff_t index, int worker) {
    const struct weight_channels_job *job = argument;
    ptrdiff_t lanes = job->tiles.lanes, vectors = job->tiles.count * job->tiles.vectors;
    ptrdiff_t group = index / vectors, k0 = index % vectors * LANES, K = job->z->K;
    const real *from = job->partial + (group * vectors * LANES + k0 / lanes * lanes) * job->columns +
                       k0 % lanes;
    (void)worker;
    for (ptrdiff_t i = 0; i < job->columns; i += LANES) {
        vec rows[LANES];
        for (ptrdiff_t n = 0; n < LANES; n++) {
            rows[n] = (vec){0};
            for (ptrdiff_t slot = 0; slot < job->slots && i + n < job->columns; slot++)
                rows[n] += load(from + slot * job->dw_size + (i + n) * lanes);
        }
        transpose_lanes(rows);
        for (ptrdiff_t k = k0; k < smaller(k0 + LANES, K); k++)
            memcpy(job->dw + (group * K + k) * job->columns + i, &rows[k - k0],
                   (size_t)smaller(LANES, job->columns - i) * sizeof(real));
    }
}

static int plan_weight_channels(struct weight_channels_job *job) {
    const struct correlation *z = job->z;
    job->tiles = cut_channels(z->K);
    if (plan_blocks(z, WEIGHT_PIXELS, &job->plan) != 0) return -1;
    ptrdiff_t channel_bytes = job->plan.planes.channel * (ptrdiff_t)sizeof(real);
    ptrdiff_t wanted = ceil_div(ENOUGH_COLUMNS, z->taps);
    job->c_blocks = ceil_div(z->C, clamp(wanted, 1, larger(BLOCK_BYTES / channel_bytes, 1)));
    job->c_block = ceil_div(z->C, job->c_blocks);
    job->c_blocks = ceil_div(z->C, job->c_block);
    job->columns = z->C * z->taps;
    job->dw_size = z->G * job->tiles.count * job->columns * job->tiles.lanes;
    ptrdiff_t affordable = larger(1, SLOTS_BYTES / (job->dw_size * (ptrdiff_t)sizeof(real)));
    job->slots = clamp(WEIGHT_TASKS / (z->G * job->c_blocks), 1,
                       smaller(affordable, z->N * job->plan.blocks));
    job->pixels = ceil_div(job->plan.pixels, LANES) * LANES;
    job->planes_size = ceil_div(job->c_block * job->plan.planes.channel + LANES, CACHE_LINE) * CACHE_LINE;
    job->slopes_size = job->tiles.count * job->tiles.lanes * job->pixels;
    job->column = malloc((size_t)larger(job->c_block * z->taps, 1) * sizeof(ptrdiff_t));
    if (!job->column) return -1;
    for (ptrdiff_t i = 0; i < job->c_block * z->taps; i++)
        job->column[i] = i / z->taps * job->plan.planes.channel + job->plan.planes.offset[i % z->taps];
    return 0;
}

/* g (N, G*K, P, Q) IN, dw (G*K, C, taps) OUT. Returns 0, or -1 if there is no memory. */
static int weight_by_channels(const struct correlation *z, const real *g, real *dw) {
    struct weight_channels_job job = {.z = z, .g = g, .dw = dw};
    int workers = get_thread_count(), status = plan_weight_channels(&job);
    if (status == 0) {
        ptrdiff_t memory = workers * (job.planes_size + job.slopes_size);
        job.memory = scratch(WORK, (size_t)(memory + job.slots * job.dw_size) * sizeof(real));
        job.partial = job.memory + memory;
        if (!job.memory) status = -1;
    }
    if (status == 0) {
        parallel_for(z->G * job.c_blocks * job.slots, workers, weight_channels_task, &job);
        parallel_for(z->G * job.tiles.count * job.tiles.vectors, workers, sum_channel_slots, &job);
    }
    free(job.column);
    free(job.plan.tables);
    return status;
}
