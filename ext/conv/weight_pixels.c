/* conv2d_weight: the adjoint of the convolution in w.

       dw[k,c,t] = sum over n, p, q of  g[n,k,p,q] x[n, c, p*stride + row[t], q*stride + col[t]]

   N batch, C channels in, K channels out (of a group), P Q output, t a tap; x images, g slopes.

   The input is packed as for the forward pass (pack.c). Rows of g are laid out with the same pitch and zeros
   in between, so that a block is one run of pixels, and dw[k,c,t] a dot product of two runs. A tile is TILE_K
   channels of g times TILE_V columns (c,t); a lane sums every LANES-th pixel, and the lanes are added at the
   end of the block:

                      (c,t)   (c,t+1) (c,t+2)       for each vector of pixels: load 3 vectors of x,
                    +-------+-------+-------+                                  8 of g, 24 multiply-adds
             g[k]   | sum   | sum   | sum   |
             g[k+1] | sum   | sum   | sum   |
              ...
   Parallel over groups, input channels, and a fixed number of slots, each a share of all blocks of pixels
   with a dw of its own; the slots are added in order, so that the result does not depend on the number of
   threads. */
#pragma once
#include "conv.h"
#include "pack.c" /* lay_out_planes, pack_planes, planes_bytes */

#include <stdlib.h>
#include <string.h>

enum {
    RUN_PIXELS = 768, /* a run of TILE_K channels of g stays in the first-level cache */
    MIN_COLUMNS = 144 /* columns (c,t) per task: enough to pay for packing g */
};

struct weight_job {
    const struct correlation *z; /* x -> y, of which g is the gradient */
    const real *g;
    real *dw;
    struct planes planes;
    int tile_k, tile_v;
    ptrdiff_t blocks, slots, c_block, c_blocks;
    ptrdiff_t run;                   /* pixels of a block, in whole vectors */
    ptrdiff_t dw_size;               /* of one slot */
    ptrdiff_t planes_size, memory_size;
    real *memory, *partial;
};

/* v (LANES) INOUT: afterwards lane i of v[0] is the sum of all lanes of v[i] */
ALWAYS_INLINE void add_lanes(vec *v) {
#pragma GCC unroll 8
    for (int count = LANES; count > 1; count /= 2) /* a0+a1, a2+a3, ... b0+b1, ... */
#pragma GCC unroll 16
        for (int i = 0; i < count / 2; i++)
            v[i] = even_lanes(v[2 * i], v[2 * i + 1]) + odd_lanes(v[2 * i], v[2 * i + 1]);
}

/* out (tile_k*tile_v) OUT: dot products of tile_k runs of g, `run` apart, with tile_v runs of x */
ALWAYS_INLINE void dot_tile(const int tile_k, const int tile_v, ptrdiff_t run, const real *g,
                            const real *const *x, real *out) {
    enum { ALL = (TILE_K * TILE_V + DEPTHWISE_K * DEPTHWISE_V + LANES) / LANES * LANES };
    vec sum[TILE_K][MAX_V], flat[ALL];
#pragma GCC unroll 8
    for (int k = 0; k < tile_k; k++)
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++) sum[k][v] = (vec){0};
    for (ptrdiff_t i = 0; i < run; i += LANES) {
        vec pixels[MAX_V];
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++) pixels[v] = load(x[v] + i);
#pragma GCC unroll 8
        for (int k = 0; k < tile_k; k++) {
            vec slope = in_register(load(g + k * run + i));
#pragma GCC unroll 8
            for (int v = 0; v < tile_v; v++) sum[k][v] += slope * pixels[v];
        }
    }
#pragma GCC unroll 8
    for (int k = 0; k < tile_k; k++)
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++) flat[k * tile_v + v] = sum[k][v];
    for (int i = tile_k * tile_v; i % LANES; i++) flat[i] = (vec){0};
    for (int i = 0; i < tile_k * tile_v; i += LANES) {
        add_lanes(flat + i);
        store(out + i, flat[i]);
    }
}

NEVER_INLINE void dot_wide_tile(ptrdiff_t run, const real *g, const real *const *x, real *out) {
    dot_tile(TILE_K, TILE_V, run, g, x, out);
}

NEVER_INLINE void dot_depthwise_tile(ptrdiff_t run, const real *g, const real *const *x, real *out) {
    dot_tile(DEPTHWISE_K, DEPTHWISE_V, run, g, x, out);
}

/* out (tile_k, run) OUT: rows p0 ... of `outputs` channels of g (P,Q) IN, zeros between and after them */
static void pack_slopes(const struct weight_job *job, const real *g, int outputs, ptrdiff_t rows, real *out) {
    const struct correlation *z = job->z;
    memset(out, 0, (size_t)(job->tile_k * job->run) * sizeof(real));
    for (int k = 0; k < outputs; k++)
        for (ptrdiff_t p = 0; p < rows; p++)
            memcpy(out + k * job->run + p * job->planes.pitch, g + k * z->y_plane + p * z->y_step_y,
                   (size_t)z->Q * sizeof(real));
}

