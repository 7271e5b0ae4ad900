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
    s.P, s.Q, s.groups, s.lanes, s.relu, s.packed = y[2], y[3], groups, _lanes, 0, NULL
    for i in range(2):
        s.stride[i], s.padding[i], s.dilation[i] = stride[i], padding[i], dilation[i]
    return {PIXEL_LANES: "pixels", CHANNEL_LANES: "channels", ROW_LANES: "rows"}[
        some.conv2d_lanes(&s, ROLES[role])]


def winograd_cost(str role, Py_ssize_t N, Py_ssize_t C, Py_ssize_t K, kernel, output, dilation, bint packed):
    """Winograd's multiply-adds without and with its transforms, the factor that it saves, the share of its
    tiles that the output fills, and whether it is worthwhile; N batch, C channels in, K channels out."""
    cdef conv2d_shape s
    s.N, s.C, s.K, s.groups = N, C, K, 1
    (s.R, s.S), (s.P, s.Q), (s.dilation[0], s.dilation[1]) = kernel, output, dilation
    s.packed = &s if packed else NULL
    cdef winograd_cost_answer cost = _float.winograd_cost(&s, ROLES[role])
    return cost.products, cost.all, cost.saving, cost.filled, cost.is_worthwhile


cdef conv2d_shape conv_shape(cnp.ndarray x, cnp.ndarray w, cnp.ndarray y,
                             stride, padding, dilation, Py_ssize_t groups) except *:
    cdef conv2d_shape s
    for each in (x, w, y):
        expect_axes(each, 4)
    s.N, s.C, s.H, s.W = x.shape[0], x.shape[1], x.shape[2], x.shape[3]
    s.K, s.R, s.S = w.shape[0], w.shape[2], w.shape[3]
    s.P, s.Q, s.groups, s.lanes, s.relu, s.packed = y.shape[2], y.shape[3], groups, _lanes, 0, NULL
    for i in range(2):
        s.stride[i], s.padding[i], s.dilation[i] = stride[i], padding[i], dilation[i]
    for each in (x, w, y):
        if (<object>each).size == 0:
            refuse(each, "at least one number")
    if groups < 1 or s.C % groups or s.K % groups:
        refuse(w, f"{groups} groups to divide the channels")
    if (s.P - 1) * s.stride[0] + s.dilation[0] * (s.R - 1) >= s.H + 2 * s.padding[0]:
        refuse(y, "fewer rows")
    if (s.Q - 1) * s.stride[1] + s.dilation[1] * (s.S - 1) >= s.W + 2 * s.padding[1]:
        refuse(y, "fewer columns")
    return s


