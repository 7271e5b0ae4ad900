# cython: language_level=3, boundscheck=False, wraparound=False
"""The C kernels behind NumPy arrays.  Arguments come from the doors (ext/conv, ext/pool, ext/upsample), which have checked
them: arrays are C-contiguous, of one float type, not empty.  IN and OUT say which are read and which are written.
Here are the convolutions; windows.pxi has pooling and up-sampling, fused.pxi the fused passes."""

from libc.stdint cimport int64_t
from cpython.exc cimport PyErr_NoMemory
cimport numpy as cnp

cnp.import_array()


cdef extern from "threads.h" nogil:
    int get_thread_count()
    void set_thread_count(int)


cdef extern from "kernels.h" nogil:
    struct conv2d_shape:
        Py_ssize_t N, C, H, W, K, R, S, P, Q, groups
        Py_ssize_t[2] stride, padding, dilation
        int relu, lanes

    enum: BEST_LANES, PIXEL_LANES, CHANNEL_LANES
    enum: FORWARD, INPUT_GRADIENT, WEIGHT_GRADIENT

    struct winograd_cost_answer "winograd_cost":
        double products, all, saving, filled
        bint is_worthwhile

    struct window_axis:
        const int64_t *table
        Py_ssize_t size, outputs, taps, step, stride, inner, inner_end

    struct pool2d_shape:
        Py_ssize_t planes
        window_axis y, x
        int wide_taps

    struct norm_shape:
        Py_ssize_t N, C, L
        double eps
        int relu

    struct step:
        double rate, size, eps, b1, b2, decay, shrink
        int nesterov

    struct upsample_axis:
        const int64_t *table
        const double *weight
        Py_ssize_t size, outputs

    struct upsample2d_shape:
        Py_ssize_t planes
        upsample_axis y, x

    ctypedef int (*conv_kernel)(const conv2d_shape *, const void *, const void *, const void *, void *) noexcept nogil
    ctypedef int (*conv_adjoint)(const conv2d_shape *, const void *, const void *, void *) noexcept nogil
    ctypedef int (*max_kernel)(const pool2d_shape *, const void *, void *, void *) noexcept nogil
    ctypedef int (*tap_kernel)(const pool2d_shape *, const void *, const void *, void *) noexcept nogil
    ctypedef int (*pool_kernel)(const pool2d_shape *, const void *, void *) noexcept nogil
    ctypedef int (*upsample_kernel)(const upsample2d_shape *, const void *, void *) noexcept nogil

    struct kernels:
        double (*peak)(int, void *) noexcept nogil
        conv_kernel conv2d
        conv_adjoint conv2d_input, conv2d_weight
        int (*conv2d_lanes)(const conv2d_shape *, int) noexcept nogil
        conv_kernel winograd
        conv_adjoint winograd_input, winograd_weight
        winograd_cost_answer (*winograd_cost)(const conv2d_shape *, int) noexcept nogil
        int (*batch_norm)(const norm_shape *, const void *, const void *, const void *, void *, void *, void *) noexcept nogil
        int (*batch_norm_backward)(const norm_shape *, const void *, const void *, const void *, const void *, const void *,
                                   void *, void *, void *) noexcept nogil
        int (*relu)(Py_ssize_t, const void *, void *) noexcept nogil
        int (*relu_backward)(Py_ssize_t, const void *, const void *, void *) noexcept nogil
        int (*channel_sum)(const norm_shape *, const void *, void *) noexcept nogil
        int (*cross_entropy)(const norm_shape *, const void *, const int64_t *, const void *, void *) noexcept nogil
        int (*cross_entropy_backward)(const norm_shape *, const void *, const int64_t *, const void *, void *) noexcept nogil
        int (*adam)(Py_ssize_t, const step *, const void *, void *, void *, void *) noexcept nogil
        int (*sgd)(Py_ssize_t, const step *, const void *, void *, void *) noexcept nogil
        max_kernel max_pool2d
        tap_kernel pool_scatter, pool_gather
        pool_kernel avg_pool2d, avg_pool2d_adjoint
        upsample_kernel upsample_nearest2d, upsample_nearest2d_adjoint, upsample_bilinear2d, upsample_bilinear2d_adjoint

    const char *best_level()
    const kernels *level_kernels(const char *name, int is_double)


cdef bytes _level = best_level()
cdef const kernels *_float = level_kernels(_level, 0)
cdef const kernels *_double = level_kernels(_level, 1)


def get_level():
    return _level.decode()


def has_level(str name):
    return level_kernels(name.encode(), 0) != NULL


def set_level(str name):
    global _level, _float, _double
    if not has_level(name):
        raise ValueError(f"set_level: this processor or build has no {name!r}; choose among avx512, avx2, baseline")
    _level = name.encode()
    _float, _double = level_kernels(_level, 0), level_kernels(_level, 1)


cdef int _lanes = BEST_LANES
LANES = {"best": BEST_LANES, "pixels": PIXEL_LANES, "channels": CHANNEL_LANES}


def set_lanes(str name):
    """Let the direct convolutions' lanes be "pixels" or "channels" where they can; "best" lets the kernels choose."""
    global _lanes
    _lanes = LANES[name]


ROLES = {"conv2d": FORWARD, "conv2d_input": INPUT_GRADIENT, "conv2d_weight": WEIGHT_GRADIENT}


def lanes(str role, x, w, y, stride, padding, dilation, Py_ssize_t groups, is_double):
    """What a direct convolution puts into the lanes: x (N,C,H,W), w (K,C/groups,R,S), y (N,K,P,Q) are shapes."""
    cdef conv2d_shape s
    cdef const kernels *some = _double if is_double else _float
    s.N, s.C, s.H, s.W = x
    s.K, _, s.R, s.S = w
    s.P, s.Q, s.groups, s.lanes, s.relu = y[2], y[3], groups, _lanes, False
    for i in range(2):
        s.stride[i], s.padding[i], s.dilation[i] = stride[i], padding[i], dilation[i]
    return "channels" if some.conv2d_lanes(&s, ROLES[role]) == CHANNEL_LANES else "pixels"


