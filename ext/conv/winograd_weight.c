/* conv2d_weight for 3x3 and 5x5 kernels, stride 1: the adjoint of Winograd's convolution in w.

       dw[k,c]  =  G^T [ sum over tiles of  (A g[k] A^T) . (B^T d[c] B) ] G          `.` entry by entry

   C channels in, K channels out, R kernel; d input patch, g[k] its slopes.

   For each of the 36 entries f the sum over tiles is a matrix product, so now tiles are the inner axis and
   lanes are input channels; the transforms' lanes are tiles, hence blocks of LANES x LANES are transposed in
   between:

       Z[f] (K, tiles)   slopes        [36][K/TILE_K][tiles][TILE_K]
       V[f] (tiles, C)   inputs        [36][C/LANES][tiles][LANES]
       D[f] (K, C)      += Z[f] V[f]   [36][K][C in whole vectors]

   for each batch of tiles, as many as fit into the third-level cache
     Z and V          in parallel over vectors of tiles and blocks of LANES channels
     D += Z V         in parallel over f and shares of K
   dw from D          in parallel over K

   Each number is summed by one worker in one order: the result does not depend on the number of threads. */
#pragma once
#include "conv.h"
#include "winograd.c"            /* multiply, odd_lines */
#include "winograd_tiles.c"      /* MAX_STRIPS, find_strips, grid, has_nan, images, input_tiles, make_grid,
                                    slope_tiles, strip */
#include "winograd_transforms.c" /* MAX_KERNEL, PATCH, PRODUCTS, transform_products */

#include <string.h>

enum {
    BATCH_BYTES = 8 << 20,  /* of Z and V */
    MIN_BATCH = 256,        /* tiles: fewer, and reading and writing D would take longer than the products */
    WEIGHT_SHARE = 64       /* output channels per task of D += Z V */
};

struct winograd_weight_job {
    struct images x, g;
    ptrdiff_t K, C, top, left;
    int kernel;
    struct grid grid;
    ptrdiff_t first, tiles;            /* of this batch: first vector, number of tiles */
    ptrdiff_t c_vectors, k_blocks, k_tiles, shares;
    ptrdiff_t z_step, v_step, d_step;  /* elements between two f */
    real *z, *v, *d, *dw;
    int *not_finite;                   /* set if an entry of dw is */
};

/* blocks (36, LANES channels, LANES tiles) IN -> lanes are channels;
   v (36, tiles, LANES) OUT from tile `at` */
static void store_inputs(const struct winograd_weight_job *job, const real *blocks, real *v) {
    for (int f = 0; f < PRODUCTS; f++) {
        vec rows[LANES];
        for (int i = 0; i < LANES; i++) rows[i] = load(blocks + (f * LANES + i) * LANES);
        transpose_lanes(rows);
        for (int i = 0; i < LANES; i++) store(v + f * job->v_step + i * LANES, rows[i]);
    }
}

/* The same for slopes, whose channels go to tiles of TILE_K: channel k0 + lane */
static void store_slopes(const struct winograd_weight_job *job, const real *blocks, ptrdiff_t k0,
                         ptrdiff_t tile0) {
    for (int f = 0; f < PRODUCTS; f++) {
        vec rows[LANES];
        for (int i = 0; i < LANES; i++) rows[i] = load(blocks + (f * LANES + i) * LANES);
        transpose_lanes(rows);
        for (ptrdiff_t lane = 0; lane < LANES; lane += smaller(LANES, TILE_K)) {
            ptrdiff_t k = k0 + lane;
            real *z = job->z + f * job->z_step + (k / TILE_K * job->tiles + tile0) * TILE_K + k % TILE_K;
            for (int i = 0; i < LANES; i++)
                memcpy(z + i * TILE_K, (real *)&rows[i] + lane, smaller(LANES, TILE_K) * sizeof(real));
        }
    }
}

static void transform_block(void *argument, ptrdiff_t index, int worker) {
    const struct winograd_weight_job *job = argument;
    ptrdiff_t all = job->c_vectors + job->k_blocks, vector = index / all, block = index % all;
    int is_input = block < job->c_vectors;
    ptrdiff_t c0 = (is_input ? block : block - job->c_vectors) * LANES, tile0 = vector * LANES;
    real blocks[PRODUCTS * LANES * LANES] __attribute__((aligned(CACHE_LINE)));
    struct strip strips[MAX_STRIPS];
    (void)worker;
    find_strips(&job->grid, job->first + vector, strips);
    for (ptrdiff_t i = 0; i < LANES; i++) {
        real *out = blocks + i * LANES;
        if (c0 + i >= (is_input ? job->C : job->K))
            for (int f = 0; f < PRODUCTS; f++) memset(out + f * LANES * LANES, 0, LANES * sizeof(real));
        else if (is_input)
            input_tiles(job->grid.tile, &job->x, strips, c0 + i, job->top, job->left, LANES * LANES, out);
        else slope_tiles(job->grid.tile, &job->g, strips, c0 + i, LANES * LANES, out);
    }
    if (is_input) store_inputs(job, blocks, job->v + (block * job->tiles + tile0) * LANES);
    else store_slopes(job, blocks, c0, tile0);
}

