"""Every public function above a kernel, as (call, operands): `call` returns all it makes and all it changes."""

from __future__ import annotations

from typing import Any

import numpy as np
from cutaway import nn, tensor
from cutaway.core import ops
from cutaway.ext import fused, pool, upsample
from cutaway.ext.conv import conv2d, conv2d_input, conv2d_weight
from cutaway.ext.embeddings import nearest_centroids
from cutaway.ext.permutohedral import PermutohedralLattice

WINDOWS = pool.pool_windows((6, 7), 3, 2, 1)
ADAM = {"rate": 0.1, "size": 1.2, "eps": 1e-8, "b1": 0.9, "b2": 0.99, "decay": 0.01, "shrink": 0.9}
SGD = {"rate": 0.1, "momentum": 0.9, "dampening": 0.2, "decay": 0.01, "nesterov": True}
LINES = np.array([1, 2, 1.0]), np.array([1, 2.0])


def adam(g, p, m, v):
    fused.adam(g, p, m, v, **ADAM)
    return p, m, v


def sgd(g, p, v):
    fused.sgd(g, p, v, **SGD)
    return p, v


def stepped(optimiser: Any, **settings: Any) -> Any:
    """Two steps: the second is the fused one."""

    def step(p, g):
        some = tensor([1.0], requires_grad=True)
        some.data = p
        steps = optimiser([some], **settings)
        for _ in range(2):
            some.node.grad = tensor(g)
            steps.step()
        return (some.data,)

    return step


def running(x, mean, var):
    y = ops.batch_norm(x, mean, var, training=True)
    return y, mean, var


def doors(rng: np.random.Generator) -> dict[str, tuple[Any, dict[str, np.ndarray]]]:
    def r(*shape):
        return rng.normal(size=shape).astype(np.float32)

    x, tap = r(2, 3, 6, 7), pool.max_pool(r(2, 3, 6, 7), WINDOWS)[1]
    target, large = rng.integers(0, 3, (2, 6, 7)), (2, 3, 40, 40)
    images, vector = {"x": x}, {"w": r(3), "b": r(3)}
    wide, square = r(1, 32, 30, 31), r(32, 32, 3, 3)
    w, g = {"w": r(4, 3, 3, 3)}, {"g": r(2, 4, 4, 5)}
    own, slopes = {"w": r(3, 1, 3, 3)}, {"g": r(2, 3, 3, 4)}
    return {
        "conv2d": (lambda x, w, b: conv2d(x, w, b), images | w | {"b": r(4)}),
        "conv2d_relu": (lambda x, w, b: conv2d(x, w, b, relu=True, padding=1), images | w | {"b": r(4)}),
        "conv2d_input": (lambda g, w: conv2d_input(g, w, (6, 7)), g | w),
        "conv2d_weight": (lambda g, x: conv2d_weight(g, x, (3, 3)), g | images),
        "depthwise": (lambda x, w, b: conv2d(x, w, b, 2, 1, groups=3), images | own | {"b": r(3)}),
        "depthwise_input": (lambda g, w: conv2d_input(g, w, (6, 7), 2, 1, groups=3), slopes | own),
        "depthwise_weight": (lambda g, x: conv2d_weight(g, x, (3, 3), 2, 1, groups=3), slopes | images),
        "winograd": (lambda x, w: conv2d(x, w, padding=1), {"x": wide, "w": square}),
        "winograd_input": (lambda g, w: conv2d_input(g, w, (30, 31), 1, 1), {"g": wide, "w": square}),
        "winograd_weight": (lambda g, x: conv2d_weight(g, x, (3, 3), 1, 1), {"g": wide, "x": wide}),
        "max_pool": (lambda x: pool.max_pool(x, WINDOWS), images),
        "avg_pool": (lambda x: pool.avg_pool(x, WINDOWS), images),
        "pool_gather": (lambda x, tap: pool.pool_gather(x, tap, WINDOWS), images | {"tap": tap}),
        "pool_scatter": (lambda g, tap: pool.pool_scatter(g, tap, WINDOWS), {"g": r(*tap.shape), "tap": tap}),
        "avg_pool_adjoint": (lambda g: pool.avg_pool_adjoint(g, WINDOWS), {"g": r(*tap.shape)}),
        "tap_to_index": (lambda tap: pool.tap_to_index(tap, WINDOWS), {"tap": tap}),
        "nearest": (lambda x: upsample.upsample_nearest2d(x, (9, 5)), images),
        "nearest_adjoint": (lambda x: upsample.upsample_nearest2d_adjoint(x, (4, 9)), images),
        "bilinear": (lambda x: upsample.upsample_bilinear2d(x, (9, 5)), images),
        "bilinear_adjoint": (lambda x: upsample.upsample_bilinear2d_adjoint(x, (4, 9)), images),
        "stamp": (lambda x, u, v: upsample.stamp2d(x, (u, v), (9, 12), 2), images | {"u": r(3), "v": r(4)}),
        "batch_norm": (lambda x, w, b: fused.batch_norm(x, w, b, 1e-5), images | vector),
        "batch_norm_backward": (
            lambda g, x, w, mu, v: fused.batch_norm_backward(g, x, w, mu, v, 1e-5),
            {"g": r(2, 3, 6, 7), "x": x, "w": r(3), "mu": r(3), "v": abs(r(3))},
        ),
        "relu": (fused.relu, images),
        "add_relu": (fused.add_relu, {"a": x, "b": r(2, 3, 6, 7)}),
        "relu_backward": (fused.relu_backward, {"g": r(2, 3, 6, 7), "y": x}),
        "channel_sum": (fused.channel_sum, {"g": x}),
        "cross_entropy": (fused.cross_entropy, images | {"target": target, "scale": r(2, 6, 7)}),
        "cross_entropy_backward": (
            fused.cross_entropy_backward,
            images | {"target": target, "factor": r(2, 6, 7)},
        ),
        "adam": (adam, {"g": r(9, 7), "p": r(9, 7), "m": r(9, 7), "v": abs(r(9, 7))}),
        "sgd": (sgd, {"g": r(9, 7), "p": r(9, 7), "v": r(9, 7)}),
        "Adam.step": (stepped(nn.optim.Adam, lr=0.1), {"p": r(80, 70), "g": r(80, 70)}),
        "SGD.step": (stepped(nn.optim.SGD, lr=0.1, momentum=0.9), {"p": r(80, 70), "g": r(80, 70)}),
        "ops.batch_norm_train": (lambda x, w, b: ops.batch_norm_train(x, w, b), {"x": r(*large)} | vector),
        "ops.batch_norm": (running, {"x": r(*large), "mean": r(3), "var": abs(r(3))}),
        "ops.keep": (lambda x, kept: ops.keep(x, kept), {"x": r(*large), "kept": r(*large)}),
        "ops.relu": (lambda x: ops.relu(x), {"x": r(*large)}),
        "permutohedral": (
            lambda features, values: PermutohedralLattice(features).filter(values),
            {"features": r(30, 3), "values": r(30, 4)},
        ),
        "nearest_centroids": (nearest_centroids, {"x": r(50, 3), "centroids": r(20, 3)}),
    }
