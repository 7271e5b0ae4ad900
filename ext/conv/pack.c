/* Copies a block of the input into planes from which every tap reads contiguous memory.

   C channels in, K channels out (of a group), H W image, P Q output, t a tap.

   With stride s, tap t at output q reads column q*s + col[t] = (q + j)*s + b, where b is col[t] mod s and j
   its floor division. So the columns b, b+s, b+2s ... are stored side by side, the same for rows, and a
   strided convolution becomes a dense one over "phase planes". Stride 2, kernel 3, phases of one channel:

       image            plane (0,0)  plane (0,1)  plane (1,0)  plane (1,1)
       a b a b a b      a a a        b b b
       c d c d c d  ->  a a a        b b b        c c c        d d d
       a b a b a b                                c c c        d d d

   One channel of a block: [count planes][height rows][pitch columns], zero outside the image. pitch is wider
   than Q by the reach of the kernel, so the pixels of an output row, and with some unused ones in between
   also of all rows of the block, are one run:  pixel (p,q) of tap t lies at  offset[t] + p*pitch + q. */
#pragma once
#include "conv.h"

#include <string.h>

/* Channels so many elements apart, or a multiple, would compete for few sets of the first-level cache. */
enum { SAME_SETS = 256 / sizeof(real) };

static size_t planes_bytes(ptrdiff_t taps) { return 3 * (size_t)larger(taps, 1) * sizeof(ptrdiff_t); }

/* Lays out planes for blocks of at most `rows` output rows; `tables` has planes_bytes(taps) bytes. */
static struct planes lay_out_planes(const struct correlation *z, ptrdiff_t rows, ptrdiff_t *tables) {
    struct planes s = {.rows = rows};
    s.offset = tables;
    s.phase_y = tables + larger(z->taps, 1);
    s.phase_x = s.phase_y + larger(z->taps, 1);
    ptrdiff_t last_i = 0, last_j = 0;
    for (ptrdiff_t t = 0; t < z->taps; t++) {
        ptrdiff_t i = floor_div(z->row[t], z->stride_y), j = floor_div(z->col[t], z->stride_x);
        s.first_i = t ? smaller(s.first_i, i) : i;
        s.first_j = t ? smaller(s.first_j, j) : j;
        last_i = t ? larger(last_i, i) : i;
        last_j = t ? larger(last_j, j) : j;
    }
    s.height = rows + last_i - s.first_i;
    s.pitch = z->Q + last_j - s.first_j;
    for (ptrdiff_t t = 0; t < z->taps; t++) {
        ptrdiff_t i = floor_div(z->row[t], z->stride_y), j = floor_div(z->col[t], z->stride_x);
        ptrdiff_t a = z->row[t] - i * z->stride_y, b = z->col[t] - j * z->stride_x, f = 0;
        while (f < s.count && (s.phase_y[f] != a || s.phase_x[f] != b)) f++;
        if (f == s.count) {
            s.phase_y[f] = a;
            s.phase_x[f] = b;
            s.count++;
        }
        s.offset[t] = (f * s.height + i - s.first_i) * s.pitch + j - s.first_j;
    }
    s.channel = s.count * s.height * s.pitch;
    if (s.channel % SAME_SETS == 0) s.channel += CACHE_LINE / sizeof(real);
    return s;
}

/* out (pitch)  OUT: columns first_j*stride_x + phase, one every stride_x, of one image row;  row (W)  IN */
ALWAYS_INLINE void pack_row(ptrdiff_t stride, ptrdiff_t start, ptrdiff_t pitch, ptrdiff_t W, const real *row,
                            real *out) {
    ptrdiff_t begin = clamp(ceil_div(-start, stride), 0, pitch);
    ptrdiff_t end = clamp(ceil_div(W - start, stride), begin, pitch);
    memset(out, 0, (size_t)begin * sizeof(real));
    if (stride == 1) memcpy(out + begin, row + start + begin, (size_t)(end - begin) * sizeof(real));
    else
        for (ptrdiff_t j = begin; j < end; j++) out[j] = row[start + j * stride];
    memset(out + end, 0, (size_t)(pitch - end) * sizeof(real));
}

/* Asks for a row that is needed soon:
   the next channel's, which no processor guesses, as it lies on another page. */
