# The convolutions, and what the cost model says of them; part of _kernels.pyx.

cdef int _lanes = BEST_LANES
LANES = {"best": BEST_LANES, "pixels": PIXEL_LANES, "channels": CHANNEL_LANES}


def set_lanes(str name):
    """Put "pixels" or "channels" into the lanes of direct convolutions; "best" lets the kernels choose."""
    global _lanes
    _lanes = LANES[name]


ROLES = {"conv2d": FORWARD, "conv2d_input": INPUT_GRADIENT, "conv2d_weight": WEIGHT_GRADIENT}


def lanes(str role, x, w, y, stride, padding, dilation, Py_ssize_t groups, is_double):
    """What a direct convolution puts into the lanes; x (N,C,H,W), w (K,C/groups,R,S), y (N,K,P,Q): shapes."""
    cdef conv2d_shape s
    cdef const kernels *some = _double if is_double else _float
    s.N, s.C, s.H, s.W = x
    s.K, _, s.R, s.S = w
    s.P, s.Q, s.groups, s.lanes, s.relu = y[2], y[3], groups, _lanes, False
    for i in range(2):
        s.stride[i], s.padding[i], s.dilation[i] = stride[i], padding[i], dilation[i]
    return "channels" if some.conv2d_lanes(&s, ROLES[role]) == CHANNEL_LANES else "pixels"


def winograd_cost(str role, Py_ssize_t N, Py_ssize_t C, Py_ssize_t K, kernel, output, dilation):
    """Winograd's multiply-adds without and with its transforms, the factor that it saves, the share of its
    tiles that the output fills, and whether it is worthwhile; N batch, C channels in, K channels out."""
    cdef conv2d_shape s
    s.N, s.C, s.K, s.groups = N, C, K, 1
    (s.R, s.S), (s.P, s.Q), (s.dilation[0], s.dilation[1]) = kernel, output, dilation
    cdef winograd_cost_answer cost = _float.winograd_cost(&s, ROLES[role])
    return cost.products, cost.all, cost.saving, cost.filled, cost.is_worthwhile


cdef conv2d_shape conv_shape(cnp.ndarray x, cnp.ndarray w, cnp.ndarray y,
                             stride, padding, dilation, Py_ssize_t groups):
    cdef conv2d_shape s
    s.N, s.C, s.H, s.W = x.shape[0], x.shape[1], x.shape[2], x.shape[3]
    s.K, s.R, s.S = w.shape[0], w.shape[2], w.shape[3]
    s.P, s.Q, s.groups, s.lanes, s.relu = y.shape[2], y.shape[3], groups, _lanes, False
    for i in range(2):
        s.stride[i], s.padding[i], s.dilation[i] = stride[i], padding[i], dilation[i]
    return s


cdef run_conv(conv_kernel kernel, cnp.ndarray x, cnp.ndarray w, b, cnp.ndarray y,
              stride, padding, dilation, groups, bint relu):
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
