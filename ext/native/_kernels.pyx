# cython: language_level=3, boundscheck=False, wraparound=False
"""The C kernels behind NumPy arrays.  Arguments come from the doors (ext/conv, ext/pool, ext/upsample), which
have checked them: arrays are C-contiguous, of one float type, not empty.  doors.pxi looks once more at what
could spoil memory.  IN and OUT say which are read and which are written.  Here is the choice of an
instruction set; convolution.pxi, windows.pxi (pooling and up-sampling) and fused.pxi call the kernels."""

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
        double relu
        int lanes
        const void *packed

    enum: BEST_LANES, PIXEL_LANES, CHANNEL_LANES, ROW_LANES
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
        double relu

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

    ctypedef int (*conv_kernel)(const conv2d_shape *, const void *, const void *, const void *,
                                void *) noexcept nogil
    ctypedef int (*conv_adjoint)(const conv2d_shape *, const void *, const void *, void *) noexcept nogil
    ctypedef Py_ssize_t (*pack_kernel)(const conv2d_shape *, const void *, void *) noexcept nogil
    ctypedef int (*max_kernel)(const pool2d_shape *, const void *, void *, void *) noexcept nogil
    ctypedef int (*tap_kernel)(const pool2d_shape *, const void *, const void *, void *) noexcept nogil
    ctypedef int (*pool_kernel)(const pool2d_shape *, const void *, void *) noexcept nogil
    ctypedef int (*upsample_kernel)(const upsample2d_shape *, const void *, void *) noexcept nogil

    struct kernels:
        double (*peak)(int, void *) noexcept nogil
        conv_kernel conv2d
        conv_adjoint conv2d_input, conv2d_weight
        int (*conv2d_lanes)(const conv2d_shape *, int) noexcept nogil
        pack_kernel conv2d_pack, winograd_pack
        conv_kernel winograd
        conv_adjoint winograd_input, winograd_weight
        winograd_cost_answer (*winograd_cost)(const conv2d_shape *, int) noexcept nogil
        int (*batch_norm)(const norm_shape *, const void *, const void *, const void *,
                          void *, void *, void *) noexcept nogil
        int (*batch_norm_backward)(const norm_shape *, const void *, const void *, const void *, const void *,
                                   const void *, const void *, void *, void *, void *) noexcept nogil
        int (*relu)(Py_ssize_t, const void *, void *) noexcept nogil
        int (*add_relu)(Py_ssize_t, const void *, const void *, void *) noexcept nogil
        int (*relu_backward)(Py_ssize_t, const void *, const void *, void *) noexcept nogil
        int (*channel_sum)(const norm_shape *, const void *, void *) noexcept nogil
        int (*cross_entropy)(const norm_shape *, const void *, const int64_t *, const void *,
                             void *) noexcept nogil
        int (*cross_entropy_backward)(const norm_shape *, const void *, const int64_t *, const void *,
                                      void *) noexcept nogil
        int (*adam)(Py_ssize_t, const step *, const void *, void *, void *, void *) noexcept nogil
        int (*sgd)(Py_ssize_t, const step *, const void *, void *, void *) noexcept nogil
        max_kernel max_pool2d
        tap_kernel pool_scatter, pool_gather
        pool_kernel avg_pool2d, avg_pool2d_adjoint
        upsample_kernel upsample_nearest2d, upsample_nearest2d_adjoint
        upsample_kernel upsample_bilinear2d, upsample_bilinear2d_adjoint

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
        raise ValueError(
            f"set_level: this processor or build has no {name!r}; choose among avx512, avx2, baseline"
        )
    _level = name.encode()
    _float, _double = level_kernels(_level, 0), level_kernels(_level, 1)


def peak(cnp.ndarray numbers):
    """numbers (threads, 64) INOUT: multiply-adds on as many threads; return the floating-point operations"""
    expect_axes(numbers, 2)
    cdef const kernels *run = table(numbers)
    cdef address at = out(numbers, numbers, numbers.shape[0] * 64)
    cdef int workers = numbers.shape[0]
    cdef double done
    with nogil:
        done = run.peak(workers, at)
    return done


def get_num_threads():
    return get_thread_count()


def set_num_threads(int count):
    set_thread_count(count)


include "doors.pxi"


cdef int check(int status) except -1:
    if status != 0:
        PyErr_NoMemory()
    return 0


include "convolution.pxi"
include "windows.pxi"
include "fused.pxi"
