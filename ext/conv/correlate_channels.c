/* correlate, with output channels in the lanes:

       y[n,k,p,q] = b[k] + sum over c, t of  w[k,c,t] x[n, c, p*stride_y + row[t], q*stride_x + col[t]]

   N batch, C channels in, K channels out (of a group), P Q output, t a tap.

   for each (n, group, block of output rows, share of the bands)   <- one index of the parallel loop
     for each chunk of bands                                       its sums stay in the second-level cache
       for each block of input channels
         copy the input into planes (pack.c)                       there, too
         for each band and phase
           for each slice of pairs (c,t)                           its weights and input stay in the first
             for each few pixels: tile_channels.c
       transpose the sums and write y

   A band is a tile of output channels in the phases (a,0), (a,1) ... of one a: what makes whole rows of y.
   The sums of a band, [phase][pixel][lane]:

       phase (a,0)  pixel 0   k0 k1 k2 ...         y  k0   rows a, a + phases_y ...: (a,0) (a,1) (a,0) ...
                    pixel 1   k0 k1 k2 ...   ->       k1   ...
       phase (a,1)  pixel 0   k0 k1 k2 ... */
#pragma once
#include "conv.h"
#include "pack.c"          /* pack_weights */
#include "pack_blocks.c"   /* block_plan, pack_block, plan_blocks */
#include "tile_channels.c" /* MAX_ROWS, channel_tiles, cut_channels */

#include <stdlib.h>
#include <string.h>

enum {
    CHANNELS_PIXELS = VECTOR_BYTES == 64 ? 256 : 192, /* outputs in a block, of each phase */
    SLICE_BYTES = 24 * 1024, /* weights of a slice, and a cache line of input for each pair */
    SUMS_BYTES = 256 * 1024  /* sums of a chunk */
};

struct channels_job {
    const struct correlation *z;
    struct block_plan plan;
    struct channel_tiles tiles;
    ptrdiff_t bands, shares, chunk; /* per image and group; parts of them; bands in a chunk */
    ptrdiff_t c_block, slice;       /* input channels in a block; most pairs in a slice */
    ptrdiff_t row;                  /* outputs in a block, in whole vectors */
    ptrdiff_t pixels, band;         /* of a block, with room for a last tile; elements of a band's sums */
    ptrdiff_t *offset;              /* by phase, c_block * its taps: where pair (c,t) lies, from a pixel on */
    ptrdiff_t planes_size, parts_size, sums_size;
    real *weights, *bias, *memory;
};

/* Weights [phase][G][tile][C][taps of the phase][lanes] */
static real *weights_of(const struct channels_job *job, ptrdiff_t f, ptrdiff_t group, ptrdiff_t tile) {
    const struct correlation *z = job->z;
    ptrdiff_t taps = z->begin[f + 1] - z->begin[f], tiles = job->tiles.count;
    ptrdiff_t before = z->begin[f] * z->G * tiles + (group * tiles + tile) * taps;
    return job->weights + before * z->C * job->tiles.lanes;
}

/* sums (pixels, lanes) INOUT, or OUT if they begin with the bias:
   one phase and tile, all pairs of packed channels */
static void add_pairs(const struct channels_job *job, ptrdiff_t f, const real *planes, const real *w,
                      ptrdiff_t channels, ptrdiff_t pixels, const real *bias, real *sums) {
    const struct channel_tiles *t = &job->tiles;
    ptrdiff_t first = job->z->begin[f], pairs = channels * (job->z->begin[f + 1] - first);
    ptrdiff_t slice = larger(1, ceil_div(pairs, larger(1, ceil_div(pairs, job->slice)))); /* equal ones */
    const ptrdiff_t *offset = job->offset + first * job->c_block;
    for (ptrdiff_t i = 0; i == 0 || i < pairs; i += slice)
        for (ptrdiff_t j = 0; j < pixels; j += t->rows) {
            const real *x[MAX_ROWS];
            for (int n = 0; n < t->rows; n++) x[n] = planes + job->plan.pixel[smaller(j + n, pixels - 1)];
            t->add(smaller(slice, pairs - i), offset + i, x, w + i * t->lanes, i == 0 ? bias : NULL,
                   sums + j * t->lanes);
        }
}

/* parts (LANES channels, phases, step) OUT:
   pixels from j on, vector v of a band's sums (phases, pixels, lanes) */
static void transpose_sums(const struct channels_job *job, const real *sums, ptrdiff_t j, ptrdiff_t v,
                           ptrdiff_t step, real *parts) {
    for (ptrdiff_t b = 0; b < job->z->phases_x; b++) {
        vec part[LANES];
        for (int i = 0; i < LANES; i++)
            part[i] = load(sums + (b * job->pixels + j + i) * job->tiles.lanes + v);
        transpose_lanes(part);
        for (int i = 0; i < LANES; i++)
            store(parts + (i * job->z->phases_x + b) * step, job->z->relu ? rectified(part[i]) : part[i]);
    }
}

