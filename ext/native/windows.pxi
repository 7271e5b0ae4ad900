# Pooling and up-sampling; part of _kernels.pyx.

cdef window_axis window(axis) except *:
    cdef window_axis a
    a.table = <const int64_t *>whole(axis.table, cnp.NPY_INT64, 4 * axis.outputs)
    a.size, a.outputs, a.taps, a.step = axis.size, axis.outputs, axis.taps, axis.step
    a.stride, a.inner, a.inner_end = axis.stride, axis.inner, axis.inner_end
    return a


cdef pool2d_shape pool_shape(cnp.ndarray x, windows, tap) except *:
    """x (N,C,H,W) or (N,C,P,Q)"""
    cdef pool2d_shape s
    expect_axes(x, 4)
    s.planes, s.y, s.x = x.shape[0] * x.shape[1], window(windows.rows), window(windows.cols)
    s.wide_taps = tap is not None and cnp.PyArray_ITEMSIZE(tap) > 1
    return s


cdef Py_ssize_t pixels(const pool2d_shape *s): return s.planes * s.y.size * s.x.size
cdef Py_ssize_t pooled(const pool2d_shape *s): return s.planes * s.y.outputs * s.x.outputs


cdef int tap_kind(const pool2d_shape *s):
    return cnp.NPY_INT32 if s.wide_taps else cnp.NPY_UINT8


def max_pool2d(cnp.ndarray x, cnp.ndarray y, tap, windows):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT, tap (N,C,P,Q) uint8 or int32 OUT, or None"""
    cdef pool2d_shape s = pool_shape(x, windows, tap)
    cdef const kernels *run = table(x)
    cdef address xs = in_(x, x, pixels(&s)), ys = out(y, x, pooled(&s)), taps = NULL
    if tap is not None:
        taps = out(tap, tap, pooled(&s))
        whole(tap, tap_kind(&s), pooled(&s))
    cdef int status
    with nogil:
        status = run.max_pool2d(&s, xs, ys, taps)
    check(status)


def pool_scatter(cnp.ndarray g, cnp.ndarray tap, cnp.ndarray dx, windows):
    """g (N,C,P,Q) IN, tap (N,C,P,Q) IN, dx (N,C,H,W) OUT"""
    cdef pool2d_shape s = pool_shape(g, windows, tap)
    cdef const kernels *run = table(g)
    cdef address gs = in_(g, g, pooled(&s)), taps = whole(tap, tap_kind(&s), pooled(&s))
    cdef address xs = out(dx, g, pixels(&s))
    cdef int status
    with nogil:
        status = run.pool_scatter(&s, gs, taps, xs)
    check(status)


def pool_gather(cnp.ndarray x, cnp.ndarray tap, cnp.ndarray y, windows):
    """x (N,C,H,W) IN, tap (N,C,P,Q) IN, y (N,C,P,Q) OUT"""
    cdef pool2d_shape s = pool_shape(x, windows, tap)
    cdef const kernels *run = table(x)
    cdef address xs = in_(x, x, pixels(&s)), taps = whole(tap, tap_kind(&s), pooled(&s))
    cdef address ys = out(y, x, pooled(&s))
    cdef int status
    with nogil:
        status = run.pool_gather(&s, xs, taps, ys)
    check(status)


cdef run_pool(pool_kernel kernel, cnp.ndarray source, cnp.ndarray target, windows, bint is_adjoint):
    cdef pool2d_shape s = pool_shape(source, windows, None)
    cdef Py_ssize_t given = pooled(&s) if is_adjoint else pixels(&s)
    cdef Py_ssize_t made = pixels(&s) if is_adjoint else pooled(&s)
    cdef address from_ = in_(source, source, given), to = out(target, source, made)
    cdef int status
    with nogil:
        status = kernel(&s, from_, to)
    check(status)


def avg_pool2d(cnp.ndarray x, cnp.ndarray y, windows):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT"""
    run_pool(table(x).avg_pool2d, x, y, windows, False)


def avg_pool2d_adjoint(cnp.ndarray g, cnp.ndarray dx, windows):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT"""
    run_pool(table(g).avg_pool2d_adjoint, g, dx, windows, True)


cdef upsample_axis resize(axis) except *:
    cdef upsample_axis a
    a.table = <const int64_t *>whole(axis.table, cnp.NPY_INT64, 2 * axis.outputs)
    a.weight = <const double *>whole(axis.weight, cnp.NPY_FLOAT64, 2 * axis.outputs)
    a.size, a.outputs = axis.size, axis.outputs
    return a


cdef run_upsample(upsample_kernel kernel, cnp.ndarray source, cnp.ndarray target, rows, cols,
                  bint is_adjoint):
    cdef upsample2d_shape s
    expect_axes(source, 4)
    s.planes, s.y, s.x = source.shape[0] * source.shape[1], resize(rows), resize(cols)
    cdef Py_ssize_t image = s.planes * s.y.size * s.x.size, other = s.planes * s.y.outputs * s.x.outputs
    cdef address from_ = in_(source, source, other if is_adjoint else image)
    cdef address to = out(target, source, image if is_adjoint else other)
    cdef int status
    with nogil:
        status = kernel(&s, from_, to)
    check(status)


def upsample_nearest2d(cnp.ndarray x, cnp.ndarray y, rows, cols):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT"""
    run_upsample(table(x).upsample_nearest2d, x, y, rows, cols, False)


def upsample_nearest2d_adjoint(cnp.ndarray g, cnp.ndarray dx, rows, cols):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT"""
    run_upsample(table(g).upsample_nearest2d_adjoint, g, dx, rows, cols, True)


def upsample_bilinear2d(cnp.ndarray x, cnp.ndarray y, rows, cols):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT"""
    run_upsample(table(x).upsample_bilinear2d, x, y, rows, cols, False)


def upsample_bilinear2d_adjoint(cnp.ndarray g, cnp.ndarray dx, rows, cols):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT"""
    run_upsample(table(g).upsample_bilinear2d_adjoint, g, dx, rows, cols, True)
