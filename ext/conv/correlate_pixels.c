/* correlate: the loops around the tile.

       y[n,k,p,q] = b[k] + sum over c, t of  w[k,c,t] x[n, c, p*stride_y + row[t], q*stride_x + col[t]]

   N batch, C channels in, K channels out (of a group), P Q output, t a tap.

   for each (n, group, block of output rows, share of the output channels)   <- index of the parallel loop
     for each block of input channels
       copy the input into planes (pack.c)                                   stays in the second-level cache
       for each tile_k output channels                                       their weights stay in the first
         for each tile_v vectors of pixels: tile_pixels.c, then add the result to y

   Pixels are taken a vector at a time, row by row; or, where the rows are so short that vectors would be half
   empty, as one run over all rows of the block, whose unused columns are dropped when y is written:

       row by row (Q = 16)   |----v----|        one run (Q = 5, pitch 7)   |a a a a a . . b|b b b b . . c c|
                             |----v----|

   If y is larger than any cache, a tile's rows are gathered in a small buffer, and from there written past
   the caches: an ordinary store to memory first reads the line that it is about to overwrite.

   The plan depends on shapes alone, never on the number of threads. */
#pragma once
#include "conv.h"
#include "pack.c"        /* lay_out_planes, pack_planes, pack_weights, planes_bytes */
#include "tile_pixels.c" /* sum_depthwise_tile, sum_wide_tile */

#include <stdint.h>
#include <stdlib.h>

/* A vector of pixels: row and column of the first in its block, where it lies in the planes, where in y;
   is it a piece of one row of y? */
struct segment {
    ptrdiff_t p, q, from, to;
    int in_one_piece;
};

struct correlate_job {
    const struct correlation *z;
    struct planes planes;
    int tile_k, tile_v;
    int streams;              /* y is written past the caches */
    int as_run;               /* pixels of all rows as one run */
    ptrdiff_t blocks, shares; /* of rows; of output channels */
    ptrdiff_t k_tiles;        /* per group */
    ptrdiff_t c_block;
    ptrdiff_t weights_size, planes_size, gathered_size;
    real *weights, *planes_memory;
    struct segment *segments; /* of a whole block */
};

static ptrdiff_t count_segments(const struct correlate_job *job, ptrdiff_t rows) {
    ptrdiff_t run = (rows - 1) * job->planes.pitch + job->z->Q;
    return job->as_run ? ceil_div(run, LANES) : rows * ceil_div(job->z->Q, LANES);
}

static struct segment segment_at(const struct correlate_job *job, ptrdiff_t index) {
    const struct correlation *z = job->z;
    ptrdiff_t pitch = job->planes.pitch, per_row = ceil_div(z->Q, LANES);
    struct segment at = {.p = index / per_row, .q = index % per_row * LANES};
    if (job->as_run) at = (struct segment){.p = index * LANES / pitch, .q = index * LANES % pitch};
    at.from = at.p * pitch + at.q;
    at.to = at.p * z->y_step_y + at.q * z->y_step_x;
    at.in_one_piece = z->y_step_x == 1 && at.q + LANES <= z->Q;
    return at;
}

/* Which of the blocks of input channels this is: the first brings the bias, the last the rectifier. */
struct turn {
    int first, last;
};

/* The same for a segment that reaches into the next row of the block, or whose pixels lie apart in y. */
static void write_pieces(const struct correlate_job *job, const struct segment *at, ptrdiff_t rows, vec value,
                         real bias, struct turn turn, real *y) {
    const struct correlation *z = job->z;
    ptrdiff_t step = z->y_step_x, pitch = job->planes.pitch, p = at->p, q = at->q;
    ptrdiff_t lanes = job->as_run ? smaller(LANES, rows * pitch - at->from) : smaller(LANES, z->Q - q);
    real values[LANES]; /* in memory, where a lane can be found by its number */
    store(values, turn.first ? value + bias : value);
    for (ptrdiff_t lane = 0; lane < lanes; p++, q = 0) {
        ptrdiff_t run = smaller(lanes - lane, z->Q - q);
        real *to = y + p * z->y_step_y + q * step;
        for (ptrdiff_t i = 0; i < run; i++) {
            real sum = turn.first ? values[lane + i] : to[i * step] + values[lane + i];
            to[i * step] = turn.last && z->relu && sum < 0 ? 0 : sum;
        }
        lane += pitch - q;
    }
}

/* y  INOUT, at the block's first row, of which `rows` are left:
   writes value + bias, or in later channel blocks adds value. */
ALWAYS_INLINE void write_segment(const struct correlate_job *job, const struct segment *at, ptrdiff_t rows,
                                 vec value, real bias, struct turn turn, real *y) {
    int rectify = turn.last && job->z->relu;
    if (at->in_one_piece) {
        real *to = y + at->to;
        value += turn.first ? (vec){0} + bias : load(to);
        store(to, rectify ? rectified(value) : value);
    } else write_pieces(job, at, rows, value, bias, turn, y);
}

