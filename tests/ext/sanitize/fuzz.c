/* Thousands of random shapes through the kernels, compiled with address and undefined-behaviour sanitizers:
   every array is allocated by itself, so that a read or a write one element beyond an end stops the program.
   The direct convolution is checked against a loop, Winograd, depthwise kernels and the gradients against the
   direct one. Run it
   with tests/ext/sanitize/run.py. */
#include "kernels.h"
#include "threads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned state = 1;
static ptrdiff_t draw(ptrdiff_t lo, ptrdiff_t hi) { /* lo .. hi */
    state = state * 1664525u + 1013904223u;
    return lo + (ptrdiff_t)((state >> 8) % (unsigned)(hi - lo + 1));
}

static float *numbers(ptrdiff_t size) {
    float *out = malloc((size_t)size * sizeof *out);
    for (ptrdiff_t i = 0; i < size; i++) out[i] = (float)draw(-1000, 1000) / 1000;
    return out;
}

static int failures;
static void compare(const char *what, const struct conv2d_shape *s, const float *a, const float *b,
                    ptrdiff_t size, double tolerance) {
    double scale = 1, error = 0;
    for (ptrdiff_t i = 0; i < size; i++) {
        scale = fmax(scale, fabs(b[i]));
        error = fmax(error, fabs((double)a[i] - b[i]));
    }
    if (error <= tolerance * scale) return;
    failures++;
    printf("%s: error %g, N%td C%td H%td W%td K%td R%td S%td stride %td,%td padding %td,%td dilation %td,%td "
           "groups %td\n",
           what, error, s->N, s->C, s->H, s->W, s->K, s->R, s->S, s->stride[0], s->stride[1], s->padding[0],
           s->padding[1], s->dilation[0], s->dilation[1], s->groups);
}

static void convolve(const struct conv2d_shape *s, const float *x, const float *w, float *y) {
    ptrdiff_t c_group = s->C / s->groups, k_group = s->K / s->groups, at = 0;
    for (ptrdiff_t n = 0; n < s->N; n++)
        for (ptrdiff_t k = 0; k < s->K; k++)
            for (ptrdiff_t p = 0; p < s->P; p++)
                for (ptrdiff_t q = 0; q < s->Q; q++, at++) {
                    double sum = 0;
                    for (ptrdiff_t c = 0; c < c_group; c++)
                        for (ptrdiff_t r = 0; r < s->R; r++)
                            for (ptrdiff_t t = 0; t < s->S; t++) {
                                ptrdiff_t h = p * s->stride[0] + r * s->dilation[0] - s->padding[0];
                                ptrdiff_t v = q * s->stride[1] + t * s->dilation[1] - s->padding[1];
                                if (h < 0 || h >= s->H || v < 0 || v >= s->W) continue;
                                sum += (double)
                                           x[((n * s->C + k / k_group * c_group + c) * s->H + h) * s->W + v] *
                                       w[((k * c_group + c) * s->R + r) * s->S + t];
                            }
                    y[at] = (float)sum;
                }
}

enum kind { GENERAL, WINOGRAD, DEPTHWISE, KINDS };

static int draw_shape(struct conv2d_shape *s, enum kind kind) {
    int winograd = kind == WINOGRAD, depthwise = kind == DEPTHWISE;
    s->groups = winograd ? 1 : depthwise ? draw(1, 7) : draw(1, 3);
    s->N = draw(1, depthwise ? 4 : 2);
    s->C = s->groups * (depthwise ? 1 : draw(1, winograd ? 20 : 4));
    s->K = depthwise ? s->C : s->groups * draw(1, winograd ? 20 : draw(0, 3) ? 9 : 70);
    s->H = draw(1, 24);
    s->W = draw(0, 3) ? draw(1, 24) : draw(30, 70);
    s->R = winograd ? 3 + 2 * draw(0, 1) : depthwise ? 3 : draw(1, 5);
    s->S = kind == GENERAL ? draw(1, 5) : s->R;
    ptrdiff_t size[2] = {s->H, s->W}, kernel[2] = {s->R, s->S}, out[2];
    ptrdiff_t both = draw(1, 2);
    for (int i = 0; i < 2; i++) {
        s->stride[i] = winograd ? 1 : depthwise ? both : draw(1, 4);
        s->padding[i] = draw(0, 5);
        s->dilation[i] = depthwise ? 1 : draw(1, 3);
        ptrdiff_t room = size[i] + 2 * s->padding[i] - s->dilation[i] * (kernel[i] - 1) - 1;
        if (room < 0) return 0;
        out[i] = room / s->stride[i] + 1;
    }
    s->P = out[0];
    s->Q = out[1];
    return 1;
}

