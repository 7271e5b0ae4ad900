# Pooling and up-sampling; part of _kernels.pyx.

cdef window_axis window(axis):
    cdef window_axis a
    a.table = <const int64_t *>data(axis.table)
    a.size, a.outputs, a.taps, a.step = axis.size, axis.outputs, axis.taps, axis.step
    a.stride, a.inner, a.inner_end = axis.stride, axis.inner, axis.inner_end
    return a


cdef pool2d_shape pool_shape(cnp.ndarray x, windows, tap):
    cdef pool2d_shape s
    s.planes, s.y, s.x = x.shape[0] * x.shape[1], window(windows.rows), window(windows.cols)
    s.wide_taps = tap is not None and cnp.PyArray_ITEMSIZE(tap) > 1
    return s


def max_pool2d(cnp.ndarray x, cnp.ndarray y, cnp.ndarray tap, windows):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT, tap (N,C,P,Q) uint8 or int32 OUT"""
    cdef pool2d_shape s = pool_shape(x, windows, tap)
    cdef const kernels *run = table(x)
    cdef address xs = data(x), ys = data(y), taps = data(tap)
    cdef int status
    with nogil:
        status = run.max_pool2d(&s, xs, ys, taps)
    check(status)


def pool_scatter(cnp.ndarray g, cnp.ndarray tap, cnp.ndarray dx, windows):
    """g (N,C,P,Q) IN, tap (N,C,P,Q) IN, dx (N,C,H,W) OUT"""
    cdef pool2d_shape s = pool_shape(g, windows, tap)
    cdef const kernels *run = table(g)
    cdef address gs = data(g), taps = data(tap), xs = data(dx)
    cdef int status
    with nogil:
        status = run.pool_scatter(&s, gs, taps, xs)
    check(status)


def pool_gather(cnp.ndarray x, cnp.ndarray tap, cnp.ndarray y, windows):
    """x (N,C,H,W) IN, tap (N,C,P,Q) IN, y (N,C,P,Q) OUT"""
    cdef pool2d_shape s = pool_shape(x, windows, tap)
    cdef const kernels *run = table(x)
    cdef address xs = data(x), taps = data(tap), ys = data(y)
    cdef int status
    with nogil:
        status = run.pool_gather(&s, xs, taps, ys)
    check(status)


cdef run_pool(pool_kernel kernel, cnp.ndarray source, cnp.ndarray target, windows):
    cdef pool2d_shape s = pool_shape(source, windows, None)
    cdef address from_ = data(source), to = data(target)
    cdef int status
    with nogil:
        status = kernel(&s, from_, to)
    check(status)


def avg_pool2d(cnp.ndarray x, cnp.ndarray y, windows):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT"""
    run_pool(table(x).avg_pool2d, x, y, windows)


def avg_pool2d_adjoint(cnp.ndarray g, cnp.ndarray dx, windows):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT"""
    run_pool(table(g).avg_pool2d_adjoint, g, dx, windows)


cdef upsample_axis resize(axis):
    cdef upsample_axis a
    a.table, a.weight = <const int64_t *>data(axis.table), <const double *>data(axis.weight)
    a.size, a.outputs = axis.size, axis.outputs
    return a


cdef run_upsample(upsample_kernel kernel, cnp.ndarray source, cnp.ndarray target, rows, cols):
    cdef upsample2d_shape s
    s.planes, s.y, s.x = source.shape[0] * source.shape[1], resize(rows), resize(cols)
    cdef address from_ = data(source), to = data(target)
    cdef int status
    with nogil:
        status = kernel(&s, from_, to)
    check(status)


def upsample_nearest2d(cnp.ndarray x, cnp.ndarray y, rows, cols):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT"""
    run_upsample(table(x).upsample_nearest2d, x, y, rows, cols)


def upsample_nearest2d_adjoint(cnp.ndarray g, cnp.ndarray dx, rows, cols):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT"""
    run_upsample(table(g).upsample_nearest2d_adjoint, g, dx, rows, cols)


def upsample_bilinear2d(cnp.ndarray x, cnp.ndarray y, rows, cols):
    """x (N,C,H,W) IN, y (N,C,P,Q) OUT"""
    run_upsample(table(x).upsample_bilinear2d, x, y, rows, cols)


def upsample_bilinear2d_adjoint(cnp.ndarray g, cnp.ndarray dx, rows, cols):
    """g (N,C,P,Q) IN, dx (N,C,H,W) OUT"""
    run_upsample(table(g).upsample_bilinear2d_adjoint, g, dx, rows, cols)