/* y OUT, its channels y_plane apart: a tile of sums (outputs, tile_v) + bias, each vector a piece of one row,
   at to[v] */
ALWAYS_INLINE void write_whole_tile(const int tile_v, const vec *sum, ptrdiff_t outputs, const real *bias,
                                    const ptrdiff_t *to, int rectify, ptrdiff_t y_plane, real *y) {
    for (ptrdiff_t k = 0; k < outputs; k++, y += y_plane, sum += tile_v) {
        vec start = (vec){0} + (bias ? bias[k] : 0);
#pragma GCC unroll 8
        for (int v = 0; v < tile_v; v++)
            store(y + to[v], rectify ? rectified(sum[v] + start) : sum[v] + start);
    }
}

/* y INOUT: the same for `vectors` segments of any kind,
   and where sums of other channels are there already. */
static void write_tile(const struct correlate_job *job, const struct segment *at, int vectors, const vec *sum,
                       ptrdiff_t rows, ptrdiff_t outputs, const real *bias, struct turn turn,
                       ptrdiff_t y_plane, real *y) {
    int is_whole = vectors == job->tile_v && turn.first, rectify = turn.last && job->z->relu;
    ptrdiff_t to[MAX_V];
    for (int v = 0; v < vectors; v++) {
        is_whole &= at[v].in_one_piece;
        to[v] = at[v].to;
    }
    if (is_whole && vectors == TILE_V) write_whole_tile(TILE_V, sum, outputs, bias, to, rectify, y_plane, y);
    else if (is_whole) write_whole_tile(DEPTHWISE_V, sum, outputs, bias, to, rectify, y_plane, y);
    else
        for (ptrdiff_t k = 0; k < outputs; k++)
            for (int v = 0; v < vectors; v++)
                write_segment(job, at + v, rows, sum[k * job->tile_v + v], bias ? bias[k] : 0, turn,
                              y + k * y_plane);
}

/* y INOUT, its channels y_plane apart, for `outputs` output channels, all pixels of the block;
   w, bias and y are theirs */
static void correlate_tile(const struct correlate_job *job, const real *planes, const real *w,
                           ptrdiff_t channels, ptrdiff_t rows, ptrdiff_t outputs, const real *bias,
                           struct turn turn, ptrdiff_t y_plane, real *y) {
    const struct correlation *z = job->z;
    ptrdiff_t segments = count_segments(job, rows);
    for (ptrdiff_t i = 0; i < segments; i += job->tile_v) {
        const struct segment *at = job->segments + i;
        int vectors = (int)smaller(job->tile_v, segments - i);
        const real *x[MAX_V];
        vec sum[TILE_K * MAX_V];
        for (int v = 0; v < job->tile_v; v++) /* beyond the end: the last again */
            x[v] = planes + at[smaller(v, vectors - 1)].from;
        (job->tile_k == DEPTHWISE_K ? sum_depthwise_tile : sum_wide_tile)(
            channels, job->planes.channel, z->taps, job->planes.offset, x, w, sum);
        write_tile(job, at, vectors, sum, rows, outputs, bias, turn, y_plane, y);
    }
}

/* y OUT: the rows of a tile's channels, gathered (outputs, size) IN */
static void write_past_caches(const struct correlation *z, const real *gathered, ptrdiff_t outputs,
                              ptrdiff_t size, real *y) {
    for (ptrdiff_t k = 0; k < outputs; k++)
        for (ptrdiff_t i = 0; i < size; i += LANES)
            stream(y + k * z->y_plane + i, load(gathered + k * size + i));
}

