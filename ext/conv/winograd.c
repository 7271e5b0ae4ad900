/* conv2d for 3x3 and 5x5 kernels, stride 1, by Winograd's F(4x4, 3x3) and F(2x2, 5x5):
   36 products for a tile of outputs.

       y  =  A^T [ sum over c of  (G w[k,c] G^T) . (B^T d[c] B) ] A + b[k]   for each tile; `.` entry by entry

   N batch, C channels in, K channels out, P Q output; d input patch, w kernel.

   For each of the 36 entries f the sum is a matrix product,
   done by the same tile kernel as the direct convolution:

       U[f] (K, C)      the kernels, transformed once per call   [36][K/TILE_K][C][TILE_K]
       V[f] (C, tiles)  a panel: 1 to 3 vectors of tiles         [36][vectors][C][LANES]
                        (it stays in the second-level cache)
       M[f] (K, tiles)  = U[f] V[f]                              [K/TILE_K][36][TILE_K][vectors][LANES]

   for each (panel, share of the output channels)   <- one index of the parallel loop
     V  from the input tiles (winograd_tiles.c)
     for each CHUNK of output channels
       for each f: M = U V                          V[f] stays in the first-level cache
       y  from M

   With the kernels transposed and flipped (by 180 degrees) the same code is the input gradient
   (winograd_doors.c). */
#pragma once
#include "conv.h"
#include "tile_pixels.c"         /* sum_tile */
#include "winograd_tiles.c"      /* MAX_STRIPS, find_strips, grid, has_nan, images, input_tiles, make_grid,
                                    output_tiles, outputs, strip */
#include "winograd_transforms.c" /* MAX_KERNEL, PATCH, PRODUCTS, transform_kernel */

#include <string.h>

enum {
    CHUNK = 4,              /* times TILE_K output channels: M fits into the second-level cache beside V */
    ENOUGH_PANELS = 8,      /* fewer, and the output channels are shared out, too ... */
    SHARE_OUTPUTS = 128,    /* ... down to so many: each share transforms the input anew, 1/20 of its work */
    KERNELS_AT_ONCE = (int)LANES > (int)TILE_K ? (int)LANES : (int)TILE_K
};

struct winograd_job {
    struct images x;
    struct outputs y;
    const real *w;
    int kernel, flipped;       /* flipped: by 180 degrees */
    ptrdiff_t w_k, w_c;       /* elements of w between output and input channels */
    ptrdiff_t top, left;
    struct grid grid;
    ptrdiff_t panels, shares, k_tiles;
    ptrdiff_t u_step, v_step; /* elements between two f: an odd number of cache lines, or all f would compete
                                 for one cache set */
    const real *u;
    real *memory;
    ptrdiff_t memory_size;
    int *not_finite;          /* set if an output is */
};

/* out = U (TILE_K, channels) V (channels, `vectors` vectors);
   v[i] points to the panel's vector i of channel 0 */
NEVER_INLINE void multiply_1(ptrdiff_t channels, const real *u, const real *const *v, vec *out) {
    sum_tile(TILE_K, 1, channels, LANES, 1, &(const ptrdiff_t){0}, v, u, out);
}
NEVER_INLINE void multiply_2(ptrdiff_t channels, const real *u, const real *const *v, vec *out) {
    sum_tile(TILE_K, 2, channels, LANES, 1, &(const ptrdiff_t){0}, v, u, out);
}
NEVER_INLINE void multiply_3(ptrdiff_t channels, const real *u, const real *const *v, vec *out) {
    sum_tile(TILE_K, 3, channels, LANES, 1, &(const ptrdiff_t){0}, v, u, out);
}
static void multiply(int vectors, ptrdiff_t channels, const real *u, const real *const *v, vec *out) {
    (vectors == 1 ? multiply_1 : vectors == 2 ? multiply_2 : multiply_3)(channels, u, v, out);
}

/* An odd number of cache lines that holds so many elements. */
static ptrdiff_t odd_lines(ptrdiff_t elements) {
    enum { LINE = CACHE_LINE / sizeof(real) };
    return (ceil_div(elements, LINE) | 1) * LINE;
}

/* U for LANES output channels from k0 on and one input channel: lanes are output channels */
ALWAYS_INLINE void transform_channel(const int kernel, const struct winograd_job *job, ptrdiff_t k0,
                                     ptrdiff_t c) {
    const int size = kernel * kernel;
    real w[MAX_KERNEL * MAX_KERNEL][LANES] = {{0}};
    vec half[MAX_KERNEL][PATCH];
    for (ptrdiff_t k = k0; k < smaller(k0 + LANES, job->y.K); k++)
        for (int t = 0; t < size; t++)
            w[job->flipped ? size - 1 - t : t][k - k0] = job->w[k * job->w_k + c * job->w_c + t];
    for (int s = 0; s < kernel; s++) {
        vec column[MAX_KERNEL];
        for (int r = 0; r < kernel; r++) column[r] = load(w[r * kernel + s]);
        transform_kernel(kernel, column, half[s]);
    }
    for (int i = 0; i < PATCH; i++) {
        vec row[MAX_KERNEL], u[PATCH];
        for (int s = 0; s < kernel; s++) row[s] = half[s][i];
        transform_kernel(kernel, row, u);
        for (int j = 0; j < PATCH; j++)
            for (ptrdiff_t lane = 0; lane < LANES; lane += smaller(LANES, TILE_K)) {
                ptrdiff_t k = k0 + lane, at = (k / TILE_K * job->x.channels + c) * TILE_K + k % TILE_K;
                memcpy((real *)job->u + (PATCH * i + j) * job->u_step + at, (real *)&u[j] + lane,
                       smaller(LANES, TILE_K) * sizeof(real));
            }
    }
}

