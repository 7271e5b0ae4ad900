# The fused passes; part of _kernels.pyx.

cdef norm_shape channels(cnp.ndarray x, double eps) except *:
    """x (N,C,L)"""
    cdef norm_shape s
    expect_axes(x, 3)
    s.N, s.C, s.L, s.eps, s.relu = x.shape[0], x.shape[1], x.shape[2], eps, False
    return s


def batch_norm(cnp.ndarray x, cnp.ndarray w, cnp.ndarray b, double eps, bint relu,
               cnp.ndarray y, cnp.ndarray mu, cnp.ndarray v):
    """x (N,C,L) IN, w b (C,) IN, y (N,C,L) OUT, mu v (C,) OUT"""
    cdef norm_shape s = channels(x, eps)
    s.relu = relu
    cdef const kernels *run = table(x)
    cdef Py_ssize_t all = s.N * s.C * s.L
    cdef address xs = in_(x, x, all), ws = in_(w, x, s.C), bs = in_(b, x, s.C)
    cdef address ys = out(y, x, all), mus = out(mu, x, s.C), vs = out(v, x, s.C)
    with nogil:
        run.batch_norm(&s, xs, ws, bs, ys, mus, vs)


def batch_norm_backward(cnp.ndarray g, cnp.ndarray x, cnp.ndarray w, cnp.ndarray mu, cnp.ndarray v,
                        double eps, cnp.ndarray dx, cnp.ndarray dw, cnp.ndarray db):
    """g x (N,C,L) IN, w mu v (C,) IN, dx (N,C,L) OUT, dw db (C,) OUT"""
    cdef norm_shape s = channels(x, eps)
    cdef const kernels *run = table(x)
    cdef Py_ssize_t all = s.N * s.C * s.L
    cdef address gs = in_(g, x, all), xs = in_(x, x, all)
    cdef address ws = in_(w, x, s.C), mus = in_(mu, x, s.C), vs = in_(v, x, s.C)
    cdef address dxs = out(dx, x, all), dws = out(dw, x, s.C), dbs = out(db, x, s.C)
    with nogil:
        run.batch_norm_backward(&s, gs, xs, ws, mus, vs, dxs, dws, dbs)


def relu(cnp.ndarray x, cnp.ndarray y):
    """x IN, y OUT"""
    cdef const kernels *run = table(x)
    cdef Py_ssize_t size = x.size
    cdef address xs = in_(x, x, size), ys = out(y, x, size)
    with nogil:
        run.relu(size, xs, ys)


def add_relu(cnp.ndarray a, cnp.ndarray b, cnp.ndarray y):
    """a b IN, y OUT"""
    cdef const kernels *run = table(a)
    cdef Py_ssize_t size = a.size
    cdef address as_ = in_(a, a, size), bs = in_(b, a, size), ys = out(y, a, size)
    with nogil:
        run.add_relu(size, as_, bs, ys)


def relu_backward(cnp.ndarray g, cnp.ndarray y, cnp.ndarray dx):
    """g y IN, dx OUT"""
    cdef const kernels *run = table(g)
    cdef Py_ssize_t size = g.size
    cdef address gs = in_(g, g, size), ys = in_(y, g, size), dxs = out(dx, g, size)
    with nogil:
        run.relu_backward(size, gs, ys, dxs)


def channel_sum(cnp.ndarray g, cnp.ndarray total):
    """g (N,C,L) IN, total (C,) OUT"""
    cdef norm_shape s = channels(g, 0)
    cdef const kernels *run = table(g)
    cdef address gs = in_(g, g, s.N * s.C * s.L), totals = out(total, g, s.C)
    with nogil:
        run.channel_sum(&s, gs, totals)


def cross_entropy(cnp.ndarray x, cnp.ndarray target, cnp.ndarray scale, cnp.ndarray loss):
    """x (N,K,L) IN, target (N,L) int64 IN, scale (N,L) IN, loss (N,L) OUT"""
    cdef norm_shape s = channels(x, 0)
    cdef const kernels *run = table(x)
    cdef address xs = in_(x, x, s.N * s.C * s.L), scales = in_(scale, x, s.N * s.L)
    cdef const int64_t *targets = <const int64_t *>whole(target, cnp.NPY_INT64, s.N * s.L)
    cdef address losses = out(loss, x, s.N * s.L)
    with nogil:
        run.cross_entropy(&s, xs, targets, scales, losses)


def cross_entropy_backward(cnp.ndarray x, cnp.ndarray target, cnp.ndarray factor, cnp.ndarray dx):
    """x (N,K,L) IN, target (N,L) int64 IN, factor (N,L) IN, dx (N,K,L) OUT"""
    cdef norm_shape s = channels(x, 0)
    cdef const kernels *run = table(x)
    cdef address xs = in_(x, x, s.N * s.C * s.L), factors = in_(factor, x, s.N * s.L)
    cdef const int64_t *targets = <const int64_t *>whole(target, cnp.NPY_INT64, s.N * s.L)
    cdef address dxs = out(dx, x, s.N * s.C * s.L)
    with nogil:
        run.cross_entropy_backward(&s, xs, targets, factors, dxs)


def adam(cnp.ndarray g, cnp.ndarray p, cnp.ndarray m, cnp.ndarray v,
         double rate, double size, double eps, double b1, double b2, double decay, double shrink):
    """g IN, p m v INOUT"""
    cdef step s
    s.rate, s.size, s.eps, s.b1, s.b2 = rate, size, eps, b1, b2
    s.decay, s.shrink, s.nesterov = decay, shrink, 0
    cdef const kernels *run = table(g)
    cdef Py_ssize_t count = g.size
    cdef address gs = in_(g, g, count), ps = out(p, g, count), ms = out(m, g, count), vs = out(v, g, count)
    with nogil:
        run.adam(count, &s, gs, ps, ms, vs)


def sgd(cnp.ndarray g, cnp.ndarray p, cnp.ndarray v,
        double rate, double momentum, double dampening, double decay, bint nesterov):
    """g IN, p v INOUT"""
    cdef step s
    s.rate, s.b1, s.b2, s.decay, s.nesterov = rate, momentum, dampening, decay, nesterov
    s.size = s.eps = s.shrink = 0
    cdef const kernels *run = table(g)
    cdef Py_ssize_t count = g.size
    cdef address gs = in_(g, g, count), ps = out(p, g, count), vs = out(v, g, count)
    with nogil:
        run.sgd(count, &s, gs, ps, vs)