ALWAYS_INLINE void prefetch_row(const real *row, ptrdiff_t W) {
    for (ptrdiff_t j = 0; j < W; j += CACHE_LINE / (ptrdiff_t)sizeof(real)) __builtin_prefetch(row + j);
}

/* plane (height, pitch)  OUT: `needed` rows of one phase of a channel, the first of them row h of the image;
   x (H, W)  IN */
ALWAYS_INLINE void pack_plane(const struct correlation *z, const struct planes *s, const real *x, ptrdiff_t h,
                              ptrdiff_t start, ptrdiff_t needed, real *plane) {
    if (start == 0 && s->pitch == z->W && z->stride_y == 1 && z->stride_x == 1 && h >= 0 &&
        h + needed <= z->H) {
        prefetch_row(x + (z->H + h) * z->W, needed * z->W); /* the rows are one run */
        memcpy(plane, x + h * z->W, (size_t)(needed * z->W) * sizeof(real));
        return;
    }
    for (ptrdiff_t i = 0; i < needed; i++, h += z->stride_y) {
        real *to = plane + i * s->pitch;
        const real *from = x + h * z->W;
        prefetch_row(from + z->H * z->W, z->W);
        if (h < 0 || h >= z->H) memset(to, 0, (size_t)s->pitch * sizeof(real));
        else if (z->stride_x == 1) pack_row(1, start, s->pitch, z->W, from, to);
        else if (z->stride_x == 2) pack_row(2, start, s->pitch, z->W, from, to);
        else pack_row(z->stride_x, start, s->pitch, z->W, from, to);
    }
}

/* out (channels, count, height, pitch)  OUT;  x (channels, H, W)  IN;  the block begins at output row p0 and
   needs `rows` of them. Zeros follow, and fill what keeps channels apart, because the last pixels are read a
   whole vector at a time: times zero, which what was left there, if it is not finite, would survive. */
static void pack_planes(const struct correlation *z, const struct planes *s, const real *x,
                        ptrdiff_t channels, ptrdiff_t p0, ptrdiff_t rows, real *out) {
    ptrdiff_t needed = s->height - s->rows + rows, used = s->count * s->height * s->pitch;
    for (ptrdiff_t c = 0; c < channels; c++) {
        for (ptrdiff_t f = 0; f < s->count; f++) {
            real *plane = out + c * s->channel + f * s->height * s->pitch;
            pack_plane(z, s, x + c * z->H * z->W, (p0 + s->first_i) * z->stride_y + s->phase_y[f],
                       s->first_j * z->stride_x + s->phase_x[f], needed, plane);
            memset(plane + needed * s->pitch, 0, (size_t)((s->height - needed) * s->pitch) * sizeof(real));
        }
        memset(out + c * s->channel + used, 0, (size_t)(s->channel - used) * sizeof(real));
    }
    memset(out + channels * s->channel, 0, (size_t)LANES * sizeof(real));
}

struct pack_job {
    const struct correlation *z;
    ptrdiff_t lanes, tiles;
    real *out;
};

/* One group and tile of output channels: zeros beyond K. */
static void pack_tile_of_weights(void *argument, ptrdiff_t index, int worker) {
    const struct pack_job *job = argument;
    const struct correlation *z = job->z;
    ptrdiff_t group = index / job->tiles, tile = index % job->tiles, lanes = job->lanes;
    const real *w = z->w + group * z->w_group + tile * lanes * z->w_k;
    ptrdiff_t used = smaller(lanes, z->K - tile * lanes);
    real *out = job->out + index * z->C * z->taps * lanes;
    (void)worker;
    for (ptrdiff_t c = 0; c < z->C; c++)
        for (ptrdiff_t t = 0; t < z->taps; t++, out += lanes) {
            for (ptrdiff_t k = 0; k < used; k++) out[k] = w[k * z->w_k + c * z->w_c + z->w_tap[t]];
            memset(out + used, 0, (size_t)(lanes - used) * sizeof(real));
        }
}

/* out [G][K/lanes][C][taps][lanes]  OUT, or NULL: the weights in the order in which they are read;
   returns their numbers */
static ptrdiff_t pack_weights(const struct correlation *z, ptrdiff_t lanes, real *out) {
    struct pack_job job = {z, lanes, ceil_div(z->K, lanes), out};
    if (out) parallel_for(z->G * job.tiles, get_thread_count(), pack_tile_of_weights, &job);
    return z->G * job.tiles * lanes * z->C * z->taps;
}
