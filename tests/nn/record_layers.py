"""Record what PyTorch's layers and losses give: ``python tests/nn/record_layers.py``, with PyTorch installed.

Inputs and parameters are drawn by `drawn` from a seed, so that the file holds results only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("layers.json")
SEQUENCE, IMAGE, IMAGES = (2, 4, 7), (1, 4, 5, 6), (2, 4, 3, 2)

# name: (layer, arguments, options, inputs).  An input is a shape, or ("kind", shape): see `drawn`.
LAYERS: dict[str, tuple] = {
    **{
        name: (name, [], {}, [(3, 4)])
        for name in ("PReLU", "SELU", "SiLU", "ReLU6", "Hardtanh", "Mish", "Hardswish")
    },
    **{
        name: (name, [], {}, [(3, 4)])
        for name in ("Hardsigmoid", "LogSigmoid", "Softsign", "GELU", "Hardswish")
    },
    "PReLU channels": ("PReLU", [4], {"init": 0.1}, [IMAGES]),
    "Hardtanh bounds": ("Hardtanh", [-0.3, 0.8], {}, [(3, 4)]),
    "GELU tanh": ("GELU", [], {"approximate": "tanh"}, [(3, 4)]),
    "Softplus": ("Softplus", [], {"beta": 2.0}, [(3, 4)]),
    "LogSoftmax": ("LogSoftmax", [], {"dim": 1}, [(2, 3, 4)]),
    "GLU": ("GLU", [], {"dim": 1}, [(2, 4, 3)]),
    "LayerNorm": ("LayerNorm", [2], {}, [IMAGES]),
    "LayerNorm axes": ("LayerNorm", [[3, 2]], {"eps": 0.1, "bias": False}, [IMAGES]),
    "LayerNorm plain": ("LayerNorm", [7], {"elementwise_affine": False}, [SEQUENCE]),
    "GroupNorm": ("GroupNorm", [2, 4], {}, [IMAGES]),
    "GroupNorm flat": ("GroupNorm", [2, 6], {"affine": False}, [(3, 6)]),
    "InstanceNorm1d": ("InstanceNorm1d", [4], {"affine": True}, [SEQUENCE]),
    "InstanceNorm2d": ("InstanceNorm2d", [4], {}, [IMAGES]),
    "BatchNorm2d cumulative": ("BatchNorm2d", [4], {"momentum": None}, [IMAGES]),
    "MaxPool1d": ("MaxPool1d", [3], {"stride": 2, "padding": 1}, [SEQUENCE]),
    "MaxPool1d dilated": ("MaxPool1d", [2], {"dilation": 2, "ceil_mode": True}, [SEQUENCE]),
    "AvgPool1d": ("AvgPool1d", [3], {"padding": 1, "count_include_pad": False}, [SEQUENCE]),
    "AdaptiveAvgPool1d": ("AdaptiveAvgPool1d", [3], {}, [SEQUENCE]),
    "AdaptiveMaxPool1d": ("AdaptiveMaxPool1d", [3], {}, [SEQUENCE]),
    "ConvTranspose1d": (
        "ConvTranspose1d",
        [4, 6, 3],
        {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2, "dilation": 2},
        [SEQUENCE],
    ),
    "Conv1d same": ("Conv1d", [4, 3, 4], {"padding": "same", "dilation": 3}, [(2, 4, 12)]),
    "Conv2d same": ("Conv2d", [4, 3, [3, 2]], {"padding": "same", "dilation": [2, 1]}, [IMAGE]),
    "Conv2d valid": ("Conv2d", [4, 3, 3], {"padding": "valid", "stride": 2}, [IMAGE]),
    "Conv2d same reflect": (
        "Conv2d",
        [4, 3, [3, 4]],
        {"padding": "same", "padding_mode": "reflect"},
        [IMAGE],
    ),
    "Conv2d replicate": ("Conv2d", [4, 3, 3], {"padding": [2, 1], "padding_mode": "replicate"}, [IMAGE]),
    "Conv1d circular": (
        "Conv1d",
        [4, 3, 3],
        {"padding": 2, "padding_mode": "circular", "stride": 2},
        [SEQUENCE],
    ),
    "Conv1d same circular": (
        "Conv1d",
        [4, 3, 4],
        {"padding": "same", "padding_mode": "circular"},
        [SEQUENCE],
    ),
    "ZeroPad2d": ("ZeroPad2d", [[1, 2, 0, 3]], {}, [IMAGE]),
    "ConstantPad1d": ("ConstantPad1d", [2, 1.5], {}, [SEQUENCE]),
    "ReflectionPad2d": ("ReflectionPad2d", [[1, 2, 3, 0]], {}, [IMAGE]),
    "ReplicationPad2d": ("ReplicationPad2d", [[3, 0, 1, 9]], {}, [IMAGE]),
    "CircularPad2d": ("CircularPad2d", [[6, 2, 1, 5]], {}, [IMAGE]),
    "EmbeddingBag": ("EmbeddingBag", [5, 3], {}, [("row", (4, 6))]),
    "EmbeddingBag sum": ("EmbeddingBag", [5, 3], {"mode": "sum", "padding_idx": 2}, [("row", (4, 6))]),
    "EmbeddingBag max": ("EmbeddingBag", [5, 3], {"mode": "max", "padding_idx": 0}, [("row", (4, 6))]),
    "EmbeddingBag ragged": ("EmbeddingBag", [5, 3], {}, [("row", (9,)), ("start", (4,))]),
    "EmbeddingBag ragged max": ("EmbeddingBag", [5, 3], {"mode": "max"}, [("row", (9,)), ("start", (4,))]),
    "RNN": ("RNN", [3, 4], {}, [(5, 2, 3)]),
    "RNN relu": ("RNN", [3, 4, 2], {"nonlinearity": "relu", "bias": False}, [(5, 2, 3), (2, 2, 4)]),
    "RNN both": ("RNN", [3, 4, 2], {"bidirectional": True, "batch_first": True}, [(2, 5, 3), (4, 2, 4)]),
    "LSTM": ("LSTM", [3, 4], {}, [(5, 2, 3)]),
    "LSTM both": ("LSTM", [3, 4, 2], {"bidirectional": True, "batch_first": True}, [(2, 5, 3)]),
    "LSTM states": ("LSTM", [3, 4, 3], {}, [(6, 2, 3), [(3, 2, 4), (3, 2, 4)]]),
    "LSTM alone": ("LSTM", [3, 4], {"bidirectional": True}, [(5, 3), [(2, 4), (2, 4)]]),
    "GRU": ("GRU", [3, 4], {"bias": False}, [(5, 2, 3)]),
    "GRU both": ("GRU", [3, 4, 2], {"bidirectional": True}, [(5, 2, 3), (4, 2, 4)]),
    "GRU alone": ("GRU", [3, 4], {"batch_first": True}, [(5, 3)]),
    "RNNCell": ("RNNCell", [3, 4], {"nonlinearity": "relu"}, [(2, 3), (2, 4)]),
    "LSTMCell": ("LSTMCell", [3, 4], {}, [(2, 3), [(2, 4), (2, 4)]]),
    "LSTMCell alone": ("LSTMCell", [3, 4], {}, [(3,)]),
    "GRUCell": ("GRUCell", [3, 4], {}, [(2, 3), (2, 4)]),
    "GRUCell start": ("GRUCell", [3, 4], {"bias": False}, [(2, 3)]),
    "CosineSimilarity": ("CosineSimilarity", [], {"dim": 2}, [(2, 3, 4), (2, 3, 4)]),
}
PAIR, WEIGHT = [(3, 4), (3, 4)], [0.5, 2.0, 1.0, 0.3]
CLASSES, PIXELS = [(5, 4), ("class", (5,))], [(2, 4, 3), ("class", (2, 3))]
LOSSES: dict[str, tuple] = {
    "BCE": ("binary_cross_entropy", [("chance", (3, 4)), ("chance", (3, 4))], {}),
    "BCE ends": ("binary_cross_entropy", [("end", (3, 4)), ("end", (3, 4))], {"weight": WEIGHT}),
    "logits": ("binary_cross_entropy_with_logits", [(3, 4), ("chance", (3, 4))], {"pos_weight": WEIGHT}),
    "logits weight": (
        "binary_cross_entropy_with_logits",
        [(3, 4), ("chance", (3, 4))],
        {"weight": WEIGHT, "pos_weight": WEIGHT, "reduction": "sum"},
    ),
    "smooth": ("smooth_l1_loss", PAIR, {"beta": 0.5}),
    "smooth none": ("smooth_l1_loss", PAIR, {"reduction": "none"}),
    "smooth l1": ("smooth_l1_loss", PAIR, {"beta": 0.0}),
    "huber": ("huber_loss", PAIR, {"delta": 0.7, "reduction": "sum"}),
    "mse": ("mse_loss", PAIR, {}),
    "l1": ("l1_loss", PAIR, {"reduction": "none"}),
    "kl": ("kl_div", [(3, 4), ("chance", (3, 4))], {}),
    "kl batch": ("kl_div", [(3, 4), ("chance", (3, 4))], {"reduction": "batchmean"}),
    "kl log": ("kl_div", PAIR, {"log_target": True, "reduction": "none"}),
    "cosine": ("cosine_similarity", [(3, 4), (3, 4)], {}),
    "cosine pairs": ("cosine_embedding_loss", [(5, 4), (5, 4), ("sign", (5,))], {"margin": 0.1}),
    "cosine pair": ("cosine_embedding_loss", [(4,), (4,), ("sign", ())], {"reduction": "none"}),
    "nll": ("nll_loss", PIXELS, {"weight": WEIGHT, "ignore_index": 1}),
    "smoothed": ("cross_entropy", CLASSES, {"label_smoothing": 0.1}),
    **{
        f"smoothed {reduction}": (
            "cross_entropy",
            PIXELS,
            {"label_smoothing": 0.2, "weight": WEIGHT, "ignore_index": 1, "reduction": reduction},
        )
        for reduction in ("mean", "sum", "none")
    },
    "chances": ("cross_entropy", [(5, 4), ("chance", (5, 4))], {}),
    "chances smoothed": (
        "cross_entropy",
        [(2, 4, 3), ("chance", (2, 4, 3))],
        {"label_smoothing": 0.2, "weight": WEIGHT},
    ),
    "chances none": ("cross_entropy", [(5, 4), ("chance", (5, 4))], {"reduction": "none", "weight": WEIGHT}),
    "pad value": ("pad", [(2, 3, 4)], {"pad": [1, 2, 0, 1], "value": -2.0}),
    "instance": ("instance_norm", [IMAGES], {}),
    "max pool": ("max_pool1d", [(2, 3, 8)], {"kernel_size": 3, "stride": 2}),
    "avg pool": ("avg_pool1d", [(2, 3, 8)], {"kernel_size": [3], "ceil_mode": True}),
    "conv same": ("conv1d", [(2, 3, 8), (4, 3, 2), (4,)], {"padding": "same"}),
    "conv transposed": ("conv_transpose1d", [(2, 3, 8), (3, 4, 2), (4,)], {"stride": 3}),
}


def drawn(name: str, spec: Any) -> Any:
    """Return an array for a shape or ("kind", shape), a list for a list; the same for whoever asks."""
    if isinstance(spec, list):
        return [drawn(f"{name} {i}", each) for i, each in enumerate(spec)]
    kind, shape = spec if len(spec) == 2 and isinstance(spec[0], str) else ("normal", spec)
    rng = np.random.default_rng([ord(c) for c in name])
    if kind == "chance":
        return rng.uniform(0.05, 0.95, size=shape)
    if kind == "end":
        return rng.integers(0, 2, size=shape).astype(float)
    if kind == "sign":
        return rng.choice([-1, 1], size=shape)
    if kind == "start":
        return np.array([0, 3, 3, 5])
    return (
        rng.integers(0, 5 if kind == "row" else 4, size=shape)
        if kind != "normal"
        else rng.normal(size=shape) * 2
    )


def flat(values: Any) -> Iterator[Any]:
    """Yield what tuples and lists hold, whatever they are in."""
    for each in values if isinstance(values, (tuple, list)) else (values,):
        yield from flat(each) if isinstance(each, (tuple, list)) else (each,)


def main() -> None:
    import torch

    def digits(values: torch.Tensor) -> Any:
        return np.vectorize(lambda v: float(f"{v:.10g}"), otypes=[float])(values.detach().numpy()).tolist()

    def tensors(values: Any, wanted: bool = True) -> Any:
        if isinstance(values, list):
            return tuple(tensors(each, wanted) for each in values)
        made = torch.tensor(values)
        return made.requires_grad_() if wanted and made.dtype.is_floating_point else made

    def run(name: str, call: Any, xs: Any, parameters: dict) -> dict:
        ys = list(flat(call()))
        total = sum(
            (y * torch.tensor(drawn(f"{name} back {i}", tuple(y.shape)))).sum() for i, y in enumerate(ys)
        )
        total.backward()
        grads = [None if x.grad is None else digits(x.grad) for x in flat(xs)]
        return {
            "ys": [digits(y) for y in ys],
            "grads": grads,
            "parameters": {path: digits(p.grad) for path, p in parameters.items()},
        }

    results: dict = {"made by": f"PyTorch {torch.__version__}, float64", "layers": {}, "losses": {}}
    for name, (layer, arguments, options, specs) in LAYERS.items():
        made = getattr(torch.nn, layer)(*arguments, **options).double()
        parameters = dict(made.named_parameters())
        with torch.no_grad():
            for path, p in parameters.items():
                p.copy_(torch.tensor(drawn(f"{name} {path}", tuple(p.shape))))
        xs = [tensors(drawn(f"{name} x{i}", spec)) for i, spec in enumerate(specs)]
        results["layers"][name] = run(name, lambda made=made, xs=xs: made(*xs), xs, parameters)
        results["layers"][name]["buffers"] = {path: digits(b) for path, b in made.named_buffers()}
    for name, (function, specs, options) in LOSSES.items():
        xs = [tensors(drawn(f"{name} x{i}", spec)) for i, spec in enumerate(specs)]
        given = {k: torch.tensor(v, dtype=torch.float64) if "weight" in k else v for k, v in options.items()}
        found = getattr(torch.nn.functional, function)
        results["losses"][name] = run(name, lambda f=found, xs=xs, given=given: f(*xs, **given), xs, {})
    FILE.write_text(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
