"""Record what PyTorch's Tensor methods give; run with PyTorch installed: ``python tests/core/record_methods.py``.

Inputs are drawn by `inputs` from a seed, so that the file holds results only.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

FILE = Path(__file__).with_name("methods.json")
X, SQUARE, CUBE, POSITIVE = (3, 4), (4, 4), (2, 3, 4), "positive"

# name: (shape of x, or "positive" for 3 x 4 positive values; method; arguments; options).  "y" among the arguments
# is a second tensor with the shape of the first, "index" whole numbers ("order": each once), "mask" bools.
CALLS = {
    **{
        name: (X, name, [], {})
        for name in ("abs", "square", "sin", "cos", "tan", "tanh", "sigmoid", "relu", "exp")
    },
    **{
        name: (POSITIVE, name, [], {})
        for name in ("log", "log1p", "log2", "log10", "sqrt", "rsqrt", "reciprocal")
    },
    **{
        name: (X, name, [], {})
        for name in ("sign", "neg", "floor", "ceil", "round", "erf", "clone", "t", "ravel")
    },
    **{
        name: (X, name, ["y"], {}) for name in ("add", "sub", "mul", "div", "remainder", "maximum", "minimum")
    },
    "add alpha": (X, "add", ["y"], {"alpha": 2}),
    "remainder number": (X, "remainder", [-0.7], {}),
    "pow": (POSITIVE, "pow", ["y"], {}),
    "lerp": (X, "lerp", ["y", 0.3], {}),
    "clamp": (X, "clamp", [], {"min": -0.5, "max": 0.5}),
    "clamp low": (X, "clamp", [], {"min": 0.2}),
    "clamp tensor": (X, "clamp", ["y"], {}),
    "sum": (CUBE, "sum", [], {"dim": [0, 2], "keepdim": True}),
    "mean": (CUBE, "mean", [1], {"keepdim": True}),
    "var": (CUBE, "var", [], {"dim": 1}),
    "var biased": (CUBE, "var", [], {"dim": 1, "unbiased": False}),
    "var correction": (CUBE, "var", [], {"dim": [0, 1], "correction": 2, "keepdim": True}),
    "std": (CUBE, "std", [], {}),
    "std axis": (CUBE, "std", [1], {"keepdim": True}),
    "std biased": (CUBE, "std", [], {"dim": 2, "correction": 0}),
    "prod": (X, "prod", [], {}),
    "prod axis": (CUBE, "prod", [1], {"keepdim": True}),
    "logsumexp": (CUBE, "logsumexp", [], {"dim": [0, 2]}),
    "norm": (CUBE, "norm", [], {}),
    "norm 1": (CUBE, "norm", [1], {"dim": 1}),
    "norm 3": (CUBE, "norm", [3], {"dim": 1, "keepdim": True}),
    "max": (X, "max", [], {}),
    "min": (X, "min", [], {}),
    "max axis": (CUBE, "max", [], {"dim": 1}),
    "min axis": (CUBE, "min", [], {"dim": -1, "keepdim": True}),
    "amax": (CUBE, "amax", [], {"dim": [0, 2]}),
    "amin": (CUBE, "amin", [], {"dim": 0, "keepdim": True}),
    "median": (X, "median", [], {}),
    "median axis": (CUBE, "median", [], {"dim": 2, "keepdim": True}),
    "softmax": (CUBE, "softmax", [], {"dim": 1}),
    "log_softmax": (CUBE, "log_softmax", [0], {}),
    "cumsum": (CUBE, "cumsum", [], {"dim": 1}),
    "cumprod": ((5, 3), "cumprod", [0], {}),
    "sort": (CUBE, "sort", [], {"dim": 1, "descending": True}),
    "sort last": (CUBE, "sort", [], {}),
    "topk": (CUBE, "topk", [2], {"dim": 2}),
    "topk smallest": (CUBE, "topk", [2], {"dim": 1, "largest": False}),
    "gather": (SQUARE, "gather", [1, "index"], {}),
    "scatter_add": (SQUARE, "scatter_add", [0, "index", "y"], {}),
    "scatter": (SQUARE, "scatter", [1, "order", "y"], {}),
    "scatter one": (SQUARE, "scatter", [0, "index", 2.5], {}),
    "trunc": (X, "trunc", [], {}),
    "logical_xor": (X, "logical_xor", ["y"], {}),
    "masked_fill": (X, "masked_fill", ["mask", -1.5], {}),
    "masked_select": (X, "masked_select", ["mask"], {}),
    "where": (X, "where", ["mask", "y"], {}),
    "triu": (SQUARE, "triu", [1], {}),
    "tril": (CUBE, "tril", [], {"diagonal": -1}),
    "diagonal": (X, "diagonal", [], {"offset": -1}),
    "select": (CUBE, "select", [1, 2], {}),
    "narrow": (CUBE, "narrow", [2, 1, 2], {}),
    "flip": (CUBE, "flip", [0, 2], {}),
    "flip dims": (CUBE, "flip", [], {"dims": [1]}),
    "roll": (CUBE, "roll", [], {"shifts": [1, -2], "dims": [0, 2]}),
    "roll all": (X, "roll", [5], {}),
    "chunk": ((5, 2), "chunk", [3], {}),
    "chunk axis": (CUBE, "chunk", [2], {"dim": 2}),
    "split": (CUBE, "split", [2], {"dim": 1}),
    "split sizes": (CUBE, "split", [[1, 3], 2], {}),
    "unbind": (CUBE, "unbind", [1], {}),
    "repeat": (X, "repeat", [2, 1, 3], {}),
    "repeat_interleave": (CUBE, "repeat_interleave", [2], {"dim": 1}),
    "repeat_interleave all": (X, "repeat_interleave", [3], {}),
    "transpose": (CUBE, "transpose", [0, 2], {}),
    "permute": (CUBE, "permute", [2, 0, 1], {}),
    "movedim": (CUBE, "movedim", [0, -1], {}),
    "flatten": (CUBE, "flatten", [], {"start_dim": 1}),
    "unflatten": (CUBE, "unflatten", [2, [2, -1]], {}),
    "unsqueeze": (X, "unsqueeze", [], {"dim": 1}),
    "squeeze": ((2, 1, 3), "squeeze", [1], {}),
    "expand": ((2, 1), "expand", [3, -1, 4], {}),
    "mm": (SQUARE, "mm", ["y"], {}),
    "bmm": ((2, 3, 3), "bmm", ["y"], {}),
    "dot": ((4,), "dot", ["y"], {}),
    "outer": ((4,), "outer", ["y"], {}),
    "argmax": (CUBE, "argmax", [], {"dim": 1, "keepdim": True}),
    "argmin": (CUBE, "argmin", [1], {}),
    "argsort": (CUBE, "argsort", [], {"dim": 1, "descending": True}),
    "floor_divide": (X, "floor_divide", ["y"], {}),
    **{name: (X, name, ["y"], {}) for name in ("eq", "ne", "lt", "le", "gt", "ge", "isclose")},
    "any": (X, "any", [], {"dim": 1}),
    "all": (X, "all", [0], {"keepdim": True}),
    "count_nonzero": (X, "count_nonzero", [], {"dim": 1}),
    "nonzero": (X, "nonzero", [], {}),
}


def inputs(name: str, shape: tuple | str) -> dict[str, np.ndarray]:
    """Return the float64 inputs of a call; the same for whoever asks."""
    rng = np.random.default_rng([ord(c) for c in name])
    size = X if shape == POSITIVE else shape
    x = rng.uniform(0.5, 3, size=size) if shape == POSITIVE else rng.normal(size=size) * 2
    index = rng.integers(0, 4, size=size)
    y, mask = rng.normal(size=size), rng.normal(size=size) > 0
    return {"x": x, "y": y, "index": index, "mask": mask, "order": np.argsort(index)}


def cotangents(name: str, shapes: list[tuple]) -> list[np.ndarray]:
    """Return the gradients that are sent back into the results of a call."""
    rng = np.random.default_rng([ord(c) for c in name + " back"])
    return [rng.normal(size=shape) for shape in shapes]


def main() -> None:
    import torch

    results: dict = {"made by": f"PyTorch {torch.__version__}, float64"}
    for name, (shape, method, arguments, options) in CALLS.items():
        given = {key: torch.tensor(value) for key, value in inputs(name, shape).items()}
        for key in "xy":
            given[key].requires_grad_()
        values = [given[each] if isinstance(each, str) else each for each in arguments]
        found = getattr(given["x"], method)(*values, **options)
        found = list(found) if isinstance(found, tuple) else [found]
        floating = [each for each in found if each.dtype.is_floating_point and each.requires_grad]
        if method != "floor_divide":
            gs = cotangents(name, [tuple(each.shape) for each in floating])
            sum(
                (y * torch.tensor(g)).sum() for y, g in zip(floating, gs, strict=True)
            ).backward() if floating else None
        grads = [given[key].grad for key in "xy"]
        results[name] = {
            "y": [each.tolist() for each in found],
            "types": [str(each.dtype).removeprefix("torch.") for each in found],
            "grads": [None if g is None else g.tolist() for g in grads],
        }
    FILE.write_text(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