/* y OUT: `run` pixels of each phase in turn, (phases, LANES) IN;
   not beyond y's row, of which `left` elements are left */
ALWAYS_INLINE void write_in_turn(const ptrdiff_t phases, const real *parts, ptrdiff_t run, ptrdiff_t left,
                                 real *y) {
    ptrdiff_t all = smaller(run, left / phases);
    for (ptrdiff_t q = 0; q < all; q++)
        for (ptrdiff_t b = 0; b < phases; b++) y[q * phases + b] = parts[b * LANES + q];
    if (all < run)
        for (ptrdiff_t b = 0; b < left - all * phases; b++) y[all * phases + b] = parts[b * LANES + all];
}

/* y OUT: LANES pixels of each channel from pixel j of the block on, those of each phase in turn;
   parts (channels, phases, LANES) IN */
static void write_phases(const struct correlation *z, const real *parts, ptrdiff_t channels, ptrdiff_t a,
                         ptrdiff_t j, ptrdiff_t p0, ptrdiff_t pixels, real *y) {
    ptrdiff_t phases = z->phases_x, end = smaller(j + LANES, pixels);
    for (ptrdiff_t n = j, run; n < end; n += run) { /* pieces of one row */
        ptrdiff_t q = n % z->Q, h = (p0 + n / z->Q) * z->phases_y + a, left = z->width - q * phases;
        run = smaller(z->Q - q, end - n);
        if (h >= z->height) continue;
        real *to = y + h * z->width + q * phases;
        const real *part = parts + n - j;
        for (ptrdiff_t i = 0; i < channels; i++, to += z->y_plane, part += phases * LANES)
            if (phases == 2 && run == LANES && left >= 2 * LANES) { /* as the next line, but in vectors */
                store(to, zip_low(load(part), load(part + LANES)));
                store(to + LANES, zip_high(load(part), load(part + LANES)));
            } else if (phases == 2) write_in_turn(2, part, run, left, to);
            else write_in_turn(phases, part, run, left, to);
    }
}

/* y (K, ...) OUT, of the plane's rows (p0 + p)*phases_y + a: a band's sums (phases_x, pixels, lanes) IN.
   Without phases the rows of y follow one another: a channel's pixels are gathered, so that they are written
   in one run. */
static void write_band(const struct channels_job *job, const real *sums, ptrdiff_t a, ptrdiff_t k0,
                       ptrdiff_t p0, ptrdiff_t rows, real *parts, real *y) {
    const struct correlation *z = job->z;
    ptrdiff_t pixels = rows * z->Q;
    int is_whole = z->phases_x == 1 && z->phases_y == 1;
    for (ptrdiff_t v = 0; v < smaller(job->tiles.lanes, z->K - k0); v += LANES) {
        ptrdiff_t channels = smaller(LANES, z->K - k0 - v);
        real *first = y + (k0 + v) * z->y_plane;
        for (ptrdiff_t j = 0; j < pixels; j += LANES) {
            transpose_sums(job, sums, j, v, is_whole ? job->row : LANES, parts + (is_whole ? j : 0));
            if (!is_whole) write_phases(z, parts, channels, a, j, p0, pixels, first);
        }
        for (ptrdiff_t i = 0; i < channels && is_whole; i++)
            memcpy(first + i * z->y_plane + p0 * z->width, parts + i * job->row,
                   (size_t)pixels * sizeof(real));
    }
}

static void channels_block(void *argument, ptrdiff_t index, int worker) {
    const struct channels_job *job = argument;
    const struct correlation *z = job->z;
    real *planes = job->memory + worker * (job->planes_size + job->sums_size);
    real *parts = planes + job->planes_size;
    real *sums = parts + job->parts_size;
    ptrdiff_t share = index % job->shares, block = index / job->shares % job->plan.blocks;
    ptrdiff_t image = index / (job->shares * job->plan.blocks), group = image % z->G;
    ptrdiff_t p0 = block * job->plan.rows, rows = smaller(job->plan.rows, z->P - p0);
    ptrdiff_t begin = job->bands * share / job->shares, end = job->bands * (share + 1) / job->shares;
    for (ptrdiff_t first = begin; first < end; first += job->chunk) {
        ptrdiff_t last = smaller(first + job->chunk, end);
        for (ptrdiff_t c0 = 0; c0 < z->C; c0 += job->c_block) {
            ptrdiff_t channels = smaller(job->c_block, z->C - c0);
            if (first == begin || job->c_block < z->C)
                pack_block(z, &job->plan, z->x + (image * z->C + c0) * z->H * z->W, channels, p0, rows,
                           planes);
            for (ptrdiff_t part = first * z->phases_x; part < last * z->phases_x; part++) {
                ptrdiff_t band = part / z->phases_x, tile = band % job->tiles.count;
                ptrdiff_t f = band / job->tiles.count * z->phases_x + part % z->phases_x;
                const real *w = weights_of(job, f, group, tile) +
                                c0 * (z->begin[f + 1] - z->begin[f]) * job->tiles.lanes;
                const real *bias = job->bias + (group * job->tiles.count + tile) * job->tiles.lanes;
                add_pairs(job, f, planes, w, channels, rows * z->Q, c0 == 0 ? bias : NULL,
                          sums + (part - first * z->phases_x) * job->pixels * job->tiles.lanes);
            }
        }
        for (ptrdiff_t band = first; band < last; band++)
            write_band(job, sums + (band - first) * job->band, band / job->tiles.count,
                       band % job->tiles.count * job->tiles.lanes, p0, rows, parts,
                       z->y + image * z->K * z->y_plane);
    }
}