/* U for KERNELS_AT_ONCE output channels */
static void transform_kernels(void *argument, ptrdiff_t block, int worker) {
    const struct winograd_job *job = argument;
    (void)worker;
    for (ptrdiff_t k0 = block * KERNELS_AT_ONCE; k0 < (block + 1) * KERNELS_AT_ONCE; k0 += LANES)
        for (ptrdiff_t c = 0; c < job->x.channels; c++) {
            if (job->kernel == 3) transform_channel(3, job, k0, c);
            else transform_channel(5, job, k0, c);
        }
}

static void winograd_panel(void *argument, ptrdiff_t index, int worker) {
    const struct winograd_job *job = argument;
    ptrdiff_t C = job->x.channels, panel = index % job->panels, share = index / job->panels;
    ptrdiff_t first = job->grid.vectors * panel / job->panels;
    int vectors = (int)(job->grid.vectors * (panel + 1) / job->panels - first);
    real *v = job->memory + worker * job->memory_size;
    vec *m = (vec *)(v + PRODUCTS * job->v_step);
    struct strip strips[TILE_V][MAX_STRIPS];
    vec spoilt = {0};
    for (int i = 0; i < vectors; i++) {
        find_strips(&job->grid, first + i, strips[i]);
        for (ptrdiff_t c = 0; c < C; c++)
            input_tiles(job->grid.tile, &job->x, strips[i], c, job->top, job->left, job->v_step,
                        v + (i * C + c) * LANES);
    }
    ptrdiff_t end = job->k_tiles * (share + 1) / job->shares;
    for (ptrdiff_t tile0 = job->k_tiles * share / job->shares; tile0 < end; tile0 += CHUNK) {
        ptrdiff_t tiles = smaller(CHUNK, end - tile0);
        for (int f = 0; f < PRODUCTS; f++) {
            const real *panel_f[TILE_V];
            for (int i = 0; i < TILE_V; i++) panel_f[i] = v + f * job->v_step + i * C * LANES;
            for (ptrdiff_t tile = 0; tile < tiles; tile++)
                multiply(vectors, C, job->u + f * job->u_step + (tile0 + tile) * C * TILE_K, panel_f,
                         m + (tile * PRODUCTS + f) * TILE_K * vectors);
        }
        for (ptrdiff_t k = tile0 * TILE_K; k < smaller((tile0 + tiles) * TILE_K, job->y.K); k++)
            for (int i = 0; i < vectors; i++) {
                const vec *sums = m + ((k / TILE_K - tile0) * PRODUCTS * TILE_K + k % TILE_K) * vectors + i;
                spoilt = output_tiles(job->grid.tile, sums, TILE_K * vectors, strips[i], &job->y, k, spoilt);
            }
    }
    if (has_nan(spoilt)) __atomic_store_n(job->not_finite, 1, __ATOMIC_RELAXED);
}

/* u OUT, or NULL: the kernels, transformed; returns the numbers that they take. */
static ptrdiff_t transform_all_kernels(struct winograd_job *job, real *u) {
    job->u = u;
    job->u_step = odd_lines(ceil_div(job->y.K, KERNELS_AT_ONCE) * KERNELS_AT_ONCE * job->x.channels);
    if (u) parallel_for(ceil_div(job->y.K, KERNELS_AT_ONCE), get_thread_count(), transform_kernels, job);
    return PRODUCTS * job->u_step;
}

/* packed: U, or NULL */
static int run_winograd(struct winograd_job *job, ptrdiff_t N, const real *packed) {
    ptrdiff_t C = job->x.channels;
    int workers = get_thread_count();
    job->grid = make_grid(PATCH + 1 - job->kernel, N, job->y.P, job->y.Q);
    job->panels = ceil_div(job->grid.vectors, TILE_V);
    job->shares = clamp(ENOUGH_PANELS / job->panels, 1, larger(1, job->y.K / SHARE_OUTPUTS));
    job->k_tiles = ceil_div(job->y.K, TILE_K);
    job->v_step = odd_lines(TILE_V * C * LANES);
    job->memory_size = PRODUCTS * (job->v_step + CHUNK * TILE_K * TILE_V * LANES);
    ptrdiff_t all = transform_all_kernels(job, NULL);
    job->memory = scratch(WORK, (size_t)((packed ? 0 : all) + workers * job->memory_size) * sizeof(real));
    if (!job->memory) return -1;
    if (!packed) transform_all_kernels(job, job->memory + workers * job->memory_size);
    else job->u = packed;
    parallel_for(job->panels * job->shares, workers, winograd_panel, job);
    return 0;
}