cdef Py_ssize_t image_size(const conv2d_shape *s): return s.N * s.C * s.H * s.W
cdef Py_ssize_t weight_size(const conv2d_shape *s): return s.K * (s.C // s.groups) * s.R * s.S
cdef Py_ssize_t output_size(const conv2d_shape *s): return s.N * s.K * s.P * s.Q


cdef run_conv(conv_kernel kernel, cnp.ndarray x, cnp.ndarray w, b, cnp.ndarray y,
              stride, padding, dilation, groups, double relu, packed):
    cdef conv2d_shape s = conv_shape(x, w, y, stride, padding, dilation, groups)
    s.relu = relu
    if packed is not None:
        s.lanes = LANES.get(packed[0], BEST_LANES)
        s.packed = in_(packed[1], x, count_packed(&s, table(x), packed[0], w))
    cdef address xs = in_(x, x, image_size(&s)), ws = in_(w, x, weight_size(&s))
    cdef address bs = NULL if b is None else in_(b, x, s.K)
    cdef address ys = out(y, x, output_size(&s))
    cdef int status
    with nogil:
        status = kernel(&s, xs, ws, bs, ys)
    check(status)


cdef Py_ssize_t count_packed(const conv2d_shape *s, const kernels *some, str order, cnp.ndarray w) except -1:
    """How many numbers w takes in this order: that of lanes, or "winograd"."""
    if s.groups != 1:
        refuse(w, "one group")
    if order == "winograd":
        return winograd_table(w, s).winograd_pack(s, NULL, NULL)
    return some.conv2d_pack(s, NULL, NULL)


cdef conv2d_shape pack_shape(cnp.ndarray w, str order) except *:
    cdef conv2d_shape s
    expect_axes(w, 4)
    s.N = s.H = s.W = s.P = s.Q = s.groups = 1
    s.K, s.C, s.R, s.S = w.shape[0], w.shape[1], w.shape[2], w.shape[3]
    s.relu, s.lanes, s.packed = 0, LANES.get(order, BEST_LANES), NULL
    for i in range(2):
        s.stride[i], s.padding[i], s.dilation[i] = 1, 0, 1
    if (<object>w).size == 0:
        refuse(w, "at least one number")
    return s


def packed_size(str order, cnp.ndarray w):
    """How many numbers w (K,C,R,S) takes in the order of "pixels" or "channels" in the lanes, or of
    "winograd", where its kernels are transformed."""
    cdef conv2d_shape s = pack_shape(w, order)
    return count_packed(&s, table(w), order, w)


def pack(str order, cnp.ndarray w, cnp.ndarray packed):
    """w (K,C,R,S) IN, packed (packed_size) OUT: for any number of calls with these weights"""
    cdef conv2d_shape s = pack_shape(w, order)
    cdef address ws = in_(w, w, weight_size(&s))
    cdef address outs = out(packed, w, count_packed(&s, table(w), order, w))
    cdef pack_kernel kernel = table(w).winograd_pack if order == "winograd" else table(w).conv2d_pack
    cdef Py_ssize_t size
    with nogil:
        size = kernel(&s, ws, outs)
    check(0 if size >= 0 else -1)


cdef run_adjoint(conv_adjoint kernel, conv2d_shape s, cnp.ndarray g,
                 cnp.ndarray other, Py_ssize_t others_size, cnp.ndarray result, Py_ssize_t result_size):
    cdef address gs = in_(g, g, output_size(&s)), others = in_(other, g, others_size)
    cdef address outs = out(result, g, result_size)
    cdef int status
    with nogil:
        status = kernel(&s, gs, others, outs)
    check(status)


def conv2d(cnp.ndarray x, cnp.ndarray w, b, cnp.ndarray y, stride, padding, dilation, groups, relu,
           packed=None):
    """x (N,C,H,W) IN, w (K,C/groups,R,S) IN, b (K,) IN or None, y (N,K,P,Q) OUT; packed: (order, what `pack`
    made of w)"""
    run_conv(table(x).conv2d, x, w, b, y, stride, padding, dilation, groups, relu, packed)


def conv2d_input(cnp.ndarray g, cnp.ndarray w, cnp.ndarray dx, stride, padding, dilation, groups):
    """g (N,K,P,Q) IN, w (K,C/groups,R,S) IN, dx (N,C,H,W) OUT"""
    cdef conv2d_shape s = conv_shape(dx, w, g, stride, padding, dilation, groups)
    run_adjoint(table(g).conv2d_input, s, g, w, weight_size(&s), dx, image_size(&s))


def conv2d_weight(cnp.ndarray g, cnp.ndarray x, cnp.ndarray dw, stride, padding, dilation, groups):
    """g (N,K,P,Q) IN, x (N,C,H,W) IN, dw (K,C/groups,R,S) OUT"""
    cdef conv2d_shape s = conv_shape(x, dw, g, stride, padding, dilation, groups)
    run_adjoint(table(g).conv2d_weight, s, g, x, image_size(&s), dw, weight_size(&s))


cdef const kernels *winograd_table(cnp.ndarray array, const conv2d_shape *s) except NULL:
    if cnp.PyArray_TYPE(array) != cnp.NPY_FLOAT32 or s.R != s.S or (s.R != 3 and s.R != 5):
        refuse(array, "float32 and a kernel of 3 x 3 or 5 x 5")
    return _float


def winograd(cnp.ndarray x, cnp.ndarray w, b, cnp.ndarray y, padding, dilation, relu, packed=None):
    """float32: x (N,C,H,W) IN, w (K,C,R,R) IN, b (K,) IN or None, y (N,K,P,Q) OUT; packed: as of `conv2d`"""
    cdef conv2d_shape s = conv_shape(x, w, y, (1, 1), padding, dilation, 1)
    run_conv(winograd_table(x, &s).winograd, x, w, b, y, (1, 1), padding, dilation, 1, relu, packed)


def winograd_input(cnp.ndarray g, cnp.ndarray w, cnp.ndarray dx, padding, dilation):
    """float32: g (N,K,P,Q) IN, w (K,C,R,R) IN, dx (N,C,H,W) OUT"""
    cdef conv2d_shape s = conv_shape(dx, w, g, (1, 1), padding, dilation, 1)
    run_adjoint(winograd_table(g, &s).winograd_input, s, g, w, weight_size(&s), dx, image_size(&s))


def winograd_weight(cnp.ndarray g, cnp.ndarray x, cnp.ndarray dw, padding, dilation):
    """float32: g (N,K,P,Q) IN, x (N,C,H,W) IN, dw (K,C,R,R) OUT"""
    cdef conv2d_shape s = conv_shape(x, dw, g, (1, 1), padding, dilation, 1)
    run_adjoint(winograd_table(g, &s).winograd_weight, s, g, x, image_size(&s), dw, weight_size(&s))