def winograd_cost(str role, Py_ssize_t N, Py_ssize_t C, Py_ssize_t K, kernel, output, dilation):
    """Return Winograd's multiply-adds without and with its transforms, the factor that it saves, the share of its
    tiles that the output fills, and whether it is worthwhile; N batch, C channels in, K out."""
    cdef conv2d_shape s
    s.N, s.C, s.K, s.groups = N, C, K, 1
    (s.R, s.S), (s.P, s.Q), (s.dilation[0], s.dilation[1]) = kernel, output, dilation
    cdef winograd_cost_answer cost = _float.winograd_cost(&s, ROLES[role])
    return cost.products, cost.all, cost.saving, cost.filled, cost.is_worthwhile


def peak(cnp.ndarray numbers):
    """numbers (threads, 64) INOUT: do multiply-adds on as many threads; return how many floating-point operations"""
    cdef const kernels *run = table(numbers)
    cdef address at = data(numbers)
    cdef int workers = numbers.shape[0]
    cdef double done
    with nogil:
        done = run.peak(workers, at)
    return done


def get_num_threads():
    return get_thread_count()


def set_num_threads(int count):
    set_thread_count(count)


cdef const kernels *table(cnp.ndarray array):
    return _double if cnp.PyArray_TYPE(array) == cnp.NPY_FLOAT64 else _float


ctypedef void *address


cdef address data(cnp.ndarray array):
    return cnp.PyArray_DATA(array)


cdef int check(int status) except -1:
    if status != 0:
        PyErr_NoMemory()
    return 0


cdef conv2d_shape conv_shape(cnp.ndarray x, cnp.ndarray w, cnp.ndarray y, stride, padding, dilation, Py_ssize_t groups):
    cdef conv2d_shape s
    s.N, s.C, s.H, s.W = x.shape[0], x.shape[1], x.shape[2], x.shape[3]
    s.K, s.R, s.S = w.shape[0], w.shape[2], w.shape[3]
    s.P, s.Q, s.groups, s.lanes, s.relu = y.shape[2], y.shape[3], groups, _lanes, False
    for i in range(2):
        s.stride[i], s.padding[i], s.dilation[i] = stride[i], padding[i], dilation[i]
    return s


cdef run_conv(conv_kernel kernel, cnp.ndarray x, cnp.ndarray w, b, cnp.ndarray y, stride, padding, dilation, groups, bint relu):
    cdef conv2d_shape s = conv_shape(x, w, y, stride, padding, dilation, groups)
    s.relu = relu
    cdef address xs = data(x), ws = data(w), bs = NULL if b is None else data(b), ys = data(y)
    cdef int status
    with nogil:
        status = kernel(&s, xs, ws, bs, ys)
    check(status)


cdef run_adjoint(conv_adjoint kernel, conv2d_shape s, cnp.ndarray g, cnp.ndarray other, cnp.ndarray out):
    cdef address gs = data(g), others = data(other), outs = data(out)
    cdef int status
    with nogil:
        status = kernel(&s, gs, others, outs)
    check(status)


def conv2d(cnp.ndarray x, cnp.ndarray w, b, cnp.ndarray y, stride, padding, dilation, groups, relu):
    """x (N,C,H,W) IN, w (K,C/groups,R,S) IN, b (K,) IN or None, y (N,K,P,Q) OUT"""
    run_conv(table(x).conv2d, x, w, b, y, stride, padding, dilation, groups, relu)


def conv2d_input(cnp.ndarray g, cnp.ndarray w, cnp.ndarray dx, stride, padding, dilation, groups):
    """g (N,K,P,Q) IN, w (K,C/groups,R,S) IN, dx (N,C,H,W) OUT"""
    run_adjoint(table(g).conv2d_input, conv_shape(dx, w, g, stride, padding, dilation, groups), g, w, dx)


def conv2d_weight(cnp.ndarray g, cnp.ndarray x, cnp.ndarray dw, stride, padding, dilation, groups):
    """g (N,K,P,Q) IN, x (N,C,H,W) IN, dw (K,C/groups,R,S) OUT"""
    run_adjoint(table(g).conv2d_weight, conv_shape(x, dw, g, stride, padding, dilation, groups), g, x, dw)


def winograd(cnp.ndarray x, cnp.ndarray w, b, cnp.ndarray y, padding, dilation, relu):
    """float32: x (N,C,H,W) IN, w (K,C,R,R) IN, b (K,) IN or None, y (N,K,P,Q) OUT"""
    run_conv(_float.winograd, x, w, b, y, (1, 1), padding, dilation, 1, relu)


def winograd_input(cnp.ndarray g, cnp.ndarray w, cnp.ndarray dx, padding, dilation):
    """float32: g (N,K,P,Q) IN, w (K,C,R,R) IN, dx (N,C,H,W) OUT"""
    run_adjoint(_float.winograd_input, conv_shape(dx, w, g, (1, 1), padding, dilation, 1), g, w, dx)


def winograd_weight(cnp.ndarray g, cnp.ndarray x, cnp.ndarray dw, padding, dilation):
    """float32: g (N,K,P,Q) IN, x (N,C,H,W) IN, dw (K,C,R,R) OUT"""
    run_adjoint(_float.winograd_weight, conv_shape(x, dw, g, (1, 1), padding, dilation, 1), g, x, dw)


include "windows.pxi"
include "fused.pxi"
