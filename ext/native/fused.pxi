# The fused passes; part of _kernels.pyx.

cdef norm_shape channels(cnp.ndarray x, double eps):
    """x (N,C,L)"""
    cdef norm_shape s
    s.N, s.C, s.L, s.eps, s.relu = x.shape[0], x.shape[1], x.shape[2], eps, False
    return s


def batch_norm(cnp.ndarray x, cnp.ndarray w, cnp.ndarray b, double eps, bint relu,
               cnp.ndarray y, cnp.ndarray mu, cnp.ndarray v):
    """x (N,C,L) IN, w b (C,) IN, y (N,C,L) OUT, mu v (C,) OUT"""
    cdef norm_shape s = channels(x, eps)
    s.relu = relu
    cdef const kernels *run = table(x)
    cdef address xs = data(x), ws = data(w), bs = data(b), ys = data(y), mus = data(mu), vs = data(v)
    with nogil:
        run.batch_norm(&s, xs, ws, bs, ys, mus, vs)


def batch_norm_backward(cnp.ndarray g, cnp.ndarray x, cnp.ndarray w, cnp.ndarray mu, cnp.ndarray v,
                        double eps, cnp.ndarray dx, cnp.ndarray dw, cnp.ndarray db):
    """g x (N,C,L) IN, w mu v (C,) IN, dx (N,C,L) OUT, dw db (C,) OUT"""
    cdef norm_shape s = channels(x, eps)
    cdef const kernels *run = table(x)
    cdef address gs = data(g), xs = data(x), ws = data(w), mus = data(mu), vs = data(v)
    cdef address dxs = data(dx), dws = data(dw), dbs = data(db)
    with nogil:
        run.batch_norm_backward(&s, gs, xs, ws, mus, vs, dxs, dws, dbs)


def relu(cnp.ndarray x, cnp.ndarray y):
    """x IN, y OUT"""
    cdef const kernels *run = table(x)
    cdef address xs = data(x), ys = data(y)
    cdef Py_ssize_t size = x.size
    with nogil:
        run.relu(size, xs, ys)


def relu_backward(cnp.ndarray g, cnp.ndarray y, cnp.ndarray dx):
    """g y IN, dx OUT"""
    cdef const kernels *run = table(g)
    cdef address gs = data(g), ys = data(y), dxs = data(dx)
    cdef Py_ssize_t size = g.size
    with nogil:
        run.relu_backward(size, gs, ys, dxs)


def channel_sum(cnp.ndarray g, cnp.ndarray total):
    """g (N,C,L) IN, total (C,) OUT"""
    cdef norm_shape s = channels(g, 0)
    cdef const kernels *run = table(g)
    cdef address gs = data(g), totals = data(total)
    with nogil:
        run.channel_sum(&s, gs, totals)


def cross_entropy(cnp.ndarray x, cnp.ndarray target, cnp.ndarray scale, cnp.ndarray loss):
    """x (N,K,L) IN, target (N,L) int64 IN, scale (N,L) IN, loss (N,L) OUT"""
    cdef norm_shape s = channels(x, 0)
    cdef const kernels *run = table(x)
    cdef address xs = data(x), scales = data(scale), losses = data(loss)
    cdef const int64_t *targets = <const int64_t *>data(target)
    with nogil:
        run.cross_entropy(&s, xs, targets, scales, losses)


def cross_entropy_backward(cnp.ndarray x, cnp.ndarray target, cnp.ndarray factor, cnp.ndarray dx):
    """x (N,K,L) IN, target (N,L) int64 IN, factor (N,L) IN, dx (N,K,L) OUT"""
    cdef norm_shape s = channels(x, 0)
    cdef const kernels *run = table(x)
    cdef address xs = data(x), factors = data(factor), dxs = data(dx)
    cdef const int64_t *targets = <const int64_t *>data(target)
    with nogil:
        run.cross_entropy_backward(&s, xs, targets, factors, dxs)


def adam(cnp.ndarray g, cnp.ndarray p, cnp.ndarray m, cnp.ndarray v,
         double rate, double size, double eps, double b1, double b2, double decay, double shrink):
    """g IN, p m v INOUT"""
    cdef step s
    s.rate, s.size, s.eps, s.b1, s.b2 = rate, size, eps, b1, b2
    s.decay, s.shrink, s.nesterov = decay, shrink, 0
    cdef const kernels *run = table(g)
    cdef address gs = data(g), ps = data(p), ms = data(m), vs = data(v)
    cdef Py_ssize_t count = g.size
    with nogil:
        run.adam(count, &s, gs, ps, ms, vs)


def sgd(cnp.ndarray g, cnp.ndarray p, cnp.ndarray v,
        double rate, double momentum, double dampening, double decay, bint nesterov):
    """g IN, p v INOUT"""
    cdef step s
    s.rate, s.b1, s.b2, s.decay, s.nesterov = rate, momentum, dampening, decay, nesterov
    s.size = s.eps = s.shrink = 0
    cdef const kernels *run = table(g)
    cdef address gs = data(g), ps = data(p), vs = data(v)
    cdef Py_ssize_t count = g.size
    with nogil:
        run.sgd(count, &s, gs, ps, vs)