static void try_convolutions(const struct kernels *run, enum kind kind) {
    struct conv2d_shape s = {0};
    if (!draw_shape(&s, kind)) return;
    ptrdiff_t x_size = s.N * s.C * s.H * s.W, w_size = s.K * s.C / s.groups * s.R * s.S;
    ptrdiff_t y_size = s.N * s.K * s.P * s.Q;
    float *x = numbers(x_size), *w = numbers(w_size), *g = numbers(y_size), *y = numbers(y_size);
    float *expected = numbers(y_size);
    float *dx = numbers(x_size), *dx2 = numbers(x_size), *dw = numbers(w_size), *dw2 = numbers(w_size);
    convolve(&s, x, w, expected);
    s.lanes = PIXEL_LANES;
    run->conv2d(&s, x, w, NULL, y);
    compare("conv2d", &s, y, expected, y_size, 1e-5);
    run->conv2d_input(&s, g, w, dx);
    run->conv2d_weight(&s, g, x, dw);
    s.lanes = CHANNEL_LANES;
    s.relu = draw(0, 1) ? INFINITY : 0;
    for (ptrdiff_t i = 0; s.relu > 0 && i < y_size; i++) expected[i] = fmaxf(expected[i], 0);
    run->conv2d(&s, x, w, NULL, y);
    run->conv2d_input(&s, g, w, dx2);
    run->conv2d_weight(&s, g, x, dw2);
    compare("conv2d by channels", &s, y, expected, y_size, 1e-5);
    compare("conv2d_input by channels", &s, dx2, dx, x_size, 1e-5);
    compare("conv2d_weight by channels", &s, dw2, dw, w_size, 1e-5);
    s.lanes = BEST_LANES;
    for (int role = FORWARD; role <= WEIGHT_GRADIENT; role++) {
        run->conv2d_lanes(&s, role);
        if (kind == WINOGRAD) run->winograd_cost(&s, role);
    }
    if (kind == DEPTHWISE) {
        run->conv2d(&s, x, w, NULL, y);
        run->conv2d_input(&s, g, w, dx2);
        run->conv2d_weight(&s, g, x, dw2);
        compare("depthwise", &s, y, expected, y_size, 1e-5);
        compare("depthwise_input", &s, dx2, dx, x_size, 1e-5);
        compare("depthwise_weight", &s, dw2, dw, w_size, 1e-5);
    }
    if (kind == WINOGRAD) {
        run->winograd(&s, x, w, NULL, y);
        run->winograd_input(&s, g, w, dx2);
        run->winograd_weight(&s, g, x, dw2);
        compare("winograd", &s, y, expected, y_size, 1e-4);
        compare("winograd_input", &s, dx2, dx, x_size, 1e-4);
        compare("winograd_weight", &s, dw2, dw, w_size, 1e-4);
    }
    float *all[] = {x, w, g, y, expected, dx, dx2, dw, dw2};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

/* The fused passes: only that they stay within their arrays; their values are tested in test_fused.py */
static void try_passes(const struct kernels *run) {
    struct norm_shape s = {.N = draw(1, 3), .C = draw(1, 12), .L = draw(1, 300), .eps = 1e-5,
                           .relu = draw(0, 1) ? 6 : 0};
    ptrdiff_t size = s.N * s.C * s.L;
    float *x = numbers(size), *g = numbers(size), *y = numbers(size), *w = numbers(s.C), *b = numbers(s.C);
    float *mu = numbers(s.C), *v = numbers(s.C);
    float *scale = numbers(s.N * s.L), *m = numbers(size);
    int64_t *target = malloc((size_t)(s.N * s.L) * sizeof *target);
    for (ptrdiff_t i = 0; i < s.N * s.L; i++) target[i] = draw(0, s.C - 1);
    run->batch_norm(&s, x, w, b, y, mu, v);
    run->batch_norm_backward(&s, g, x, w, b, mu, v, y, w, b);
    run->relu(size, x, y);
    run->relu_backward(size, g, x, y);
    run->channel_sum(&s, g, b);
    run->cross_entropy(&s, x, target, scale, scale);
    run->cross_entropy_backward(&s, x, target, scale, y);
    for (ptrdiff_t i = 0; i < size; i++) m[i] = fabsf(m[i]);
    struct step step = {
        .rate = 0.1, .size = 1, .eps = 1e-8, .b1 = 0.9, .b2 = 0.9, .shrink = 1, .nesterov = (int)draw(0, 1)};
    run->adam(size, &step, g, x, y, m);
    run->sgd(size, &step, g, x, y);
    void *all[] = {x, g, y, w, b, mu, v, scale, m, target};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

/* Windows of one axis, as windows.py makes them; the table is the caller's to free. */
static struct window_axis windows(void) {
    struct window_axis a = {.taps = draw(1, 4), .step = draw(1, 2), .stride = draw(1, 5)};
    ptrdiff_t wide = (a.taps - 1) * a.step + 1, padding = a.taps > 1 ? draw(0, a.taps / 2) : 0;
    a.size = wide + draw(0, 1) * draw(0, 300);
    a.outputs = (a.size + 2 * padding - wide) / a.stride + 1;
    int64_t *table = malloc((size_t)(a.outputs * WINDOW_COLUMNS) * sizeof *table);
    a.inner = a.outputs;
    for (ptrdiff_t i = 0; i < a.outputs; i++) {
        ptrdiff_t first = i * a.stride - padding, lo = 0, hi = a.taps;
        while (first + lo * a.step < 0) lo++;
        while (first + (hi - 1) * a.step >= a.size) hi--;
        table[i * WINDOW_COLUMNS + FIRST] = first;
        table[i * WINDOW_COLUMNS + LO] = lo;
        table[i * WINDOW_COLUMNS + HI] = hi;
        table[i * WINDOW_COLUMNS + EXTENT] = a.taps;
        if (lo || hi < a.taps) continue;
        if (i < a.inner) a.inner = i;
        a.inner_end = i + 1;
    }
    if (a.inner_end < a.inner) a.inner_end = a.inner;
    a.table = table;
    return a;
}

/* The maximum of windows, with taps and without: the same numbers. */
static void try_pools(const struct kernels *run) {
    struct pool2d_shape s = {.planes = draw(1, 3), .y = windows(), .x = windows()};
    ptrdiff_t size = s.planes * s.y.outputs * s.x.outputs;
    float *x = numbers(s.planes * s.y.size * s.x.size), *y = numbers(size), *alone = numbers(size);
    uint8_t *tap = malloc((size_t)size);
    run->max_pool2d(&s, x, y, tap);
    run->max_pool2d(&s, x, alone, NULL);
    if (memcmp(y, alone, (size_t)size * sizeof *y)) {
        failures++;
        printf("max_pool2d without taps: %td x %td pixels, %td x %td taps, stride %td,%td\n", s.y.size,
               s.x.size, s.y.taps, s.x.taps, s.y.stride, s.x.stride);
    }
    void *all[] = {x, y, alone, tap, (void *)s.y.table, (void *)s.x.table};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

int main(int count, char **arguments) {
    int rounds = count > 1 ? atoi(arguments[1]) : 1000;
    const char *levels[] = {"avx512", "avx2", "baseline"};
    for (int level = 0; level < 3; level++) {
        const struct kernels *run = level_kernels(levels[level], 0);
        if (!run) continue;
        for (int i = 0; i < rounds; i++) {
            set_thread_count((int)draw(1, 3));
            try_convolutions(run, (enum kind)(i % KINDS));
            try_passes(run);
            try_pools(run);
        }
        printf("%s: %d shapes, %d failures so far\n", levels[level], rounds, failures);
    }
    return failures != 0;
}
