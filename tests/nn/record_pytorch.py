"""Record what PyTorch computes on small inputs; run with PyTorch installed: ``python
tests/nn/record_pytorch.py``.

Inputs are drawn by `inputs` from a seed, so that the file holds results only.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("pytorch.json")

# name: (function of torch.nn.functional, shapes of the inputs, other arguments)
CALLS = {
    "linear": ("linear", [(2, 3), (4, 3), (4,)], {}),
    "conv1d": ("conv1d", [(2, 3, 7), (4, 3, 3), (4,)], {"stride": 2, "padding": 1}),
    "conv2d": (
        "conv2d",
        [(2, 4, 7, 6), (6, 2, 3, 2), (6,)],
        {"stride": [2, 1], "padding": [1, 2], "dilation": [1, 2], "groups": 2},
    ),
    "conv_transpose2d": (
        "conv_transpose2d",
        [(2, 4, 3, 4), (4, 3, 3, 2), (6,)],
        {"stride": [2, 3], "padding": [1, 0], "output_padding": [1, 2], "groups": 2, "dilation": [2, 1]},
    ),
    "max_pool2d": (
        "max_pool2d",
        [(1, 2, 7, 6)],
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
    ),
    "max_pool2d dilated": ("max_pool2d", [(1, 2, 9, 8)], {"kernel_size": 2, "stride": 2, "dilation": 3}),
    "avg_pool2d": (
        "avg_pool2d",
        [(1, 2, 7, 6)],
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
    ),
    "avg_pool2d without padding": (
        "avg_pool2d",
        [(1, 2, 7, 6)],
        {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False},
    ),
    "adaptive_avg_pool2d": ("adaptive_avg_pool2d", [(1, 2, 7, 5)], {"output_size": [3, 4]}),
    "adaptive_max_pool2d": ("adaptive_max_pool2d", [(1, 2, 7, 5)], {"output_size": [3, 4]}),
    "interpolate nearest": ("interpolate", [(1, 2, 3, 4)], {"size": [5, 7], "mode": "nearest"}),
    "interpolate bilinear": (
        "interpolate",
        [(1, 2, 3, 4)],
        {"scale_factor": 2.5, "mode": "bilinear", "align_corners": False},
    ),
    "interpolate corners": (
        "interpolate",
        [(1, 2, 3, 4)],
        {"size": [6, 5], "mode": "bilinear", "align_corners": True},
    ),
    "local_response_norm": (
        "local_response_norm",
        [(2, 6, 3)],
        {"size": 5, "alpha": 0.3, "beta": 0.7, "k": 2.0},
    ),
    "local_response_norm even": ("local_response_norm", [(2, 6, 3)], {"size": 4, "alpha": 0.3}),
    "gelu": ("gelu", [(3, 4)], {}),
    "elu": ("elu", [(3, 4)], {"alpha": 0.7}),
    "softplus": ("softplus", [(3, 4)], {}),
    "log_softmax": ("log_softmax", [(3, 4)], {"dim": 0}),
    "binary_cross_entropy_with_logits": ("binary_cross_entropy_with_logits", [(3, 4), (3, 4)], {}),
    "normalize": ("normalize", [(3, 4)], {}),
}
TARGETS = {
    "plain": {},
    "weighted": {"weight": [1.0, 0.5, 2.0]},
    "ignored": {"ignore_index": 1},
    "weighted sum": {"weight": [1.0, 0.5, 2.0], "ignore_index": 2, "reduction": "sum"},
}
OPTIMISERS = {
    "SGD": {"lr": 0.1},
    "SGD momentum": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01},
    "SGD dampened": {"lr": 0.1, "momentum": 0.9, "dampening": 0.5},
    "SGD nesterov": {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    "Adam": {"lr": 0.1, "weight_decay": 0.01},
    "AdamW": {"lr": 0.1, "betas": [0.8, 0.99], "weight_decay": 0.1},
    "Adagrad": {"lr": 0.1, "initial_accumulator_value": 0.1, "weight_decay": 0.01},
    "Adadelta": {"lr": 1.0, "rho": 0.95, "eps": 1e-6},
    "RMSprop": {"lr": 0.01, "momentum": 0.9},
    "RMSprop centered": {"lr": 0.01, "centered": True, "weight_decay": 0.01},
}


def inputs(name: str, shapes: list) -> list[np.ndarray]:
    """Return the float64 inputs of a call; the same for whoever asks."""
    rng = np.random.default_rng([ord(c) for c in name])
    return [rng.normal(size=shape) for shape in shapes]


def main() -> None:
    import torch
    from torch.nn import functional as F

    results: dict = {
        "made by": f"PyTorch {torch.__version__}, float64",
        "calls": {},
        "cross_entropy": {},
        "optimisers": {},
        "batch_norm": {},
    }
    for name, (function, shapes, options) in CALLS.items():
        xs = [torch.tensor(x, requires_grad=True) for x in inputs(name, shapes)]
        y = getattr(F, function)(*xs, **options)
        (g,) = inputs(name + " cotangent", [tuple(y.shape)])
        y.backward(torch.tensor(g))
        results["calls"][name] = {
            "y": y.detach().numpy().tolist(),
            "grads": [x.grad.numpy().tolist() for x in xs],
        }
    for name, options in TARGETS.items():
        (x,) = (torch.tensor(v, requires_grad=True) for v in inputs(name, [(2, 3, 4)]))
        target = torch.tensor(np.arange(8).reshape(2, 4) % 3)
        options = {
            k: torch.tensor(v, dtype=torch.float64) if k == "weight" else v for k, v in options.items()
        }
        y = F.cross_entropy(x, target, **options)
        y.backward()
        results["cross_entropy"][name] = {"y": y.item(), "grads": [x.grad.numpy().tolist()]}
    for name, options in OPTIMISERS.items():
        (start,) = inputs(name, [(3,)])
        w = torch.tensor(start, requires_grad=True)
        optimiser = getattr(torch.optim, name.split()[0])([w], **options)
        path = []
        for _ in range(5):
            optimiser.zero_grad()
            ((w**4).sum() * 0.1 + (w[0] * w[1]).sin()).backward()
            optimiser.step()
            path.append(w.detach().numpy().tolist())
        results["optimisers"][name] = path
    layer = torch.nn.BatchNorm2d(3, dtype=torch.float64)
    for i in range(2):
        y = layer(torch.tensor(inputs(f"batch {i}", [(4, 3, 2, 2)])[0]))
    layer.eval()
    evaluated = layer(torch.tensor(inputs("batch 0", [(4, 3, 2, 2)])[0]))
    results["batch_norm"] = {
        "y": y.detach().numpy().tolist(),
        "running_mean": layer.running_mean.numpy().tolist(),
        "running_var": layer.running_var.numpy().tolist(),
        "evaluated": evaluated.detach().numpy().tolist(),
    }
    FILE.write_text(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
