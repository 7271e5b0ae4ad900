/* The table of kernels, one for each instruction set and type, and the shapes they take.
   A kernel returns 0, or -1 if there was no memory; its arrays are contiguous and not empty. */
#ifndef CUTAWAY_KERNELS_H
#define CUTAWAY_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* x (N,C,H,W), w (K,C/groups,R,S), y (N,K,P,Q); pairs are (rows, columns) */
struct conv2d_shape {
    ptrdiff_t N, C, H, W, K, R, S, P, Q, groups;
    ptrdiff_t stride[2], padding[2], dilation[2];
    double relu; /* y is cut to 0 .. relu, which may be infinite; 0: it is not */
    int lanes; /* what lies in the lanes of a direct convolution, see conv/lanes.c */
    const void *packed; /* w as conv2d_pack or winograd_pack laid it out, or NULL: w is laid out anew */
};
/* ROW_LANES: pixels of rows where they lie, see conv/depthwise.c; an answer, never asked for */
enum { BEST_LANES, PIXEL_LANES, CHANNEL_LANES, ROW_LANES };

/* The cost model answers for each member of the family: conv2d, conv2d_input, conv2d_weight. */
enum { FORWARD, INPUT_GRADIENT, WEIGHT_GRADIENT };

/* Winograd's work in multiply-adds; see conv/winograd_cost.c */
struct winograd_cost {
    double products, all; /* without and with its transforms */
    double saving;        /* multiply-adds of the direct convolution / all */
    double filled;        /* share of its tiles' outputs that lie in the image */
    int is_worthwhile;
};

/* The pooling windows along one axis: window i covers first + 0*step, first + 1*step, ...;
   taps lo .. hi-1 lie inside. */
enum { FIRST, LO, HI, EXTENT, WINDOW_COLUMNS };
struct window_axis {
    const int64_t *table; /* outputs x WINDOW_COLUMNS */
    ptrdiff_t size, outputs, taps, step;
    ptrdiff_t stride;           /* between windows; 0 if irregular */
    ptrdiff_t inner, inner_end; /* windows inner .. inner_end-1 lie inside with all their taps */
};

static inline const int64_t *window_at(const struct window_axis *axis, ptrdiff_t i) {
    return axis->table + i * WINDOW_COLUMNS;
}

struct pool2d_shape {
    ptrdiff_t planes; /* N * C */
    struct window_axis y, x;
    int wide_taps;    /* taps are int32, not uint8 */
};

struct upsample_axis {
    const int64_t *table; /* outputs x 2: the two pixels between which an output lies */
    const double *weight; /* outputs x 2: the weight of each */
    ptrdiff_t size, outputs;
};

struct upsample2d_shape {
    ptrdiff_t planes;
    struct upsample_axis y, x;
};

/* N images of C channels of L pixels */
struct norm_shape {
    ptrdiff_t N, C, L;
    double eps;
    double relu; /* y is cut to 0 .. relu, as in conv2d_shape */
};

/* What one step of an optimiser needs to know; see fused/pointwise.c */
struct step {
    double rate, size, eps, b1, b2, decay, shrink;
    int nesterov;
};

typedef int (*conv_kernel)(const struct conv2d_shape *, const void *x, const void *w, const void *b, void *y);
typedef int (*conv_adjoint)(const struct conv2d_shape *, const void *g, const void *other, void *out);
typedef ptrdiff_t (*pack_kernel)(const struct conv2d_shape *, const void *w, void *packed);
typedef int (*max_kernel)(const struct pool2d_shape *, const void *x, void *y, void *tap);
typedef int (*tap_kernel)(const struct pool2d_shape *, const void *from, const void *tap, void *to);
typedef int (*pool_kernel)(const struct pool2d_shape *, const void *from, void *to);
typedef int (*upsample_kernel)(const struct upsample2d_shape *, const void *from, void *to);

struct kernels {
    double (*peak)(int workers, void *numbers);
    conv_kernel conv2d;
    conv_adjoint conv2d_input, conv2d_weight;
    int (*conv2d_lanes)(const struct conv2d_shape *, int role); /* all but BEST_LANES */
    pack_kernel conv2d_pack, winograd_pack; /* return the packed numbers; into NULL they only count */
    conv_kernel winograd; /* groups = 1, kernel 3x3 or 5x5, stride 1; NULL for double */
    conv_adjoint winograd_input, winograd_weight;
    struct winograd_cost (*winograd_cost)(const struct conv2d_shape *, int role); /* instead of conv2d ... */
    int (*batch_norm)(const struct norm_shape *, const void *x, const void *w, const void *b, void *y,
                      void *mu, void *v);
    int (*batch_norm_backward)(const struct norm_shape *, const void *g, const void *x, const void *w,
                               const void *b, const void *mu, const void *v, void *dx, void *dw, void *db);
    int (*relu)(ptrdiff_t size, const void *x, void *y);
    int (*add_relu)(ptrdiff_t size, const void *a, const void *b, void *y);
    int (*relu_backward)(ptrdiff_t size, const void *g, const void *y, void *dx);
    int (*channel_sum)(const struct norm_shape *, const void *g, void *sum);
    int (*cross_entropy)(const struct norm_shape *, const void *x, const int64_t *target, const void *scale,
                         void *loss);
    int (*cross_entropy_backward)(const struct norm_shape *, const void *x, const int64_t *target,
                                  const void *factor, void *dx);
    int (*adam)(ptrdiff_t size, const struct step *, const void *g, void *p, void *m, void *v);
    int (*sgd)(ptrdiff_t size, const struct step *, const void *g, void *p, void *v);
    max_kernel max_pool2d;
    tap_kernel pool_scatter, pool_gather;
    pool_kernel avg_pool2d, avg_pool2d_adjoint;
    upsample_kernel upsample_nearest2d, upsample_nearest2d_adjoint;
    upsample_kernel upsample_bilinear2d, upsample_bilinear2d_adjoint;
};

/* What this processor runs best; or what `name` (avx512, avx2, baseline) asks for,
   NULL if it cannot run that. */
const char *best_level(void);
const struct kernels *level_kernels(const char *name, int is_double);

#endif