/* dw (outputs, C, taps) INOUT, for `columns` = (c,t) of packed channels */
static void add_columns(const struct weight_job *job, const real *planes, const real *slopes, int outputs,
                        ptrdiff_t columns, real *dw) {
    const struct correlation *z = job->z;
    real out[TILE_K * MAX_V + DEPTHWISE_V + LANES];
    for (ptrdiff_t i = 0; i < columns; i += job->tile_v) {
        const real *x[MAX_V];
        for (int v = 0; v < job->tile_v; v++) { /* beyond the end: the last one again, and not used */
            ptrdiff_t column = smaller(i + v, columns - 1);
            x[v] = planes + column / z->taps * job->planes.channel + job->planes.offset[column % z->taps];
        }
        (job->tile_k == DEPTHWISE_K ? dot_depthwise_tile : dot_wide_tile)(job->run, slopes, x, out);
        int used = (int)smaller(job->tile_v, columns - i);
        for (int k = 0; k < outputs; k++)
            for (int v = 0; v < used; v++) dw[k * z->C * z->taps + i + v] += out[k * job->tile_v + v];
    }
}

static void weight_task(void *argument, ptrdiff_t index, int worker) {
    const struct weight_job *job = argument;
    const struct correlation *z = job->z;
    real *planes = job->memory + worker * job->memory_size, *slopes = planes + job->planes_size;
    ptrdiff_t slot = index % job->slots, c0 = index / job->slots % job->c_blocks * job->c_block;
    ptrdiff_t group = index / (job->slots * job->c_blocks), channels = smaller(job->c_block, z->C - c0);
    real *dw = job->partial + slot * job->dw_size + (group * z->K * z->C + c0) * z->taps;
    for (ptrdiff_t k = 0; k < z->K; k++)
        memset(dw + k * z->C * z->taps, 0, (size_t)(channels * z->taps) * sizeof(real));
    ptrdiff_t all = z->N * job->blocks;
    for (ptrdiff_t i = all * slot / job->slots; i < all * (slot + 1) / job->slots; i++) {
        ptrdiff_t n = i / job->blocks, p0 = i % job->blocks * job->planes.rows;
        ptrdiff_t rows = smaller(job->planes.rows, z->P - p0);
        pack_planes(z, &job->planes, z->x + ((n * z->G + group) * z->C + c0) * z->H * z->W, channels, p0,
                    rows, planes);
        for (ptrdiff_t k = 0; k < z->K; k += job->tile_k) {
            int outputs = (int)smaller(job->tile_k, z->K - k);
            const real *g = job->g + ((n * z->G + group) * z->K + k) * z->y_plane + p0 * z->y_step_y;
            pack_slopes(job, g, outputs, rows, slopes);
            add_columns(job, planes, slopes, outputs, channels * z->taps, dw + k * z->C * z->taps);
        }
    }
}

enum { SUM_CHUNK = 4096 };

static void sum_slots(void *argument, ptrdiff_t chunk, int worker) {
    const struct weight_job *job = argument;
    (void)worker;
    for (ptrdiff_t i = chunk * SUM_CHUNK; i < smaller((chunk + 1) * SUM_CHUNK, job->dw_size); i++) {
        real sum = 0;
        for (ptrdiff_t slot = 0; slot < job->slots; slot++) sum += job->partial[slot * job->dw_size + i];
        job->dw[i] = sum;
    }
}

static void plan_weight_gradient(struct weight_job *job, ptrdiff_t *tables) {
    const struct correlation *z = job->z;
    job->tile_k = z->K == 1 ? DEPTHWISE_K : TILE_K;
    job->tile_v = z->K == 1 ? DEPTHWISE_V : TILE_V;
    ptrdiff_t blocks = ceil_div(z->P, clamp(RUN_PIXELS / z->Q, 1, z->P));
    job->planes = lay_out_planes(z, ceil_div(z->P, blocks), tables);
    job->blocks = ceil_div(z->P, job->planes.rows);
    job->run = ceil_div((job->planes.rows - 1) * job->planes.pitch + z->Q, LANES) * LANES;
    ptrdiff_t wanted = ceil_div(MIN_COLUMNS, z->taps);
    ptrdiff_t fit = BLOCK_BYTES / (job->planes.channel * (ptrdiff_t)sizeof(real));
    job->c_blocks = ceil_div(z->C, clamp(wanted, 1, larger(fit, 1)));
    job->c_block = ceil_div(z->C, job->c_blocks);
    job->c_blocks = ceil_div(z->C, job->c_block);
    job->dw_size = z->G * z->K * z->C * z->taps;
    ptrdiff_t affordable = larger(1, SLOTS_BYTES / (job->dw_size * (ptrdiff_t)sizeof(real)));
    job->slots = clamp(WEIGHT_TASKS / (z->G * job->c_blocks), 1, smaller(affordable, z->N * job->blocks));
    job->planes_size = ceil_div(job->c_block * job->planes.channel + LANES, CACHE_LINE) * CACHE_LINE;
    job->memory_size = job->planes_size + job->tile_k * job->run;
}

/* g (N, G*K, P, Q) IN, dw (G*K, C, taps) OUT. Returns 0, or -1 if there is no memory. */
static int weight_by_pixels(const struct correlation *z, const real *g, real *dw) {
    struct weight_job job = {.z = z, .g = g, .dw = dw};
    ptrdiff_t *tables = malloc(planes_bytes(z->taps));
    int workers = get_thread_count(), status = -1;
    if (tables) {
        plan_weight_gradient(&job, tables);
        ptrdiff_t partial_size = job.slots > 1 ? job.slots * job.dw_size : 0;
        job.memory = scratch(WORK, (size_t)(workers * job.memory_size + partial_size) * sizeof(real));
        if (job.memory) {
            job.partial = job.slots > 1 ? job.memory + workers * job.memory_size : dw;
            parallel_for(z->G * job.c_blocks * job.slots, workers, weight_task, &job);
            if (job.slots > 1) parallel_for(ceil_div(job.dw_size, SUM_CHUNK), workers, sum_slots, &job);
            status = 0;
        }
    }
    free(tables);
    return status;
}