static int plan_channels(struct channels_job *job, const struct correlation *z) {
    ptrdiff_t phases = z->phases_y * z->phases_x;
    job->z = z;
    job->tiles = cut_channels(z->K);
    if (plan_blocks(z, CHANNELS_PIXELS, &job->plan) != 0) return -1;
    job->pixels = job->plan.pixels + larger(MAX_ROWS, LANES);
    job->row = ceil_div(job->plan.pixels, LANES) * LANES;
    job->band = z->phases_x * job->pixels * job->tiles.lanes;
    job->bands = z->phases_y * job->tiles.count;
    ptrdiff_t worthwhile = clamp(z->K * z->taps / SHARE_WORK, 1, job->bands);
    job->shares = clamp(ENOUGH_TASKS / (z->N * z->G * job->plan.blocks), 1, worthwhile);
    job->chunk = clamp(SUMS_BYTES / (job->band * (ptrdiff_t)sizeof(real)), 1, job->bands);
    ptrdiff_t c_blocks = ceil_div(z->C * job->plan.planes.channel * (ptrdiff_t)sizeof(real), BLOCK_BYTES);
    job->c_block = ceil_div(z->C, clamp(c_blocks, 1, z->C));
    job->slice = larger(1, SLICE_BYTES / (job->tiles.lanes * (ptrdiff_t)sizeof(real) + CACHE_LINE));
    job->planes_size = ceil_div(job->c_block * job->plan.planes.channel + LANES, CACHE_LINE) * CACHE_LINE;
    job->parts_size = LANES * larger(z->phases_x * LANES, job->row);
    job->sums_size = job->parts_size + job->chunk * job->band;
    job->offset = malloc((size_t)larger(job->c_block * z->taps, 1) * sizeof(ptrdiff_t));
    if (!job->offset) return -1;
    for (ptrdiff_t f = 0; f < phases; f++)
        for (ptrdiff_t i = 0, taps = z->begin[f + 1] - z->begin[f]; i < job->c_block * taps; i++)
            job->offset[z->begin[f] * job->c_block + i] =
                i / taps * job->plan.planes.channel + job->plan.planes.offset[z->begin[f] + i % taps];
    return 0;
}

/* bias [G][tile][lanes] */
static void pack_bias(const struct channels_job *job) {
    const struct correlation *z = job->z;
    ptrdiff_t lanes = job->tiles.count * job->tiles.lanes;
    memset(job->bias, 0, (size_t)(z->G * lanes) * sizeof(real));
    for (ptrdiff_t group = 0; z->b && group < z->G; group++)
        memcpy(job->bias + group * lanes, z->b + group * z->K, (size_t)z->K * sizeof(real));
}

/* packed OUT, or NULL: w as correlate_by_channels reads it; returns its numbers. */
static ptrdiff_t pack_for_channels(const struct correlation *z, real *packed) {
    ptrdiff_t size = 0;
    for (ptrdiff_t f = 0; f < z->phases_y * z->phases_x; f++) {
        struct correlation phase = phase_of(z, f / z->phases_x, f % z->phases_x);
        size += pack_weights(&phase, cut_channels(z->K).lanes, packed ? packed + size : NULL);
    }
    return size;
}

/* y  OUT. Returns 0, or -1 if there is no memory. */
static int correlate_by_channels(const struct correlation *z) {
    struct channels_job job = {0};
    int workers = get_thread_count(), status = plan_channels(&job, z);
    ptrdiff_t memory = workers * (job.planes_size + job.sums_size);
    ptrdiff_t channels = z->G * job.tiles.count * job.tiles.lanes;
    ptrdiff_t weights = z->packed ? 0 : pack_for_channels(z, NULL);
    if (status == 0) job.memory = scratch(WORK, (size_t)(memory + channels + weights) * sizeof(real));
    if (job.memory) {
        job.bias = job.memory + memory;
        pack_bias(&job);
        if (!z->packed) pack_for_channels(z, job.bias + channels);
        job.weights = z->packed ? (real *)z->packed : job.bias + channels;
        parallel_for(z->N * z->G * job.plan.blocks * job.shares, workers, channels_block, &job);
    }
    free(job.offset);
    free(job.plan.tables);
    return job.memory ? 0 : -1;
}
