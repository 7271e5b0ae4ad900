"""What `benchmarks/kernels.py` measures: shapes, and what counts as one call.

A case is plain data, so that it can be sent to another process.  Its `kind` says what runs:

    forward     y = conv2d(x, w)                     input, weight: the two gradients alone
    gradients   forward and both gradients           transposed: conv_transpose2d, forward and both gradients
    max_pool    y = max_pool2d(x, kernel)
    bilinear    conv_transpose2d with the weights with which FCN's up-sampling begins, forward and gradient in x

    unet, alexnet   a training step of a network: forward, cross-entropy, backward, Adam or SGD with momentum
    fcn             FCN-8s on VGG-16, forward, no gradients
"""

from __future__ import annotations

from typing import Any

Case = dict[str, Any]


def conv(kind: str, x: tuple, K: int, kernel: int = 3, **options: int) -> Case:
    """x (N, C, H, W) with K kernels; padding keeps the size unless given."""
    groups, dilation = options.get("groups", 1), options.get("dilation", 1)
    options.setdefault("padding", dilation * (kernel // 2) if options.get("stride", 1) == 1 else kernel // 2)
    w = (K, x[1] // groups, kernel, kernel)
    extra = "".join(f" {name}={value}" for name, value in options.items() if name != "padding")
    name = f"{kernel}x{kernel} {','.join(map(str, x))} -> {K}{extra}, {kind}"
    return {"name": name, "kind": kind, "x": x, "w": w, **options}


def work(case: Case) -> dict[str, float]:
    """Return the multiplications and additions of one call, and the bytes that it must read and write at least."""
    (N, C, H, W), (K, _, R, S), stride = case["x"], case["w"], case.get("stride", 1)
    if case["kind"] in ("transposed", "bilinear"):
        P, Q = ((n - 1) * stride - 2 * case["padding"] + k for n, k in zip((H, W), (R, S), strict=True))
        y, flops = N * case["w"][1] * P * Q, 2 * N * C * H * W * case["w"][1] * R * S
    else:
        reach = case.get("dilation", 1) * (R - 1) + 1
        P, Q = ((n + 2 * case["padding"] - reach) // stride + 1 for n in (H, W))
        y = N * K * P * Q
        flops = 2 * y * case["w"][1] * R * S
    calls = {"gradients": 3, "transposed": 3, "bilinear": 2}.get(case["kind"], 1)
    numbers = N * C * H * W + y + K * case["w"][1] * R * S  # each call reads two of them and writes the third
    return {"flops": float(calls * flops), "bytes": 4.0 * calls * numbers}


def tent(size: int) -> list[float]:
    """Return the numbers along one axis of a bilinear kernel of even size."""
    return [1 - abs(i - (size - 1) / 2) / (size / 2) for i in range(size)]


def _dense() -> list[Case]:
    shapes = [
        ((8, 64, 64, 64), 64),
        ((4, 128, 64, 64), 128),
        ((4, 256, 32, 32), 256),
        ((1, 512, 64, 64), 512),
        ((4, 32, 256, 256), 32),
    ]
    return [conv(kind, x, K) for x, K in shapes for kind in ("forward", "gradients")]


def _dilated() -> list[Case]:
    wide = (1, 512, 64, 64)
    return [conv(kind, wide, 512, dilation=d) for d in (2, 4) for kind in ("forward", "gradients")]


def _other() -> list[Case]:
    shapes: list[tuple[tuple, int, int, dict[str, int]]] = [
        ((8, 3, 128, 128), 64, 3, {}),
        ((4, 3, 256, 256), 32, 3, {}),
        ((16, 3, 224, 224), 64, 11, {"stride": 4, "padding": 2}),
        ((16, 64, 27, 27), 192, 5, {}),
        ((4, 256, 64, 64), 64, 1, {}),
        ((4, 64, 64, 64), 128, 3, {"stride": 2}),
        ((4, 64, 128, 128), 64, 3, {"groups": 64}),
    ]
    return [
        conv(kind, x, K, kernel, **options)
        for x, K, kernel, options in shapes
        for kind in ("forward", "input", "weight")
    ]


def _transposed() -> list[Case]:
    up = {"kind": "transposed", "x": (4, 128, 64, 64), "w": (128, 64, 2, 2), "stride": 2, "padding": 0}
    wide = {"kind": "transposed", "x": (1, 21, 32, 32), "w": (21, 21, 16, 16), "stride": 8, "padding": 4}
    coarse = {"x": (1, 21, 12, 12), "w": (21, 21, 64, 64), "stride": 32, "padding": 16}
    return [
        {"name": "transposed 2x2/2 4,128,64,64 -> 64", **up},
        {"name": "transposed 16x16/8 1,21,32,32 -> 21", **wide},
        {"name": "bilinear 16x16/8 1,21,32,32 -> 21", **wide, "kind": "bilinear"},
        {"name": "bilinear 64x64/32 1,21,12,12 -> 21", **coarse, "kind": "bilinear"},
    ]


def _networks() -> list[Case]:
    steps: list[Case] = [
        {"name": f"U-Net base 32 step, {text}, {size}", "kind": "unet", "x": shape, "norm": norm}
        for norm, text in ((True, "batch norm"), (False, "plain"))
        for shape, size in (((4, 3, 256, 256), "4x3x256x256"), ((1, 3, 512, 512), "1x3x512x512"))
    ]
    return [
        *steps,
        {"name": "AlexNet step, 16x3x224x224", "kind": "alexnet", "x": (16, 3, 224, 224)},
        {"name": "FCN-8s on VGG-16 forward, 1x3x384x384", "kind": "fcn", "x": (1, 3, 384, 384)},
    ]


NETWORKS = ("unet", "alexnet", "fcn", "inference", "step")


POOL: Case = {"name": "max-pool 2x2 4,64,128,128", "kind": "max_pool", "x": (4, 64, 128, 128), "kernel": 2}
CASES = [*_dense(), *_dilated(), *_other(), *_transposed(), POOL, *_networks()]
