"""Every op, by name.  One file per kind; `core.op` says how an op is declared."""

from .activations import (
    binary_cross_entropy_each,
    elu,
    gelu,
    leaky_relu,
    probability_cross_entropy_each,
    relu,
    sigmoid,
    softplus,
    tanh,
)
from .arithmetic import add, div, mul, neg, power, sub
from .batch_norm_ranks import batch_norm_over_ranks, batch_norm_ranks, sum_over_ranks
from .conv import conv1d, conv2d, conv2d_input, conv2d_weight, conv_transpose1d, conv_transpose2d
from .exponential import abs, astype, cos, erf, exp, log, log1p, sign, sin, sqrt, xlogy
from .fuse import add_relu, batch_norm_relu, conv2d_packed, conv2d_relu
from .index import embedding, gather, getitem, give, put, scatter, scatter_add, scatter_over, take
from .join import chunk, concat, join, pad, pad_zero, split, stack, unbind
from .kmax import k_max, k_max_adjoint, k_max_gather
from .layer_norm import group_norm, instance_norm, layer_norm
from .matmul import bmm, contract, einsum, linear, matmul
from .max_over_time import max_over_time, window_gather, window_scatter
from .normalise import batch_norm, batch_norm_relu_train, batch_norm_train, dropout, local_response_norm
from .order import Found, argmin, argsort, extreme, median, sort, topk
from .pool import (
    adaptive_avg_pool2d,
    adaptive_max_pool2d,
    avg_pool,
    avg_pool2d,
    avg_pool_adjoint,
    max_pool,
    max_pool2d,
    max_unpool2d,
    pool_gather,
    pool_scatter,
)
from .pool1d import adaptive_avg_pool1d, adaptive_max_pool1d, avg_pool1d, max_pool1d
from .reduce import logsumexp, max, mean, min, norm, norm2, std, sum, var
from .rounding import ceil, floor, floor_divide, remainder, round
from .scan import cumprod, cumsum, prod
from .select import argmax, clip, compare, keep, maximum, minimum, where
from .shape import (
    broadcast_to,
    flatten,
    flip,
    repeat,
    repeat_interleave,
    reshape,
    roll,
    squeeze,
    transpose,
    unsqueeze,
)
from .softmax import cross_entropy, cross_entropy_each, log_softmax, softmax
from .squash import glu, hardsigmoid, hardswish, hardtanh, mish, prelu, relu6, selu, silu, softsign
from .upsample import (
    interpolate,
    stamp,
    stamp_adjoint,
    upsample_bilinear,
    upsample_bilinear_adjoint,
    upsample_nearest,
    upsample_nearest_adjoint,
)
