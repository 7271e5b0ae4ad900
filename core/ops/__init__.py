"""Every op, by name.  One file per kind; `core.op` says how an op is declared."""

import numpy as np

from .activations import elu, gelu, leaky_relu, relu, sigmoid, softplus, tanh
from .arithmetic import add, div, mul, neg, power, sub
from .conv import conv1d, conv2d, conv2d_input, conv2d_weight, conv_transpose2d
from .exponential import abs, astype, cos, erf, exp, log, log1p, sign, sin, sqrt
from .fuse import batch_norm_relu, conv2d_relu
from .index import embedding, gather, getitem, give, put, scatter, scatter_add, take
from .join import concat, join, pad, pad_zero, split, stack
from .matmul import bmm, contract, einsum, linear, matmul
from .normalise import batch_norm, batch_norm_train, dropout, local_response_norm
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
from .reduce import logsumexp, max, mean, min, norm, norm2, std, sum, var
from .select import argmax, clip, compare, maximum, minimum, where
from .shape import broadcast_to, flatten, flip, reshape, roll, squeeze, transpose, unsqueeze
from .softmax import cross_entropy, cross_entropy_each, log_softmax, softmax
from .upsample import (
    interpolate,
    upsample_bilinear,
    upsample_bilinear_adjoint,
    upsample_nearest,
    upsample_nearest_adjoint,
)

# NumPy's name for each op that NumPy has as a function: numpy.exp(tensor) is exp(tensor)
UFUNCS = {
    "add": add,
    "subtract": sub,
    "multiply": mul,
    "divide": div,
    "true_divide": div,
    "negative": neg,
    "power": power,
    "float_power": power,
    "matmul": matmul,
    "exp": exp,
    "log": log,
    "log1p": log1p,
    "sqrt": sqrt,
    "sin": sin,
    "cos": cos,
    "tanh": tanh,
    "absolute": abs,
    "sign": sign,
    "maximum": maximum,
    "minimum": minimum,
    "equal": lambda a, b: compare(a, b, np.equal),
    "not_equal": lambda a, b: compare(a, b, np.not_equal),
    "less": lambda a, b: compare(a, b, np.less),
    "less_equal": lambda a, b: compare(a, b, np.less_equal),
    "greater": lambda a, b: compare(a, b, np.greater),
    "greater_equal": lambda a, b: compare(a, b, np.greater_equal),
}