static void add_batch(void *argument, ptrdiff_t index, int worker) {
    const struct winograd_weight_job *job = argument;
    ptrdiff_t f = index % PRODUCTS, share = index / PRODUCTS, c_tiles = ceil_div(job->c_vectors, TILE_V);
    (void)worker;
    for (ptrdiff_t c_tile = 0; c_tile < c_tiles; c_tile++) {
        ptrdiff_t c = job->c_vectors * c_tile / c_tiles;
        int vectors = (int)(job->c_vectors * (c_tile + 1) / c_tiles - c);
        const real *v[TILE_V];
        for (int i = 0; i < TILE_V; i++) v[i] = job->v + f * job->v_step + (c + i) * job->tiles * LANES;
        for (ptrdiff_t tile = job->k_tiles * share / job->shares;
             tile < job->k_tiles * (share + 1) / job->shares; tile++) {
            vec sum[TILE_K * TILE_V];
            multiply(vectors, job->tiles, job->z + f * job->z_step + tile * job->tiles * TILE_K, v, sum);
            for (int k = 0; k < smaller(TILE_K, job->K - tile * TILE_K); k++)
                for (int i = 0; i < vectors; i++) {
                    real *d = job->d + f * job->d_step +
                              ((tile * TILE_K + k) * job->c_vectors + c + i) * LANES;
                    store(d, job->first ? load(d) + sum[k * vectors + i] : sum[k * vectors + i]);
                }
        }
    }
}

/* dw (R, S) OUT of LANES input channels from c0 on; d (36, d_step) IN */
ALWAYS_INLINE void transform_kernels_back(const int kernel, const struct winograd_weight_job *job,
                                          const real *d, ptrdiff_t k, ptrdiff_t c0, vec *spoilt) {
    const int size = kernel * kernel;
    vec half[MAX_KERNEL][PATCH], out[MAX_KERNEL * MAX_KERNEL];
    for (int j = 0; j < PATCH; j++) {
        vec column[PATCH], sums[MAX_KERNEL];
        for (int i = 0; i < PATCH; i++) column[i] = load(d + (PATCH * i + j) * job->d_step);
        transform_products(kernel, column, sums);
        for (int r = 0; r < kernel; r++) half[r][j] = sums[r];
    }
    for (int r = 0; r < kernel; r++) transform_products(kernel, half[r], out + r * kernel);
    for (int t = 0; t < size; t++) *spoilt += 0 * out[t];
    for (ptrdiff_t c = c0; c < smaller(c0 + LANES, job->C); c++)
        for (int t = 0; t < size; t++) job->dw[(k * job->C + c) * size + t] = ((real *)&out[t])[c - c0];
}

static void transform_back(void *argument, ptrdiff_t k, int worker) {
    const struct winograd_weight_job *job = argument;
    (void)worker;
    vec spoilt = {0};
    for (ptrdiff_t c0 = 0; c0 < job->C; c0 += LANES) {
        const real *d = job->d + k * job->c_vectors * LANES + c0;
        if (job->kernel == 3) transform_kernels_back(3, job, d, k, c0, &spoilt);
        else transform_kernels_back(5, job, d, k, c0, &spoilt);
    }
    if (has_nan(spoilt)) __atomic_store_n(job->not_finite, 1, __ATOMIC_RELAXED);
}

static int run_winograd_weight(struct winograd_weight_job *job, ptrdiff_t N) {
    int workers = get_thread_count();
    job->grid = make_grid(PATCH + 1 - job->kernel, N, job->g.H, job->g.W);
    job->c_vectors = ceil_div(job->C, LANES);
    job->k_blocks = ceil_div(job->K, LANES);
    job->k_tiles = ceil_div(job->K, TILE_K);
    job->shares = ceil_div(job->K, WEIGHT_SHARE);
    ptrdiff_t C = job->c_vectors * LANES, K = larger(job->k_blocks * LANES, job->k_tiles * TILE_K);
    ptrdiff_t wanted = larger(MIN_BATCH, BATCH_BYTES / (PRODUCTS * (C + K) * (ptrdiff_t)sizeof(real)));
    ptrdiff_t batches = ceil_div(job->grid.vectors * LANES, wanted);
    ptrdiff_t largest = ceil_div(job->grid.vectors, batches) * LANES;
    job->v_step = odd_lines(C * largest);
    job->z_step = odd_lines(K * largest);
    job->d_step = odd_lines(K * C);
    job->z = scratch(WORK, (size_t)(PRODUCTS * (job->z_step + job->v_step + job->d_step)) * sizeof(real));
    if (!job->z) return -1;
    job->v = job->z + PRODUCTS * job->z_step;
    job->d = job->v + PRODUCTS * job->v_step;
    for (ptrdiff_t batch = 0; batch < batches; batch++) {
        job->first = job->grid.vectors * batch / batches;
        ptrdiff_t vectors = job->grid.vectors * (batch + 1) / batches - job->first;
        job->tiles = vectors * LANES;
        parallel_for(vectors * (job->c_vectors + job->k_blocks), workers, transform_block, job);
        parallel_for(PRODUCTS * job->shares, workers, add_batch, job);
    }
    parallel_for(job->K, workers, transform_back, job);
    return 0;
}