static void correlate_block(void *argument, ptrdiff_t index, int worker) {
    const struct correlate_job *job = argument;
    const struct correlation *z = job->z;
    real *planes = job->planes_memory + worker * (job->planes_size + job->gathered_size);
    real *gathered = planes + job->planes_size;
    ptrdiff_t share = index % job->shares, block = index / job->shares % job->blocks;
    ptrdiff_t group = index / (job->shares * job->blocks) % z->G;
    ptrdiff_t n = index / (job->shares * job->blocks * z->G);
    ptrdiff_t p0 = block * job->planes.rows, rows = smaller(job->planes.rows, z->P - p0);
    const real *x = z->x + (n * z->G + group) * z->C * z->H * z->W;
    real *y = z->y + (n * z->G + group) * z->K * z->y_plane + p0 * z->y_step_y;
    for (ptrdiff_t c0 = 0; c0 < z->C; c0 += job->c_block) {
        ptrdiff_t channels = smaller(job->c_block, z->C - c0);
        pack_planes(z, &job->planes, x + c0 * z->H * z->W, channels, p0, rows, planes);
        const real *w = job->weights + group * job->weights_size + c0 * z->taps * job->tile_k;
        const real *bias = z->b ? z->b + group * z->K : NULL;
        struct turn turn = {c0 == 0, c0 + channels == z->C};
        for (ptrdiff_t tile = job->k_tiles * share / job->shares;
             tile < job->k_tiles * (share + 1) / job->shares; tile++) {
            ptrdiff_t k0 = tile * job->tile_k, outputs = smaller(job->tile_k, z->K - k0), size = rows * z->Q;
            ptrdiff_t y_plane = job->streams ? size : z->y_plane;
            real *to = y + k0 * z->y_plane;
            correlate_tile(job, planes, w + k0 * z->C * z->taps, channels, rows, outputs,
                           bias ? bias + k0 : NULL, turn, y_plane, job->streams ? gathered : to);
            if (job->streams) write_past_caches(z, gathered, outputs, size, to);
        }
    }
    if (job->streams) drain_stores();
}

/* packed OUT, or NULL: w as correlate_by_pixels reads it; returns its numbers. */
static ptrdiff_t pack_for_pixels(const struct correlation *z, real *packed) {
    return pack_weights(z, z->K == 1 ? DEPTHWISE_K : TILE_K, packed);
}

static struct correlate_job plan_correlation(const struct correlation *z, ptrdiff_t *tables) {
    struct correlate_job job = {.z = z,
                                .tile_k = z->K == 1 ? DEPTHWISE_K : TILE_K,
                                .tile_v = z->K == 1 ? DEPTHWISE_V : TILE_V};
    ptrdiff_t blocks = ceil_div(z->P, clamp(BLOCK_PIXELS / z->Q, 1, z->P));
    job.planes = lay_out_planes(z, ceil_div(z->P, blocks), tables);
    job.blocks = ceil_div(z->P, job.planes.rows);
    job.as_run = ceil_div(job.planes.rows * job.planes.pitch, LANES) <
                 job.planes.rows * ceil_div(z->Q, LANES);
    job.k_tiles = ceil_div(z->K, job.tile_k);
    job.weights_size = job.k_tiles * job.tile_k * z->C * z->taps;
    ptrdiff_t worthwhile = clamp(z->K * z->taps / SHARE_WORK, 1, job.k_tiles);
    job.shares = clamp(ENOUGH_TASKS / (z->N * z->G * job.blocks), 1, worthwhile);
    ptrdiff_t c_blocks = ceil_div(z->C * job.planes.channel * (ptrdiff_t)sizeof(real), BLOCK_BYTES);
    job.c_block = ceil_div(z->C, clamp(c_blocks, 1, z->C));
    ptrdiff_t y_bytes = z->N * z->G * z->K * z->y_plane * (ptrdiff_t)sizeof(real);
    int is_whole = z->y_step_x == 1 && z->y_step_y == z->Q && z->Q % LANES == 0 &&
                   (uintptr_t)z->y % VECTOR_BYTES == 0;
    job.streams = y_bytes >= STREAMED && job.c_block == z->C && is_whole;
    job.gathered_size = job.streams ? job.tile_k * job.planes.rows * z->Q : 0;
    job.planes_size = ceil_div(job.c_block * job.planes.channel + LANES, CACHE_LINE) * CACHE_LINE;
    return job;
}

/* y  OUT. All sizes but taps are at least 1; without taps y is the bias.
   Returns 0, or -1 if there is no memory. */
static int correlate_by_pixels(const struct correlation *z) {
    int workers = get_thread_count();
    size_t tables_bytes = planes_bytes(z->taps);
    ptrdiff_t *tables = malloc(tables_bytes);
    if (!tables) return -1;
    struct correlate_job job = plan_correlation(z, tables);
    ptrdiff_t segments = count_segments(&job, job.planes.rows);
    job.segments = malloc((size_t)segments * sizeof(struct segment));
    for (ptrdiff_t i = 0; job.segments && i < segments; i++) job.segments[i] = segment_at(&job, i);
    ptrdiff_t memory = workers * (job.planes_size + job.gathered_size);
    ptrdiff_t weights = z->packed ? 0 : pack_for_pixels(z, NULL);
    if (job.segments) job.planes_memory = scratch(WORK, (size_t)(memory + weights) * sizeof(real));
    if (job.planes_memory) {
        if (!z->packed) pack_for_pixels(z, job.planes_memory + memory);
        job.weights = z->packed ? (real *)z->packed : job.planes_memory + memory;
        parallel_for(z->N * z->G * job.blocks * job.shares, workers, correlate_block, &job);
    }
    free(job.segments);
    free(tables);
    return job.planes_memory ? 0 : -1;
}
